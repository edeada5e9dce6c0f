"""Removes control characters from texts that are printed."""

from __future__ import annotations

# control characters but for line end and tab
_CONTROL = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)])


def strip_control_characters(text: str) -> str:
    """A text of one line or more without control characters, which may move a cursor; line ends and tabs stay."""
    return text.translate(_CONTROL)


def visible(text: str) -> str:
    """A text with a space for each character that cannot be printed, such as a line end or what moves a cursor."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else " " for letter in text)
