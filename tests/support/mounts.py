"""File systems of a test's own, which only root can mount."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CAN_MOUNT = os.geteuid() == 0


@contextmanager
def mounted(place: Path, size: int) -> Iterator[Path]:
    """A file system with so many bytes of room, at a new directory."""
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "samix-test", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def remount(place: Path, options: str) -> None:
    """Change a file system's options, such as its size or whether it can be written."""
    subprocess.run(["mount", "-o", f"remount,{options}", place], check=True)
