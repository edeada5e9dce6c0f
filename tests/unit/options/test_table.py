"""The table of options, and what reads it."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from samix.cli.help.command_page import page_of
from samix.cli.parser import with_options
from samix.options.merge import BuildOptions, merge_options
from samix.options.option import Completer, Kind, Opt, Panel, Type
from samix.options.table import BUILD, CLEAN, COMMANDS, OPTION, PLAN, ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from samix.options.option import Command
    from samix.template.value import Value


def _names(column: str) -> set[str]:
    return {option.name for option in BUILD.options if getattr(option, column)}


@pytest.mark.parametrize("command", [ROOT, *COMMANDS.values()], ids=lambda command: command.name or "samix")
def test_no_name_means_two_things(command: Command) -> None:
    names = [name for option in command.options for name in (option.name, *option.names, option.contrary) if name]
    assert len(names) == len(set(names))


def test_the_commands_share_the_options_of_a_build() -> None:
    assert [option.name for option in PLAN.options] == ["format", *OPTION]
    shared = ["template_file", "build_dir", "cache_dir", "config_file", "config_env"]
    assert [option.name for option in CLEAN.options] == ["dry_run", *shared]


def test_what_concerns_one_run_is_not_saved() -> None:
    assert set(OPTION) - _names("is_saved") == {
        *("output", "log_order", "quiet", "verbose", "summary", "trace"),
        *("save_params", "config_file", "config_env", "region", "profile", "debug", "beta_features"),
    }


def test_only_the_option_sam_suits_a_hook() -> None:
    assert _names("suits_hook") == {"sam"}
    assert {"build_type", "jobs", "retries", "quiet", "summary"} < _names("is_own")


def test_a_default_is_the_value_without_any_source(tmp_path: Path) -> None:
    options = merge_options({}, {}, tmp_path)
    interpreted = {"exclude", "base_dir", "build_dir", "cache_dir", "jobs", "language_extensions"}
    plain = {field.name for field in fields(BuildOptions)} & set(OPTION) - interpreted
    assert {"retries", "wait", "mount_with", "beta_features"} < plain
    assert {name: getattr(options, name) for name in plain} == {name: OPTION[name].type.default for name in plain}


@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        ("retries", 3, 3),
        ("timeout", 2, 2.0),
        ("cached", "no", False),
        ("mount_with", "write", "WRITE"),
        ("sam", "x", "x"),
    ],
)
def test_a_plain_option_is_read_as_its_row_says(tmp_path: Path, name: str, written: Value, read: Value) -> None:
    assert getattr(merge_options({name: written}, {}, tmp_path), name) == read


def test_a_row_is_all_that_the_command_line_needs() -> None:
    row = Opt("how_often", Type(Kind.NUMBER, "N", least=2), Panel.OTHER, "Do it again.", short="-o")
    word = Opt("what", Type(Kind.WORD, "a|b", Completer.CHOICES, ("a", "b")), Panel.OTHER, "Which.")
    both = Opt("loud", Type(Kind.SWITCH, has_contrary=True), Panel.OTHER, "Make noise.")
    command = CLEAN._replace(name="do", options=(row, word, both))
    seen: list[dict[str, object]] = []
    app = typer.Typer(rich_markup_mode=None)
    app.command()(with_options(command, lambda ctx: seen.append(dict(ctx.params))))
    run = CliRunner().invoke
    assert run(app, ["-o", "3", "--what", "b", "--no-loud"]).exit_code == run(app, []).exit_code == 0
    assert seen == [
        {"how_often": 3, "what": "b", "loud": False},
        {"how_often": None, "what": None, "loud": None},
    ]
    assert {run(app, wrong).exit_code for wrong in (["--how-often", "1"], ["--what", "c"], ["--loud=1"])} == {2}
    [section] = page_of(command).sections
    assert [head for head, _ in section.rows] == [
        "-o, --how-often N",
        "--what a|b",
        "--loud / --no-loud",
        "-h, --help",
    ]
