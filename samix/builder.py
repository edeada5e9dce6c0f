"""Building one unit: its workspace, its run of sam, and what is kept of it."""

from __future__ import annotations

import os
import re
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from samix.errors import SamixError
from samix.machine.sam_program import sam_environment
from samix.network import may_be_of_network
from samix.plan.fingerprint import take_fingerprint
from samix.plan.incremental import is_steered, language, manifest_path
from samix.plan.reasons import Cause, told
from samix.plan.sources import source_path
from samix.reading import read_bytes, read_text
from samix.run.outcome import Outcome, Result
from samix.run.process import LostError, OvertimeError, StalledError
from samix.run.sam import sam_arguments, sam_input
from samix.run.sam_error import lacks_answer, read_error
from samix.run.scheduler import BatchKind
from samix.run.stall import StallWatch
from samix.run.unit_template import unit_template
from samix.run.workspace import (
    Earlier,
    Product,
    harvest,
    harvest_batch,
    lend_paths,
    paths_to_lend,
    prepare,
    prepare_batch,
    shows_dependencies,
)
from samix.state.reconcile import complete_definition, is_cacheable, sam_hashes
from samix.state.records import Record
from samix.template.resources import Kind
from samix.template.value import as_mapping
from samix.tree import remove_tree, tree_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from samix.options import BuildOptions
    from samix.plan.plan import Plan, PlannedUnit
    from samix.plan.surroundings import Surroundings
    from samix.plan.units import Unit
    from samix.report.reporter import Reporter
    from samix.run.outcome import SamError
    from samix.run.process import Hear, Runner
    from samix.state.layout import Layout
    from samix.state.store import Store
    from samix.template.value import ValueMapping

# sam pulls an image before it builds in it; what is used was built before
_SETTLED = frozenset({Cause.BUILD_IMAGE, Cause.DEPENDENCY})
_MOST_STALLED = 3
_IN_BATCHES = re.compile(r"python[\d.]+|nodejs[\d.]+x")


