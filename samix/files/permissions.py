"""Checks whether a build may write to a directory."""

from __future__ import annotations

import os
from pathlib import Path

from samix.messages.errors import RequirementError


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
