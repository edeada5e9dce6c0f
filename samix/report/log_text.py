"""The log of a run of sam, as it is shown: without sam's closing words.

These name the workspace, which no user needs, or the error, which is printed at the very end.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from samix.files.safe_read import read_text
from samix.plan.planned_unit import Action
from samix.units.outcome import Result

CLOSING = "Build Succeeded"
"""The line with which sam's closing words begin (`BuildContext._gen_success_msg`)."""

RESULT_STYLES = {
    Result.BUILT: "green",
    Result.REUSED: "cyan",
    Result.REPAIRED: "cyan",
    Result.FAILED: "bold red",
    Result.SKIPPED: "yellow",
}
ACTION_STYLES = {Action.BUILD: "green", Action.REUSE: "cyan", Action.REPAIR: "cyan"}

_FAILED, _ERROR = "Build Failed", "Error: "
_AFTER_CLOSING, _UP_TO_ARTIFACTS = "Built Artifacts", 2


def read_log(log: Path) -> list[str]:
    """The lines of a log; if it cannot be read, one line that says so."""
    try:
        return read_text(log, errors="replace").splitlines()
    except OSError as error:
        return [f"The log cannot be read: {error}"]


def may_be_closing(lines: Sequence[str]) -> bool:
    """Whether lines from `CLOSING` on are sam's closing words, or may turn out to be when more lines follow."""
    return len(lines) <= _UP_TO_ARTIFACTS or _is_closing(lines)


def _is_closing(lines: Sequence[str]) -> bool:
    return any(line.startswith(_AFTER_CLOSING) for line in lines[1 : 1 + _UP_TO_ARTIFACTS])


def without_closing(lines: Sequence[str]) -> list[str]:
    """The lines of a build that went well, up to sam's closing words, and without empty lines at the end."""
    left = list(lines)
    for index in reversed(range(len(left))):
        if left[index] == CLOSING and _is_closing(left[index:]):  # a builder may print that line as well
            del left[index:]
            break
    while left and not left[-1].strip():
        left.pop()
    return left


def without_error(lines: Sequence[str]) -> list[str]:
    """The lines of a build that failed, up to where sam says what went wrong."""
    for index in reversed(range(len(lines) - 1)):
        if lines[index] == _FAILED and lines[index + 1].startswith(_ERROR):
            return without_closing(lines[:index])
    return list(lines)
