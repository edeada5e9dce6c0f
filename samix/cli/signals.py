"""What signals do to samix, and to the programs that it starts."""

from __future__ import annotations

import signal
import time
from types import FrameType

from samix.build.commit_point import CommitPoint, Terminated

_SIGNAL_EXIT = 128
INTERRUPTED_EXIT = _SIGNAL_EXIT + signal.SIGINT
_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")
_PATIENCE_SECONDS = 30.0  # longer than it takes to end children that heed nothing but KILL


def heed_signals(commit_point: CommitPoint) -> None:
    """Have those that ask to end end the build in order, as Ctrl-C does; to be called before anything is started.

    One that is ignored from the start, as SIGINT in a script's background job and SIGHUP under nohup, goes on being
    ignored here. What is started does not: it is the head of a session of its own, gets such signals from samix alone,
    and sam removes its container on SIGINT.

    Args:
        commit_point: From which on they wait.
    """
    ending = _Ending(commit_point)
    for name in _ENDING:
        number = getattr(signal, name)
        # a program that is started has the default instead of a handler
        signal.signal(number, _pass if signal.getsignal(number) is signal.SIG_IGN else ending)


def ignore_signals() -> None:
    """Have no signal change how samix ends, now that it does: the interpreter takes its time for that."""
    for name in _ENDING:
        signal.signal(getattr(signal, name), signal.SIG_IGN)


def _pass(_number: int, _frame: FrameType | None) -> None:
    pass


class _Ending:
    """Ends the build on the first signal, and lets it end: a second one would leave a container behind."""

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
