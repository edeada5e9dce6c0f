"""Finds what a makefile wrote into the artifact of another unit, where the next build would lose it."""

from __future__ import annotations

import filecmp
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from samix.build.lookout import is_of_tools


def find_foreign_write(neighbours: Mapping[str, Path], others: Iterable[str], place: Path) -> str | None:
    """The first path in the build dir where a build wrote into the artifact of another; None if there is none.

    Args:
        neighbours: Artifacts by their paths in the build dir.
        others: The paths of the artifacts that are not neighbours.
        place: The directory that is used instead of the build dir, with a copy of each neighbour.

    Raises:
        OSError: Something cannot be read.
    """
    there = {*os.listdir(place)}
    for path in others:
        if path.partition("/")[0] in there and os.path.lexists(place / path):
            return path
    for path, artifact in neighbours.items():
        changed = _difference(artifact, place / path)
        if changed is not None:
            return os.path.normpath(os.path.join(path, changed))
    return None


def _difference(original: Path, copy: Path) -> str | None:
    """The first path at which a copy differs from the original, None if none; equal size and time count as equal.

    Caches of tools do not count, such as the `__pycache__` that an import leaves.
    """
    one, two = (os.lstat(path) if os.path.lexists(path) else None for path in (original, copy))
    if one is None or two is None or one.st_mode != two.st_mode:
        return ""
    if stat.S_ISDIR(one.st_mode):
        for name in sorted(name for name in {*os.listdir(original), *os.listdir(copy)} if not is_of_tools(name)):
            changed = _difference(original / name, copy / name)
            if changed is not None:
                return os.path.join(name, changed)
        return None
    if stat.S_ISLNK(one.st_mode):
        return None if os.readlink(original) == os.readlink(copy) else ""
    is_same = (one.st_size, one.st_mtime_ns // 1000) == (two.st_size, two.st_mtime_ns // 1000)
    return None if is_same or filecmp.cmp(original, copy, shallow=False) else ""
