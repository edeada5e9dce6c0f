"""Lines at the bottom of a terminal that are drawn over as they change, while others are printed above them.

Only lines that have changed are written, all at once, so that nothing flickers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import ConsoleDimensions

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_HIDE_CURSOR, _SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
_CLEAR_LINE, _CLEAR_BELOW = "\x1b[K", "\x1b[J"


class Region:
    """Lines at the bottom of a terminal; the cursor stands at the beginning of the last of them.

    Where the terminal `reflows`, it breaks lines again that no longer fit when it becomes narrower.
    """

    def __init__(self, console: Console, *, reflows: bool) -> None:
        self._console = console
        self._reflows = reflows
        self._lines_for: Callable[[int, int], Sequence[Text]] | None = None
        self._frame = _NOTHING

    def draw(self, lines_for: Callable[[int, int], Sequence[Text]]) -> None:
        """Show these lines instead of those that are shown.

        They are made for the columns and lines of the window: each must be narrower, all together less high, and none
        empty. They are made again when something is printed above.
        """
        self._show(lines_for, "", self._frame)

    def print_above(self, text: Text) -> None:
        """Print a text above the lines, which stay where they are."""
        printed = [f"{_CLEAR_LINE}{self._codes(line)}{_CLEAR_LINE}\r\n" for line in text.split("\n", allow_blank=True)]
        self._show(self._lines_for, "".join(printed), _NOTHING)  # the text stands where they were

    def close(self) -> None:
        """Remove the lines."""
        if self._lines_for:
            # from the second on: terminals keep what is cleared from their very first line on
            top = self._to_top(self._console.size)
            self._write(f"{top}{_CLEAR_LINE}\r\n{_CLEAR_BELOW}\x1b[A{_SHOW_CURSOR}")
            self._lines_for, self._frame = None, _NOTHING

    def _show(self, lines_for: Callable[[int, int], Sequence[Text]] | None, above: str, old: _Frame) -> None:
        """Write something where the lines begin, and after it the lines; `old` is the frame that is shown there."""
        if lines_for:
            new = self._make_frame(lines_for)
            start = self._to_top(new.size) if self._lines_for else _HIDE_CURSOR
            above = f"{start}{above}{new.codes_over(old)}"
            self._lines_for, self._frame = lines_for, new
        self._write(above)

    def _make_frame(self, lines_for: Callable[[int, int], Sequence[Text]]) -> _Frame:
        """The lines for the present size of the window, which may change while they are made."""
        while True:
            size = self._console.size
            lines = lines_for(size.width, size.height)
            codes = [self._codes(line) for line in lines]
            if size == self._console.size:
                return _Frame(lines, codes, size)

    def _to_top(self, size: ConsoleDimensions) -> str:
        """What moves the cursor to the beginning of the first line."""
        rows = sum(self._rows(line, size.width) for line in self._frame.lines[:-1])
        rows = min(rows, size.height - 1)
        return f"\r\x1b[{rows}A" if rows else "\r"

    def _rows(self, line: Text, width: int) -> int:
        """How many rows a line takes since the terminal was made narrower."""
        return -(-line.cell_len // max(width, 1)) if self._reflows else 1

    def _codes(self, text: Text) -> str:
        with self._console.capture() as capture:
            self._console.print(text, soft_wrap=True, end="")
        return capture.get()

    def _write(self, codes: str) -> None:
        self._console.file.write(codes)
        self._console.file.flush()


@dataclass(frozen=True)
class _Frame:
    """The lines that are shown at one time."""

    lines: Sequence[Text]
    codes: Sequence[str]  # for each line, the text with escapes that draws it
    size: ConsoleDimensions  # the size of the window that the lines are made for

    def codes_over(self, old: _Frame) -> str:
        """The text with escapes that draws these lines over others, from the start of the first to that of the last."""
        there = old.codes if self.size == old.size else []
        output = []
        for number, codes in enumerate(self.codes):
            if number >= len(there) or there[number] != codes:
                is_shorter = number >= len(there) or self.lines[number].cell_len < old.lines[number].cell_len
                # Once cleared, a row no longer counts as the rest of the one above it. And when tmux breaks rows
                # again, a row counts as long as it ever was since it was cleared from its beginning.
                output.append(f"{_CLEAR_LINE if is_shorter else ''}{codes}{_CLEAR_LINE}")
            output.append("\r\n")
        output[-1] = "\r" if len(there) == len(self.codes) else f"\r{self.codes[-1]}{_CLEAR_BELOW}\r"
        return "".join(output)


_NOTHING = _Frame([], [], ConsoleDimensions(0, 0))
