"""One build, from options to the build dir: plan, run what must be run, reconcile, assemble."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from samix.errors import SamixError
from samix.machine.engine import require_engine
from samix.machine.machine import Machine
from samix.placement import put_in_place
from samix.plan.fingerprint import take_fingerprint
from samix.plan.forecast import Action
from samix.plan.incremental import is_steered, language, manifest_path
from samix.plan.plan import Plan, PlannedUnit, make_plan
from samix.plan.reasons import Cause, told
from samix.plan.sources import source_path
from samix.run.outcome import Outcome, Result
from samix.run.process import Processes
from samix.run.sam import find_sam, sam_arguments, sam_environment, sam_input
from samix.run.sam_error import read_error
from samix.run.scheduler import run_units
from samix.run.workspace import Earlier, Product, harvest, lend_paths, prepare, shows_dependencies
from samix.state.damage import find_damage
from samix.state.layout import Layout
from samix.state.lock import project_lock
from samix.state.reconcile import complete_definition, is_cacheable, sam_hashes
from samix.state.records import Record
from samix.state.store import Store
from samix.template.built import TEMPLATE_NAME, check_built_templates
from samix.template.resources import Kind
from samix.template.stacks import load_application
from samix.tree import remove_tree, tree_digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from samix.assemble import Placed
    from samix.options import BuildOptions
    from samix.plan.surroundings import Surroundings
    from samix.plan.units import Unit
    from samix.report.reporter import Reporter
    from samix.template.stacks import Application
    from samix.template.value import ValueMapping


# sam pulls an image before it builds in it; what is used was built before
_SETTLED = frozenset({Cause.BUILD_IMAGE, Cause.DEPENDENCY})


@dataclass(frozen=True)
class BuildResult:
    """What became of a build.

    Attributes:
        outcomes: What became of each unit, in the plan's order.
        build_dir: The build dir.
        template: The built root template.
        artifacts: By full path of a resource, where its artifact is in the build dir, or the tag of its image;
            empty where the build is not complete.
    """

    outcomes: tuple[Outcome, ...]
    build_dir: Path
    template: Path
    artifacts: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether the build dir holds the whole application as it is now."""
        return all(outcome.is_good for outcome in self.outcomes)


@dataclass(frozen=True)
class PlannedBuild:
    """A build before anything is run.

    Attributes:
        plan: What it will do.
        store: What is known of earlier builds.
        machine: What was found around the sources.
    """

    plan: Plan
    store: Store
    machine: Machine


def read_application(options: BuildOptions) -> Application:
    """The application that a build is of.

    Raises:
        TemplateError: A template cannot be read or expanded, or the stacks are nested in a circle.
    """
    return load_application(
        options.template,
        options.parameters,
        raw_paths=options.base_dir is not None,
        region=options.region,
        language_extensions=options.language_extensions,
    )


def plan_build(options: BuildOptions, environ: Mapping[str, str], reporter: Reporter) -> PlannedBuild:
    """Plan a build, and tell what the user should know about it. Builds and writes nothing.

    The arguments are those of `run_build`.

    Raises:
        SamixError: There is nothing that could be built so.
    """
    layout = _layout(options)
    application = read_application(options)
    store = Store.open(layout)
    if store.warning:
        reporter.note(store.warning)
    machine = Machine(options, environ, layout)
    plan = make_plan(application, options, store, machine)
    plan = replace(plan, damage=find_damage((one.unit for one in plan.units.values() if not one.stale), store))
    resources = [resource for planned in plan.units.values() for resource in planned.unit.resources]
    check_built_templates(application, [resource.full_path for resource in resources])
    for note in (*options.notes, *plan.notes):
        reporter.note(note)
    return PlannedBuild(plan, store, machine)


def _layout(options: BuildOptions) -> Layout:
    return Layout(options.project, options.build_dir, options.cache_dir)


