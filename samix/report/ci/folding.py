"""A printer that folds what belongs under a title, and GitLab CI, which needs nothing else."""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from samix.report.ci.commands import section_end, section_start
from samix.report.ci.guard import write_command
from samix.report.ci.platform import Platform
from samix.report.line import plain_text
from samix.report.line_reporter import Printer

if TYPE_CHECKING:
    from samix.report.console import LineConsole
    from samix.report.line import Line


class FoldingPrinter(Printer):
    """Prints to the log of a CI system, which folds lines away that stand between two marks.

    From a title, `marks` makes what stands before and what stands after these lines.
    """

    def __init__(self, console: LineConsole, marks: Callable[[str], tuple[str, str]]) -> None:
        super().__init__(console)
        self._marks = marks
        self._lock = threading.Lock()

    def print(self, *lines: Line) -> None:
        """Print lines together, outside of what is folded away."""
        with self._lock:
            super().print(*lines)

    def command(self, line: str) -> None:
        """Write a command for the system, outside of what is folded away."""
        with self._lock:
            write_command(self._console.file, line)

    def fold(self, title: Line, lines: Sequence[Line]) -> None:
        """Print lines folded away under a title."""
        if not lines:
            self.print(title)
            return
        before, after = self._marks(plain_text(title))
        with self._lock:
            write_command(self._console.file, before)
            try:
                super().print(*lines)
            finally:
                write_command(self._console.file, after)


class GitLab(Platform):
    """A job of GitLab CI: logs are folded away in sections."""

    def __init__(self) -> None:
        self._run = secrets.token_hex(4)  # a job may build more than once
        self._numbers = itertools.count(1)

    def printer(self, console: LineConsole) -> Printer:
        """What prints the lines of a build, logs in sections."""
        return FoldingPrinter(console, self._marks)

    def _marks(self, title: str) -> tuple[str, str]:
        name, now = f"samix_{self._run}_{next(self._numbers)}", int(time.time())
        return section_start(name, title, now), section_end(name, now)
