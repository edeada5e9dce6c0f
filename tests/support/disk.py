"""How much room a directory takes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK = 512  # of st_blocks, whatever the file system's own are


def disk_use(root: Path) -> int:
    """The bytes that a directory takes on the disk, each file counted once however many names it has."""
    inodes: dict[tuple[int, int], int] = {}
    for directory, names, files in os.walk(root):
        for path in (directory, *(os.path.join(directory, name) for name in [*names, *files])):
            status = os.lstat(path)
            inodes[status.st_dev, status.st_ino] = status.st_blocks * _BLOCK
    return sum(inodes.values())
