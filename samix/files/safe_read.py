"""Reading files that anyone may have put there: a pipe would be waited for, and a device may have no end."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from io import FileIO

    AnyPath: TypeAlias = "str | bytes | os.PathLike[str]"


def open_regular(path: AnyPath) -> FileIO:
    """Open a file for reading, where it is one; links are followed.

    Raises:
        OSError: It cannot be read, or is no regular file.
        ValueError: The path is none.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return open(descriptor, "rb", buffering=0)
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    raise OSError(errno.EINVAL, "Not a regular file", os.fspath(path))


def read_bytes(path: AnyPath) -> bytes:
    """What a regular file holds.

    Raises:
        OSError: It cannot be read, or is no regular file.
        ValueError: The path is none.
    """
    with open_regular(path) as file:
        return file.read()


def read_text(path: AnyPath, errors: str = "strict") -> str:
    """The text that a regular file holds, in UTF-8, with the line ends of Unix.

    Args:
        path: The file.
        errors: What to do with bytes that are no text (`bytes.decode`).

    Raises:
        OSError: It cannot be read, or is no regular file.
        ValueError: It holds no text, or the path is none.
    """
    return read_bytes(path).decode("utf-8", errors).replace("\r\n", "\n").replace("\r", "\n")
