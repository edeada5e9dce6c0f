"""Building one unit: its workspace, its run of sam, and what is kept of it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from samix.build.events import Heard
from samix.build.foreign_writes import find_foreign_write
from samix.build.retries import Retries
from samix.build.scheduler import BatchKind
from samix.builders.installs import INSTALLERS
from samix.builders.workflow import installer_of, manifest_path, runtime_workflow, workflow_of
from samix.files.copies import remove_tree
from samix.files.safe_read import read_bytes, read_text
from samix.host.sam_program import sam_environment
from samix.messages.errors import SamixError
from samix.messages.location import Location
from samix.messages.note import Note
from samix.plan.dependency_reuse import can_cache, has_mode_of_artifacts, is_steered, reads_the_same
from samix.plan.neighbours import find_reached
from samix.plan.places import NO_TURNS
from samix.plan.sources import lacks_source, missing_source_error, source_path
from samix.sam.command import option_arguments, sam_arguments, sam_input
from samix.sam.error import beta_method, read_error
from samix.sam.process import LostError, OvertimeError
from samix.sam.sam_run import SamRun
from samix.sam.stall import StallWatch
from samix.sam.step import action_of
from samix.sam.unit_template import unit_template
from samix.sam.wording import Wording, names_in_application
from samix.sam.workspace import (
    Earlier,
    Product,
    find_links,
    find_oddity,
    harvest,
    harvest_batch,
    prepare,
    prepare_batch,
    redirect_links,
    shows_dependencies,
)
from samix.state.sam_cache import own_definition
from samix.state.sam_hashes import is_cacheable, sam_hashes
from samix.template.artifact import relative_artifact
from samix.template.resources import Kind
from samix.template.value import as_mapping
from samix.units.outcome import Outcome, Result
from samix.units.reasons import format_reasons

if TYPE_CHECKING:
    from samix.build.keep import Keeper
    from samix.build.planned_build import PlannedBuild
    from samix.build.source_watch import SourceWatch
    from samix.plan.planned_unit import PlannedUnit
    from samix.sam.process import Runner
    from samix.sam.sam_run import Hear
    from samix.sam.workspace import Workspace
    from samix.template.value import ValueMapping
    from samix.units.outcome import SamError
    from samix.units.unit import Unit

_BUILD_DIR = ".aws-sam/build"
_ROUNDS = 3  # measured with twenty functions on two slots: one takes a tenth longer
_NOTHING = Product(None, None, "", "", {})


@dataclass(frozen=True)
class Builder:
    """Builds the units of one build, each in a thread of its own; sam gets the environment of that build."""

    build: PlannedBuild
    sam: Path
    runner: Runner
    keeper: Keeper

    def build_unit(self, planned: PlannedUnit) -> Outcome | PlannedUnit:
        """Build one unit, and keep what sam made of it for this build and later ones.

        The result is what became of it, failures of any kind included; or the unit as it is to be built once more,
        which may go well.
        """
        unit, log, start = planned.unit, self.build.layout.log(planned.unit), time.monotonic()
        self.keeper.unaccepted.pop(unit.name, None)

        def ended(result: Result, reason: str, error: SamError | None = None) -> Outcome:
            seconds = time.monotonic() - start
            return Outcome(unit, result, reason, seconds, log if log.exists() else None, error, planned.reasons)

        try:
            remove_tree(log)
            hashes = self._sam_hashes(unit)
            is_missing = self._lacks_source(planned)
            is_cached = not is_missing and is_cacheable(unit, hashes) and can_cache(unit, self.build.host.rules)
            seen = self.keeper.watch(planned)
            planned = _without_outdated_dependencies(planned, seen)
            earlier, retries = self._earlier(planned) if is_cached else None, Retries(self.build.options.retries)
            while True:
                is_hosted = self.runner.hosts
                earlier = earlier if is_hosted else None
                made, earlier = self._prepare(planned, earlier, is_hosted=is_hosted, is_missing=is_missing)
                with _removed_afterwards(made) as workspace:
                    try:
                        code = self._run(planned, workspace, is_cached=is_cached)
                    except LostError as error:
                        retries.grant_lost(error, planned, self.build.report)
                        continue
                    if code > 0 and not self.runner.are_ended and retries.grant(planned, log, self.build.report):
                        continue
                    if code != 0:
                        again = self._change_for_retry(planned, log, code, is_hosted=is_hosted)
                        why, said = _why_failed(workspace, unit, log, code)
                        failed = ended(Result.FAILED, f"{why}{retries.tries_text}", said)
                        return again or replace(failed, is_of_dependencies=_is_of_dependencies(unit, said))
                    product = harvest(workspace, unit, earlier) or self._nothing(unit, is_missing=is_missing)
                    self._redirect_and_check(planned, workspace, product)
                    if earlier and self._is_spoilt(product, unit, earlier):
                        earlier = None
                        continue
                    outcome = ended(Result.BUILT, _why_built(planned, is_shared=earlier is not None))
                    product = product if is_cached else replace(product, uuid="")
                    self.keeper.keep(planned, product, hashes, outcome.seconds, seen, is_whole=earlier is None)
                    return outcome
        except OvertimeError:
            failed = ended(Result.FAILED, f"took longer than {self.build.options.timeout:g} s (--timeout)")
            return replace(failed, is_of_dependencies=_was_installing(unit, log))
        except (OSError, ValueError, SamixError) as error:  # ValueError: a name or a value that no program can be given
            hint = f" {error.hint}" if isinstance(error, SamixError) and error.hint else ""
            return ended(Result.FAILED, f"{error}{hint}")

    def _prepare(
        self, planned: PlannedUnit, earlier: Earlier | None, *, is_hosted: bool, is_missing: bool
    ) -> tuple[Workspace, Earlier | None]:
        """A workspace, and what the unit is built on in it: nothing if that cannot be had any more.

        Raises:
            OSError: The workspace cannot be made.
        """
        try:
            workspace = prepare(
                self.build.layout,
                planned.unit,
                self.build.plan.application,
                is_hosted=is_hosted,
                earlier=earlier,
                neighbours=self.build.find_artifacts(planned.neighbours),
                lacks_source=is_missing,
                link=self.build.store.link_tree,
            )
        except OSError:
            if earlier is None:
                raise
            return self._prepare(planned, None, is_hosted=is_hosted, is_missing=is_missing)
        return workspace, earlier

    def _redirect_and_check(self, planned: PlannedUnit, workspace: Workspace, product: Product) -> None:
        """Make links in an artifact lead to where it will lie; check that no makefile changed the artifacts of others.

        npm may write in any package that it links; `docs/explanation/limits.md` says so.

        Raises:
            SamixError: One did, and the change would be lost.
            OSError: A link cannot be changed.
        """
        if not workflow_of(planned.unit).is_make:
            return
        if product.artifact:
            redirect_links(product.artifact, workspace.place, self.build.layout.build_dir)
        own = {relative_artifact(resource).as_posix() for resource in planned.unit.resources}
        others = (path for path in self._artifacts if path not in own and path not in planned.neighbours)
        written = find_foreign_write(self.build.find_artifacts(planned.neighbours), others, workspace.place)
        if written:
            shown = os.path.relpath(self.build.layout.build_dir / written, self.build.options.project)
            raise SamixError(
                f"Its makefile wrote into the artifact of another resource, {shown}; that change would be lost.",
                hint="Each target should write below its own ARTIFACTS_DIR alone.",
            )

    @cached_property
    def _artifacts(self) -> list[str]:
        """The paths of all artifacts in the build dir."""
        resources = (resource for unit in self.build.plan.all_units.values() for resource in unit.resources)
        return [relative_artifact(resource).as_posix() for resource in resources]

    def _change_for_retry(self, planned: PlannedUnit, log: Path, code: int, *, is_hosted: bool) -> PlannedUnit | None:
        """A failed unit, changed so that it may succeed; None, after a note on the likely cause, if it cannot be."""
        again = self._add_neighbours(planned, log) if code > 0 and is_hosted else None
        if again is None:
            self._explain(planned.unit)
        return again

    def _add_neighbours(self, planned: PlannedUnit, log: Path) -> PlannedUnit | None:
        """A failed unit with the additional neighbours that its log names; None if it names none.

        Texts do not always show what a build finds. sam would have had there what it builds before.
        """
        unit = planned.unit
        is_looking = runtime_workflow(unit).finds_neighbours or workflow_of(unit).is_make
        if unit.in_container or not is_looking:
            return None
        text = read_text(log, errors="replace")
        build_dir = os.path.relpath(self.build.layout.build_dir, self.build.options.project)
        earlier = takewhile(lambda one: one.name != unit.name, self.build.plan.all_units.values())
        missing = {
            path: one.name
            for one in earlier
            if one.kind is not Kind.IMAGE
            for path in (relative_artifact(resource).as_posix() for resource in one.resources)
            if path not in planned.neighbours
            and re.search(rf"(?:\.\.|{re.escape(build_dir)})/{re.escape(path)}(?![\w-])", text)
            and unit.name not in find_reached([one.name], self.build.plan.waits_for)
        }
        known = self.build.plan.units.keys() | self.build.store.records.keys()
        there = {path: name for path, name in missing.items() if name in known}
        if not there:
            return None
        return replace(
            planned,
            neighbours={**planned.neighbours, **there},
            needs=planned.needs | (self.build.plan.units.keys() & there.values()),
            found=(*planned.found, *there),
        )

    def _lacks_source(self, planned: PlannedUnit) -> bool:
        """Whether a unit is built without a source, as it was planned.

        Raises:
            MissingSourceError: The source was there when the plan was made.
        """
        is_missing = lacks_source(planned.unit, self.build.options)
        if is_missing and not planned.fingerprint.sources.is_missing:
            raise self._missing_source_error(planned.unit)
        return is_missing

    def _nothing(self, unit: Unit, *, is_missing: bool) -> Product:
        """What sam made where it left no artifact, as it does for a unit whose source is missing.

        Raises:
            SamixError: There should be an artifact.
        """
        if is_missing:
            return _NOTHING
        if lacks_source(unit, self.build.options):
            raise self._missing_source_error(unit)
        name = unit.first.full_path
        raise SamixError(f"sam build succeeded but left no artifact. See the log, and run sam build {name} to compare.")

    def _missing_source_error(self, unit: Unit) -> SamixError:
        """The error for a source that was there when the plan was made."""
        return missing_source_error(unit, self.build.source_of(unit), self.build.plan.application)

    def _explain(self, unit: Unit) -> None:
        """Report what may have misled a makefile: sam's build dir has another name while samix builds."""
        source = self.build.source_of(unit)
        line = _line_with_build_dir(source / "Makefile") if source and workflow_of(unit).is_make else None
        if source and line:
            text = (
                f"{unit.label} may have failed because its makefile names {_BUILD_DIR}. While samix builds, the "
                "artifact lies in .aws-sam/samix-unit.*, at the same depth: $(ARTIFACTS_DIR)/../../.. leads to the "
                "project, and $(ARTIFACTS_DIR)/../NAME to the artifact of NAME."
            )
            self.build.report(Note(text, Location(source / "Makefile", line)))

    def _run(self, planned: PlannedUnit, workspace: Workspace, *, is_cached: bool) -> int:
        """One run of sam in a workspace; its exit code."""
        unit = planned.unit
        hear, watch = self._hear([planned]), StallWatch(self.build.host.container_problem)

        def hear_with_watch(lines: bytes, rest: bytes) -> None:
            watch.hear(lines)
            hear(lines, rest)

        return self.runner.run(
            SamRun(
                sam_arguments(self.sam, unit, self.build.options, workspace, is_cached=is_cached),
                directory=self.build.options.project,
                environment=self._environment(planned, workspace),
                log=self.build.layout.log(unit),
                state=workspace.state if workspace.is_hosted else None,
                standard_input=sam_input(unit),
                wording=self._wording(workspace, [unit]),
                timeout=self.build.options.timeout,
                hear=hear_with_watch if unit.in_container else hear,
                why_stalled=watch.why_stalled if unit.in_container else None,
            )
        )

    def _environment(self, planned: PlannedUnit, workspace: Workspace) -> dict[str, str]:
        unit, options = planned.unit, self.build.options
        usable = {} if unit.in_container else planned.uses  # a container cannot see the artifacts of others
        found = sam_environment(self.build.environ, self.build.find_artifacts(usable))
        settings = workspace.state / "settings"
        return found | workflow_of(unit).find_environment(
            unit, source_path(unit, options), options.manifest, options.project, found, settings
        )

    def _wording(self, workspace: Workspace, units: Sequence[Unit]) -> Wording:
        """How a log names the places of a workspace and its units: as the build dir and the application do."""
        project = self.build.options.project
        relative = (os.path.relpath(workspace.place, project), os.path.relpath(self.build.layout.build_dir, project))
        absolute = (os.fspath(workspace.place), os.fspath(self.build.layout.build_dir))
        real = (os.path.realpath(absolute[0]), os.path.realpath(absolute[1]))
        secrets = [value for unit in units for _, value in unit.environment]
        return Wording(dict([absolute, real, relative]), names_in_application(units), secrets)

    def _hear(self, group: Sequence[PlannedUnit]) -> Hear:
        def hear(lines: bytes, rest: bytes) -> None:
            self.build.report(Heard(group, lines.decode(errors="replace").splitlines(), rest.decode(errors="replace")))

        return hear

    def batch_kind(self, planned: PlannedUnit) -> BatchKind | None:
        """What units that one run of sam can build have in common; None for a unit that must have a run of its own.

        These are units of one stack that are built on the host from nothing, by builders that look at nothing but the
        unit's own directory, and whose dependencies sam keeps apart.
        """
        unit = planned.unit
        is_plain = (
            planned.reasons
            and self.runner.hosts
            and not planned.keeps_dependencies
            and not planned.uses
            and not unit.in_container
            and not unit.is_in_source
            and planned.turns == NO_TURNS
            and not planned.neighbours
            and unit.kind is not Kind.IMAGE
            and (batched := workflow_of(unit).batched)
            and batched.fullmatch(unit.workflow)
        )
        try:
            source = self.build.source_of(unit)
            if not is_plain or source is None or planned.fingerprint.sources.is_missing:
                return None
            manifest = manifest_path(unit, source, self.build.options.manifest)
            resources = as_mapping(unit_template(unit, self.build.plan.application)["Resources"])
        except (OSError, ValueError, SamixError):  # it is reported when the unit is built
            return None
        if len(resources) > 1:  # what its metadata refers to
            return None
        share = planned.share if planned.share and planned.share.is_shared else None
        details = (unit.first.stack_path, share and share.key, *option_arguments(unit, self.build.options))
        is_light = runtime_workflow(unit).is_light(manifest)
        # of units with dependencies, samix puts those of one batch away while sam builds another
        return BatchKind(details, is_light=is_light or share is not None, rounds=1 if is_light else _ROUNDS)

    def build_batch(self, batch: Sequence[PlannedUnit]) -> dict[str, Outcome]:
        """Build several units of one `batch_kind` in one run of sam, and keep what it made of each.

        The result is what became of each, by its name. Those that are not in it must be built alone: all, if sam
        failed.
        """
        units = [planned.unit for planned in batch]
        logs = [self.build.layout.log(unit) for unit in units]
        start = time.monotonic()
        outcomes: dict[str, Outcome] = {}
        # an error is reported of the unit that it concerns, when that is built alone
        with suppress(OSError, ValueError, SamixError, LostError, OvertimeError):
            for log in logs:
                remove_tree(log)
            hashes = [self._sam_hashes(unit) for unit in units]
            watches = [self.keeper.watch(planned) for planned in batch]
            batch = [_without_outdated_dependencies(*pair) for pair in zip(batch, watches, strict=True)]
            found = {planned.unit.name: self._earlier(planned) for planned in batch}
            earlier = {name: one for name, one in found.items() if one}
            made = prepare_batch(
                self.build.layout, units, self.build.plan.application, earlier, link=self.build.store.link_tree
            )
            with _removed_afterwards(made) as workspace:
                code = self.runner.run(
                    SamRun(
                        sam_arguments(self.sam, units[0], self.build.options, workspace),
                        directory=self.build.options.project,
                        environment=sam_environment(self.build.environ, {}),
                        log=logs[0],
                        state=workspace.state,
                        wording=self._wording(workspace, units),
                        timeout=self.build.options.timeout and self.build.options.timeout * len(batch),
                        hear=self._hear(batch),
                    )
                )
                products = harvest_batch(workspace, units, earlier) if code == 0 else None
                if products is None:
                    return outcomes
                seconds = (time.monotonic() - start) / len(batch)
                _share_log(logs, [unit.label for unit in units])
                for planned, log, known, watch in zip(batch, logs, hashes, watches, strict=True):
                    name = planned.unit.name
                    on = earlier.get(name)
                    if on and self._is_spoilt(products[name], planned.unit, on):
                        continue
                    self.keeper.keep(planned, products[name], known, seconds, watch, is_whole=on is None)
                    outcomes[name] = Outcome(
                        planned.unit,
                        Result.BUILT,
                        _why_built(planned, is_shared=on is not None),
                        seconds,
                        log,
                        reasons=planned.reasons,
                    )
        return outcomes

    def _sam_hashes(self, unit: Unit) -> ValueMapping:
        return sam_hashes(unit, self.build.source_of(unit), self.build.options.manifest)

    def _earlier(self, planned: PlannedUnit) -> Earlier | None:
        """What the unit is built on, if only its source is built: its own dependencies, or a set that it shares.

        Raises:
            OSError: Something cannot be read.
        """
        unit, store = self.build.plan.all_units[planned.unit.name], self.build.store
        source = self.build.source_of(unit)
        if source is None or is_steered(unit, source, self.build.environ):
            return None
        if planned.keeps_dependencies:
            deps, record = store.find_dependencies(unit), store.records[unit.name]
            artifact = store.find_artifact(unit)
            links = find_links(artifact, deps, unit) if artifact and deps else {}
            return Earlier(record.definition, deps, record.deps, links) if deps else None
        share = planned.share
        known = store.find_set(share.key) if share and share.is_shared else None
        if share is None or known is None:
            return None
        deps = store.sets.place(share.key)
        if not os.listdir(deps) and not has_mode_of_artifacts(source, deps):
            return None
        fields = {**own_definition(unit).fields, "manifest_hash": share.manifest_hash}
        return Earlier(fields, deps, known.digest, known.links)

    def _is_spoilt(self, product: Product, unit: Unit, earlier: Earlier) -> bool:
        """Whether what was built on earlier dependencies differs from what a build from nothing makes.

        They share files with those in `deps/`, which something else may have changed since they were read.
        """
        is_same = product.deps is not None and self.build.store.digest_before(product.deps) == earlier.digest
        return not is_same or shows_dependencies(product, unit)


