"""Pages of help: sections in frames on a terminal, as plain text everywhere else, as wide as there is room.

Nothing but the text itself is known here, so that a page takes no command line parser where its text is at hand.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TextIO

from samix.report.ending import is_plain

_EXAMPLES = "Examples"
_WIDEST = 120  # longer lines are hard to read
_NARROWEST = 30
_NARROWEST_FRAME = 50
_NARROWEST_COLUMNS = 70  # below that a text stands under what it explains
_INDENT = 2
_GAP = 2
_UNDER = 6
_GOES_ON = " \\"
_WORD = re.compile(r"[^\s,/]+")
_NAME = re.compile(r"-\S+|[a-z]+")  # of an option or a command; anything else is a placeholder
_BRACKETS = re.compile(r"\[[^\]]{,30}\]")
_FIRM_SPACE = "\xa0"
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_TITLE_STYLE, _NAME_STYLE, _METAVAR_STYLE, _FRAME_STYLE = "1", "1;36", "33", "2"


class Section(NamedTuple):
    """A part of a page of help: each row is something, such as an option with its placeholder, and its meaning."""

    title: str
    rows: Sequence[tuple[str, str]]


class Page(NamedTuple):
    """A page of help: how a command is called, what it does (in paragraphs), its options, and examples of its use."""

    usage: str
    text: Sequence[str]
    sections: Sequence[Section]
    examples: Sequence[str] = ()


class Look(NamedTuple):
    """How a page of help is shown; the width is in columns."""

    width: int
    framed: bool = False
    coloured: bool = False


def look_for(stream: TextIO | None, environ: Mapping[str, str]) -> Look:
    """How a page is shown on a stream: without frames and colours unless that is a terminal."""
    columns = max(_NARROWEST, min(shutil.get_terminal_size().columns, _WIDEST))
    if is_plain(stream, environ):
        return Look(columns - 1)
    coloured = not environ.get("NO_COLOR") and environ.get("TERM") not in {"dumb", "unknown"}
    framed = columns >= _NARROWEST_FRAME and (getattr(stream, "encoding", "") or "").lower().startswith("utf")
    return Look(columns if framed else columns - 1, framed, coloured)


def render_page(page: Page, look: Look | None = None) -> str:
    """A page as text, by default in the look for standard output."""
    look = look or look_for(sys.stdout, os.environ)
    lines = [f"{_painted('Usage:', _TITLE_STYLE) if look.coloured else 'Usage:'} {page.usage}"]
    for paragraph in page.text:
        lines += ["", *(" " * _INDENT + line for line in textwrap.wrap(paragraph, look.width - _INDENT))]
    inner = look.width - (2 * _INDENT if look.framed else _INDENT)
    column = _column(page, inner)
    for number, section in enumerate(page.sections):
        rows = [line for row in section.rows for line in _row(*row, column, inner, look)]
        lines += [*([] if number and look.framed else [""]), *_section(section.title, rows, look)]
    if page.examples:
        broken = [line for one in page.examples for line in _broken(one, look.width - _INDENT)]
        lines += ["", *_section(_EXAMPLES, broken, look._replace(framed=False))]  # to be copied: without a frame
    return "".join(f"{line}\n" for line in lines)


def _column(page: Page, width: int) -> int:
    """The column where the meanings start; 0 where each stands below what it explains."""
    if width < _NARROWEST_COLUMNS:
        return 0
    heads = (len(head) for section in page.sections for head, _ in section.rows)
    return max((length for length in heads if length + _GAP <= width * 2 // 5), default=0) + _GAP


def _row(head: str, text: str, column: int, width: int, look: Look) -> Iterator[str]:
    start = column or _UNDER
    lines = _wrapped(text, width - start)
    painted = _painted_head(head) if look.coloured else head
    if column and lines and len(head) + _GAP <= column:
        yield painted + " " * (column - len(head)) + lines.pop(0)
    else:
        yield painted
    yield from (" " * start + line for line in lines)


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines; what stands in brackets, such as a default, is not broken where it is short."""
    joined = _BRACKETS.sub(lambda found: found[0].replace(" ", _FIRM_SPACE), text)
    return [line.replace(_FIRM_SPACE, " ") for line in textwrap.wrap(joined, width, break_on_hyphens=False)]


def _painted_head(head: str) -> str:
    return _WORD.sub(
        lambda found: _painted(found[0], _NAME_STYLE if _NAME.fullmatch(found[0]) else _METAVAR_STYLE), head
    )


def _broken(command: str, width: int) -> Iterator[str]:
    """A long command in lines that a shell joins again."""
    first, *words = command.split()
    line = first
    for number, word in enumerate(words, start=1):
        room = width - len(_GOES_ON) * (number < len(words))
        if len(line) + 1 + len(word) > room:
            yield line + _GOES_ON
            line = f"    {word}"
        else:
            line = f"{line} {word}"
    yield line


def _section(title: str, rows: Sequence[str], look: Look) -> Iterator[str]:
    def paint(text: str, style: str) -> str:
        return _painted(text, style) if look.coloured else text

    if not look.framed:
        yield f"{paint(title, _TITLE_STYLE)}:"
        yield from (f"{' ' * _INDENT}{row}" for row in rows)
        return
    top = paint(f"{'─' * (look.width - len(title) - 5)}╮", _FRAME_STYLE)
    side = paint("│", _FRAME_STYLE)
    yield f"{paint('╭─', _FRAME_STYLE)} {paint(title, _TITLE_STYLE)} {top}"
    for row in rows:
        padding = " " * (look.width - 2 * _INDENT - len(_ESCAPES.sub("", row)))
        yield f"{side} {row}{padding} {side}"
    yield paint(f"╰{'─' * (look.width - 2)}╯", _FRAME_STYLE)


def _painted(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m"
