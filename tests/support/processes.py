"""What the system says of processes."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def is_running(process: int) -> bool:
    """Whether a process still runs after the time that the system takes to end one."""
    for _ in range(500):
        try:
            if Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return False
            os.kill(process, 0)
        except (ProcessLookupError, FileNotFoundError):
            return False
        time.sleep(0.01)
    return True


def marked_processes(variable: str) -> Iterator[str]:
    """The ids of the processes that have a variable, `NAME=value`, in their environment."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if variable.encode() in (entry / "environ").read_bytes().split(b"\0"):
                    yield entry.name
            except OSError:  # gone, or another's
                continue
