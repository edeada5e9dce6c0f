"""Keys that are almost those that samix knows: sam ignores what it does not know, so nobody else would tell."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_CLOSE = 0.85


def meant(written: str, known: Iterable[str]) -> str | None:
    """The known key that a key was probably meant to be; None if it is known, or like none."""
    plain = {_plain(key): key for key in known}
    if written in plain.values():
        return None
    matches = get_close_matches(_plain(written), plain, n=1, cutoff=_CLOSE)
    return plain[matches[0]] if matches else None


def _plain(key: str) -> str:
    return key.casefold().replace("-", "").replace("_", "")
