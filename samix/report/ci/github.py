"""GitHub Actions: logs are folded away, errors marked at their place, and the end goes into summary and outputs."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import IO, TYPE_CHECKING

from samix.report.ci.commands import END_GROUP, error_command, group_command, warning_command
from samix.report.ci.folding import FoldingPrinter
from samix.report.ci.guard import write_command
from samix.report.ci.platform import Platform
from samix.report.ci.step_summary import build_summary, error_summary
from samix.report.sizes import artifact_bytes
from samix.units.outcome import Result

if TYPE_CHECKING:
    from samix.build.run import BuildResult
    from samix.messages.location import Location
    from samix.messages.note import Note
    from samix.report.console import LineConsole
    from samix.report.line_reporter import Printer
    from samix.units.outcome import Outcome

OUTPUT = "GITHUB_OUTPUT"
STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
WORKSPACE = "GITHUB_WORKSPACE"
_TITLE = "samix"
MOST_BYTES = 1024 * 1024
"""What GitHub takes for a summary of one step; of a longer one it shows nothing."""


class GitHub(Platform):
    """A step of GitHub Actions."""

    keeps_more = True

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._root = environ.get(WORKSPACE)
        self._output = environ.get(OUTPUT)
        self._summary = environ.get(STEP_SUMMARY)

    def printer(self, console: LineConsole) -> Printer:
        """What prints the lines of a build, logs in groups."""
        return _Printer(console, self._root)

    def mark_failures(self, stream: IO[str] | None, outcomes: Sequence[Outcome]) -> None:
        """Mark each unit that failed, where its first resource stands in its template."""
        for outcome in outcomes:
            if outcome.result is Result.FAILED:
                title = f"{outcome.unit.label} failed"
                where = outcome.unit.first.location
                write_command(stream, error_command(title, outcome.whole_reason, where, self._root))

    def mark_error(self, stream: IO[str] | None, message: str, where: Location | None) -> None:
        """Mark the error that kept samix from going on."""
        write_command(stream, error_command(_TITLE, message, where, self._root))

    def record(self, result: BuildResult, notes: Sequence[Note]) -> list[str]:
        """Write the outputs of the step, and a table into its summary."""
        sizes = {name: size for name, place in result.artifacts.items() if (size := artifact_bytes(place)) is not None}
        return [
            *_append(OUTPUT, self._output, lambda _: outputs(result)),
            *_append(STEP_SUMMARY, self._summary, lambda room: build_summary(result.outcomes, sizes, room, notes)),
        ]

    def record_error(self, message: str) -> list[str]:
        """Write the error into the summary of the step, and no outputs."""
        return _append(STEP_SUMMARY, self._summary, lambda room: error_summary(message, room))


class _Printer(FoldingPrinter):
    """Prints logs in groups, and marks notes at their place in the repository, whose directory may be unknown."""

    def __init__(self, console: LineConsole, root: str | None) -> None:
        super().__init__(console, lambda title: (group_command(title), END_GROUP))
        self._root = root

    def note(self, note: Note) -> None:
        """Print a note; GitHub's log shows one that is marked as well, but without its place."""
        if note.where:
            self.command(warning_command(_TITLE, note.text, note.where, self._root))
        else:
            super().note(note)


def outputs(result: BuildResult, new_token: Callable[[], str] = secrets.token_hex) -> str:
    """The lines for `$GITHUB_OUTPUT`: how many units ended how, and where the build is if it is complete.

    A token that nobody can guess marks the end of a value.
    """
    count = Counter(outcome.result for outcome in result.outcomes)
    places = {"build-dir": str(result.build_dir), "template": str(result.template)} if result.is_complete else {}
    values = places | {
        "built": str(count[Result.BUILT]),
        "reused": str(count[Result.REUSED] + count[Result.REPAIRED]),
        "failed": str(count[Result.FAILED]),
        "skipped": str(count[Result.SKIPPED]),
    }
    lines = []
    for name, value in values.items():
        token = new_token()
        lines.append(f"{name}<<{token}\n{value}\n{token}\n")
    return "".join(lines)


def _append(name: str, path: str | None, text: Callable[[int], str]) -> list[str]:
    """Append a text, made for as many bytes as there is room for, to a file of the step."""
    if not path:  # an old runner
        return []
    try:
        with open(path, "ab") as file:
            # the last line that another program of the step wrote may lack its end
            content = f"\n{text(MOST_BYTES - file.tell() - 1)}"
            file.write(content.encode("utf-8", "backslashreplace"))
    except OSError as error:
        return [f"${name} cannot be written: {error}"]
    return []
