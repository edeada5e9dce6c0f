"""Lines for people: texts in styles, and lines of logs in their own colours.

rich, which takes long to import, draws them where there are colours; a file or a pipe gets plain text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from samix.messages.printable import strip_control_characters

if TYPE_CHECKING:
    from rich.text import Text

# titles, links and more; rich would search all that follows for the end of each, and knows only one of its two forms
_TITLES = re.compile(r"\x1b\](?:[^\x07\x1b]*(?:\x07|\x1b\\))?")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Part(NamedTuple):
    """A part of a line."""

    text: str
    style: str = ""  # in the words of rich
    is_log: bool = False  # whether control sequences in the text colour it


Line: TypeAlias = tuple[Part, ...]
"""A line, or several; nothing in it moves a cursor or does more."""


def styled(text: str, style: str = "") -> Line:
    """A text in a style."""
    return (Part(strip_control_characters(text), style),)


def log_line(text: str, style: str = "") -> Line:
    """A line of a log in its colours, and in a style where it has none."""
    return (Part(text, style, is_log=True),)


INDENT = styled("    ")


def plain_text(line: Line) -> str:
    """The text of a line without its styles."""
    return "".join(_plain_log(part.text) if part.is_log else part.text for part in line)


def _plain_log(text: str) -> str:
    plain = _COLOURS.sub("", text)
    return plain if plain.replace("\t", "").isprintable() else _draw_log(text).plain


def draw(line: Line) -> Text:
    """The line for rich."""
    from rich.text import Text  # noqa: PLC0415 - for colours alone

    drawn = Text()
    for part in line:
        drawn.append_text(Text(style=part.style).append_text(_draw_log(part.text)) if part.is_log else Text(*part[:2]))
    return drawn


def _draw_log(text: str) -> Text:
    from rich.text import Text  # noqa: PLC0415 - for colours, and what is more than colours

    drawn = Text.from_ansi(_TITLES.sub("", text))
    safe = strip_control_characters(drawn.plain)
    return drawn if safe == drawn.plain else Text(safe)  # rich does not know every sequence
