"""Writing what `--summary` and `--trace` ask for, even if a build fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from samix.cli.output import print_note
from samix.messages.errors import OptionError, SamixError

if TYPE_CHECKING:
    from samix.build.run import BuildResult
    from samix.options.merge import BuildOptions
    from samix.report.timeline import Timeline


@dataclass
class Kept:
    """The result of a build, None until that is known."""

    result: BuildResult | None = None


@contextmanager
def write_files_at_end(options: BuildOptions, timeline: Timeline) -> Iterator[Kept]:
    """Write the files that are asked for when the build ends, even if it fails.

    An error of an option is the exception: it may be about where one of the files goes.

    Raises:
        SamixError: One of them cannot be written, and nothing else is wrong.
    """
    kept = Kept()
    try:
        yield kept
    except OptionError:
        raise
    except BaseException as error:
        for unwritten in _write(options, timeline, kept.result, error):
            print_note(str(unwritten))
        raise
    errors = _write(options, timeline, kept.result, None)
    if errors:
        raise errors[0]


def _write(
    options: BuildOptions, timeline: Timeline, result: BuildResult | None, error: BaseException | None
) -> list[SamixError]:
    """Write the files that are asked for; return an error for each that cannot be written."""
    reporting = options.reporting
    unwritten = []
    if reporting.summary:
        from samix.report.summary import summary_document  # noqa: PLC0415 - only where it is asked for

        unwritten += _write_file("--summary", reporting.summary, summary_document(timeline, options, result, error))
    if reporting.trace:
        from samix.report.trace import trace_document  # noqa: PLC0415

        unwritten += _write_file("--trace", reporting.trace, trace_document(timeline))
    return unwritten


def _write_file(option: str, path: Path, text: str) -> list[SamixError]:
    try:
        path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        return [SamixError(f"{option}: {path} cannot be written: {error.strerror}.", hint="Name another file.")]
    return []
