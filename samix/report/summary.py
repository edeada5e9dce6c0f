"""The end of a build on a terminal: its table, and the logs of what failed; and the table of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from samix.location import display_path
from samix.plan.forecast import Action
from samix.reading import read_text
from samix.report.ending import NOTHING, PLAN_TITLES, TITLES, PlanRow, Row
from samix.run.outcome import Outcome, Result
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from samix.plan.plan import Plan
    from samix.plan.units import Unit

_STYLES = {
    Result.BUILT: "green",
    Result.REUSED: "cyan",
    Result.REPAIRED: "cyan",
    Result.FAILED: "bold red",
    Result.SKIPPED: "yellow",
}
_ACTION_STYLES = {Action.BUILD: "green", Action.REUSE: "cyan", Action.REPAIR: "cyan"}


def rows_of(outcomes: Sequence[Outcome]) -> list[Row]:
    """A row for each unit: what it is, where it was built and why there, what became of it and why."""
    return [
        Row(
            *_described(outcome.unit),
            outcome.result.value,
            f"{outcome.seconds:.1f}" if outcome.seconds else "-",
            outcome.reason,
        )
        for outcome in outcomes
    ]


def print_table(console: Console, rows: Sequence[Row]) -> None:
    """The table of a build, as wide as the window."""
    if not rows:
        console.print(NOTHING)
        return
    table = _table()
    table.add_column(TITLES.result, no_wrap=True)
    table.add_column(TITLES.seconds, justify="right", no_wrap=True)
    table.add_column(TITLES.why, overflow="fold")
    for row in rows:
        table.add_row(
            Text(row.resource),
            row.build_type,
            Text(row.because_of),
            Text(row.result, style=_STYLES[Result(row.result)]),
            row.seconds,
            Text(row.why),
        )
    console.print()
    console.print(table)


def plan_rows(plan: Plan) -> list[PlanRow]:
    """A row for each unit of a plan: what it is, where it would be built and why there, what would be done and why."""
    return [
        PlanRow(*_described(forecast.unit), forecast.action.value, forecast.reason)
        for forecast in map(plan.forecast, plan.units.values())
    ]


def print_plan(console: Console, rows: Sequence[PlanRow]) -> None:
    """The table of a plan, as wide as the window."""
    if not rows:
        console.print(NOTHING)
        return
    table = _table()
    table.add_column(PLAN_TITLES.action, no_wrap=True)
    table.add_column(PLAN_TITLES.why, overflow="fold")
    for row in rows:
        action = Text(row.action, style=_ACTION_STYLES[Action(row.action)])
        table.add_row(Text(row.resource), row.build_type, Text(row.because_of), action, Text(row.why))
    console.print()
    console.print(table)


def _table() -> Table:
    """A table that begins with what a unit is and where it is built."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 3, 0, 0))
    table.add_column(TITLES.resource, overflow="fold")
    table.add_column(TITLES.build_type, no_wrap=True)
    table.add_column(TITLES.because_of, overflow="fold")
    return table


def _described(unit: Unit) -> tuple[str, str, str]:
    names = "\n".join(resource.full_path for resource in unit.resources)
    return names, unit.place, "Dockerfile" if unit.kind is Kind.IMAGE else unit.decision.reason


def print_failures(console: Console, outcomes: Sequence[Outcome]) -> None:
    """The whole log of each unit that failed, as it was written."""
    for outcome in outcomes:
        if outcome.result is not Result.FAILED:
            continue
        shown = f" ({display_path(outcome.log)})" if outcome.log else ""
        console.print()
        console.print(Text(f"{outcome.unit.label} failed: {outcome.reason}{shown}", style="bold red"), soft_wrap=True)
        if outcome.log:
            try:
                text = read_text(outcome.log, errors="replace")
            except OSError as error:
                text = f"The log cannot be read: {error}"
            for line in text.splitlines():
                console.print(Text(f"    {line}"), soft_wrap=True)


def print_errors(console: Console, outcomes: Sequence[Outcome]) -> None:
    """What sam said last of the units that failed, as sam says it; what it said of several alike is shown once."""
    for message in dict.fromkeys(outcome.error.message for outcome in outcomes if outcome.error):
        console.print(Text(f"Error: {message}", style="red"), soft_wrap=True)
