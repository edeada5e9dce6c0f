"""A line at the start and at the end of each unit, and the logs of sam."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from samix.build.events import Finished, Heard, Planned, Retrying, Started, Waiting
from samix.messages.note import Note
from samix.options.build_type import BuildType
from samix.options.reporting import LogOrder, Verbosity
from samix.plan.plan import Plan
from samix.plan.selection import Selection
from samix.report.console import PlainConsole, RichConsole
from samix.report.line import log_line, plain_text
from samix.report.line_reporter import LineReporter, Printer
from samix.template.load import Template
from samix.template.stacks import Application, Stack
from samix.units.outcome import Outcome, Result, SamError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from samix.plan.planned_unit import PlannedUnit
    from samix.report.console import LineConsole
    from samix.units.unit import Unit

CLOSING = ("", "Build Succeeded", "", "Built Artifacts  : .aws-sam/build", "Built Template   : .aws-sam/build/t.yaml")


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture(params=["plain", "rich"])
def make_reporter(output: io.StringIO, request: pytest.FixtureRequest) -> Callable[..., LineReporter]:
    console: LineConsole = PlainConsole(output)
    if request.param == "rich":
        console = RichConsole(Console(file=output, width=20))

    def make(log_order: LogOrder | None = None, verbosity: Verbosity = Verbosity.NORMAL) -> LineReporter:
        return LineReporter(Printer(console), log_order, verbosity)

    return make


@pytest.fixture
def reporter(make_reporter: Callable[..., LineReporter]) -> LineReporter:
    return make_reporter()


@pytest.fixture
def log(tmp_path: Path) -> Callable[..., Path]:
    def write(*lines: str) -> Path:
        path = tmp_path / "unit.log"
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    return write


@pytest.fixture
def make_group(
    make_unit: Callable[..., Unit], make_planned: Callable[..., PlannedUnit]
) -> Callable[..., list[PlannedUnit]]:
    def make(*names: str) -> list[PlannedUnit]:
        return [make_planned(make_unit(name)) for name in names]

    return make


def _built(group: Sequence[PlannedUnit], log: Path) -> list[Outcome]:
    return [Outcome(planned.unit, Result.BUILT, "new", 1.0, log) for planned in group]


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
    result: Result,
    expected: str,
    reporter: LineReporter,
    output: io.StringIO,
    make_unit: Callable[..., Unit],
    make_planned: Callable[..., PlannedUnit],
) -> None:
    unit = make_unit("First", "Second")
    reporter(Finished([make_planned(unit)], [Outcome(unit, result, "sam build exited with 1", 2.46)]))
    assert output.getvalue() == expected


def test_a_failure_says_what_sam_said(
    reporter: LineReporter,
    output: io.StringIO,
    make_unit: Callable[..., Unit],
    make_planned: Callable[..., PlannedUnit],
) -> None:
    error = SamError("BuildFailed", "PythonPipBuilder:ResolveDependencies - {nowhere==1.0(wheel)}\nand more")
    unit = make_unit("Fn")
    reporter(Finished([make_planned(unit)], [Outcome(unit, Result.FAILED, "sam build exited with 1", error=error)]))
    assert output.getvalue() == "failed Fn: {nowhere==1.0(wheel)}\n"


def test_a_start_says_where_and_why(
    reporter: LineReporter,
    output: io.StringIO,
    make_unit: Callable[..., Unit],
    make_planned: Callable[..., PlannedUnit],
) -> None:
    reporter(Started([make_planned(make_unit("Layer", build_type=BuildType.CONTAINER), stale="source changed")]))
    assert output.getvalue() == "building Layer (container): source changed\n"


def test_restart_after_a_failed_group_is_printed_once(
    reporter: LineReporter,
    output: io.StringIO,
    make_group: Callable[..., list[PlannedUnit]],
) -> None:
    group = make_group("A", "B")
    reporter(Started(group))
    reporter(Finished(group, []))
    reporter(Started(group[1:]))
    assert output.getvalue().count("building B") == 1


def test_a_plan_is_two_numbers(
    reporter: LineReporter,
    output: io.StringIO,
    make_unit: Callable[..., Unit],
    make_planned: Callable[..., PlannedUnit],
) -> None:
    units = {name: make_planned(make_unit(name), stale=None if name == "A" else "new") for name in ("A", "B", "C")}
    stack = Stack("", Template(Path("template.yaml"), {}, ""), {}, raw_paths=False)
    reporter(Planned(Plan(units, {}, Selection(frozenset(), frozenset()), Application((stack,), ()), ())))
    assert output.getvalue() == "2 to build, 1 up to date.\n"


@pytest.mark.parametrize("text", ["[bold]not markup[/bold]", "a [/] b", ":smile:"])
def test_the_text_of_a_note_is_printed_as_it_is(text: str, reporter: LineReporter, output: io.StringIO) -> None:
    reporter(Note(text))
    assert output.getvalue() == f"note: {text}\n"


def test_who_holds_the_project_is_shown(reporter: LineReporter, output: io.StringIO) -> None:
    reporter(Waiting("123"))
    assert "process 123" in output.getvalue()


def test_grouped_log_is_below_its_end_without_closing_words(
    make_reporter: Callable[..., LineReporter],
    output: io.StringIO,
    log: Callable[..., Path],
    make_group: Callable[..., list[PlannedUnit]],
) -> None:
    group = make_group("A", "B")
    make_reporter(LogOrder.GROUPED)(
        Finished(group, _built(group, log("Building codeuri", "Build Succeeded", *CLOSING)))
    )
    assert output.getvalue() == (
        "built A in 1.0 s\nbuilt B in 1.0 s\n    Building codeuri\n    Build Succeeded\n"  # the first is the builder's
    )


def test_the_log_of_a_failure_is_kept_for_the_end(
    make_reporter: Callable[..., LineReporter],
    output: io.StringIO,
    log: Callable[..., Path],
    make_group: Callable[..., list[PlannedUnit]],
) -> None:
    group = make_group("A")
    outcome = Outcome(group[0].unit, Result.FAILED, "sam build exited with 1", log=log("what sam said"))
    make_reporter(LogOrder.GROUPED)(Finished(group, [outcome]))
    assert "what sam said" not in output.getvalue()


@pytest.mark.parametrize("chunks", [1, 2, 5], ids=lambda size: f"{size} at a time")
def test_stream_names_the_unit_and_omits_closing_words(
    chunks: int,
    make_reporter: Callable[..., LineReporter],
    output: io.StringIO,
    log: Callable[..., Path],
    make_group: Callable[..., list[PlannedUnit]],
) -> None:
    reporter, group = make_reporter(LogOrder.STREAM), make_group("A", "B")
    lines = ["Building codeuri", "", "Build Succeeded", "says a makefile", *CLOSING]
    for start in range(0, len(lines), chunks):
        reporter(Heard(group, lines[start : start + chunks], ""))
    reporter(Finished(group, _built(group, log())))
    assert output.getvalue() == (
        "A and 1 more | Building codeuri\nA and 1 more | \n"
        "A and 1 more | Build Succeeded\nA and 1 more | says a makefile\n"
        "built A in 1.0 s\nbuilt B in 1.0 s\n"
    )


def test_stream_goes_on_after_a_first_closing_line_alone(
    make_reporter: Callable[..., LineReporter],
    output: io.StringIO,
    make_group: Callable[..., list[PlannedUnit]],
) -> None:
    reporter, group = make_reporter(LogOrder.STREAM), make_group("A")
    reporter(Heard(group, ["Build Succeeded"], ""))
    assert output.getvalue() == ""
    reporter(Heard(group, ["says a makefile", "that goes on"], ""))
    assert output.getvalue() == "A | Build Succeeded\nA | says a makefile\nA | that goes on\n"


def test_no_name_note_or_reason_steers_a_terminal(
    make_reporter: Callable[..., LineReporter], output: io.StringIO, make_group: Callable[..., list[PlannedUnit]]
) -> None:
    reporter, group = make_reporter(), make_group("A\x1b[5A\nB")
    reporter(Note("a key \x1b[2J"))
    reporter(Started(group))
    reporter(Finished(group, [Outcome(group[0].unit, Result.SKIPPED, "needs \x1b[1mthis")]))
    assert "\x1b" not in output.getvalue()
    assert len(output.getvalue().splitlines()) == 3


def test_a_quiet_reporter_prints_nothing_and_keeps_its_notes(
    make_reporter: Callable[..., LineReporter],
    output: io.StringIO,
    log: Callable[..., Path],
    make_group: Callable[..., list[PlannedUnit]],
) -> None:
    reporter, group = make_reporter(LogOrder.GROUPED, Verbosity.QUIET), make_group("A")
    reporter(Note("something"))
    reporter(Started(group))
    reporter(Finished(group, _built(group, log("a line"))))
    reporter(Retrying(group[0], "it may help"))
    assert (output.getvalue(), reporter.notes) == ("", [Note("something")])


def test_a_verbose_reporter_tells_of_what_is_reused(
    make_reporter: Callable[..., LineReporter],
    output: io.StringIO,
    make_group: Callable[..., list[PlannedUnit]],
) -> None:
    group = make_group("A")
    make_reporter(None, Verbosity.VERBOSE)(Finished(group, [Outcome(group[0].unit, Result.REUSED, "")]))
    assert output.getvalue() == "reused A\n"


@pytest.mark.parametrize(
    "line",
    [
        "\x1b[2J\x1b[1;1Hgone",
        "\x1b]0;title\x07gone",
        "\x1b]0;title\x1b\\gone",
        "\x1b]0;title gone",
        pytest.param("\x1b]" * 100_000 + "gone", id="titles without an end"),
        "progress 1%\rgone",
        "g\x08o\x00n\x9be",
        "\x1bcgone",
        "\x1b[31mgone",
    ],
)
def test_no_line_of_a_log_steers_a_terminal(
    line: str,
    make_reporter: Callable[..., LineReporter],
    output: io.StringIO,
    log: Callable[..., Path],
    make_group: Callable[..., list[PlannedUnit]],
) -> None:
    group = make_group("A")
    make_reporter(LogOrder.GROUPED)(Finished(group, _built(group, log(line))))
    assert [letter for letter in output.getvalue() if not letter.isprintable() and letter != "\n"] == []


def test_nothing_of_a_title_is_shown() -> None:
    assert plain_text(log_line("\x1b]0;npm install\x07added 3 \x1b[31mpackages\x1b[0m")) == "added 3 packages"
    assert plain_text(log_line("\x1b]8;;https://example.com\x1b\\docs\x1b]8;;\x1b\\")) == "docs"


@pytest.mark.parametrize(
    ("verbosity", "expected"),
    [
        (Verbosity.QUIET, ""),
        (Verbosity.NORMAL, "what sam says\n"),
        (Verbosity.VERBOSE, "what sam says\nreused A: up to date\n"),
    ],
)
def test_what_sam_says_of_what_is_reused_stands_among_the_lines(
    verbosity: Verbosity,
    expected: str,
    make_reporter: Callable[..., LineReporter],
    output: io.StringIO,
    make_group: Callable[..., list[PlannedUnit]],
) -> None:
    group = make_group("A")
    outcome = Outcome(group[0].unit, Result.REUSED, "up to date", said="what sam says")
    make_reporter(LogOrder.GROUPED, verbosity)(Finished(group, [outcome]))
    assert output.getvalue() == expected