def _without_outdated_dependencies(planned: PlannedUnit, seen: SourceWatch) -> PlannedUnit:
    """The unit, on no dependencies but its own if what its installer reads has changed since the plan was made."""
    installer, entries = INSTALLERS.get(installer_of(planned.unit)), planned.fingerprint.sources.entries
    is_seen_by_plan = seen.looks is None
    if installer is None or is_seen_by_plan or reads_the_same(installer, entries, seen.before.sources.entries):
        return planned
    return replace(planned, share=None, keeps_dependencies=False)


def _why_built(planned: PlannedUnit, *, is_shared: bool) -> str:
    """Why a unit was built, and whose dependencies it was built with."""
    share = planned.share.text if planned.share and is_shared == planned.share.is_shared else ""
    return "; ".join(filter(None, (format_reasons(planned.reasons), share)))


@contextmanager
def _removed_afterwards(workspace: Workspace) -> Iterator[Workspace]:
    """Use a workspace, and remove it at the end, also after an error."""
    try:
        yield workspace
    finally:
        with suppress(OSError):  # the next build tries again
            workspace.remove()


def _why_failed(workspace: Workspace, unit: Unit, log: Path, code: int) -> tuple[str, SamError | None]:
    """Why a run of sam failed, and what sam said of it, where samix does not say it better.

    Raises:
        OSError: The log or the artifact cannot be read.
    """
    said = read_error(log)
    odd = find_oddity(workspace, unit) if said else None
    if said and odd and odd[0] in said.message:  # sam could not copy it, and shows a list of Python
        return odd[1], None
    if said is None and (method := beta_method(log)):
        return (
            f"sam builds {method} only with --beta-features, or with SAM_CLI_BETA_FEATURES=1 in its environment",
            None,
        )
    return f"sam build {f'exited with {code}' if code > 0 else f'was ended by signal {-code}'}", said


