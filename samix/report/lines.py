"""A line at the start and at the end of each unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from samix.plan.reasons import told
from samix.run.outcome import Outcome, Result

if TYPE_CHECKING:
    from rich.console import Console

    from samix.plan.plan import Plan, PlannedUnit

_STYLES = {
    Result.BUILT: "green",
    Result.REUSED: "dim",
    Result.REPAIRED: "cyan",
    Result.FAILED: "bold red",
    Result.SKIPPED: "yellow",
}


class LineReporter:
    """Reports to a console that need not be a terminal.

    Attributes:
        notes: The notes that it has told.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        """Something that the user should know."""
        self.notes.append(text)
        self._print(f"note: {text}", "yellow")

    def waiting(self, holder: str) -> None:
        """Another samix, with this process id, holds the project."""
        self._print(f"Waiting for another samix in this directory (process {holder}).", "yellow")

    def planned(self, plan: Plan) -> None:
        """The build starts."""
        stale = len(plan.stale)
        rest = len(plan.units) - stale
        self._print(f"{stale} to build, {rest} up to date.", "")

    def started(self, planned: PlannedUnit) -> None:
        """A unit's sam starts."""
        unit = planned.unit
        self._print(f"building {unit.label} ({unit.place}): {told(planned.stale)}", "")

    def retrying(self, planned: PlannedUnit, left: int) -> None:
        """A unit has failed for want of the network and is built once more."""
        rest = f"{left} more" if left else "the last time"
        self._print(f"trying {planned.unit.label} again, {rest}: it may have failed for want of the network", "yellow")

    def finished(self, outcome: Outcome) -> None:
        """What became of a unit."""
        if outcome.result in (Result.REUSED, Result.REPAIRED):  # the table tells when the build is put in place
            return
        label, result = outcome.unit.label, outcome.result.value
        if outcome.result is Result.BUILT:
            text = f"{result} {label} in {outcome.seconds:.1f} s"
        else:
            text = f"{result} {label}: {outcome.reason}"
        self._print(text, _STYLES[outcome.result])

    def _print(self, text: str, style: str) -> None:
        self._console.print(Text(text, style=style), soft_wrap=True)
