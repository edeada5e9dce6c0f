"""Whether a build may write where it must."""

from __future__ import annotations

import os
from pathlib import Path

from samix.messages.errors import RequirementError


def write_problem(path: Path) -> RequirementError | None:
    """What keeps a directory, or the nearest one above it that exists, from being changed; None if nothing does."""
    place = path
    while not os.path.isdir(place) and place.parent != place:  # that of `Path` raises where it may not look
        place = place.parent
    if os.access(place, os.W_OK | os.X_OK):
        return None
    owner = place.stat().st_uid
    hint = "Check its permissions, and that its file system is mounted for writing."
    if owner != os.geteuid():
        hint = f'It belongs to the user with the id {owner}; make it yours: sudo chown -R "$USER" {place}'
    return RequirementError(f"{place} cannot be written.", hint=hint)
