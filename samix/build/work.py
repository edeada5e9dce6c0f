"""Builds, reuses or skips the units of one build, and reports it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from samix.build.events import Finished, Retrying, Started, Stopping
from samix.build.reuse import reuse_line
from samix.messages.note import Note
from samix.plan.forecast import Action
from samix.plan.planned_unit import PlannedUnit
from samix.template.resources import Kind
from samix.units.outcome import Outcome, Result
from samix.units.reasons import Cause

if TYPE_CHECKING:
    from concurrent.futures import Future

    from samix.build.events import Report
    from samix.build.unit_builder import Builder
    from samix.options.merge import BuildOptions
    from samix.plan.plan import Plan
    from samix.sam.process import Runner
    from samix.state.store import Store
    from samix.units.unit import Unit


@dataclass(frozen=True)
class Work:
    """What the scheduler has done with units; its methods are those that `run_units` and its parts ask for.

    Attributes:
        reading: sam reads all definitions beside the first units. What it refuses is raised instead of what became of
            these, so that a build reports the same whichever of the two is faster.
    """

    options: BuildOptions
    plan: Plan
    store: Store
    report: Report
    runner: Runner
    builder: Builder
    reading: Future[None] | None = None
    _started: set[str] = field(default_factory=set)
    _ended: set[str] = field(default_factory=set)
    _told: set[frozenset[str]] = field(default_factory=set)

    def build(self, planned: PlannedUnit) -> Outcome | PlannedUnit:
        """Build one unit if it must be built; what became of it, or the unit as it is to be worked on once more.

        The end of a unit is reported when it is believed.

        Raises:
            SamixError: sam refuses a definition.
        """
        name = planned.unit.name
        end: Outcome | PlannedUnit
        if not planned.stale:
            end = reuse_outcome(self.plan, planned, self.store)
        elif self._is_spared(planned):
            said = _said(planned.unit, self.store)
            end = Outcome(planned.unit, Result.REUSED, "the artifacts that it uses did not change", said=said)
        else:
            if name not in self._started:
                self._started.add(name)
                self.report(Started([planned]))
            end = self.builder.build(planned)
            self._await_definitions()
        if isinstance(end, PlannedUnit):
            more = [path for path in end.found if path not in planned.found]
            self.report(Retrying(planned, f"it looks for {', '.join(f'../{path}' for path in more)}"))
        elif not self.builder.keeper.lookout.watches(name):
            self._tell_end(planned, end)
        return end

    def skip(self, planned: PlannedUnit, why: str) -> Outcome:
        """What becomes of a unit that is not started."""
        outcome = (
            Outcome(planned.unit, Result.SKIPPED, why)
            if planned.stale
            else reuse_outcome(self.plan, planned, self.store)
        )
        self.report(Finished([planned], [outcome]))
        return outcome

    def build_together(self, batch: list[PlannedUnit]) -> dict[str, Outcome]:
        """Build several units in one run of sam; raises as `build`."""
        self.report(Started(batch))
        outcomes = self.builder.build_batch(batch)
        self._await_definitions()
        if outcomes or not self.runner.are_ended:
            self.report(Finished(batch, list(outcomes.values())))
        self._ended.update(outcomes)
        return outcomes

    def build_again(self, planned: PlannedUnit, other: PlannedUnit, path: str) -> None:
        """Report why a unit is built once more."""
        pair = frozenset({planned.unit.name, other.unit.name})
        if path and pair not in self._told:
            self._told.add(pair)
            where = os.path.relpath(path, os.path.realpath(self.options.project))
            self.report(
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
            self.report(Retrying(planned, why))

    def accept(
        self, planned: PlannedUnit, outcome: Outcome, changed: frozenset[str], meanwhile: frozenset[str]
    ) -> None:
        """Let the outcome of a unit that can meet others stand."""
        if outcome.result is Result.BUILT:
            self.builder.keeper.accept(planned, changed, meanwhile)
        if planned.unit.name not in self._ended:
            self._tell_end(planned, outcome)

    def abort(self) -> None:
        """End what runs."""
        try:
            self.report(Stopping())
        finally:  # also where nobody can be told: the terminal may have gone
            self.runner.end()

    def _await_definitions(self) -> None:
        if self.reading:
            self.reading.result()

    def _tell_end(self, planned: PlannedUnit, outcome: Outcome) -> None:
        self._ended.add(planned.unit.name)
        if outcome.is_good or not self.runner.are_ended:
            self.report(Finished([planned], [outcome]))

    def _is_spared(self, planned: PlannedUnit) -> bool:
        """Whether all that a unit was to be built for has come out as it was."""
        unit = planned.unit
        if any(reason.cause is not Cause.DEPENDENCY for reason in planned.stale):
            return False
        if any(self.plan.all_units[name].kind is Kind.IMAGE for name in planned.used_names):  # a tag says nothing
            return False
        known = self.store.records[unit.name].parts.get(Cause.DEPENDENCY, {})
        return self.store.digests(planned.used_by_label) == known and self.store.find_artifact(unit) is not None


def reuse_outcome(plan: Plan, planned: PlannedUnit, store: Store) -> Outcome:
    """What becomes of a unit that need not be built."""
    forecast = plan.forecast(planned)
    result = Result.REPAIRED if forecast.action is Action.REPAIR else Result.REUSED
    return Outcome(planned.unit, result, forecast.reason, causes=forecast.causes, said=_said(planned.unit, store))


def _said(unit: Unit, store: Store) -> str:
    record = store.records.get(unit.name)
    return reuse_line(unit, has_manifest=bool(record and record.definition.get("manifest_hash")))
