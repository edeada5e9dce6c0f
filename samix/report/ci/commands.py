"""Workflow commands of GitHub Actions, and sections of GitLab's logs: what is written between the lines of a log.

Mirrors https://docs.github.com/actions/reference/workflow-commands-for-github-actions and what the runner's
`ActionCommand` reads, and https://docs.gitlab.com/ci/jobs/job_logs/.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samix.messages.location import Location

END_GROUP = "::endgroup::"
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})
# the end of a line is one of GitHub's lines, and a tab does no harm
_KEPT = frozenset("\n\t")
_CLEAR_LINE = "\r\x1b[0K"


def error_command(title: str, message: str, where: Location | None, root: str | None) -> str:
    """A command that marks an error, at its place if that is in a file of the repository whose directory is given.

    The title says in a few words what the error is about; the message has one line or more.
    """
    place = _place(where, root)
    return _mark("error", place, title, f"{where}: {message}" if where and not place else message)


def warning_command(title: str, message: str, where: Location, root: str | None) -> str:
    """A command that marks a possible mistake; the arguments are those of `error_command`.

    The message always names the place: GitHub's log shows nothing else of a command, and nothing else is printed.
    """
    return _mark("warning", _place(where, root), title, f"{where}: {message}")


def _place(where: Location | None, root: str | None) -> dict[str, str]:
    file = inside(root, os.fspath(where.path)) if where and root else None
    if not where or file is None:
        return {}
    return {"file": file} | ({"line": str(where.line)} if where.line else {})


def _mark(name: str, place: Mapping[str, str], title: str, message: str) -> str:
    properties = {**place, "title": " ".join(harmless(title).split())}
    listed = ",".join(f"{key}={value.translate(_PROPERTY)}" for key, value in properties.items() if value)
    return f"::{name} {listed}::{harmless(message).translate(_DATA)}"


def group_command(title: str) -> str:
    """A command that folds all after it away under a title, up to `END_GROUP`."""
    return f"::group::{' '.join(harmless(title).split()).translate(_DATA)}"


def inside(root: str, path: str) -> str | None:
    """The path relative to a directory, None if it is not in there; links in either are resolved."""
    for resolved in (os.path.abspath, os.path.realpath):
        relative = os.path.relpath(resolved(path), resolved(root))
        if relative.split(os.sep)[0] != os.pardir:
            return relative
    return None


def harmless(text: str) -> str:
    """A text without control characters and workflow commands, which the page of a log would interpret."""
    shown = "".join(one if one.isprintable() or one in _KEPT else " " * one.isspace() for one in text)
    return shown.replace("##[", "## [")


def section_start(name: str, title: str, now: int) -> str:
    """The beginning of a section in GitLab's log that is folded away.

    Args:
        name: Its name: letters, digits, `_`, `.` and `-`; no other section of the log has it.
        title: What is shown instead.
        now: The time, in seconds since the epoch.
    """
    shown = " ".join(harmless(title).split())
    return f"\x1b[0Ksection_start:{now}:{name}[collapsed=true]{_CLEAR_LINE}{shown}"


def section_end(name: str, now: int) -> str:
    """The end of a section in GitLab's log; the arguments are those of `section_start`."""
    return f"\x1b[0Ksection_end:{now}:{name}{_CLEAR_LINE}"
