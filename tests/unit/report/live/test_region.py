"""Lines at the bottom of a terminal that are drawn over."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from rich.text import Text

from samix.report.live.region import Region

if TYPE_CHECKING:
    from collections.abc import Callable


class Window(io.StringIO):
    """What is written to a terminal."""

    def isatty(self) -> bool:
        return True

    def frame(self) -> str:
        """What was written since the last time."""
        text = self.getvalue()
        self.seek(0)
        self.truncate()
        return text


@pytest.fixture
def window() -> Window:
    return Window()


@pytest.fixture
def console(window: Window) -> Console:
    return Console(file=window, width=20, height=10, force_terminal=True, color_system=None, _environ={})


def _lines(*texts: str) -> Callable[[int, int], list[Text]]:
    """Lines that are the same for a window of any size."""
    return lambda _width, _height: [Text(text) for text in texts]


def test_only_what_has_changed_is_written(window: Window, console: Console) -> None:
    region = Region(console, reflows=True)
    region.draw(_lines("one", "two", "three"))
    assert window.frame() == "\x1b[?25l\x1b[Kone\x1b[K\r\n\x1b[Ktwo\x1b[K\r\n\x1b[Kthree\x1b[K\rthree\x1b[J\r"
    region.draw(_lines("one", "tvo", "three"))
    assert window.frame() == "\r\x1b[2A\r\ntvo\x1b[K\r\n\r"


def test_a_row_whose_line_becomes_shorter_is_cleared_first(window: Window, console: Console) -> None:
    region = Region(console, reflows=True)
    region.draw(_lines("one", "two", "three"))
    window.frame()
    region.draw(_lines("one", "2", "three"))
    assert window.frame() == "\r\x1b[2A\r\n\x1b[K2\x1b[K\r\n\r"


def test_lines_that_are_less_leave_nothing_below(window: Window, console: Console) -> None:
    region = Region(console, reflows=True)
    region.draw(_lines("one", "two", "three"))
    window.frame()
    region.draw(_lines("one"))
    assert window.frame() == "\r\x1b[2A\rone\x1b[J\r"


def test_a_text_is_printed_above_in_one_go_with_the_lines(window: Window, console: Console) -> None:
    region = Region(console, reflows=True)
    region.draw(_lines("one", "two"))
    window.frame()
    region.print_above(Text("said\nmore"))
    assert window.frame() == (
        "\r\x1b[1A\x1b[Ksaid\x1b[K\r\n\x1b[Kmore\x1b[K\r\n\x1b[Kone\x1b[K\r\n\x1b[Ktwo\x1b[K\rtwo\x1b[J\r"
    )


@pytest.mark.parametrize(("reflows", "rows"), [(True, 4), (False, 1)])
def test_narrower_window_has_wrapped_the_lines_again(
    reflows: bool, rows: int, window: Window, console: Console
) -> None:
    region = Region(console, reflows=reflows)
    region.draw(_lines("a line of 18 signs", "last"))
    window.frame()
    console.width = 5
    region.draw(_lines("a", "last"))
    assert window.frame().startswith(f"\r\x1b[{rows}A\x1b[Ka\x1b[K\r\n")


def test_window_that_changes_meanwhile_gets_lines_that_fit(window: Window, console: Console) -> None:
    region = Region(console, reflows=True)
    region.draw(_lines("a line", "last"))
    window.frame()

    def made(width: int, _height: int) -> list[Text]:
        console.width = 5
        return [Text("-" * (width - 1)), Text("last")]

    region.draw(made)
    assert window.frame() == "\r\x1b[2A\x1b[K----\x1b[K\r\n\x1b[Klast\x1b[K\rlast\x1b[J\r"


def test_lines_are_made_again_when_a_text_is_printed_above(window: Window, console: Console) -> None:
    region = Region(console, reflows=True)
    region.draw(lambda width, _height: [Text("-" * (width - 1)), Text("last")])
    window.frame()
    console.width = 5
    region.print_above(Text("said"))
    assert window.frame() == "\r\x1b[4A\x1b[Ksaid\x1b[K\r\n\x1b[K----\x1b[K\r\n\x1b[Klast\x1b[K\rlast\x1b[J\r"


def test_the_cursor_comes_back_at_the_end_and_only_then(window: Window, console: Console) -> None:
    region = Region(console, reflows=True)
    region.close()
    assert window.frame() == ""
    region.draw(_lines("one", "two"))
    assert "\x1b[?25h" not in window.frame()
    region.close()
    assert window.frame().endswith("\x1b[?25h")
    region.print_above(Text("after"))
    assert window.frame() == "\x1b[Kafter\x1b[K\r\n"


def test_lines_are_removed_from_a_window_without_columns(window: Window) -> None:
    region = Region(Console(file=window, width=0, height=0), reflows=True)
    region.draw(_lines("one", "two"))
    region.close()
    assert window.frame().endswith("\x1b[?25h")
