"""What a build tells while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from samix.plan.plan import Plan, PlannedUnit
    from samix.run.outcome import Outcome


class Reporter(Protocol):
    """Told what happens, from several threads."""

    def note(self, text: str) -> None:
        """Something that the user should know."""

    def waiting(self, holder: str) -> None:
        """Another samix, with this process id, holds the project."""

    def planned(self, plan: Plan) -> None:
        """The build starts."""

    def started(self, planned: PlannedUnit) -> None:
        """A unit's sam starts."""

    def retrying(self, planned: PlannedUnit, left: int) -> None:
        """A unit has failed for want of the network and is built once more; after that, so many times are left."""

    def finished(self, outcome: Outcome) -> None:
        """What became of a unit."""
