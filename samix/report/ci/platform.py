"""What a build reports to a CI system besides the lines of its log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from samix.build.run import BuildResult
    from samix.messages.location import Location
    from samix.messages.note import Note
    from samix.report.console import LineConsole
    from samix.report.line_reporter import Printer
    from samix.units.outcome import Outcome


class Platform:
    """A CI system, or none; this one only shows lines."""

    keeps_more: bool = False  # whether it keeps more of a build than what was printed

    def printer(self, console: LineConsole) -> Printer:
        """What prints the lines of a build."""
        from samix.report.line_reporter import Printer  # noqa: PLC0415 - wrong usage is reported without it

        return Printer(console)

    def mark_failures(self, stream: IO[str] | None, outcomes: Sequence[Outcome]) -> None:
        """Mark the units that failed; called after their logs were printed."""

    def mark_error(self, stream: IO[str] | None, message: str, where: Location | None) -> None:
        """Mark the error that kept samix from going on; called after it was printed."""

    def record(self, result: BuildResult, notes: Sequence[Note]) -> list[str]:
        """Record the result of a build and the notes for the user, and return notes on what could not be written."""
        del result, notes
        return []

    def record_error(self, message: str) -> list[str]:
        """Record an error that kept samix from building, and return notes on what could not be written."""
        del message
        return []
