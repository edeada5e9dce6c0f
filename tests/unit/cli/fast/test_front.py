"""What is answered before the command line parser is there."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from samix.cli.fast.front import answer
from samix.cli.root import app
from samix.options.table import COMMANDS


@pytest.mark.parametrize("columns", ["40", "60", "80", "100", "160"])
@pytest.mark.parametrize("colour", ["", "1"])
@pytest.mark.parametrize(
    "line", ["--help", "-h", "--version", *(f"{name} {asked}" for name in COMMANDS for asked in ("--help", "-h"))]
)
def test_what_is_answered_at_once_is_what_the_parser_says(
    line: str, colour: str, columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("FORCE_COLOR", colour)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    arguments = line.split()
    answered = answer(arguments)
    with capsys.disabled():
        said = CliRunner().invoke(app, arguments, prog_name="samix").stdout
    assert answered == said
    assert ("\x1b[" in said) is (bool(colour) and line != "--version")


@pytest.mark.parametrize(
    "arguments",
    [
        *([], ["build"], ["--help", "build"], ["plan", "--version"], ["", "--help"], ["other", "-h"]),
        *(["build", "--help", "--jobs"], ["build", "--jobs", "2", "--help"]),
    ],
    ids=" ".join,
)
def test_all_else_is_for_the_parser(arguments: list[str]) -> None:
    assert answer(arguments) is None
