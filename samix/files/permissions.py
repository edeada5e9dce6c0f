"""What this process may write, and with which modes."""

from __future__ import annotations

import os
import re
from pathlib import Path

from samix.messages.errors import RequirementError


def current_umask() -> int:
    """The umask of this process.

    Where the system does not tell, it can only be seen by setting another one for a moment. That one lets nobody else
    read or write what another thread makes meanwhile.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        status = ""
    if found := re.search(r"^Umask:\s*([0-7]+)$", status, re.MULTILINE):
        return int(found[1], 8)
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


def write_problem(path: Path) -> RequirementError | None:
    """Why a directory, or the nearest one above it that exists, cannot be changed; None if it can."""
    place = path
    while not os.path.isdir(place) and place.parent != place:  # `Path.is_dir` raises if it may not look
        place = place.parent
    if os.access(place, os.W_OK | os.X_OK):
        return None
    owner = place.stat().st_uid
    hint = "Check its permissions, and that its file system is mounted for writing."
    if owner != os.geteuid():
        hint = f'It belongs to the user with the id {owner}; make it yours: sudo chown -R "$USER" {place}'
    return RequirementError(f"{place} cannot be written.", hint=hint)
