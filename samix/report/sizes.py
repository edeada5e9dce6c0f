"""How large things are, and sizes as people read them."""

from __future__ import annotations

import os

_STEP = 1000
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def artifact_bytes(place: str) -> int | None:
    """The bytes of the files in an artifact without its links; None if it is not a directory, but an image's tag."""
    if not os.path.isdir(place):
        return None
    return sum(
        os.lstat(path).st_size
        for directory, _, names in os.walk(place)
        for name in names
        if not os.path.islink(path := os.path.join(directory, name))
    )


def in_words(count: int) -> str:
    """A number of bytes for people, such as `12.3 MB`."""
    number, unit = float(count), 0
    while number >= _STEP and unit < len(_UNITS) - 1:
        number, unit = number / _STEP, unit + 1
    return f"{number:.1f} {_UNITS[unit]}" if unit else f"{count} {_UNITS[0]}"
