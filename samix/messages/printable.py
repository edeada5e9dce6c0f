"""Removes control characters from texts that are printed."""

from __future__ import annotations

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
