"""One samix at a time on one project; the lock ends with its process."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TextIO

from samix.files.permissions import write_problem
from samix.messages.errors import BusyError, StateError

_LONGEST_ID = 32  # characters; a restored file may contain anything


@contextmanager
def project_lock(path: Path, on_wait: Callable[[str], None], *, waits: bool = True) -> Iterator[None]:
    """Hold a project's lock, and wait for it if `waits` is true.

    `on_wait` is called with the process id of the holder before the wait.

    Raises:
        BusyError: Another samix holds it, and `waits` is false.
        RequirementError: Nothing can be written here.
        StateError: The lock file cannot be made.
    """
    while True:
        with _open(path) as file:
            _take(file, path, on_wait if waits else _refuse)
            if not _is_at(file, path):
                continue  # its last holder removed the file, and the next samix would make another
            _sign(file)
            yield
            return


def _open(path: Path) -> TextIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644)
    except OSError as error:
        raise write_problem(path.parent) or StateError(f"{path} cannot be written: {error}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise StateError(f"{path} is not a regular file.", hint="Remove it.")
    return open(descriptor, "r+", encoding="ascii", errors="replace")


def _take(file: TextIO, path: Path, on_wait: Callable[[str], None]) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = file.read(_LONGEST_ID).strip()
        on_wait(holder if holder.isdecimal() else "?")
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        raise StateError(f"{path} cannot be locked: {error}") from error


def _sign(file: TextIO) -> None:
    """Write down who holds the lock, unless the file has a second name: it may be a file of the user's."""
    if os.fstat(file.fileno()).st_nlink > 1:
        return
    file.seek(0)
    file.truncate()
    file.write(str(os.getpid()))
    file.flush()


def _refuse(holder: str) -> NoReturn:
    raise BusyError(
        f"Another samix is working in this directory (process {holder}).", hint="Without --no-wait, samix waits for it."
    )


def _is_at(file: TextIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.lstat(path))
    except FileNotFoundError:
        return False
