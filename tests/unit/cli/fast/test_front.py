"""What is answered before the command line parser is there."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from samix.cli.fast.front import answer
from samix.cli.root import app


@pytest.mark.parametrize("columns", ["40", "60", "80", "100", "160"])
@pytest.mark.parametrize("colour", ["", "1"])
@pytest.mark.parametrize("argument", ["--help", "-h", "--version"])
def test_what_is_answered_at_once_is_what_the_parser_says(
    argument: str, colour: str, columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("FORCE_COLOR", colour)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    answered = answer([argument])
    with capsys.disabled():
        said = CliRunner().invoke(app, [argument], prog_name="samix").stdout
    assert answered == said
    assert ("\x1b[" in said) is (bool(colour) and argument != "--version")


@pytest.mark.parametrize("arguments", [[], ["build"], ["build", "--help"], ["--help", "build"], ["plan", "--version"]])
def test_all_else_is_for_the_parser(arguments: list[str]) -> None:
    assert answer(arguments) is None
