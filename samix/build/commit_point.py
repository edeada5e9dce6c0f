"""The point from which on a build is complete: what asks to end it waits until all is written down.

The build dir changes in one step. Between that and the end of a build lies what is noted about it, and a build that was
ended there would be said to have changed nothing.
"""

from __future__ import annotations


class Terminated(SystemExit):
    """A signal has asked to end samix; the exit code is that of a program that the signal ends."""


class CommitPoint:
    """Whether a build is complete (`is_reached`), and which request to end it waits."""

    def __init__(self) -> None:
        self.is_reached = False
        self._is_held = False
        self._waiting: BaseException | None = None

    def begin(self) -> None:
        """Start a build: it is not complete, and can be ended at any time."""
        self.is_reached = self._is_held = False

    def reach(self) -> None:
        """The build is complete; what asks to end it waits from now on."""
        self.is_reached = self._is_held = True

    def interrupt(self, error: BaseException) -> None:
        """End the build with an error: at once, or after `reach` as soon as `heed` is called.

        Raises:
            BaseException: The error.
        """
        if not self._is_held:
            raise error
        self._waiting = error

    def heed(self) -> None:
        """Let the build be ended at any time again; what has asked for that since `reach` ends it now.

        Raises:
            BaseException: The error that waits, if there is one.
        """
        self._is_held = False
        error, self._waiting = self._waiting, None
        if error:
            raise error
