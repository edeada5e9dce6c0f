"""Where lines are printed: as plain text to a file or a pipe, in colours to a terminal."""

from __future__ import annotations

import threading
from typing import IO, TYPE_CHECKING, Protocol

from samix.messages.printable import write
from samix.report.line import draw, plain_text

if TYPE_CHECKING:
    from rich.console import Console

    from samix.report.line import Line


class LineConsole(Protocol):
    """What prints lines to a stream; several threads may use it at once."""

    @property
    def file(self) -> IO[str] | None:
        """The stream; None if the caller has closed it."""

    def print(self, *lines: Line) -> None:
        """Print lines together, without cutting or breaking them."""


class PlainConsole:
    """Prints lines as plain text, without importing rich: to what `samix.report.ending.is_plain` says."""

    def __init__(self, file: IO[str] | None) -> None:
        self.file = file
        self._lock = threading.Lock()
        self._is_unread = False

    def print(self, *lines: Line) -> None:
        """Print lines together.

        Raises:
            SystemExit: The stream is a closed pipe, as a console of rich ends the program then.
        """
        text = "\n".join(map(plain_text, lines))
        if "\t" in text:
            text = _expand_tabs(text)
        with self._lock:
            if self._is_unread or self.file is None:
                return
            try:
                write(self.file, f"{text}\n")
                self.file.flush()
            except BrokenPipeError:
                self._is_unread = True
                raise SystemExit(1) from None


def _expand_tabs(text: str) -> str:
    if text.isascii():
        return text.expandtabs()
    from rich.text import Text  # noqa: PLC0415 - for characters that may be wide

    lines = Text(text).split("\n", allow_blank=True)
    for line in lines:
        line.expand_tabs(8)
    return "\n".join(line.plain for line in lines)


class RichConsole:
    """Prints lines in colours, as a console of rich does."""

    def __init__(self, rich: Console) -> None:
        self.rich = rich

    @property
    def file(self) -> IO[str] | None:
        """The stream."""
        return self.rich.file

    def print(self, *lines: Line) -> None:
        """Print lines together."""
        from rich.text import Text  # noqa: PLC0415 - where rich is imported anyway

        self.rich.print(Text("\n").join(map(draw, lines)), soft_wrap=True)
