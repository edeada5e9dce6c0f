"""`--help` of the commands."""

from __future__ import annotations

import io
import re
import shlex
from typing import TYPE_CHECKING, cast

import pytest
import typer.main
from typer.testing import CliRunner

from samix.cli.help.page import Look, Page, Section, look_for, render_page
from samix.cli.root import app
from samix.options.option import Panel

if TYPE_CHECKING:
    from typer.core import TyperCommand, TyperGroup

COMMANDS = cast("TyperGroup", typer.main.get_command(app)).commands
WIDTHS = [1, 40, 60, 80, 100, 160]
HOSTILE = "[NAME=]host|container"
PAGE = Page(
    "samix do [OPTIONS]",
    ["What [bold]it[/bold] does."],
    [Section("Options", [(f"-b, --build-type {HOSTILE}", "Where [default: host]"), ("--wait / --no-wait", "Wait.")])],
    ["samix do --this 'and that' --and something-else"],
)


def _help(monkeypatch: pytest.MonkeyPatch, command: str, columns: int, **environ: str) -> str:
    for name, value in {"COLUMNS": str(columns), "FORCE_COLOR": "", "NO_COLOR": "", "TERM": "xterm", **environ}.items():
        monkeypatch.setenv(name, value)
    answer = CliRunner().invoke(app, [command, "--help"], prog_name="samix")
    assert answer.exit_code == 0
    return answer.stdout


def _bare(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def _sections(text: str) -> dict[str, list[str]]:
    """The lines of each section of help without frames."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.endswith(":") and not line.startswith(" "):
            found[line[:-1]] = []
        elif found and line:
            found[list(found)[-1]].append(line.removeprefix("  "))
    return found


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_in_its_window_and_says_the_same_in_each(
    command: str, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = _help(monkeypatch, command, columns)
    framed = _help(monkeypatch, command, columns, FORCE_COLOR="1")
    assert "\x1b" not in plain
    assert _help(monkeypatch, command, columns, FORCE_COLOR="1", NO_COLOR="1") == _bare(framed) != framed
    if columns > 40:  # no name of an option is broken, however narrow the window
        assert max(map(len, [*plain.splitlines(), *_bare(framed).splitlines()])) <= columns
    words = re.sub(r"[╭─╮│╰╯:\\]", " ", _bare(framed)).split()
    assert words == re.sub(r"[:\\]", " ", plain).split()


@pytest.mark.parametrize("command", COMMANDS)
def test_frames_are_closed(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = _bare(_help(monkeypatch, command, 80, FORCE_COLOR="1")).splitlines()
    framed = [line for line in lines if line[:1] in set("╭│╰")]
    assert {len(line) for line in framed} == {80}
    assert {(line[0], line[-1]) for line in framed} == {("╭", "╮"), ("│", "│"), ("╰", "╯")}


@pytest.mark.parametrize("command", COMMANDS)
def test_each_option_is_shown_once_with_its_placeholder(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = _help(monkeypatch, command, 160)
    assert not re.search(r"TEXT|INTEGER|FLOAT|BOOLEAN|<[a-z]+|x>=", text)
    for parameter in COMMANDS[command].params:
        if parameter.param_type_name == "option":
            takes_value = not getattr(parameter, "is_flag", False)
            metavar = getattr(parameter, "metavar", None)
            assert takes_value is bool(metavar), parameter.name
            head = f" {metavar}" if metavar else ""
            name = next(one for one in parameter.opts if one.startswith("--"))
            names = rf"(?m)^  (?:-\w+, )?{re.escape(name)}(?:, --\S+)?(?: / --\S+)?{re.escape(head)}(?=  |$)"
            assert len(re.findall(names, text)) == 1, names


def test_commands_that_share_options_group_them_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    build, plan, clean = (_sections(_help(monkeypatch, command, 100)) for command in ("build", "plan", "clean"))
    titles = [panel.value for panel in Panel]
    assert [title for title in build if title in titles] == [title for title in titles if title in build]
    assert list(build) == list(plan)
    told = {Panel.OUTPUT.value, "Examples"}
    assert {title: lines for title, lines in build.items() if title not in told} == {
        title: lines for title, lines in plan.items() if title not in told
    }
    assert set(clean) <= {"Options", *build}
    assert clean[Panel.TEMPLATE.value][0] == build[Panel.TEMPLATE.value][0]


@pytest.mark.parametrize("columns", WIDTHS)
def test_examples_can_be_copied(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _sections(_help(monkeypatch, "build", 160, FORCE_COLOR=""))["Examples"]
    text = _bare(_help(monkeypatch, "build", columns, FORCE_COLOR="1"))
    lines = text[text.index("Examples:\n") :].splitlines()[1:]
    joined = "\n".join(line.removeprefix("  ") for line in lines).replace("\\\n", " ")
    assert [shlex.split(line) for line in joined.splitlines()] == [shlex.split(line) for line in whole]


@pytest.mark.parametrize("look", [Look(79), Look(80, framed=True), Look(80, framed=True, coloured=True), Look(30)])
def test_brackets_are_shown_as_they_are(look: Look) -> None:
    text = _bare(render_page(PAGE, look))
    assert "What [bold]it[/bold] does." in text
    assert HOSTILE in text
    assert "[default: host]" in text


class _Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class _OldTerminal(_Terminal):
    encoding = "iso-8859-1"


@pytest.mark.parametrize(
    ("stream", "columns", "environ", "look"),
    [
        (io.StringIO(), "80", {}, Look(79)),
        (None, "80", {}, Look(79)),
        (_Terminal(), "80", {}, Look(80, framed=True, coloured=True)),
        (_Terminal(), "300", {}, Look(120, framed=True, coloured=True)),
        (_Terminal(), "80", {"NO_COLOR": "1"}, Look(80, framed=True)),
        (_Terminal(), "80", {"TERM": "dumb"}, Look(80, framed=True)),
        (_Terminal(), "40", {}, Look(39, coloured=True)),
        (_OldTerminal(), "80", {}, Look(79, coloured=True)),
    ],
)
def test_the_look_is_one_that_the_stream_can_show(
    stream: io.StringIO | None, columns: str, environ: dict[str, str], look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert look_for(stream, environ) == look


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "--no-such"], "Error: No such option: --no-such"),
        (["plan", "--format", "yaml"], "Error: Invalid value for '--format': "),
        (["biuld"], "Error: No such command 'biuld'."),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_reported_in_plain_lines(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the terminal: a frame cuts long lines, and nobody finds them in a log."""
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")
    answer = CliRunner().invoke(app, arguments, prog_name="samix")
    assert answer.exit_code == 2
    lines = answer.stderr.splitlines()
    assert lines[0].startswith("Usage: samix ")
    assert "--help' for help." in lines[1]
    assert lines[-1].startswith(message)
    assert "\x1b" not in answer.stderr


def test_every_command_has_help_of_this_kind() -> None:
    kinds = {type(cast("TyperCommand", command)).__name__ for command in COMMANDS.values()}
    assert kinds == {"TableCommand"}
