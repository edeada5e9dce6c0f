"""GitLab CI: logs are folded away in sections."""

from __future__ import annotations

import itertools
import secrets
import time
from typing import TYPE_CHECKING

from samix.report.ci.commands import section_end, section_start
from samix.report.ci.folding import FoldingPrinter
from samix.report.ci.platform import Plain

if TYPE_CHECKING:
    from rich.console import Console

    from samix.report.line_reporter import Printer


class GitLab(Plain):
    """A job of GitLab CI."""

    def __init__(self) -> None:
        self._run = secrets.token_hex(4)  # a job may build more than once
        self._numbers = itertools.count(1)

    def printer(self, console: Console) -> Printer:
        """What prints the lines of a build, logs in sections."""
        return FoldingPrinter(console, self._marks)

    def _marks(self, title: str) -> tuple[str, str]:
        name, now = f"samix_{self._run}_{next(self._numbers)}", int(time.time())
        return section_start(name, title, now), section_end(name, now)
