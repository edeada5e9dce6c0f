"""A line at the start and at the end of each unit."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from samix.plan.build_type import BuildType
from samix.plan.plan import Plan
from samix.plan.selection import Selection
from samix.report.lines import LineReporter
from samix.run.outcome import Outcome, Result
from samix.template.load import Template
from samix.template.stacks import Application, Stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.plan.plan import PlannedUnit
    from samix.plan.units import Unit


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def reporter(output: io.StringIO) -> LineReporter:
    return LineReporter(Console(file=output, width=20))


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (Result.BUILT, "built First, Second in 2.5 s\n"),
        (Result.FAILED, "failed First, Second: sam build exited with 1\n"),
        (Result.SKIPPED, "skipped First, Second: sam build exited with 1\n"),
        (Result.REUSED, ""),
    ],
)
def test_an_end_is_one_line_however_narrow_the_window(
    result: Result, expected: str, reporter: LineReporter, output: io.StringIO, make_unit: Callable[..., Unit]
) -> None:
    reporter.finished(Outcome(make_unit("First", "Second"), result, "sam build exited with 1", 2.46))
    assert output.getvalue() == expected


def test_a_start_says_where_and_why(
    reporter: LineReporter,
    output: io.StringIO,
    make_unit: Callable[..., Unit],
    make_planned: Callable[..., PlannedUnit],
) -> None:
    reporter.started(make_planned(make_unit("Layer", build_type=BuildType.CONTAINER), stale="source changed"))
    assert output.getvalue() == "building Layer (container): source changed\n"


def test_a_plan_is_two_numbers(
    reporter: LineReporter,
    output: io.StringIO,
    make_unit: Callable[..., Unit],
    make_planned: Callable[..., PlannedUnit],
) -> None:
    units = {name: make_planned(make_unit(name), stale=None if name == "A" else "new") for name in ("A", "B", "C")}
    stack = Stack("", Template(Path("template.yaml"), {}, ""), {}, raw_paths=False)
    reporter.planned(Plan(units, {}, Selection(frozenset(), frozenset()), Application((stack,), ()), ()))
    assert output.getvalue() == "2 to build, 1 up to date.\n"


@pytest.mark.parametrize("text", ["[bold]not markup[/bold]", "a [/] b", ":smile:"])
def test_what_is_told_is_shown_as_it_is(text: str, reporter: LineReporter, output: io.StringIO) -> None:
    reporter.note(text)
    assert output.getvalue() == f"note: {text}\n"


def test_who_holds_the_project_is_told(reporter: LineReporter, output: io.StringIO) -> None:
    reporter.waiting("123")
    assert "process 123" in output.getvalue()
