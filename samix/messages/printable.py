"""Prints texts: without control characters, and with escapes for what a stream cannot encode."""

from __future__ import annotations

from typing import IO

# control characters except line end and tab
_CONTROL = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)])


def strip_control_characters(text: str) -> str:
    """A text without control characters, which may move a cursor; line ends and tabs stay."""
    return text.translate(_CONTROL)


def visible(text: str) -> str:
    """A text on one line, with a space for each character that is not printable, such as a line end."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " for character in text)


def write(stream: IO[str] | None, text: str) -> None:
    """Write text, with escapes for what the stream's encoding does not have."""
    if stream is None:  # the caller has closed it
        return
    try:
        stream.write(text)
    except UnicodeEncodeError:  # a name, or an arrow, that the encoding does not have
        encoding = getattr(stream, "encoding", None) or "ascii"  # None of one in memory
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
