"""The events that a build reports while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from samix.messages.note import Note
    from samix.plan.plan import Plan
    from samix.plan.planned_unit import PlannedUnit
    from samix.units.outcome import Outcome


class Reporter(Protocol):
    """Receives the events of a build, from several threads.

    Units are reported in groups: those that one run of sam builds. A group is known by its first unit.
    """

    def note(self, note: Note) -> None:
        """Something that the user should know."""

    def waiting(self, holder: str) -> None:
        """Another samix, with this process id, holds the project."""

    def planned(self, plan: Plan) -> None:
        """The build starts."""

    def started(self, group: Sequence[PlannedUnit]) -> None:
        """The sam of a group starts."""

    def heard(self, group: Sequence[PlannedUnit], lines: Sequence[str], rest: str) -> None:
        """The sam of a group says something.

        Args:
            group: The group.
            lines: Whole lines, none of which was heard before.
            rest: The beginning of a line that has not ended yet, and will be heard again.
        """

    def retrying(self, planned: PlannedUnit, why: str) -> None:
        """A unit has failed and is built once more; why that may help."""

    def finished(self, group: Sequence[PlannedUnit], outcomes: Sequence[Outcome]) -> None:
        """What became of the units of a group; those of which nothing is said will be started again, each alone.

        A group that needed no sam, or was never started, comes here without having been started.
        """

    def ending(self) -> None:
        """The build is interrupted, and what runs is being ended."""

    def placing(self) -> None:
        """Nothing runs any more, and the build dir is made."""
