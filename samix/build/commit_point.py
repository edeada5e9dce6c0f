"""The point from which a build is complete: requests to end it wait until everything is written down.

The build dir changes in one step. After that a build still writes what it knows of itself. If it were ended in between,
it would be reported as having changed nothing.
"""

from __future__ import annotations


class Terminated(SystemExit):
    """A signal has asked to end samix; the exit code is that of a program that the signal ends."""


class CommitPoint:
    """Whether a build is complete (`is_reached`), and the request to end it that waits, if there is one."""

    def __init__(self) -> None:
        self.is_reached = False
        self._is_held = False
        self._waiting: BaseException | None = None

    def begin(self) -> None:
        """Start a build: it is not complete, and can be ended at any time."""
        self.is_reached = self._is_held = False

    def reach(self) -> None:
        """The build is complete; requests to end it wait from now on."""
        self.is_reached = self._is_held = True

    def interrupt(self, error: BaseException) -> None:
        """End the build with an error: at once, or after `reach` as soon as `release` is called.

        Raises:
            BaseException: The error.
        """
        if not self._is_held:
            raise error
        self._waiting = error

    def release(self) -> None:
        """Raise a request to end the build that had to wait, and hold back no more of them.

        Raises:
            BaseException: The error that waits, if there is one.
        """
        self._is_held = False
        error, self._waiting = self._waiting, None
        if error:
            raise error
