"""Reads the lines of a `requirements.txt`, as pip does."""

from __future__ import annotations

import re
from collections.abc import Iterator

# as `COMMENT_RE` of `pip._internal.req.req_file`
_COMMENT = re.compile(r"(?:^|\s+)#.*$")


def requirement_lines(text: str) -> Iterator[str]:
    """The lines of requirements without comments, those that a backslash continues as one.

    A comment is never continued, and ends what is. Mirrors `join_lines` and `ignore_comments` of
    `pip._internal.req.req_file`.
    """
    begun = ""
    for line in text.removeprefix("\ufeff").splitlines():
        is_comment = _COMMENT.match(line) is not None
        if line.endswith("\\") and not is_comment:
            begun += line.strip("\\")
        else:
            yield _COMMENT.sub("", f"{begun} {line}" if is_comment else begun + line)
            begun = ""
    if begun:
        yield _COMMENT.sub("", begun)
