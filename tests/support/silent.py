"""A reporter for builds of which nobody is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samix.plan.plan import Plan, PlannedUnit
    from samix.run.outcome import Outcome


class Silent:
    """Nobody is told."""

    def note(self, text: str) -> None:
        del text

    def waiting(self, holder: str) -> None:
        del holder

    def planned(self, plan: Plan) -> None:
        del plan

    def started(self, planned: PlannedUnit) -> None:
        del planned

    def retrying(self, planned: PlannedUnit, left: int) -> None:
        del planned, left

    def finished(self, outcome: Outcome) -> None:
        del outcome
