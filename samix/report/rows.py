"""The rows of the tables of a build and of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from samix.messages.printable import visible
from samix.report.ending import NO_TIME, Row
from samix.report.line import log_line, plain_text
from samix.template.resources import Kind

if TYPE_CHECKING:
    from samix.plan.plan import Plan
    from samix.units.outcome import Outcome
    from samix.units.unit import Unit


def rows_of(outcomes: Sequence[Outcome]) -> list[Row]:
    """A row for each unit: what it is, where it was built and why there, what became of it and why."""
    return [
        Row(
            *_unit_cells(outcome.unit),
            outcome.result.value,
            f"{outcome.seconds:.1f} s" if outcome.seconds else NO_TIME,
            plain_text(log_line(outcome.why)),
        )
        for outcome in outcomes
    ]


def plan_rows(plan: Plan) -> list[Row]:
    """A row for each unit of a plan: what it is, where it would be built and why there, what would be done and why."""
    return [
        Row(*_unit_cells(forecast.unit), forecast.action.value, "", forecast.reason)
        for forecast in map(plan.forecast, plan.units.values())
    ]


def _unit_cells(unit: Unit) -> tuple[str, str, str]:
    names = "\n".join(visible(resource.full_path) for resource in unit.resources)
    return names, unit.place, "Dockerfile" if unit.kind is Kind.IMAGE else unit.decision.reason
