"""One samix at a time on one project; the lock goes with its process."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from samix.errors import BusyError, StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TextIO


@contextmanager
def project_lock(path: Path, on_wait: Callable[[str], None], *, waits: bool = True) -> Iterator[None]:
    """Hold a project's lock.

    Args:
        path: The lock file.
        on_wait: Told the process id of the holder, if the lock must be waited for.
        waits: Whether it is waited for.

    Raises:
        BusyError: Another holds it, and it is not waited for.
        StateError: The lock file cannot be made.
    """
    while True:
        with _open(path) as file:
            _take(file, path, on_wait if waits else _refuse)
            if not _is_at(file, path):
                continue  # who held it has removed it, and the next one would make another
            file.seek(0)
            file.truncate()
            file.write(str(os.getpid()))
            file.flush()
            yield
            return


def _open(path: Path) -> TextIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise StateError(f"{path} cannot be written: {error}") from error
    return open(descriptor, "r+", encoding="utf-8")


def _take(file: TextIO, path: Path, on_wait: Callable[[str], None]) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        on_wait(file.read().strip() or "?")
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        raise StateError(f"{path} cannot be locked: {error}") from error


def _refuse(holder: str) -> NoReturn:
    raise BusyError(
        f"Another samix is at work in this directory (process {holder}).", hint="Without --no-wait it is waited for."
    )


def _is_at(file: TextIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.lstat(path))
    except FileNotFoundError:
        return False
