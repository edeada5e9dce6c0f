"""What sam says of a failed build, read from its log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from samix.reading import read_text
from samix.run.outcome import SamError
from samix.template.value import Value, as_mapping, as_text

if TYPE_CHECKING:
    from pathlib import Path

_PREFIX = "Error: "
_TYPE = "BuildError"  # what sam calls most of them, where it does not tell


def read_error(log: Path) -> SamError | None:
    """The error at the end of a log: that of sam's JSON document, else what follows the last `Error: `."""
    lines = read_text(log, errors="replace").splitlines()
    for line in reversed(lines):
        error = _from_document(line)
        if error:
            return error
    start = next((index for index in reversed(range(len(lines))) if lines[index].startswith(_PREFIX)), None)
    if start is None:
        return None
    return SamError(_TYPE, "\n".join(lines[start:]).removeprefix(_PREFIX).rstrip())


def _from_document(line: str) -> SamError | None:
    if not line.startswith("{"):
        return None
    try:
        parsed: Value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    document = as_mapping(parsed)
    if (document.get("type"), document.get("status")) != ("result", "failure"):  # a builder may print JSON as well
        return None
    error = as_mapping(document.get("error"))
    message = as_text(error.get("message"))
    return SamError(as_text(error.get("type")) or _TYPE, message) if message else None
