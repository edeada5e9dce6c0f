"""A shorter way for what sam does most where it builds on dependencies that are there: it copies small files.

This is a part of `fork_server_main.py`, which loads it by its path; it imports nothing but the standard library.

`shutil.copy2` asks the system about twenty times for each file. For one that is new at its place half of that does.
"""

from __future__ import annotations

import functools
import os
import shutil
import stat
import sys
from typing import Any


def shorten_copies() -> None:
    """Make `shutil.copy2` take the short way where it can."""
    if sys.platform == "linux" and hasattr(os, "sendfile"):
        shutil.copy2 = _copier(shutil.copy2)


def _copier(copy2: Any) -> Any:  # noqa: ANN401 - as it is in any Python
    @functools.wraps(copy2)
    def copy(src: Any, dst: Any, *, follow_symlinks: bool = True) -> Any:  # noqa: ANN401 - the signature of copy2
        if follow_symlinks and isinstance(src, str) and isinstance(dst, str) and _copy(src, dst):
            return dst
        return copy2(src, dst, follow_symlinks=follow_symlinks)

    return copy


def _copy(source: str, target: str) -> bool:
    """Copy a regular file to where nothing is, as `shutil.copy2` does; False if it is to do that itself.

    It may then write over what is there, and says what is wrong.
    """
    opened = []
    try:
        opened.append(os.open(source, os.O_RDONLY | os.O_NONBLOCK))
        status = os.fstat(opened[0])
        if not stat.S_ISREG(status.st_mode) or os.listxattr(opened[0]):
            return False
        opened.append(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        left = status.st_size
        while left and (sent := os.sendfile(opened[1], opened[0], None, left)):
            left -= sent
        os.fchmod(opened[1], stat.S_IMODE(status.st_mode))
        os.utime(opened[1], ns=(status.st_atime_ns, status.st_mtime_ns))
    except OSError:
        return False
    finally:
        for descriptor in opened:
            os.close(descriptor)
    return left == 0
