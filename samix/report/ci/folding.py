"""A printer that folds what belongs under a title."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from samix.report.ci.guard import write_command
from samix.report.line_reporter import ConsolePrinter

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


class FoldingPrinter(ConsolePrinter):
    """Prints to the log of a CI system.

    Args:
        console: The log.
        marks: From a title, what stands before and what stands after the lines that are folded away.
    """

    def __init__(self, console: Console, marks: Callable[[str], tuple[str, str]]) -> None:
        super().__init__(console)
        self._marks = marks
        self._lock = threading.Lock()

    def print(self, *lines: Text) -> None:
        """Print lines together, and not among those that are folded away."""
        with self._lock:
            super().print(*lines)

    def command(self, line: str) -> None:
        """Write a command to the system, not among the lines that are folded away."""
        with self._lock:
            write_command(self._console.file, line)

    def fold(self, title: Text, lines: Sequence[Text]) -> None:
        """Print lines folded away under a title."""
        if not lines:
            self.print(title)
            return
        before, after = self._marks(title.plain)
        with self._lock:
            write_command(self._console.file, before)
            try:
                super().print(*lines)
            finally:
                write_command(self._console.file, after)
