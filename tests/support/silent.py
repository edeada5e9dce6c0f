"""A reporter for builds of which nobody is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samix.messages.note import Note
    from samix.plan.plan import Plan
    from samix.plan.planned_unit import PlannedUnit
    from samix.units.outcome import Outcome


class Silent:
    """Nobody is told."""

    def note(self, note: Note) -> None:
        del note

    def waiting(self, holder: str) -> None:
        del holder

    def planned(self, plan: Plan) -> None:
        del plan

    def started(self, group: Sequence[PlannedUnit]) -> None:
        del group

    def heard(self, group: Sequence[PlannedUnit], lines: Sequence[str], rest: str) -> None:
        del group, lines, rest

    def retrying(self, planned: PlannedUnit, why: str) -> None:
        del planned, why

    def finished(self, group: Sequence[PlannedUnit], outcomes: Sequence[Outcome]) -> None:
        del group, outcomes

    def ending(self) -> None:
        pass

    def placing(self) -> None:
        pass
