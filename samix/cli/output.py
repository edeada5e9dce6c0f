"""Standard output and standard error: in colour and as wide as the window on a terminal, as plain text elsewhere.

Plain text takes no library: a build that has nothing to do should end before one could be imported.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from samix.messages.printable import write
from samix.report.ending import SUCCEEDED, TITLES, closing_lines, is_plain, plain_table

if TYPE_CHECKING:
    from rich.console import Console

    from samix.report.console import LineConsole
    from samix.report.ending import Ending, Row

_UNLIMITED_WIDTH = 400  # columns


def print_rows(stream: TextIO | None, rows: Sequence[Row], titles: Row = TITLES) -> None:
    """Print a table."""
    if stream is None or is_plain(stream, os.environ):
        write(stream, plain_table(rows, titles))
        return
    from samix.report.tables import print_table  # noqa: PLC0415 - for terminals alone

    print_table(_console(stream), rows, titles)


def print_ending(ending: Ending) -> None:
    """Print the end of a build that went well: the table to standard error, to standard output what sam prints."""
    if ending.document is not None:
        write(sys.stdout, f"{ending.document}\n")
        return
    print_rows(sys.stderr, ending.rows)
    print_text(SUCCEEDED, "green")
    print_text(closing_lines(ending), "yellow")


def print_text(text: str, style: str) -> None:
    """Print a text to standard output, on a terminal in a style."""
    if sys.stdout is None or is_plain(sys.stdout, os.environ):
        write(sys.stdout, f"{text}\n")
        return
    from rich.text import Text  # noqa: PLC0415 - for terminals alone

    _console(sys.stdout).print(Text(text, style=style), soft_wrap=True)


def print_note(text: str) -> None:
    """Print a note to standard error."""
    if is_plain(sys.stderr, os.environ):
        write(sys.stderr, f"note: {text}\n")
        return
    from samix.messages.note import Note  # noqa: PLC0415 - for terminals alone
    from samix.report.line_reporter import Printer  # noqa: PLC0415

    Printer(error_console()).note(Note(text))


def flush() -> None:
    """Flush standard output, so that it appears before what follows on standard error."""
    if sys.stdout:
        sys.stdout.flush()


def is_unread() -> bool:
    """Whether standard output is a closed pipe (as with `head`). Nothing more is written then."""
    try:
        output = sys.stdout.fileno()
        watch = select.poll()
        watch.register(output, 0)
        if not any(event & select.POLLERR for _, event in watch.poll(0)):
            return False
        discard(output)
    except (AttributeError, OSError, ValueError):  # it is closed, or cannot be watched
        return False
    return True


def discard(descriptor: int) -> None:
    """Discard what is written to a stream from now on, and what waits to be written.

    Raises:
        OSError: The stream is closed.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def error_console() -> LineConsole:
    """The console that prints lines to standard error."""
    if is_plain(sys.stderr, os.environ):
        from samix.report.console import PlainConsole  # noqa: PLC0415 - not to recall an earlier build

        return PlainConsole(sys.stderr)
    from rich.console import Console  # noqa: PLC0415 - for terminals alone

    from samix.report.console import RichConsole  # noqa: PLC0415

    is_window = sys.stderr is not None and sys.stderr.isatty()
    return RichConsole(Console(stderr=True, highlight=False, _environ=_of_window() if is_window else None))


def _console(stream: TextIO) -> Console:
    from rich.console import Console  # noqa: PLC0415 - for terminals alone

    if stream.isatty():
        return Console(file=stream, highlight=False, _environ=_of_window())
    # lines that no window cuts are easier to read, and to search, as they are
    return Console(file=stream, highlight=False, width=_UNLIMITED_WIDTH)


def _of_window() -> Mapping[str, str]:
    """The environment for rich, without a size: rich then asks the terminal, whose window may have been resized."""
    return {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
