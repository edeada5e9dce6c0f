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
    """Prints to the log of a CI system, which folds lines away that stand between two marks.

    From a title, `marks` makes what stands before and what stands after these lines.
    """

    def __init__(self, console: Console, marks: Callable[[str], tuple[str, str]]) -> None:
        super().__init__(console)
        self._marks = marks
        self._lock = threading.Lock()

    def print(self, *lines: Text) -> None:
        """Print lines together, outside of what is folded away."""
        with self._lock:
            super().print(*lines)

    def command(self, line: str) -> None:
        """Write a command for the system, outside of what is folded away."""
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
