"""Reads the lines of a `requirements.txt`, as pip and uv do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# as `COMMENT_RE` of `pip._internal.req.req_file`
_COMMENT = re.compile(r"(?:^|\s+)#.*$")


def requirement_lines(text: str) -> list[str]:
    """The lines of requirements without comments, those that a backslash continues as one.

    A comment on a line of its own is never continued, and ends what is. If a comment behind something ends with a
    backslash, pip takes the next line as a part of the comment, and uv does not: it is a line here, too.
    """
    return list(dict.fromkeys([*_read_by_pip(text), *_read_by_uv(text)]))


def is_ambiguous(text: str) -> bool:
    """Whether pip and uv may read different lines in requirements."""
    return _read_by_pip(text) != _read_by_uv(text)


def _read_by_pip(text: str) -> list[str]:
    """Mirrors `preprocess` of `pip._internal.req.req_file`."""
    return _filled(map(_without_comment, _joined(_lines(text))))


def _read_by_uv(text: str) -> list[str]:
    """As uv 0.13 does, which was tried."""
    return _filled(_joined(map(_without_comment, _lines(text))))


def _lines(text: str) -> list[str]:
    return text.removeprefix("\ufeff").splitlines()


def _joined(lines: Iterable[str]) -> Iterator[str]:
    begun = ""
    for line in lines:
        is_comment = _COMMENT.match(line) is not None
        if line.endswith("\\") and not is_comment:
            begun += line.strip("\\")
        else:
            yield f"{begun} {line}" if is_comment else begun + line
            begun = ""
    if begun:
        yield begun


def _without_comment(line: str) -> str:
    return _COMMENT.sub("", line)


def _filled(lines: Iterable[str]) -> list[str]:
    return [stripped for line in lines if (stripped := line.strip())]
