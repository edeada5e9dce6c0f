"""Replaces files and directories in one step, so that nobody sees half of one."""

from __future__ import annotations

import errno
import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from samix.files.copies import copy_tree, remove_tree

if TYPE_CHECKING:
    import ctypes

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # Linux, renameat2(2)
_RENAME_SWAP = 2  # macOS, renamex_np(2)


def write_atomically(path: Path, content: str | bytes, *, mode: int = 0o644) -> None:
    """Write a file so that at every instant it has either the old content or the new.

    Raises:
        OSError: It cannot be written; the old content stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.unlink(missing_ok=True)  # of a killed process with this id, or a link to write through
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with open(descriptor, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_state(path: Path, content: str | bytes, *, mode: int = 0o644) -> None:
    """Write a file below `.aws-sam` as `write_atomically` does; a directory in its place is removed.

    Raises:
        OSError: It cannot be written.
    """
    if path.is_dir() and not path.is_symlink():
        remove_tree(path)
    write_atomically(path, content, mode=mode)


def make_directory(path: Path) -> None:
    """Make a directory unless there is one: at the target of a dangling link, or instead of any other file.

    Raises:
        OSError: It cannot be made.
    """
    if os.path.lexists(path) and not path.is_dir() and (path.exists() or not path.is_symlink()):
        path.unlink()  # if it is a link to a file, only the link
    Path(os.path.realpath(path)).mkdir(parents=True, exist_ok=True)


def put_directory(new: Path, place: Path) -> bool:
    """Replace a directory with another, in one step if the system can.

    If it cannot exchange two directories, the place is empty for an instant. On overlayfs, which cannot rename what is
    in a lower layer, the files of the old directory are removed one after the other, those at its top first. `put_back`
    undoes an interrupted call.

    Returns:
        Whether the two were exchanged, so that the old directory is where the new one was. If not, it is next to that
        place (`aside_of`), unless there was no old directory or it was empty.

    Raises:
        OSError: It cannot be moved; the old directory stays.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    if not os.path.lexists(place) or _is_empty(place):
        new.rename(place)
        return False
    if exchange(new, place):
        return True
    aside = aside_of(new)
    remove_tree(aside)
    try:
        try:
            place.rename(aside)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _copy_aside(place, aside)
            _remove_top_first(place)
        new.rename(place)
    except BaseException:  # an interrupt, too
        put_back(new, place)
        raise
    return False


def put_back(new: Path, place: Path) -> None:
    """Undo a `put_directory` with these arguments that was interrupted before the new directory was in its place.

    Raises:
        OSError: The old directory cannot be moved back; it is next to the new one.
    """
    aside = aside_of(new)
    if not os.path.lexists(new) and os.path.lexists(place):
        remove_tree(aside)
    elif os.path.lexists(aside):
        remove_tree(place)
        aside.rename(place)


def aside_of(new: Path) -> Path:
    """Where `put_directory` keeps the old directory until the new one is in its place."""
    return new.with_name(f"{new.name}.old")


def _is_empty(place: Path) -> bool:
    """Whether a path is an empty directory, which a rename can replace."""
    try:
        return not place.is_symlink() and place.is_dir() and not os.listdir(place)
    except PermissionError:
        return False


def _copy_aside(place: Path, aside: Path) -> None:
    """Copy a directory so that at every instant there is either a whole copy or none."""
    half = aside.with_name(f"{aside.name}.tmp")
    remove_tree(half)
    copy_tree(place, half)
    half.rename(aside)


def _remove_top_first(directory: Path) -> None:
    """Remove a directory, the files at its top first, so that nobody mistakes what is left for the whole."""
    for entry in directory.iterdir():
        if entry.is_symlink() or not entry.is_dir():
            entry.unlink()
    remove_tree(directory)


@cache
def _system_library() -> ctypes.CDLL:
    import ctypes  # noqa: PLC0415 - to put a build in place alone

    return ctypes.CDLL(None, use_errno=True)  # the library of the interpreter itself: no search with ldconfig


def exchange(first: Path, second: Path) -> bool:
    """Exchange two files or directories in one step; False if the system cannot."""
    library = _system_library()
    one, other = os.fsencode(first), os.fsencode(second)
    if sys.platform == "linux" and hasattr(library, "renameat2"):
        return bool(library.renameat2(_AT_FDCWD, one, _AT_FDCWD, other, _RENAME_EXCHANGE) == 0)
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        return bool(library.renamex_np(one, other, _RENAME_SWAP) == 0)
    return False
