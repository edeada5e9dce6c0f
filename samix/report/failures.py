"""What failed in a build: its logs, and what sam said of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from samix.messages.location import display_path
from samix.report.log_text import read_log, render_line, styled, without_error
from samix.units.outcome import Outcome, Result
from samix.units.unit import labels

if TYPE_CHECKING:
    from rich.console import Console

    from samix.units.unit import Unit


def print_failures(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Print the log of each unit that failed; where only one has an error, without what `print_errors` prints next."""
    has_error_below = sum(outcome.error is not None for outcome in outcomes) == 1
    for outcome in outcomes:
        if outcome.result is not Result.FAILED:
            continue
        details = [outcome.reason] if outcome.error else []
        details.append(str(outcome.unit.first.location))
        details += [f"log in {display_path(outcome.log)}"] if outcome.log else []
        title = f"{outcome.unit.label} failed: {render_line(outcome.why).plain} ({', '.join(details)})"
        lines = read_log(outcome.log) if outcome.log else []
        console.print()
        console.print(styled(title, "bold red"), soft_wrap=True)
        for line in without_error(lines) if outcome.error and has_error_below else lines:
            console.print(Text("    ").append_text(render_line(line)), soft_wrap=True)


def print_errors(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Print the last words of sam on the units that failed, as sam prints them; those that are alike only once."""
    failed: dict[str, list[Unit]] = {}
    for outcome in outcomes:
        if outcome.error:
            failed.setdefault(outcome.error.message, []).append(outcome.unit)
    for message, units in failed.items():
        if len(failed) > 1:
            console.print(Text(f"\n{labels(units)}:", style="bold red"), soft_wrap=True)
        lines = [render_line(line) for line in f"Error: {message}".splitlines()]
        console.print(Text(style="red").append_text(Text("\n").join(lines)), soft_wrap=True)
