"""Suggestions for misspelt names: sam ignores keys that it does not know, so only samix can point them out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_CLOSE = 0.85
CLOSE_NAME = 0.75
"""How similar names that people choose must be for a suggestion, from 0 (not at all) to 1."""


def suggest(written: object, known: Iterable[str], *, close: float = _CLOSE) -> str | None:
    """The known key that a misspelt key was probably meant to be; None if the key is known, or similar to none.

    In YAML a key need not be a text. `close` is how similar two keys must be, from 0 (not at all) to 1.
    """
    plain = {_plain(key): key for key in known}
    if written in plain.values():
        return None
    from difflib import get_close_matches  # noqa: PLC0415 - for unknown names alone

    matches = get_close_matches(_plain(written), plain, n=1, cutoff=close)
    return plain[matches[0]] if matches else None


def _plain(key: object) -> str:
    return str(key).casefold().replace("-", "").replace("_", "")


def hint_for_name(written: str, paths: Sequence[str], *, takes_globs: bool = True) -> str:
    """A hint for a name that matches nothing: the full path that was probably meant, and all full paths."""
    from difflib import get_close_matches  # noqa: PLC0415 - likewise

    built = f"Resources that sam builds: {', '.join(paths) or 'none'}."
    inside = f"{written}/"
    same = [path for path in paths if path.rpartition("/")[2] == written or (takes_globs and path.startswith(inside))]
    close = get_close_matches(written, paths, n=1, cutoff=CLOSE_NAME)
    if same and same[0].startswith(inside):
        return f"Did you mean {f'{written}/*'!r}? {built}"
    guess = next(iter([*same, *close]), None)
    return f"Did you mean {guess}? {built}" if guess else f"{built} (A layer needs a BuildMethod in its Metadata.)"
