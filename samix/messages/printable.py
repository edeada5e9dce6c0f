"""Letters that are to be seen, and those that would do something instead."""

from __future__ import annotations

# but for the end of a line and the tab
_CONTROL = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)])


def harmless(text: str) -> str:
    """A text of one line or more, without what moves a cursor or does more."""
    return text.translate(_CONTROL)


def visible(text: str) -> str:
    """A text with a space for each letter that is not to be seen: the ends of lines, what moves a cursor, and so on."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else " " for letter in text)
