"""Standard output and standard error: in colour and as wide as the window on a terminal, as plain text elsewhere.

Plain text takes no library: a build that has nothing to do should end before one could be imported.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from samix.report.ending import PLAN_TITLES, TITLES, is_plain, plain_table

if TYPE_CHECKING:
    from rich.console import Console

    from samix.report.ending import PlanRow, Row

_UNLIMITED_WIDTH = 400  # columns


def print_results(rows: Sequence[Row]) -> None:
    """Print the table of a build to standard error: what sam says on standard output has no more in it."""
    _print_table(sys.stderr, rows, TITLES)


def print_plan(rows: Sequence[PlanRow]) -> None:
    """Print the table of a plan to standard output."""
    _print_table(sys.stdout, rows, PLAN_TITLES)


def _print_table(stream: TextIO | None, rows: Sequence[Row] | Sequence[PlanRow], titles: Row | PlanRow) -> None:
    if stream is None or is_plain(stream, os.environ):
        write(stream, plain_table(rows, titles))
        return
    from samix.report.tables import print_table  # noqa: PLC0415 - for terminals alone

    print_table(_console(stream), rows, titles)


def print_text(text: str, style: str) -> None:
    """Print a text to standard output, in a style where there are any."""
    if sys.stdout is None or is_plain(sys.stdout, os.environ):
        write(sys.stdout, f"{text}\n")
        return
    from rich.text import Text  # noqa: PLC0415 - for terminals alone

    _console(sys.stdout).print(Text(text, style=style), soft_wrap=True)


def print_note(text: str) -> None:
    """Print to standard error what the user should know before anything else."""
    if is_plain(sys.stderr, os.environ):
        write(sys.stderr, f"note: {text}\n")
        return
    from samix.messages.note import Note  # noqa: PLC0415 - for terminals alone
    from samix.report.line_reporter import ConsolePrinter  # noqa: PLC0415

    ConsolePrinter(error_console()).note(Note(text))


def write(stream: TextIO | None, text: str) -> None:
    """Write text, with escapes for what the stream's encoding does not have."""
    if stream is None:  # as it is where the caller has closed it
        return
    try:
        stream.write(text)
    except UnicodeEncodeError:  # a name, or an arrow, that the encoding does not have
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def flush() -> None:
    """Have standard output read before anything else is said."""
    if sys.stdout:
        sys.stdout.flush()


def is_unread() -> bool:
    """Whether standard output is a pipe whose reader has gone, who so has read enough. Nothing more is written then."""
    try:
        output = sys.stdout.fileno()
        watch = select.poll()
        watch.register(output, 0)
        if not any(event & select.POLLERR for _, event in watch.poll(0)):
            return False
        discard(output)
    except (AttributeError, OSError, ValueError):  # it is closed, or none that could be watched
        return False
    return True


def discard(descriptor: int) -> None:
    """Have nobody read what is written to a stream from now on, nor what waits to be written.

    Raises:
        OSError: It is closed.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def error_console() -> Console:
    """Where lines are printed to standard error."""
    from rich.console import Console  # noqa: PLC0415 - not for what is plain

    is_window = sys.stderr is not None and sys.stderr.isatty()
    return Console(stderr=True, highlight=False, _environ=_of_window() if is_window else None)


def _console(stream: TextIO) -> Console:
    from rich.console import Console  # noqa: PLC0415 - for terminals alone

    if stream.isatty():
        return Console(file=stream, highlight=False, _environ=_of_window())
    # lines that no window cuts are easier to read, and to search, as they are
    return Console(file=stream, highlight=False, width=_UNLIMITED_WIDTH)


def _of_window() -> Mapping[str, str]:
    """The environment for rich, without a size: a window is as large as it says, also after it was given another."""
    return {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
