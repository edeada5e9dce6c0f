"""Builds, reuses or skips the units of one build, and reports it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from samix.build.events import Finished, Retrying, Started, Stopping
from samix.builders.workflow import incremental_workflow
from samix.messages.note import Note
from samix.plan.planned_unit import Action, PlannedUnit
from samix.template.resources import Kind
from samix.units.outcome import Outcome, Result
from samix.units.reasons import Cause

if TYPE_CHECKING:
    from concurrent.futures import Future

    from samix.build.planned_build import PlannedBuild
    from samix.build.unit_builder import Builder
    from samix.state.store import Store
    from samix.units.unit import Unit


@dataclass(frozen=True)
class Work:
    """What the scheduler has done with units; its methods are those that `run_units` and its parts ask for."""

    build: PlannedBuild
    builder: Builder
    # sam reads all definitions while the first units are built. If it refuses one, that is raised instead of what
    # became of these units, so that a build reports the same whichever of the two is faster.
    reading: Future[None] | None = None
    _started: set[str] = field(default_factory=set)
    _ended: set[str] = field(default_factory=set)
    _noted: set[frozenset[str]] = field(default_factory=set)

    def build_unit(self, planned: PlannedUnit) -> Outcome | PlannedUnit:
        """Build one unit if it must be built; what became of it, or the unit as it is to be worked on once more.

        The end of a unit is reported when it is accepted.

        Raises:
            SamixError: sam refuses a definition.
        """
        name = planned.unit.name
        end: Outcome | PlannedUnit
        if not planned.reasons:
            end = reuse_outcome(self.build, planned)
        elif self._is_spared(planned):
            said = _reuse_line_of(planned.unit, self.build.store)
            end = Outcome(planned.unit, Result.REUSED, "the artifacts that it uses did not change", said=said)
        else:
            if name not in self._started:
                self._started.add(name)
                self.build.report(Started([planned]))
            end = self.builder.build_unit(planned)
            self._await_template_check()
        if isinstance(end, PlannedUnit):
            more = [path for path in end.found if path not in planned.found]
            self.build.report(Retrying(planned, f"it looks for {', '.join(f'../{path}' for path in more)}"))
        elif not self.builder.keeper.lookout.watches(name):
            self._report_end(planned, end)
        return end

    def skip(self, planned: PlannedUnit, why: str) -> Outcome:
        """What becomes of a unit that is not started."""
        outcome = Outcome(planned.unit, Result.SKIPPED, why) if planned.reasons else reuse_outcome(self.build, planned)
        self.build.report(Finished([planned], [outcome]))
        return outcome

    def build_together(self, batch: list[PlannedUnit]) -> dict[str, Outcome]:
        """Build several units in one run of sam; raises as `build_unit`."""
        self.build.report(Started(batch))
        outcomes = self.builder.build_batch(batch)
        self._await_template_check()
        if outcomes or not self.builder.runner.are_ended:
            self.build.report(Finished(batch, list(outcomes.values())))
        self._ended.update(outcomes)
        return outcomes

    def build_again(self, planned: PlannedUnit, other: PlannedUnit, path: str) -> None:
        """Report why a unit is built once more."""
        pair = frozenset({planned.unit.name, other.unit.name})
        if path and pair not in self._noted:
            self._noted.add(pair)
            where = os.path.relpath(path, os.path.realpath(self.build.options.project))
            self.build.report(
                Note(
                    f"{where} was written while {other.unit.label} and {planned.unit.label} were built together."
                    " Both are built again, one after the other, and from now on never at the same time."
                    " --jobs 1 builds all units one after the other."
                )
            )
        if planned.unit.name in self._ended:
            self._ended.remove(planned.unit.name)
            self._started.discard(planned.unit.name)  # its start is reported once more
        else:
            why = f"{other.unit.label} writes or reads in the same place" if path else "a unit it uses is built again"
            self.build.report(Retrying(planned, why))

    def accept(
        self, planned: PlannedUnit, outcome: Outcome, changed: frozenset[str], meanwhile: frozenset[str]
    ) -> None:
        """Accept the outcome of a unit that can meet others."""
        if outcome.result is Result.BUILT:
            self.builder.keeper.accept(planned, changed, meanwhile)
        if planned.unit.name not in self._ended:
            self._report_end(planned, outcome)

    def abort(self) -> None:
        """End what runs."""
        try:
            self.build.report(Stopping())
        finally:  # also if it cannot be reported: the terminal may have gone
            self.builder.runner.end()

    def _await_template_check(self) -> None:
        if self.reading:
            self.reading.result()

    def _report_end(self, planned: PlannedUnit, outcome: Outcome) -> None:
        self._ended.add(planned.unit.name)
        if outcome.is_good or not self.builder.runner.are_ended:
            self.build.report(Finished([planned], [outcome]))

    def _is_spared(self, planned: PlannedUnit) -> bool:
        """Whether everything that a unit was to be built for came out unchanged."""
        unit = planned.unit
        if any(reason.cause is not Cause.DEPENDENCY for reason in planned.reasons):
            return False
        if any(self.build.plan.all_units[name].kind is Kind.IMAGE for name in planned.used_names):
            return False  # a tag does not show the content
        store = self.build.store
        known = store.records[unit.name].parts.get(Cause.DEPENDENCY, {})
        return store.digests(planned.used_by_label) == known and store.find_artifact(unit) is not None


def reuse_outcome(build: PlannedBuild, planned: PlannedUnit) -> Outcome:
    """What becomes of a unit that need not be built."""
    forecast = build.plan.forecast(planned)
    result = Result.REPAIRED if forecast.action is Action.REPAIR else Result.REUSED
    said = _reuse_line_of(planned.unit, build.store)
    return Outcome(planned.unit, result, forecast.reason, reasons=forecast.reasons, said=said)


def _reuse_line_of(unit: Unit, store: Store) -> str:
    record = store.records.get(unit.name)
    return reuse_line(unit, has_manifest=bool(record and record.definition.get("manifest_hash")))


def reuse_line(unit: Unit, *, has_manifest: bool) -> str:
    """The line that sam prints for a unit that it reuses, and pipelines look for; empty where it prints none.

    What sam builds incrementally it builds again all the same, so that only the first words of its line would be true.
    samix says them only if there is a manifest of the dependencies.
    Mirrors `CachedBuildStrategy` and `IncrementalBuildStrategy` of `samcli.lib.build.build_strategy`.
    """
    if unit.kind is Kind.IMAGE:
        return ""
    names = ", ".join(resource.full_path for resource in unit.resources)
    if incremental_workflow(unit) and not unit.in_container:
        line = f"Manifest is not changed for ({names}), nor is anything else: reused without running incremental build"
        return line if has_manifest else ""
    kind = "layers" if unit.kind is Kind.LAYER else "functions"
    return f"Valid cache found, copying previously built resources for following {kind} ({names})"
