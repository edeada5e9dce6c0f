"""What signals do to samix, and to the programs that it starts."""

from __future__ import annotations

import signal
import time
from types import FrameType

from samix.build.commit_point import CommitPoint, Terminated

_SIGNAL_EXIT = 128
INTERRUPTED_EXIT = _SIGNAL_EXIT + signal.SIGINT
_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")
_PATIENCE_SECONDS = 30.0  # longer than it takes to end children that only SIGKILL ends


def handle_signals(commit_point: CommitPoint) -> None:
    """Make SIGINT, SIGTERM and SIGHUP end the build in order, but wait from the commit point on.

    To be called before anything is started. A signal that is ignored from the start, as SIGINT in a script's background
    job and SIGHUP under nohup, is ignored here, too. A program that is started does not ignore it: it is the head of a
    session of its own, gets such signals from samix alone, and sam removes its container on SIGINT.
    """
    ending = _Ending(commit_point)
    for name in _ENDING:
        number = getattr(signal, name)
        # a program that is started has the default instead of a handler
        signal.signal(number, _pass if signal.getsignal(number) is signal.SIG_IGN else ending)


def ignore_signals() -> None:
    """Ignore signals now that samix ends: the interpreter takes a while for that, and the exit code must not change."""
    for name in _ENDING:
        signal.signal(getattr(signal, name), signal.SIG_IGN)


def _pass(_number: int, _frame: FrameType | None) -> None:
    pass


class _Ending:
    """Ends the build on the first signal; another one soon after it would leave a container behind, and is ignored."""

    def __init__(self, commit_point: CommitPoint) -> None:
        self._commit_point = commit_point
        self._since: float | None = None

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._since is not None and now - self._since < _PATIENCE_SECONDS:
            return
        self._since = now
        error = KeyboardInterrupt() if number == signal.SIGINT else Terminated(_SIGNAL_EXIT + number)
        self._commit_point.interrupt(error)
