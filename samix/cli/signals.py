"""What signals do to samix, and to the programs that it starts."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from types import FrameType

_SIGNAL_EXIT = 128
INTERRUPTED_EXIT = _SIGNAL_EXIT + signal.SIGINT
_ENDING = ("SIGTERM", "SIGHUP")


def heed_signals() -> None:
    """Have those that ask to end end the build in order, as Ctrl-C does; to be called before anything is started.

    One that is ignored from the start, as SIGINT in a script's background job and SIGHUP under nohup, goes on being
    ignored here. What is started does not: it is the head of a session of its own, gets such signals from samix alone,
    and sam removes its container on SIGINT.
    """
    for name in ("SIGINT", *_ENDING):
        number = getattr(signal, name)
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, _pass)  # a program that is started has the default instead of a handler
        elif name in _ENDING:
            signal.signal(number, _terminate)


def _pass(_number: int, _frame: FrameType | None) -> None:
    pass


def _terminate(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(_SIGNAL_EXIT + number)
