"""The end of a build: its table, the logs of what failed, and sam's own closing lines; and the table of a plan."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from samix.location import display_path
from samix.plan.forecast import Action
from samix.run.outcome import Outcome, Result
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

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
_RULE = "========================="


def print_table(console: Console, outcomes: Sequence[Outcome]) -> None:
    """A row for each unit: what it is, where it was built and why there, what became of it and why."""
    if not outcomes:
        console.print("\nNothing to build.")
        return
    table = _table()
    table.add_column("Result", no_wrap=True)
    table.add_column("Seconds", justify="right", no_wrap=True)
    table.add_column("Why", overflow="fold")
    for outcome in outcomes:
        table.add_row(
            *_described(outcome.unit),
            Text(outcome.result.value, style=_STYLES[outcome.result]),
            f"{outcome.seconds:.1f}" if outcome.seconds else "-",
            Text(outcome.reason),
        )
    console.print()
    console.print(table)


def print_plan(console: Console, plan: Plan) -> None:
    """A row for each unit of a plan: what it is, where it would be built and why there, what would be done and why."""
    if not plan.units:
        console.print("\nNothing to build.")
        return
    table = _table()
    table.add_column("What to do", no_wrap=True)
    table.add_column("Why", overflow="fold")
    for forecast in map(plan.forecast, plan.units.values()):
        action = Text(forecast.action.value, style=_ACTION_STYLES[forecast.action])
        table.add_row(*_described(forecast.unit), action, Text(forecast.reason))
    console.print()
    console.print(table)


def _table() -> Table:
    """A table that begins with what a unit is and where it is built."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 3, 0, 0))
    table.add_column("Resource", overflow="fold")
    table.add_column("Build type", no_wrap=True)
    table.add_column("Because of", overflow="fold")
    return table


def _described(unit: Unit) -> tuple[str, str, str]:
    names = escape("\n".join(resource.full_path for resource in unit.resources))
    return names, unit.place, "Dockerfile" if unit.kind is Kind.IMAGE else escape(unit.decision.reason)


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
                text = outcome.log.read_text(encoding="utf-8", errors="replace")
            except OSError as error:
                text = f"The log cannot be read: {error}"
            for line in text.splitlines():
                console.print(Text(f"    {line}"), soft_wrap=True)


def print_errors(console: Console, outcomes: Sequence[Outcome]) -> None:
    """What sam said last of each unit that failed, as sam says it."""
    for outcome in outcomes:
        if outcome.error:
            console.print(Text(f"Error: {outcome.error.message}", style="red"), soft_wrap=True)


def success_lines(build_dir: Path, template: Path, *, is_default: bool) -> str:
    """sam's closing lines (`BuildContext._gen_success_msg`).

    Args:
        build_dir: The build dir.
        template: The built template.
        is_default: Whether the build dir is the one that sam looks in by itself.
    """
    shown = os.path.relpath(template)
    invoke = "" if is_default else f" -t {shown}"
    deploy = "" if is_default else f" --template-file {shown}"
    return "\n".join(
        [
            "",
            f"Built Artifacts  : {os.path.relpath(build_dir)}",
            f"Built Template   : {shown}",
            "",
            "Commands you can use next",
            _RULE,
            "[*] Validate SAM template: sam validate",
            f"[*] Invoke Function: sam local invoke{invoke}",
            "[*] Test Function in the Cloud: sam sync --stack-name {{stack-name}} --watch",
            f"[*] Deploy: sam deploy --guided{deploy}",
        ]
    )
