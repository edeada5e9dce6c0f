"""Prints a line at the start and at the end of each unit, and the logs of sam."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING

from samix.build.events import Finished, Heard, Planned, Retrying, Started, Stopping, Waiting
from samix.messages.note import Note
from samix.options.reporting import LogOrder, Verbosity
from samix.report.line import INDENT, log_line, plain_text, styled
from samix.report.log_text import CLOSING, RESULT_STYLES, may_be_closing, read_log, without_closing
from samix.units.outcome import Outcome, Result
from samix.units.reasons import format_reasons

if TYPE_CHECKING:
    from samix.build.events import Event
    from samix.plan.planned_unit import PlannedUnit
    from samix.report.console import LineConsole
    from samix.report.line import Line

_COLOURS = ("cyan", "magenta", "blue", "yellow", "green")


class Printer:
    """Prints lines to a console; several threads may use it at once."""

    def __init__(self, console: LineConsole) -> None:
        self._console = console

    def print(self, *lines: Line) -> None:
        """Print lines together, without cutting or breaking them."""
        self._console.print(*lines)

    def fold(self, title: Line, lines: Sequence[Line]) -> None:
        """Print lines under a title, indented."""
        self.print(title, *(INDENT + line for line in lines))

    def note(self, note: Note) -> None:
        """Print a note as a line."""
        self.print(styled(f"note: {note}", "yellow"))


class LineReporter:
    """Prints the events of a build as lines.

    Args:
        printer: Prints the lines.
        log_order: How logs of units that go well are shown; None for not at all.
        verbosity: How much is printed; if it is quiet, nothing, because errors are printed at the end.
        prints_starts: Whether there is a line when a unit starts, and for what is reused the one that sam has.

    Attributes:
        notes: The notes that were reported.
    """

    def __init__(
        self,
        printer: Printer,
        log_order: LogOrder | None = None,
        verbosity: Verbosity = Verbosity.NORMAL,
        *,
        prints_starts: bool = True,
    ) -> None:
        self.notes: list[Note] = []
        self._printer = printer
        self._log_order = None if verbosity is Verbosity.QUIET else log_order
        self._verbosity = verbosity
        self._prints_starts = prints_starts
        self._started: set[str] = set()
        self._streams: dict[str, _Stream] = {}
        self._colours = cycle(_COLOURS)
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Print what an event says."""
        match event:
            case Note():
                self.notes.append(event)
                if self._verbosity is not Verbosity.QUIET:
                    self._printer.note(event)
            case Waiting(holder):
                self._print(f"Waiting for another samix in this directory (process {holder}).", "yellow")
            case Planned(plan):
                self._print(f"{len(plan.to_build)} to build, {len(plan.units) - len(plan.to_build)} up to date.")
            case Started(group):
                self._start(group)
            case Heard(group, lines):
                self._hear(group, lines)
            case Retrying(planned, why):
                self._print(f"trying {planned.unit.label} again: {why}", "yellow")
            case Finished(group, outcomes):
                self._finish(group, outcomes)
            case Stopping():
                self._print("Stopping what is still running.", "yellow")

    def _start(self, group: Sequence[PlannedUnit]) -> None:
        for planned in group:
            unit = planned.unit
            if self._prints_starts and unit.name not in self._started:  # it may have been, in a larger group
                self._print(f"building {unit.label} ({unit.place}): {format_reasons(planned.reasons)}")
            self._started.add(unit.name)

    def _hear(self, group: Sequence[PlannedUnit], lines: Sequence[str]) -> None:
        if self._log_order is LogOrder.STREAM and lines:
            with self._lock:
                name = group[0].unit.name
                if name not in self._streams:
                    self._streams[name] = _Stream(self._printer, group_label(group), next(self._colours))
                stream = self._streams[name]
            stream.hear(lines)

    def _finish(self, group: Sequence[PlannedUnit], outcomes: Sequence[Outcome]) -> None:
        stream = self._streams.pop(group[0].unit.name, None)
        if stream:
            stream.end()
        ends = [line for outcome in outcomes for line in self._end(outcome)]
        # the units of one run of sam share a log
        log = next((outcome.log for outcome in outcomes if outcome.result is Result.BUILT), None)
        if self._verbosity is Verbosity.QUIET or not ends:
            return
        if log and self._log_order is LogOrder.GROUPED:
            *others, title = ends
            if others:
                self._printer.print(*others)
            self._printer.fold(title, [log_line(line) for line in without_closing(read_log(log))])
        else:
            self._printer.print(*ends)

    def _end(self, outcome: Outcome) -> list[Line]:
        """The lines about the end of a unit: sam's words for a reused one; in verbose mode, what the table says."""
        label, result = outcome.unit.label, outcome.result.value
        style = RESULT_STYLES[outcome.result]
        if outcome.result is Result.BUILT:
            return [styled(f"{result} {label} in {outcome.seconds:.1f} s", style)]
        if not outcome.is_good:
            return [styled(f"{result} {label}: {plain_text(log_line(outcome.why))}", style)]
        is_verbose = self._verbosity is Verbosity.VERBOSE
        said = [styled(outcome.said)] if outcome.said and (is_verbose or self._prints_starts) else []
        end = f"{result} {label}{f': {outcome.reason}' if outcome.reason else ''}"
        return [*said, *([styled(end, style)] if is_verbose else [])]

    def _print(self, text: str, style: str = "") -> None:
        if self._verbosity is not Verbosity.QUIET:
            self._printer.print(styled(text, style))


class _Stream:
    """The log of one run of sam, printed as it comes."""

    def __init__(self, printer: Printer, label: str, colour: str) -> None:
        self._printer = printer
        self._prefix = styled(f"{label} | ", colour)
        self._held: list[str] = []

    def hear(self, lines: Sequence[str]) -> None:
        """Print lines without sam's closing words, which can be recognized only with the lines after them."""
        said = [*self._held, *lines]
        starts = (index for index, line in enumerate(said) if line == CLOSING and may_be_closing(said[index:]))
        start = next(starts, len(said))
        while start and not said[start - 1].strip():  # the closing words are parted from the rest by such a line
            start -= 1
        self._held = said[start:]
        self._print(said[:start])

    def end(self) -> None:
        """Print what is left."""
        self._print(without_closing(self._held))

    def _print(self, lines: Sequence[str]) -> None:
        if lines:
            self._printer.print(*(self._prefix + log_line(line) for line in lines))


def group_label(group: Sequence[PlannedUnit]) -> str:
    """The name of a group for people: its first unit, and how many more there are."""
    first, rest = group[0].unit.label, len(group) - 1
    return f"{first} and {rest} more" if rest else first
