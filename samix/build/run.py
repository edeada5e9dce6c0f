"""One build, from options to the build dir: plan, build what is stale, put the result in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from samix.build.commit_point import CommitPoint
from samix.build.events import Finished, Placing, Planned, Waiting
from samix.build.keep import Keeper
from samix.build.lookout import Lookout
from samix.build.planned_build import PlannedBuild
from samix.build.preflight import check_requirements
from samix.build.publish import put_in_place, undo_interrupted_exchange
from samix.build.scheduler import Batches, Watch, run_units
from samix.build.unit_builder import Builder
from samix.build.work import Work, reuse_outcome
from samix.builders.question import Asked
from samix.files.copies import remove_tree
from samix.host.host import Host
from samix.host.own_files import hide_own_files
from samix.host.sam_program import sam_environment
from samix.messages.errors import StateError
from samix.messages.note import Note
from samix.options.application import read_application
from samix.options.merge import fit_options
from samix.plan.plan import Plan, make_plan
from samix.sam.acceptance import check_templates, templates_digest
from samix.sam.fork_server import sam_starter
from samix.sam.process import Processes
from samix.state.damage import find_damage
from samix.state.layout import Layout
from samix.state.lock import project_lock
from samix.state.records import Accepted
from samix.state.store import Store
from samix.state.symlinks import check_links, remove_links
from samix.template.built_template import TEMPLATE_NAME, check_built_templates
from samix.template.load import check_template
from samix.template.sam_rules import LANGUAGE_EXTENSIONS
from samix.units.outcome import Outcome, Result
from samix.units.reasons import Cause

if TYPE_CHECKING:
    from concurrent.futures import Future

    from samix.build.events import Report
    from samix.build.staging import Placed
    from samix.options.merge import BuildOptions
    from samix.sam.fork_server import ForkServer
    from samix.sam.process import Runner, Spawner


@dataclass(frozen=True)
class BuildResult:
    """What became of a build."""

    outcomes: tuple[Outcome, ...]  # what became of each unit, in the plan's order
    build_dir: Path
    template: Path  # the built root template
    # by full path of a resource, where its artifact is in the build dir, or the tag of its image; empty where the
    # build is not complete, and without what has none because it has no source
    artifacts: Mapping[str, str] = field(default_factory=dict)
    sam_version: str | None = None  # None if it is unknown
    is_of_one_place: bool = True  # whether a sam that builds all on the host, each unit for itself, builds the same
    is_expanded: bool = False  # whether templates were expanded, as sam does with `--language-extensions` alone

    @property
    def is_complete(self) -> bool:
        """Whether the build dir contains the whole application as it is now."""
        return all(outcome.is_good for outcome in self.outcomes)

    @property
    def is_unchanged(self) -> bool:
        """Whether nothing had to be built or repaired."""
        return all(outcome.result is Result.REUSED for outcome in self.outcomes)


@dataclass(frozen=True)
class Backend:
    """What builds and plans run on."""

    early: ForkServer | None = None  # a warm sam, if there is one already; it is closed when nothing is run any more
    commit_point: CommitPoint = field(default_factory=CommitPoint)
    make_host: Callable[[BuildOptions, Mapping[str, str], Layout], Host] = Host
    make_runner: Callable[[Spawner], Runner] = Processes

    def plan(self, options: BuildOptions, environ: Mapping[str, str], report: Report) -> PlannedBuild:
        """Plan a build, and report what the user should know about it. Builds and writes nothing.

        Raises:
            SamixError: Nothing can be built with these options.
        """
        layout = _layout(options)
        host = self.make_host(options, environ, layout)
        options = fit_options(options, host.rules)
        application = read_application(options, host.rules)
        store = Store.open(layout, believes_stats=options.cached)
        if store.warning:
            report(Note(store.warning))
        if store.records:  # by another sam, perhaps; with files that prove which it is this starts nothing
            host.ask_sam()
        plan = make_plan(application, options, store, host)
        plan = replace(plan, damage=find_damage((one.unit for one in plan.units.values() if not one.reasons), store))
        resources = [resource for planned in plan.units.values() for resource in planned.unit.resources]
        check_built_templates(application, [resource.full_path for resource in resources])
        for note in (*options.notes, *plan.notes):
            report(note)
        return PlannedBuild(options, environ, report, layout, store, plan, host)

    def build(self, options: BuildOptions, environ: Mapping[str, str], report: Report) -> BuildResult:
        """Build an application; sam gets the environment `environ`.

        Unless all units ended well the build dir is left as it was. If they did, the commit point is reached, and what
        asks to end the build waits until the commit point is released.

        Raises:
            SamixError: Nothing could be built, or the result could not be put in place.
        """
        self.commit_point.begin()
        layout = _layout(options)
        check_template(options.template)  # the lock would be left where there is nothing to build
        with project_lock(layout.lock_file, lambda holder: report(Waiting(holder)), waits=options.wait):
            remove_links(layout)
            undo_interrupted_exchange(layout)
            build = self.plan(options, environ, report)
            store, plan, host = build.store, build.plan, build.host
            if plan.to_build:
                host.ask_sam()
            try:
                outcomes = self._run(build)
            finally:
                store.listings.save()
                host.remember()
            if any(one.reach and one.reach.runs_code for one in plan.to_build):  # it may write anywhere
                store.look_again()
            result = BuildResult(
                tuple(outcomes[name] for name in plan.units),
                layout.build_dir,
                layout.build_dir / TEMPLATE_NAME,
                sam_version=host.sam,
                is_of_one_place=plan.is_of_one_place,
                is_expanded=any(stack.expanded for stack in plan.application.stacks)
                and host.rules.has(LANGUAGE_EXTENSIONS),
            )
            if result.is_complete:
                report(Placing())
                placed = put_in_place(build, self.commit_point)
                store.save_indexes(is_whole=plan.is_whole)
                _report_unbuilt(plan, placed, report)
                artifacts = {
                    one.resource.full_path: one.image or str(layout.artifact(one.resource))
                    for one in placed
                    if one.image or one.place
                }
                return replace(result, artifacts=artifacts)
            store.prune_sets()
            with suppress(OSError):  # what is in it belongs to a sam that outlived its unit
                layout.workspaces.rmdir()
            store.save_indexes(is_whole=False)
        return replace(result, outcomes=tuple(outcome.without_repairs for outcome in result.outcomes))

    def _run(self, build: PlannedBuild) -> dict[str, Outcome]:
        """Build what is stale; the outcome of every unit by its name."""
        with suppress(OSError):  # a sam that outlived its samix may still write there
            for place in build.layout.stray_workspaces:
                remove_tree(place)
        options, store, stale = build.options, build.store, build.plan.to_build
        digest = templates_digest(build.plan.application, options, store.secret)
        version = build.host.sam
        is_accepted = store.accepted.holds(digest, version)
        if not stale and is_accepted:
            return _reuse(build)
        sam = check_requirements(stale, options, build.layout, build.host)
        environment, runs = sam_environment(build.environ, {}), len(stale) + (not is_accepted)

        def report_to_developer(text: str) -> None:
            if options.debug:
                build.report(Note(text))

        starter = sam_starter(sam, environment, options.project, runs, report_to_developer, self.early)
        runner = self.make_runner(starter)
        with ThreadPoolExecutor(1, "definitions") as pool:
            try:
                reading = None if is_accepted else pool.submit(_check_templates, build, sam, runner)
                outcomes = _build_stale(build, sam, runner, reading) if stale else {}
                if reading:
                    reading.result()  # raises what sam refuses
                    store.accept(Accepted(digest, version or ""))
            finally:
                runner.end()
        return outcomes or _reuse(build)


def _layout(options: BuildOptions) -> Layout:
    layout = Layout(options.project, options.build_dir, options.cache_dir)
    check_links(layout)
    return layout


def _report_unbuilt(plan: Plan, placed: list[Placed], report: Report) -> None:
    """Report what was not asked for and is not in the build dir either."""
    known = {one.resource.full_path for one in placed} | plan.selection.excluded
    paths = [resource.full_path for unit in plan.all_units.values() for resource in unit.resources]
    unbuilt = [path for path in paths if path not in known]
    if unbuilt:
        report(Note(f"Not in the build dir, so the built template keeps the paths of: {', '.join(unbuilt)}."))


def _check_templates(build: PlannedBuild, sam: Path, runner: Runner) -> None:
    """Make sam check all templates while the first units are built; if it refuses any, what runs is ended."""
    try:
        check_templates(sam, build.plan, build.options, build.environ, build.layout, runner)
    except OSError as error:
        runner.end()
        raise StateError(f"sam cannot be made to read the template in {build.layout.workspaces}: {error}") from error
    except BaseException:
        runner.end()
        raise


def _reuse(build: PlannedBuild) -> dict[str, Outcome]:
    outcomes = {name: reuse_outcome(build, planned) for name, planned in build.plan.units.items()}
    for name, outcome in outcomes.items():
        build.report(Finished([build.plan.units[name]], [outcome]))
    return outcomes


def _build_stale(build: PlannedBuild, sam: Path, runner: Runner, reading: Future[None] | None) -> dict[str, Outcome]:
    if not runner.hosts:  # each run installs its own dependencies, so that none waits for those of another
        units = {name: replace(planned, share=None) for name, planned in build.plan.units.items()}
        build = replace(build, plan=replace(build.plan, units=units))
    options, plan = build.options, build.plan
    lookout = Lookout.over({one.unit.name: one.reach for one in plan.to_build if one.reach})
    keeper = Keeper(build, lookout)
    builder = Builder(build, sam, runner, keeper)
    if any(Asked.WORK_TREE.value in one.fingerprint.parts.get(Cause.COMMIT, {}) for one in plan.to_build):
        with suppress(OSError):  # the build goes on as well as it can
            hide_own_files(build.layout, build.environ)
    build.report(Planned(plan))
    work = Work(build, builder, reading)
    outcomes = run_units(
        plan.units,
        work.build_unit,
        work.skip,
        options.jobs,
        work.abort,
        Batches(builder.batch_kind, work.build_together),
        Watch(lookout, work.build_again, work.accept),
        fail_fast=options.fail_fast,
    )
    keeper.settle_shared_places()
    return outcomes
