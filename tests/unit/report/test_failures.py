"""What failed in a build."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from samix.report.console import PlainConsole, RichConsole
from samix.report.failures import print_errors, print_failures
from samix.units.outcome import Outcome, Result, SamError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.units.unit import Unit


def _failures(outcomes: list[Outcome]) -> str:
    output = io.StringIO()
    print_failures(PlainConsole(output), outcomes)
    return output.getvalue()


def test_the_whole_log_of_a_failure_is_shown(
    tmp_path: Path, make_unit: Callable[..., Unit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    log = tmp_path / "Fn.log"
    log.write_bytes(b"one [bold]line[/bold] that is longer than the window\ntwo \xff\n")
    text = _failures([Outcome(make_unit("Fn"), Result.FAILED, "sam build exited with 1", 1.0, log)])
    assert "Fn failed: sam build exited with 1 (/app/template.yaml:3, log in Fn.log)" in text
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
    print_errors(PlainConsole(output), outcomes)
    assert output.getvalue() == "\nFn0, Fn1:\nError: no runtime\n\nFn2:\nError: no source\n"


def test_of_several_that_failed_each_log_has_its_error(tmp_path: Path, make_unit: Callable[..., Unit]) -> None:
    outcomes = []
    for name in ("One", "Two"):
        log = tmp_path / name
        log.write_text(f"Building\nBuild Failed\nError: {name} broke\n")
        error = SamError("BuildError", f"{name} broke")
        outcomes.append(Outcome(make_unit(name), Result.FAILED, "exited with 1", log=log, error=error))
    first, second = _failures(outcomes).split("Two failed")
    assert first.endswith("    Building\n    Build Failed\n    Error: One broke\n\n")
    assert second.endswith("    Building\n    Build Failed\n    Error: Two broke\n")


def test_why_it_failed_is_not_in_the_log_and_at_the_end_as_well(tmp_path: Path, make_unit: Callable[..., Unit]) -> None:
    log = tmp_path / "Fn.log"
    log.write_text("Building\nBuild Failed\nsays a makefile\n\nBuild Failed\nError: Builder:Step - it broke\nhere\n")
    error = SamError("BuildError", "Builder:Step - it broke\nhere")
    outcome = Outcome(make_unit("Fn"), Result.FAILED, "exited with 1", log=log, error=error)
    assert _failures([outcome]).endswith("    Building\n    Build Failed\n    says a makefile\n")
    output = io.StringIO()
    print_errors(PlainConsole(output), [outcome])
    assert output.getvalue() == "Error: Builder:Step - it broke\nhere\n"


def test_an_error_does_nothing_to_a_terminal(make_unit: Callable[..., Unit]) -> None:
    error = SamError("BuildError", "npm says:\n\x1b[2J\x1b]0;title\x07\x1b[31mno\x9b2J")
    output = io.StringIO()
    console = RichConsole(Console(file=output, force_terminal=True, width=80))
    print_errors(console, [Outcome(make_unit("Fn"), Result.FAILED, "why", 1.0, error=error)])
    text = output.getvalue().replace("\x1b[31m", "").replace("\x1b[0m", "")
    assert text.startswith("Error: npm says:\n")
    assert all(letter.isprintable() for letter in text.replace("\n", ""))
