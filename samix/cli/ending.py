"""Printing the end of a build that went well."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from samix.cli.output import print_results, print_text, write
from samix.report.ending import SUCCEEDED, closing_lines

if TYPE_CHECKING:
    from samix.report.ending import Ending


def print_ending(ending: Ending) -> None:
    """Print the end of a build: to standard output what sam says there, and the table to standard error."""
    if ending.document is not None:
        write(sys.stdout, f"{ending.document}\n")
        return
    print_results(ending.rows)
    print_text(SUCCEEDED, "green")
    print_text(closing_lines(ending), "yellow")