@dataclass(frozen=True)
class Builder:
    """Builds the units of one build, each in a thread of its own.

    Attributes:
        options: The options of the build.
        environ: The environment that sam gets.
        layout: Where everything lies.
        store: The records of earlier builds, and of this one.
        plan: What is to be built.
        surroundings: What was found around the sources.
        sam: The sam to run.
        runner: Runs it.
        reporter: Told of what sam says, and of what is tried again.
    """

    options: BuildOptions
    environ: Mapping[str, str]
    layout: Layout
    store: Store
    plan: Plan
    surroundings: Surroundings
    sam: Path
    runner: Runner
    reporter: Reporter

    def build(self, planned: PlannedUnit) -> Outcome:
        """Build one unit, and keep what sam made of it for this build and later ones.

        Returns:
            What became of it; failures of any kind are among the values.
        """
        unit, log, start = planned.unit, self.layout.log(planned.unit), time.monotonic()

        def ended(result: Result, reason: str, error: SamError | None = None) -> Outcome:
            seconds = time.monotonic() - start
            return Outcome(unit, result, reason, seconds, log if log.exists() else None, error, planned.stale)

        try:
            remove_tree(log)
            hashes = self._sam_hashes(unit)
            is_cached = is_cacheable(unit, hashes)
            earlier, retries = self._earlier(planned), _Retries(self.options.retries)
            while True:
                with _removed_afterwards(self._prepare(unit, earlier)) as workspace:
                    try:
                        code = self._run(planned, workspace, is_cached=is_cached)
                    except LostError as error:
                        retries.grant_lost(error, planned, self.reporter)
                        continue
                    if code > 0 and not self.runner.are_ended and retries.grant(planned, log, self.reporter):
                        continue
                    if code != 0:
                        how = f"exited with {code}" if code > 0 else f"was ended by signal {-code}"
                        return ended(Result.FAILED, f"sam build {how}{retries.told}", read_error(log))
                    product = harvest(workspace, unit, earlier)
                    if product is None:
                        return ended(Result.FAILED, f"sam build left no artifact{self._why_none(unit)}")
                    if earlier and self._is_spoilt(product, unit):
                        earlier = None
                        continue
                    outcome = ended(Result.BUILT, told(planned.stale))
                    self._keep(planned, product if is_cached else replace(product, uuid=""), hashes, outcome.seconds)
                    return outcome
        except OvertimeError:
            return ended(Result.FAILED, f"took longer than {self.options.timeout:g} s (--timeout)")
        except (OSError, ValueError, SamixError) as error:  # ValueError: a name or a value that no program can be given
            hint = f" {error.hint}" if isinstance(error, SamixError) and error.hint else ""
            return ended(Result.FAILED, f"{error}{hint}")

    def _why_none(self, unit: Unit) -> str:
        """Why there may be no artifact where sam says that all went well."""
        source = source_path(unit, self.options)
        return f": its source is gone: {source}" if source and not source.exists() else ""

    def _run(self, planned: PlannedUnit, workspace: Path, *, is_cached: bool) -> int:
        """One run of sam in a workspace; its exit code."""
        unit = planned.unit
        hear, watch = self._hear([planned]), StallWatch(self.surroundings.container_problem)

        def hear_with_watch(lines: bytes, rest: bytes) -> None:
            watch.hear(lines)
            hear(lines, rest)

        return self.runner.run(
            sam_arguments(self.sam, unit, self.options, is_cached=is_cached),
            directory=workspace,
            environment=sam_environment(self.environ, self._usable_artifacts(planned)),
            log=self.layout.log(unit),
            standard_input=sam_input(unit),
            secrets=[value for _, value in unit.environment],
            timeout=self.options.timeout,
            hear=hear_with_watch if unit.in_container else hear,
            why_stalled=watch.why_stalled if unit.in_container else None,
        )

    def _hear(self, group: Sequence[PlannedUnit]) -> Hear:
        def hear(lines: bytes, rest: bytes) -> None:
            self.reporter.heard(group, lines.decode(errors="replace").splitlines(), rest.decode(errors="replace"))

        return hear

    def batch_kind(self, planned: PlannedUnit) -> BatchKind | None:
        """What units have in common that one run of sam can build; None for a unit that must have a run of its own.

        These are units of one stack that are built on the host from nothing, by builders that look at nothing but the
        unit's own directory, and of which sam tells the dependencies apart.
        """
        unit = planned.unit
        is_plain = (
            planned.stale
            and not planned.keeps_dependencies
            and not planned.uses
            and not unit.in_container
            and not unit.is_in_source
            and unit.workplace is None
            and unit.kind is not Kind.IMAGE
            and _IN_BATCHES.fullmatch(unit.first.build_method or unit.first.runtime or "")
        )
        try:
            source = source_path(unit, self.options)
            if not is_plain or source is None:
                return None
            manifest = manifest_path(unit, source, self.options.manifest)
            if manifest and paths_to_lend(self.options.project, manifest):
                return None
            resources = as_mapping(unit_template(unit, self.plan.application)["Resources"])
        except (OSError, ValueError, SamixError):  # it is told when the unit is built
            return None
        if len(resources) > 1:  # what its metadata refers to
            return None
        details = (unit.first.stack_path, *sam_arguments(self.sam, unit, self.options))
        return BatchKind(details, is_light=language(unit) == "python" and not _names_packages(manifest))

    def build_batch(self, batch: Sequence[PlannedUnit]) -> dict[str, Outcome]:
        """Build several units of one `batch_kind` in one run of sam, and keep what it made of each.

        Returns:
            What became of each, by its name. Those that are not there must be built alone: all, if sam failed.
        """
        units = [planned.unit for planned in batch]
        logs = [self.layout.log(unit) for unit in units]
        start = time.monotonic()
        outcomes: dict[str, Outcome] = {}
        # what goes wrong is told of the unit that it is of, when that is built alone
        with suppress(OSError, ValueError, SamixError, LostError, OvertimeError):
            for log in logs:
                remove_tree(log)
            hashes = [self._sam_hashes(unit) for unit in units]
            with _removed_afterwards(prepare_batch(self.layout.workspaces, units, self.plan.application)) as workspace:
                code = self.runner.run(
                    sam_arguments(self.sam, units[0], self.options),
                    directory=workspace,
                    environment=sam_environment(self.environ, {}),
                    log=logs[0],
                    timeout=self.options.timeout and self.options.timeout * len(batch),
                    hear=self._hear(batch),
                )
                products = harvest_batch(workspace, units) if code == 0 else None
                if products is None:
                    return outcomes
                seconds = (time.monotonic() - start) / len(batch)
                _share_log(logs, [unit.label for unit in units])
                for planned, log, known in zip(batch, logs, hashes, strict=True):
                    name = planned.unit.name
                    self._keep(planned, products[name], known, seconds)
                    outcomes[name] = Outcome(
                        planned.unit, Result.BUILT, told(planned.stale), seconds, log, causes=planned.stale
                    )
        return outcomes

    def _sam_hashes(self, unit: Unit) -> ValueMapping:
        return sam_hashes(unit, source_path(unit, self.options), self.options.manifest)

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

    def _is_spoilt(self, product: Product, unit: Unit) -> bool:
        """Whether what was built on earlier dependencies is not what a build from nothing makes.

        They share files with those in `deps/`, which something else may have changed since they were looked at.
        """
        kept = self.store.records[unit.name].deps
        return product.deps is None or tree_digest(product.deps) != kept or shows_dependencies(product, unit)

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
            digest = tree_digest(product.artifact, digest=self.store.digest)
            self.store.move(product.artifact, self.layout.finished_artifact(unit))
        if product.deps:
            deps = tree_digest(product.deps, digest=self.store.digest)
            self.store.move(product.deps, self.layout.finished_deps(unit))
        around = self.surroundings.anew()
        touched: list[str] = []

        def digest_of_source(path: str, status: os.stat_result) -> str:
            if self.store.was_touched(path, status):
                touched.append(path)
            return self.store.digest_of_source(path, status)

        now = take_fingerprint(unit, self.plan.application, self.options, self.store.secret, around, digest_of_source)
        before = planned.fingerprint
        changed = now.changes_since(before.parts, lambda _: before.sources.entries)
        # if something has changed, nobody knows which of the two states the artifact was made from:
        # neither samix nor sam may reuse it
        unsettled = next((reason.text for reason in changed if reason.cause not in _SETTLED), "")
        if not unsettled and _saw_another(product, hashes):  # and it was changed back since
            unsettled = "source changed"
        fingerprint = now.with_artifacts(self.store.digests(planned.uses.values()))
        if not unsettled and touched:  # likewise; but a build that always writes the same there is believed at last
            text = f"{os.path.relpath(min(touched), self.options.project)} was touched"
            earlier = self.store.records.get(unit.name)
            if earlier is None or (earlier.unsettled, earlier.parts) != (text, fingerprint.parts):
                unsettled = text
        record = Record(
            parts=fingerprint.parts,
            digest=digest,
            image=product.image,
            uuid="" if unsettled else product.uuid,
            resources=tuple(resource.full_path for resource in self.plan.all_units[unit.name].resources),
            definition=complete_definition(unit, product.definition, hashes),
            deps=deps,
            unsettled=unsettled,
            seconds=round(seconds, 3),
        )
        self.store.save(unit.name, record, now.sources)


