"""The end of a build."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from samix.plan.build_type import BuildType
from samix.report.summary import print_errors, print_failures, print_table, rows_of
from samix.run.outcome import Outcome, Result, SamError
from samix.template.resources import Kind, Resource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.plan.units import Unit


def _table(outcomes: list[Outcome], width: int = 200) -> str:
    output = io.StringIO()
    print_table(Console(file=output, width=width), rows_of(outcomes))
    return output.getvalue()


def test_every_resource_is_in_the_table_with_its_build_type_and_result(
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
    assert rows["First"][1:] == ["host", "default", "built", "2.5", "source", "changed"]
    assert rows["Layer"][1:] == ["container", "default", "reused", "-", "up", "to", "date"]
    assert rows["Image"][1] == "image"
    assert rows["Image"][3:] == ["failed", "1.0", "sam", "build", "exited", "with", "1"]
    assert "needs Image" in " ".join(rows["After"])


def test_names_are_shown_as_they_are(make_unit: Callable[..., Unit]) -> None:
    text = _table([Outcome(make_unit("[bold]Fn"), Result.FAILED, "cannot read [/tmp/x]")])
    assert "[bold]Fn" in text
    assert "cannot read [/tmp/x]" in text


def test_a_narrow_window_cuts_nothing_off(make_unit: Callable[..., Unit]) -> None:
    name = "A" * 60
    text = _table([Outcome(make_unit(name), Result.BUILT, "new", 1.0)], width=60)
    assert text.count("A") == len(name)


def _failures(outcomes: list[Outcome]) -> str:
    output = io.StringIO()
    print_failures(Console(file=output, width=20), outcomes)
    return output.getvalue()


def test_the_whole_log_of_a_failure_is_shown(
    tmp_path: Path, make_unit: Callable[..., Unit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    log = tmp_path / "Fn.log"
    log.write_bytes(b"one [bold]line[/bold] that is longer than the window\ntwo \xff\n")
    text = _failures([Outcome(make_unit("Fn"), Result.FAILED, "sam build exited with 1", 1.0, log)])
    assert "Fn failed: sam build exited with 1 (Fn.log)" in text
    assert "    one [bold]line[/bold] that is longer than the window\n    two \ufffd\n" in text


@pytest.mark.parametrize("result", [Result.BUILT, Result.REUSED, Result.SKIPPED])
def test_only_failures_are_shown(result: Result, tmp_path: Path, make_unit: Callable[..., Unit]) -> None:
    (tmp_path / "log").write_text("text")
    assert _failures([Outcome(make_unit("Fn"), result, "reason", 1.0, tmp_path / "log")]) == ""


def test_a_failure_without_a_log_is_shown_too(make_unit: Callable[..., Unit]) -> None:
    assert "Fn failed: no space" in _failures([Outcome(make_unit("Fn"), Result.FAILED, "no space")])


def test_a_log_that_is_gone_does_not_hide_the_failure(tmp_path: Path, make_unit: Callable[..., Unit]) -> None:
    assert "Fn failed" in _failures([Outcome(make_unit("Fn"), Result.FAILED, "x", 1.0, tmp_path / "none")])


def test_what_sam_said_of_several_alike_is_shown_once(make_unit: Callable[..., Unit]) -> None:
    output = io.StringIO()
    outcomes = [
        Outcome(make_unit(f"Fn{number}"), Result.FAILED, "exited with 1", error=SamError("BuildError", message))
        for number, message in enumerate(["no runtime", "no runtime", "no source"])
    ]
    print_errors(Console(file=output, width=20), outcomes)
    assert output.getvalue() == "Error: no runtime\nError: no source\n"
