"""Lines at the bottom of a terminal that are drawn over as they change, while others are printed above them.

Only lines that have changed are written, and in one go, so that nothing flickers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.text import Text

_HIDE_CURSOR, _SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
_CLEAR_LINE, _CLEAR_BELOW = "\x1b[K", "\x1b[J"


class Region:
    """The lines, and where the cursor is: at the beginning of the last of them.

    Args:
        console: The terminal.
        reflows: Whether the terminal breaks lines anew that do not fit any more when it becomes narrower.
    """

    def __init__(self, console: Console, *, reflows: bool) -> None:
        self._console = console
        self._reflows = reflows
        self._lines: list[Text] = []
        self._drawn: list[str] = []
        self._width = 0

    def draw(self, lines: Sequence[Text]) -> None:
        """Show these lines instead of those that are there.

        Args:
            lines: Each narrower than the terminal, and together less high; none of them empty.
        """
        self._write(f"{self._to_top() if self._lines else _HIDE_CURSOR}{self._frame(lines)}")

    def print_above(self, text: Text) -> None:
        """Print a text above the lines, which stay."""
        printed = [f"{_CLEAR_LINE}{self._codes(line)}{_CLEAR_LINE}\r\n" for line in text.split("\n", allow_blank=True)]
        top = self._to_top() if self._lines else ""
        self._drawn = []  # the text stands where they were
        self._write("".join([top, *printed, self._frame(self._lines) if self._lines else ""]))

    def close(self) -> None:
        """Take the lines away."""
        if self._lines:
            # from the second on: terminals keep what is cleared from their very first line on
            self._write(f"{self._to_top()}{_CLEAR_LINE}\r\n{_CLEAR_BELOW}\x1b[A{_SHOW_CURSOR}")
            self._lines, self._drawn = [], []

    def _frame(self, lines: Sequence[Text]) -> str:
        """What draws the lines over those that are there, from the beginning of the first."""
        width = self._console.width
        new = [self._codes(line) for line in lines]
        old = self._drawn if width == self._width else []
        output = []
        for number, codes in enumerate(new):
            if number >= len(old) or old[number] != codes:
                is_shorter = number >= len(old) or lines[number].cell_len < self._lines[number].cell_len
                # Cleared first, a row is not taken any more for the rest of the one above it. And tmux, when it breaks
                # rows anew, takes a row for as long as it ever was since it was cleared from its beginning.
                output.append(f"{_CLEAR_LINE if is_shorter else ''}{codes}{_CLEAR_LINE}")
            output.append("\r\n")
        output[-1] = "\r" if len(old) == len(new) else f"\r{new[-1]}{_CLEAR_BELOW}\r"
        self._lines, self._drawn, self._width = list(lines), new, width
        return "".join(output)

    def _to_top(self) -> str:
        """What moves the cursor to the beginning of the first line."""
        rows = sum(self._rows(line) for line in self._lines[:-1])
        rows = min(rows, self._console.height - 1)
        return f"\r\x1b[{rows}A" if rows else "\r"

    def _rows(self, line: Text) -> int:
        """How many rows a line takes since the terminal was made narrower."""
        return -(-line.cell_len // max(self._console.width, 1)) if self._reflows else 1

    def _codes(self, text: Text) -> str:
        with self._console.capture() as capture:
            self._console.print(text, soft_wrap=True, end="")
        return capture.get()

    def _write(self, codes: str) -> None:
        self._console.file.write(codes)
        self._console.file.flush()
