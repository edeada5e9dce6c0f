"""The point from which on a build is complete: what asks to end it waits until all is written down.

The build dir changes in one step. Between that and the end of a build lies what is noted about it, and a build that was
ended there would be said to have changed nothing.
"""

from __future__ import annotations


class Terminated(SystemExit):
    """A signal has asked to end samix; the exit code is that of a program that the signal ends."""


class CommitPoint:
    """Whether a build is complete, and what has asked to end it since.

    Attributes:
        is_reached: Whether it is.
    """

    def __init__(self) -> None:
        self.is_reached = False
        self._is_held = False
        self._waiting: BaseException | None = None

    def begin(self) -> None:
        """A build begins."""
        self.is_reached = self._is_held = False

    def reach(self) -> None:
        """The build is complete; what asks to end it waits from now on."""
        self.is_reached = self._is_held = True

    def interrupt(self, error: BaseException) -> None:
        """End the build with an error, at once or as soon as that is heeded again.

        Raises:
            BaseException: The error.
        """
        if not self._is_held:
            raise error
        self._waiting = error

    def heed(self) -> None:
        """Heed again what asks to end the build.

        Raises:
            BaseException: Something has meanwhile.
        """
        self._is_held = False
        error, self._waiting = self._waiting, None
        if error:
            raise error
