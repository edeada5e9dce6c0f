"""The end of a build."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from samix.options.build_type import BuildType
from samix.report.rows import rows_of
from samix.report.tables import print_table
from samix.template.resources import Kind, Resource
from samix.units.decision import Decision
from samix.units.outcome import Outcome, Result, SamError

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.units.unit import Unit


def _table(outcomes: list[Outcome], width: int = 200) -> str:
    output = io.StringIO()
    print_table(Console(file=output, width=width), rows_of(outcomes))
    return output.getvalue()


def test_table_has_each_resource_with_build_type_and_result(
    make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    text = _table(
        [
            Outcome(make_unit("First", "Second"), Result.BUILT, "source changed", 2.46),
            Outcome(make_unit("Layer", build_type=BuildType.CONTAINER), Result.REUSED, "up to date"),
            Outcome(make_unit(make_resource("Image", kind=Kind.IMAGE)), Result.FAILED, "sam build exited with 1", 1.0),
            Outcome(make_unit("After"), Result.SKIPPED, "needs Image"),
        ]
    )
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line.split()}
    assert list(rows) == ["Resource", "First", "Second", "Layer", "Image", "After"]
    assert rows["First"][1:] == ["host", "default", "built", "2.5", "s", "source", "changed"]
    assert rows["Layer"][1:] == ["container", "default", "reused", "-", "up", "to", "date"]
    assert rows["Image"][1] == "image"
    assert rows["Image"][3:] == ["failed", "1.0", "s", "sam", "build", "exited", "with", "1"]
    assert "needs Image" in " ".join(rows["After"])


def test_names_are_shown_as_they_are(make_unit: Callable[..., Unit]) -> None:
    text = _table([Outcome(make_unit("[bold]Fn"), Result.FAILED, "cannot read [/tmp/x]")])
    assert "[bold]Fn" in text
    assert "cannot read [/tmp/x]" in text


def test_a_narrow_window_cuts_nothing_off(make_unit: Callable[..., Unit]) -> None:
    name = "A" * 60
    text = _table([Outcome(make_unit(name), Result.BUILT, "new", 1.0)], width=60)
    assert text.count("A") == len(name)


def test_name_stays_in_one_piece_in_a_very_narrow_window(make_unit: Callable[..., Unit]) -> None:
    outcomes = [
        Outcome(make_unit("NativeLayer", build_type=BuildType.CONTAINER), Result.BUILT, "not built yet", 1.0),
        Outcome(make_unit("First", "Second"), Result.SKIPPED, "needs NativeLayer"),
    ]
    text = _table(outcomes, width=40)
    assert text == (
        "\nNativeLayer\n  container, because of default\n  built in 1.0 s: not built yet\n"
        "\nFirst\nSecond\n  host, because of default\n  skipped: needs NativeLayer\n"
    )


@pytest.mark.parametrize("width", range(20, 120))
def test_no_width_breaks_a_name(make_unit: Callable[..., Unit], width: int) -> None:
    text = _table([Outcome(make_unit("Reports/ReportFunction"), Result.FAILED, "cannot read it", 1.0)], width=width)
    assert "Reports/ReportFunction" in text


def test_table_wraps_the_reason_before_the_build_type_source(
    make_unit: Callable[..., Unit],
) -> None:
    decision = Decision(BuildType.CONTAINER, "template.yaml:106 BuildType")
    unit = replace(make_unit("NativePythonFunction"), decision=decision)
    assert _table([Outcome(unit, Result.BUILT, "src/application.py changed", 5.1)], width=80) == (
        "\n"
        "Resource              Build type  Because of         Result   Time  Why         \n"
        "NativePythonFunction  container   template.yaml:106  built   5.1 s  src/applicat\n"
        "                                  BuildType                         ion.py      \n"
        "                                                                    changed     \n"
    )


def test_table_has_only_the_start_of_an_error_printed_below(
    make_unit: Callable[..., Unit],
) -> None:
    error = SamError("BuildError", "sed: cannot read " + "very/" * 20 + "deep: not there")
    outcomes = [Outcome(make_unit("NativeLayer"), Result.FAILED, "sam build exited with 1", 1.0, error=error)]
    assert _table(outcomes, width=70) == (
        "\n"
        "Resource     Build type  Because of  Result   Time  Why               \n"
        "NativeLayer  host        default     failed  1.0 s  sed: cannot read  \n"
        "                                                    very/very/very/ver\n"
        "                                                    y/very/very/very/…\n"
    )


def test_build_type_reason_is_in_one_line_if_there_is_room(
    make_unit: Callable[..., Unit],
) -> None:
    decision = Decision(BuildType.CONTAINER, "samconfig.toml:4 NativeLayer=container")
    unit = replace(make_unit("NativeLayer"), decision=decision)
    text = _table([Outcome(unit, Result.FAILED, "word " * 40, 5.1)], width=140)
    assert "samconfig.toml:4 NativeLayer=container" in text


@pytest.mark.parametrize("width", [40, 200])
def test_no_name_or_place_steers_a_terminal(make_unit: Callable[..., Unit], width: int) -> None:
    decision = Decision(BuildType.HOST, "t\x1b[31mred.yaml:3 BuildType")
    unit = replace(make_unit("one\ntwo\x1b[5Aup"), decision=decision)
    text = _table([Outcome(unit, Result.BUILT, "Metadata \x1b[2J added", 1.0)], width)
    assert "\x1b" not in text
    assert "one two" in text


def test_a_table_holds_nothing_that_does_something_to_a_terminal(make_unit: Callable[..., Unit]) -> None:
    error = SamError("BuildError", "\x1b[2J\x1b[1mno\x07")
    [row] = rows_of([Outcome(make_unit("Fn"), Result.FAILED, "why", 1.0, error=error)])
    assert row.why == "no"
