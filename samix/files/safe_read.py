"""Reads regular files only: a pipe could block forever, and a device may have no end."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from io import FileIO

    AnyPath: TypeAlias = "str | bytes | os.PathLike[str]"

_Content = TypeVar("_Content")


def open_regular(path: AnyPath) -> FileIO:
    """Open a regular file for reading; links are followed.

    Raises:
        OSError: The file cannot be read, or is not a regular file.
        ValueError: No file can have such a path, for instance one with a NUL byte.
    """
    return open(open_descriptor(path)[0], "rb", buffering=0)


def open_descriptor(path: AnyPath) -> tuple[int, os.stat_result]:
    """`open_regular` without an object: a descriptor, which the caller closes, and the status of the file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode):
        return descriptor, status
    os.close(descriptor)
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    raise OSError(errno.EINVAL, "Not a regular file", os.fspath(path))


def read_bytes(path: AnyPath) -> bytes:
    """The content of a regular file; raises what `open_regular` raises."""
    with open_regular(path) as file:
        return file.read()


def read_text(path: AnyPath, errors: str = "strict") -> str:
    """The text of a regular file, in UTF-8, with the line ends of Unix; raises what `open_regular` raises.

    `errors` says what to do with bytes that are not UTF-8, as for `bytes.decode`; by default they raise ValueError.
    """
    return read_bytes(path).decode("utf-8", errors).replace("\r\n", "\n").replace("\r", "\n")


def read_own_json(
    path: AnyPath, parse: Callable[[Any], _Content], otherwise: _Content, *, version: int | None = None
) -> _Content:
    """Read a JSON file that samix keeps; `otherwise` is returned if it is missing, is not JSON, or makes no sense.

    `parse` makes the result from the content. It raises ValueError, KeyError, TypeError or AttributeError if the
    content makes no sense. With a `version`, a file that another version of samix wrote makes no sense.
    """
    try:
        content = json.loads(read_bytes(path))
        return parse(content) if version is None or content["version"] == version else otherwise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return otherwise
