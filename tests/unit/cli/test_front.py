"""What is answered before the command line parser is there."""

from __future__ import annotations

import sys

import pytest
from typer.testing import CliRunner

from samix.cli import main
from samix.cli.front import answer
from samix.cli.root import app


@pytest.mark.parametrize("argument", ["--help", "-h", "--version"])
def test_what_is_answered_at_once_is_what_the_parser_says(argument: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert answer([argument]) == CliRunner().invoke(app, [argument], prog_name="samix").stdout


def test_a_narrow_window_gets_its_own_help(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys, "argv", ["/usr/bin/samix", "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Usage: samix ")
    assert max(map(len, lines)) < 60


@pytest.mark.parametrize("arguments", [[], ["build"], ["build", "--help"], ["--help", "build"], ["plan", "--version"]])
def test_all_else_is_for_the_parser(arguments: list[str]) -> None:
    assert answer(arguments) is None
