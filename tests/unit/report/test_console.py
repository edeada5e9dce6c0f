"""Plain lines are those that rich would print where there are no colours, and need no rich."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from samix.report.console import PlainConsole, RichConsole
from samix.report.line import log_line, styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samix.report.line import Line

_PIECES = st.one_of(
    st.text(max_size=6),
    st.sampled_from(("\t", "a\tb", "日本\t語", "\x1b[31m", "\x1b[0m", "\x1b[1;38;5;9m", "\x1b[2J", "\x1b]0;title\x07")),
    st.sampled_from(("\r", "\x1b", "\x9b2J", "\xa0", "\u2028", "\x07", "[bold]", ":smile:", " ")),
)
_TEXTS = st.lists(_PIECES, max_size=6).map("".join)
_STYLES = st.sampled_from(("", "red", "bold red"))
_LINES = st.one_of(
    st.builds(styled, _TEXTS, _STYLES),
    st.builds(log_line, _TEXTS, _STYLES),
    st.builds(lambda name, text: styled(f"{name} | ", "cyan") + log_line(text), _TEXTS, _TEXTS),
)


def _plain(lines: Sequence[Line]) -> str:
    output = io.StringIO()
    PlainConsole(output).print(*lines)
    return output.getvalue()


@given(st.lists(_LINES, min_size=1, max_size=3))
def test_plain_lines_are_those_of_rich_without_colours(lines: list[Line]) -> None:
    output = io.StringIO()
    RichConsole(Console(file=output, width=1000, highlight=False)).print(*lines)
    assert _plain(lines) == output.getvalue()


@given(_TEXTS)
def test_nothing_in_a_line_moves_a_cursor(text: str) -> None:
    printed = _plain([styled(text), log_line(text)])
    assert all(one in "\n\t" or one.isprintable() or ord(one) > 0x9F for one in printed)


def test_spaces_at_the_end_of_a_line_stay() -> None:
    assert _plain([log_line("a" * 100 + "   "), log_line("b")]) == "a" * 100 + "   \nb\n"


def test_plain_lines_with_colours_and_tabs_need_no_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.text", None)
    assert _plain([styled("a", "red") + log_line("\x1b[31mb\x1b[0m\tc")]) == "ab      c\n"


def test_a_stream_that_was_closed_gets_nothing() -> None:
    PlainConsole(None).print(styled("a"))


def test_an_encoding_without_a_character_gets_an_escape() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    PlainConsole(stream).print(styled("1 → 2"))
    stream.seek(0)
    assert stream.read() == "1 \\u2192 2\n"


def test_a_closed_pipe_ends_the_program_and_gets_no_more() -> None:
    class _Unread(io.StringIO):
        def write(self, _text: str) -> NoReturn:
            raise BrokenPipeError

    console = PlainConsole(_Unread())
    with pytest.raises(SystemExit) as ended:
        console.print(styled("a"))
    assert ended.value.code == 1
    console.print(styled("b"))
