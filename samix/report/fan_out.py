"""Several reporters as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samix.build.reporter import Reporter
    from samix.messages.note import Note
    from samix.plan.plan import Plan
    from samix.plan.planned_unit import PlannedUnit
    from samix.units.outcome import Outcome


class Several:
    """A reporter that passes on to several others what is reported to it."""

    def __init__(self, *reporters: Reporter) -> None:
        self._reporters = reporters

    def note(self, note: Note) -> None:
        """Something that the user should know."""
        for reporter in self._reporters:
            reporter.note(note)

    def waiting(self, holder: str) -> None:
        """Another samix, with this process id, holds the project."""
        for reporter in self._reporters:
            reporter.waiting(holder)

    def planned(self, plan: Plan) -> None:
        """The build starts."""
        for reporter in self._reporters:
            reporter.planned(plan)

    def started(self, group: Sequence[PlannedUnit]) -> None:
        """The sam of a group starts."""
        for reporter in self._reporters:
            reporter.started(group)

    def heard(self, group: Sequence[PlannedUnit], lines: Sequence[str], rest: str) -> None:
        """The sam of a group says something."""
        for reporter in self._reporters:
            reporter.heard(group, lines, rest)

    def retrying(self, planned: PlannedUnit, why: str) -> None:
        """A unit is built once more."""
        for reporter in self._reporters:
            reporter.retrying(planned, why)

    def finished(self, group: Sequence[PlannedUnit], outcomes: Sequence[Outcome]) -> None:
        """What became of the units of a group."""
        for reporter in self._reporters:
            reporter.finished(group, outcomes)

    def ending(self) -> None:
        """What runs is being ended."""
        for reporter in self._reporters:
            reporter.ending()

    def placing(self) -> None:
        """The build dir is made."""
        for reporter in self._reporters:
            reporter.placing()