def run_build(options: BuildOptions, environ: Mapping[str, str], reporter: Reporter) -> BuildResult:
    """Build an application.

    Args:
        options: What is asked for.
        environ: The environment that sam gets.
        reporter: Told what happens.

    Returns:
        What became of every unit. Unless all ended well the build dir is left as it was.

    Raises:
        SamixError: Nothing could be built, or the result could not be put in place.
    """
    layout = _layout(options)
    with project_lock(layout.lock_file, reporter.waiting):
        planned = plan_build(options, environ, reporter)
        store, plan, machine = planned.store, planned.plan, planned.machine
        build = _Build(options, environ, reporter, layout, store, plan, machine)
        if plan.stale:
            machine.ask_sam()
        try:
            outcomes = build.run()
        finally:
            store.save_listings()
            machine.remember()
        result = BuildResult(
            tuple(outcomes[name] for name in plan.units), layout.build_dir, layout.build_dir / TEMPLATE_NAME
        )
        if result.is_complete:
            placed = put_in_place(plan, options, store, layout)
            _tell_unbuilt(plan, placed, reporter)
            artifacts = {one.resource.full_path: one.image or str(layout.artifact(one.resource)) for one in placed}
            return replace(result, artifacts=artifacts)
    return result


def _tell_unbuilt(plan: Plan, placed: list[Placed], reporter: Reporter) -> None:
    """Name what was not asked for, and was in the build dir neither."""
    known = {one.resource.full_path for one in placed} | plan.selection.excluded
    paths = [resource.full_path for unit in plan.all_units.values() for resource in unit.resources]
    unbuilt = [path for path in paths if path not in known]
    if unbuilt:
        reporter.note(f"Not in the build dir, and so left as the template has it: {', '.join(unbuilt)}.")