def _is_of_dependencies(unit: Unit, said: SamError | None) -> bool:
    """Whether a unit failed because its dependencies could not be installed."""
    return said is not None and _installs(unit, said.action)


def _was_installing(unit: Unit, log: Path) -> bool:
    """Whether the last action that a log names is one that installs dependencies; not if it cannot be read."""
    try:
        lines = read_text(log, errors="replace").splitlines()
    except OSError:
        return False
    return _installs(unit, next((action for line in reversed(lines) if (action := action_of(line))), ""))


def _installs(unit: Unit, action: str) -> bool:
    installer = INSTALLERS.get(installer_of(unit))
    return installer is not None and action in installer.steps


def _line_with_build_dir(makefile: Path) -> int | None:
    """The first line of a makefile that names sam's build dir and is not a comment."""
    try:
        lines = read_text(makefile, errors="replace").splitlines()
    except OSError:
        return None
    named = (number for number, line in enumerate(lines, 1) if _BUILD_DIR in line and not line.lstrip().startswith("#"))
    return next(named, None)


def _share_log(logs: Sequence[Path], labels: Sequence[str]) -> None:
    """Give each unit of a batch the log of its run."""
    first, *others = logs
    text = f"One run of sam for {'; '.join(labels)}:\n\n".encode() + read_bytes(first)
    first.write_bytes(text)
    for log in others:
        try:
            os.link(first, log)
        except OSError:  # a file system without hard links
            log.write_bytes(text)
