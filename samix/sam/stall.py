"""Detects a sam that waits forever for its container.

sam starts a container and then attaches to it, to hear what it says
(`samcli.local.docker.container.Container.wait_for_logs`). Where the container has ended by then, the engine passes on
what it said, but never that this is all (moby issue 41922), and sam waits forever. It also does if the container could
not be started (`samcli.lib.build.app_builder.ApplicationBuilder._build_function_on_container`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from samix.files.safe_read import read_text

# `samcli.local.docker.container.Container.create`, since sam 1.145
_CONTAINER = re.compile(rb"SAM_CONTAINER_ID: ([0-9a-f]{12,64})\b")
_LOOKS = 3


@dataclass
class StallWatch:
    """Checks one run of sam every now and then.

    One that waits forever differs from one that copies what its container made: no processor works for it at all.
    """

    container_problem: Callable[[str], str | None]  # why nothing more will come of a container; None if something may
    processes: str = "/proc"  # where Linux shows the processes
    _container: str = ""
    _heard: int = 0
    _seen: tuple[str, int, Mapping[str, str]] | None = None
    _looks: int = 0

    def hear(self, lines: bytes) -> None:
        """Sam says something; the first container that it names is the one that it will wait for."""
        self._heard += 1
        if not self._container and (found := _CONTAINER.search(lines)):
            self._container = found[1].decode()

    def why_stalled(self, group: int) -> str | None:
        """Check once more: why sam, the head of a process group, will wait forever; None if it may go on.

        It will wait forever if it has done and said nothing from one check to the next and the one after, and nothing
        more will come of its container at any of them.
        """
        problem = self.container_problem(self._container) if self._container else None
        work = _work_of(group, self.processes) if problem else None
        seen = (problem, self._heard, work) if problem and work else None
        self._looks = self._looks + 1 if seen and seen == self._seen else 1
        self._seen = seen
        return problem if self._looks >= _LOOKS else None


def _work_of(group: int, place: str) -> Mapping[str, str] | None:
    """How much processors have worked for each thread of a process group; None where that says nothing.

    It says nothing on other systems than Linux, and while a process of the group waits for a disk.
    """
    work = {}
    try:
        processes = [entry for entry in os.listdir(place) if entry.isdecimal()]
    except OSError:
        return None
    for process in processes:
        own = f"{place}/{process}"
        try:
            # what comes after the name, which may be anything (proc(5))
            state, _, process_group, *others = read_text(f"{own}/stat", "replace").rpartition(")")[2].split()
            if int(process_group) != group:
                continue
            if state == "D":
                return None
            work[process] = " ".join(others[8:10])  # in ticks
            for thread in os.listdir(f"{own}/task"):  # in nanoseconds, and how often
                work[f"{process}/{thread}"] = read_text(f"{own}/task/{thread}/schedstat")
        except (OSError, ValueError):  # it has gone; or the kernel counts in ticks alone
            continue
    return work
