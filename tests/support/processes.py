"""What the system says of processes."""

from __future__ import annotations

import os
import time
from pathlib import Path


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
