"""Printing the end of a build that went well, in colour where there is a terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from samix.report.ending import SUCCEEDED, closing_lines, is_plain, plain_ending

if TYPE_CHECKING:
    from typing import TextIO

    from samix.report.ending import Ending


def print_ending(ending: Ending) -> None:
    """Print the end of a build to standard output."""
    if ending.document is not None:
        write(sys.stdout, f"{ending.document}\n")
    elif is_plain(sys.stdout, os.environ):
        write(sys.stdout, plain_ending(ending))
    else:
        from rich.console import Console  # noqa: PLC0415 - for terminals alone
        from rich.text import Text  # noqa: PLC0415

        from samix.report.summary import print_table  # noqa: PLC0415

        console = Console(highlight=False)
        print_table(console, ending.rows)
        console.print(Text(SUCCEEDED, style="green"))
        console.print(Text(closing_lines(ending), style="yellow"), soft_wrap=True)


def print_note(text: str) -> None:
    """Print to standard error what the user should know before anything else."""
    if is_plain(sys.stderr, os.environ):
        write(sys.stderr, f"note: {text}\n")
        return
    from rich.console import Console  # noqa: PLC0415 - for terminals alone

    from samix.report.lines import LineReporter  # noqa: PLC0415

    LineReporter(Console(stderr=True, highlight=False)).note(text)


def write(stream: TextIO | None, text: str) -> None:
    """Write text, with escapes for what the stream's encoding does not have."""
    if stream is None:  # as it is where the caller has closed it
        return
    try:
        stream.write(text)
    except UnicodeEncodeError:  # a name, or an arrow, that the encoding does not have
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
