"""What failed in a build: its logs, and what sam said of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from samix.messages.location import display_path
from samix.report.line import INDENT, log_line, plain_text, styled
from samix.report.log_text import read_log, without_error
from samix.units.outcome import Outcome, Result
from samix.units.unit import labels

if TYPE_CHECKING:
    from samix.report.console import LineConsole
    from samix.units.unit import Unit


def print_failures(console: LineConsole, outcomes: Sequence[Outcome]) -> None:
    """Print the log of each unit that failed; where only one has an error, without what `print_errors` prints next."""
    has_error_below = sum(outcome.error is not None for outcome in outcomes) == 1
    for outcome in outcomes:
        if outcome.result is not Result.FAILED:
            continue
        details = [outcome.reason] if outcome.error else []
        details.append(str(outcome.unit.first.location))
        details += [f"log in {display_path(outcome.log)}"] if outcome.log else []
        title = f"{outcome.unit.label} failed: {plain_text(log_line(outcome.why))} ({', '.join(details)})"
        lines = read_log(outcome.log) if outcome.log else []
        console.print(styled(""), styled(title, "bold red"))
        for line in without_error(lines) if outcome.error and has_error_below else lines:
            console.print(INDENT + log_line(line))


def print_errors(console: LineConsole, outcomes: Sequence[Outcome]) -> None:
    """Print the last words of sam on the units that failed, as sam prints them; those that are alike only once."""
    failed: dict[str, list[Unit]] = {}
    for outcome in outcomes:
        if outcome.error:
            failed.setdefault(outcome.error.message, []).append(outcome.unit)
    for message, units in failed.items():
        if len(failed) > 1:
            console.print(styled(f"\n{labels(units)}:", "bold red"))
        console.print(*(log_line(line, "red") for line in f"Error: {message}".splitlines()))
