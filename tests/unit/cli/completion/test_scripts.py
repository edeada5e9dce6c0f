"""Completion scripts, and putting them in their places."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from samix.cli.completion.answer import BREAKS_VARIABLE, LINE_VARIABLE, VARIABLE, Kind
from samix.cli.completion.scripts import SHELLS, detect, install, script
from samix.cli.main import main
from samix.cli.root import app
from samix.messages.errors import OptionError


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_shown(shell: str) -> None:
    answer = CliRunner().invoke(app, ["--show-completion", shell])
    assert (answer.exit_code, answer.stdout) == (0, script(shell))
    assert f"{VARIABLE}=complete_{shell}" in answer.stdout or f"{VARIABLE} complete_{shell}" in answer.stdout
    assert "2>/dev/null" in answer.stdout
    assert all(kind.value in answer.stdout for kind in Kind if kind is not Kind.WORDS)


def test_the_script_of_bash_gives_the_line_and_the_breaks() -> None:
    assert f"{LINE_VARIABLE}=" in script("bash")
    assert f"{BREAKS_VARIABLE}=" in script("bash")


@pytest.mark.parametrize("option", ["--show-completion", "--install-completion"])
def test_another_shell_is_none_that_there_is_a_script_for(option: str) -> None:
    answer = CliRunner().invoke(app, [option, "tcsh"])
    assert answer.exit_code == 2
    assert answer.stderr.startswith("Error: There is no completion for tcsh.\nName one of bash, zsh, fish")


def test_the_shell_that_samix_is_started_from_needs_no_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("samix.cli.completion.scripts.detect", lambda _: "fish")
    monkeypatch.setattr(sys, "argv", ["samix", "--show-completion"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert capsys.readouterr().out == script("fish")


@pytest.mark.parametrize(
    ("parent", "variable", "shell"),
    [
        ("fish\n", "/bin/bash", "fish"),
        ("-zsh\n", "/bin/bash", "zsh"),
        ("make\n", "/usr/bin/zsh", "zsh"),
        (None, "/usr/bin/fish", "fish"),
        ("make\n", "/bin/tcsh", "tcsh"),
        ("make\n", "", ""),
    ],
)
def test_the_shell_is_the_parent_or_that_of_the_user(
    parent: str | None, variable: str, shell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(path: Path, **_: object) -> str:
        assert path == Path(f"/proc/{os.getppid()}/comm")
        if parent is None:
            raise FileNotFoundError
        return parent

    monkeypatch.setattr(Path, "read_text", read)
    assert detect({"SHELL": variable}) == shell


@pytest.mark.parametrize(
    ("shell", "path", "start", "line"),
    [
        ("bash", ".bash_completions/samix.sh", ".bashrc", "source {home}/.bash_completions/samix.sh"),
        ("zsh", ".zfunc/_samix", ".zshrc", "fpath+=~/.zfunc; autoload -Uz compinit; compinit"),
        ("fish", ".config/fish/completions/samix.fish", None, ""),
    ],
)
@pytest.mark.parametrize("before", [None, "alias a=b", "alias a=b\n"])
def test_a_script_is_put_where_the_shell_finds_it(
    shell: str, path: str, start: str | None, line: str, before: str | None, tmp_path: Path
) -> None:
    if start and before is not None:
        (tmp_path / start).write_text(before)
    for _ in range(2):
        assert install(shell, {"HOME": str(tmp_path)}) == tmp_path / path
    assert (tmp_path / path).read_text() == script(shell)
    if start:
        kept = before.splitlines() if before else []
        assert (tmp_path / start).read_text().splitlines() == [*kept, line.format(home=tmp_path)]


def test_installing_tells_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ZDOTDIR", str(tmp_path / "dots"))
    (tmp_path / "dots").mkdir()
    answer = CliRunner().invoke(app, ["--install-completion", "zsh"])
    assert answer.exit_code == 0
    assert answer.stdout.startswith(f"zsh completion installed in {tmp_path}/.zfunc/_samix\n")
    assert (tmp_path / "dots" / ".zshrc").exists()


def test_what_cannot_be_installed_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".config").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    answer = CliRunner().invoke(app, ["--install-completion", "fish"])
    assert answer.exit_code == 1
    assert answer.stderr.startswith("Error: ")
    assert "Traceback" not in answer.stderr


def test_an_empty_shell_name_is_refused() -> None:
    with pytest.raises(OptionError, match="an unknown shell"):
        script("")
