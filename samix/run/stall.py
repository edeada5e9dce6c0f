"""A sam that waits for ever for its container.

sam starts a container and then attaches to it, to hear what it says
(`samcli.local.docker.container.Container.wait_for_logs`). Where the container has ended by then, the engine passes on
what it said, but never that this is all (moby issue 41922), and sam waits without end. So it does where the container
could not be started (`samcli.lib.build.app_builder.ApplicationBuilder._build_function_on_container`).
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from samix.reading import read_text

if TYPE_CHECKING:
    from collections.abc import Callable

# `samcli.local.docker.container.Container.create`
_CONTAINER = re.compile(rb"SAM_CONTAINER_ID: ([0-9a-f]{12,64})\b")
_LOOK_SECONDS = 15.0
_PROCESSES = "/proc"


@dataclass
class StallWatch:
    """Looks at one run of sam every now and then.

    Such a sam differs from one that copies what its container made: it takes no time of any processor.

    Attributes:
        runs: Whether a container of an id runs, None if it cannot be told.
    """

    runs: Callable[[str], bool | None]
    _container: str = ""
    _next_look: float = field(default_factory=lambda: time.monotonic() + _LOOK_SECONDS)
    _used_before: int | None = None

    def hear(self, lines: bytes) -> None:
        """Sam says something; the first container that it names is the one that it will wait for."""
        if not self._container and (found := _CONTAINER.search(lines)):
            self._container = found[1].decode()

    def is_stalled(self, group: int) -> bool:
        """Whether sam has done nothing from one look to the next, and its container did not run.

        Args:
            group: The process group that sam is the head of.
        """
        now = time.monotonic()
        if not self._container or now < self._next_look:
            return False
        self._next_look = now + _LOOK_SECONDS
        used = _processor_time(group)
        if used is not None and used == self._used_before:
            return True
        self._used_before = used if self.runs(self._container) is False else None
        return False


def _processor_time(group: int) -> int | None:
    """The time that the processes of a group have taken of all processors, in ticks; None where Linux does not tell."""
    used = None
    try:
        processes = [entry for entry in os.listdir(_PROCESSES) if entry.isdecimal()]
    except OSError:
        return None
    for process in processes:
        try:
            # after the name, which may be anything: state, parent, group, ..., in user and in system mode (proc(5))
            fields = read_text(f"{_PROCESSES}/{process}/stat", errors="replace").rpartition(")")[2].split()
        except OSError:  # it has gone
            continue
        if int(fields[2]) == group:
            used = (used or 0) + int(fields[11]) + int(fields[12])
    return used
