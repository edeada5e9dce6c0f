"""What processes take: time and memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from support.project import clean_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.project import Project

_PEAK = re.compile(r"^VmHWM:\s*(\d+) kB$", re.MULTILINE)
_POLL = 0.005  # seconds


def _nothing(_number: int) -> None:
    pass


@dataclass(frozen=True)
class Side:
    """One of two that are compared.

    Attributes:
        run: What is measured: processes from their start to their end.
        prepare: What comes before, unmeasured; it gets the number of the run, which is 0 at first.
    """

    run: Callable[[], object]
    prepare: Callable[[int], object] = _nothing

    def seconds(self, number: int) -> float:
        """How long a run takes."""
        self.prepare(number)
        os.sync()  # what others left to write is none of its time
        start = time.perf_counter()
        self.run()
        return time.perf_counter() - start


def in_turn(ours: Side, theirs: Side, runs: int) -> list[tuple[float, float]]:
    """How many seconds both sides take, run by run, each of them first in every other."""
    pairs: list[tuple[float, float]] = []
    for number in range(runs):
        if number % 2:
            other = theirs.seconds(number)
            pairs.append((ours.seconds(number), other))
        else:
            own = ours.seconds(number)
            pairs.append((own, theirs.seconds(number)))
    return pairs


def peak_memory(project: Project, *arguments: str) -> float:
    """The most memory that samix itself has in use at once, in MB; Linux only.

    What wait4 tells is no use here: the largest of sam's processes may be in it.

    Raises:
        AssertionError: It failed.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "samix", *arguments],
        cwd=project.path,
        env={**clean_environment(), **project.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    status, kilobytes = Path(f"/proc/{process.pid}/status"), 0
    while process.poll() is None:
        found = _PEAK.search(status.read_text())
        kilobytes = int(found[1]) if found else kilobytes  # there is none once it has ended
        time.sleep(_POLL)
    assert process.returncode == 0, f"samix {' '.join(arguments)} ended with {process.returncode}"
    return kilobytes * 1024 / 1e6