@dataclass
class _Retries:
    """How often a unit that fails is built once more.

    Attributes:
        left: How often yet, if it fails for want of the network.
        made: How often it was.
    """

    left: int
    made: int = 0
    _stalled: int = 0
    _lacked_answer: bool = False

    @property
    def told(self) -> str:
        """How often it was tried, to go behind what became of it."""
        return f", tried {self.made + 1} times" if self.made else ""

    def grant_lost(self, error: LostError, planned: PlannedUnit, reporter: Reporter) -> None:
        """Have a unit built once more whose run was lost; the reporter is told if sam would never have ended.

        Raises:
            SamixError: That happened so often that it would again.
        """
        if isinstance(error, StalledError):
            self._stalled += 1
            if self._stalled == _MOST_STALLED:
                raise SamixError(
                    f"sam build waited for ever for its container, {self._stalled} times: {error}.",
                    hint="The log of the container engine may tell more; on a busy machine try fewer --jobs.",
                )
            self.made += 1
            reporter.retrying(planned, f"sam waited for ever for its container: {error}")

    def grant(self, planned: PlannedUnit, log: Path, reporter: Reporter) -> bool:
        """Whether a unit is built once more after what its log tells; the reporter is told if so.

        Raises:
            OSError: The log cannot be read.
        """
        if planned.unit.in_container and not self._lacked_answer and lacks_answer(log):
            self._lacked_answer = True
            reporter.retrying(planned, "sam got no answer from the builder in its container")
        elif self.left > 0 and may_be_of_network(log):
            self.left -= 1
            rest = f"{self.left} more" if self.left else "the last time"
            reporter.retrying(planned, f"it may have failed for want of the network ({rest})")
        else:
            return False
        self.made += 1
        return True


@contextmanager
def _removed_afterwards(workspace: Path) -> Iterator[Path]:
    """Use a workspace, and remove it, however that ends."""
    try:
        yield workspace
    finally:
        with suppress(OSError):  # the next build tries again
            remove_tree(workspace)


def _names_packages(manifest: Path | None) -> bool:
    """Whether something may have to be installed."""
    try:
        text = read_text(manifest, errors="replace") if manifest else ""
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines())


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


def _saw_another(product: Product, hashes: ValueMapping) -> bool:
    """Whether sam, where it took the hash of the sources, took it of others than samix had seen before."""
    seen, known = product.definition.get("source_hash"), hashes.get("source_hash")
    return bool(seen and known) and seen != known