@dataclass(frozen=True)
class _Build:
    """The parts of a build that its steps share."""

    options: BuildOptions
    environ: Mapping[str, str]
    reporter: Reporter
    layout: Layout
    store: Store
    plan: Plan
    surroundings: Surroundings

    def run(self) -> dict[str, Outcome]:
        """Build what is stale; the outcome of every unit by its name."""
        with suppress(OSError):  # a sam that outlived its samix may still write there
            remove_tree(self.layout.workspaces)
        stale = self.plan.stale
        if not stale:
            return {name: self._reused(planned) for name, planned in self.plan.units.items()}
        for_engine = [planned.unit for planned in stale if planned.unit.needs_engine]
        if for_engine:
            require_engine(for_engine, self.environ)
        sam = find_sam(self.options.sam, self.environ.get("PATH"))
        processes = Processes()
        self.reporter.planned(self.plan)

        def work(planned: PlannedUnit) -> Outcome:
            if not planned.stale:
                outcome = self._reused(planned)
            elif self._is_spared(planned):
                outcome = Outcome(planned.unit, Result.REUSED, "what it uses came out as it was")
            else:
                self.reporter.started(planned)
                outcome = self._build_unit(planned, sam, processes)
            if not processes.are_ended:
                self.reporter.finished(outcome)
            return outcome

        def skip(planned: PlannedUnit, blockers: list[str]) -> Outcome:
            if not planned.stale:
                return self._reused(planned)
            outcome = Outcome(planned.unit, Result.SKIPPED, f"needs {', '.join(blockers)}")
            self.reporter.finished(outcome)
            return outcome

        return run_units(self.plan.units, work, skip, self.options.jobs, processes.end)

    def _reused(self, planned: PlannedUnit) -> Outcome:
        forecast = self.plan.forecast(planned)
        result = Result.REPAIRED if forecast.action is Action.REPAIR else Result.REUSED
        return Outcome(planned.unit, result, forecast.reason, causes=forecast.causes)

    def _is_spared(self, planned: PlannedUnit) -> bool:
        """Whether all that a unit was to be built for has come out as it was."""
        unit = planned.unit
        if any(reason.cause is not Cause.DEPENDENCY for reason in planned.stale):
            return False
        if any(self.plan.all_units[name].kind is Kind.IMAGE for name in planned.uses.values()):  # a tag says nothing
            return False
        known = self.store.records[unit.name].parts.get(Cause.DEPENDENCY, {})
        return self.store.digests(planned.uses.values()) == known and self.store.find_artifact(unit) is not None

    def _build_unit(self, planned: PlannedUnit, sam: Path, processes: Processes) -> Outcome:
        unit = planned.unit
        log = self.layout.log(unit)
        workspace: Path | None = None
        start = time.monotonic()
        try:
            remove_tree(log)
            hashes = sam_hashes(unit, source_path(unit, self.options), self.options.manifest)
            is_cached = is_cacheable(unit, hashes)
            earlier = self._earlier(planned)
            while True:
                workspace = self._prepare(unit, earlier)
                code = processes.run(
                    sam_arguments(sam, unit, self.options, is_cached=is_cached),
                    directory=workspace,
                    environment=sam_environment(self.environ, self._usable_artifacts(planned)),
                    log=log,
                    standard_input=sam_input(unit),
                    secrets=[value for _, value in unit.environment],
                )
                product = harvest(workspace, unit, earlier) if code == 0 else None
                if not (product and earlier and shows_dependencies(product, unit)):
                    break
                remove_tree(workspace)
                earlier = None
            seconds = time.monotonic() - start
            if code != 0:
                how = f"sam build exited with {code}" if code > 0 else f"sam build was ended by signal {-code}"
                return Outcome(unit, Result.FAILED, how, seconds, log, read_error(log))
            if product is None:
                return Outcome(unit, Result.FAILED, "sam build left no artifact", seconds, log)
            if not is_cached:
                product = replace(product, uuid="")
            self._keep(planned, product, hashes, seconds)
        except (OSError, ValueError, SamixError) as error:  # ValueError: a name or a value that no program can be given
            hint = f" {error.hint}" if isinstance(error, SamixError) and error.hint else ""
            seconds = time.monotonic() - start
            return Outcome(unit, Result.FAILED, f"{error}{hint}", seconds, log if log.exists() else None)
        finally:
            if workspace is not None:
                with suppress(OSError):  # the next build tries again
                    remove_tree(workspace)
        return Outcome(unit, Result.BUILT, told(planned.stale), seconds, log, causes=planned.stale)

    def _prepare(self, unit: Unit, earlier: Earlier | None) -> Path:
        workspace = prepare(self.layout.workspaces, unit, self.plan.application, earlier)
        source = source_path(unit, self.options)
        manifest = manifest_path(unit, source, self.options.manifest) if source else None
        if manifest and language(unit) == "python" and not unit.in_container:
            lend_paths(workspace, self.options.project, manifest)
        return workspace

    def _earlier(self, planned: PlannedUnit) -> Earlier | None:
        """What the unit is built on, where only its source is built anew."""
        unit = self.plan.all_units[planned.unit.name]
        source = source_path(unit, self.options)
        if not planned.keeps_dependencies or is_steered(unit, source, self.environ):
            return None
        deps = self.store.find_dependencies(unit)
        if deps is None:
            return None
        return Earlier(self.store.records[unit.name].definition, deps, self.store.find_artifact(unit))

    def _usable_artifacts(self, planned: PlannedUnit) -> dict[str, Path]:
        """By logical id, the artifacts that a host unit may use; a container cannot see them."""
        if planned.unit.in_container:
            return {}
        found = {
            logical_id: self.store.find_artifact(self.plan.all_units[name]) for logical_id, name in planned.uses.items()
        }
        return {logical_id: artifact for logical_id, artifact in found.items() if artifact}

    def _keep(self, planned: PlannedUnit, product: Product, hashes: ValueMapping, seconds: float) -> None:
        """Put what sam made where the next build finds it, whatever becomes of this one."""
        unit = planned.unit
        remove_tree(self.layout.finished(unit))
        digest = deps = ""
        if product.artifact:
            digest = tree_digest(product.artifact)
            self.store.move(product.artifact, self.layout.finished_artifact(unit))
        if product.deps:
            deps = tree_digest(product.deps)
            self.store.move(product.deps, self.layout.finished_deps(unit))
        around = self.surroundings.anew()
        now = take_fingerprint(unit, self.plan.application, self.options, self.store.secret, around)
        before = planned.fingerprint
        changed = now.changes_since(before.parts, lambda _: before.sources.entries)
        # if something has changed, nobody knows which of the two states the artifact was made from:
        # neither samix nor sam may reuse it
        unsettled = next((reason.text for reason in changed if reason.cause not in _SETTLED), "")
        if not unsettled and _saw_another(product, hashes):  # and it was changed back since
            unsettled = "source changed"
        fingerprint = now.with_artifacts(self.store.digests(planned.uses.values()))
        record = Record(
            parts=fingerprint.parts,
            digest=digest,
            image=product.image,
            uuid="" if unsettled else product.uuid,
            resources=tuple(resource.full_path for resource in self.plan.all_units[unit.name].resources),
            definition=complete_definition(unit, product.definition, hashes),
            seconds=round(seconds, 2),
            deps=deps,
            unsettled=unsettled,
        )
        self.store.save(unit.name, record, now.sources)


def _saw_another(product: Product, hashes: ValueMapping) -> bool:
    """Whether sam, where it took the hash of the sources, took it of others than samix had seen before."""
    seen, known = product.definition.get("source_hash"), hashes.get("source_hash")
    return bool(seen and known) and seen != known
