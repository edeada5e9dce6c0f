"""Completion in real shells."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.project import Project, clean_environment, tree
from support.typed_shell import completed

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Runtime: provided.al2023, Handler: a}
  Child:
    Type: AWS::Serverless::Application
    Properties: {Location: child/template.yaml}
"""
CHILD = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: makefile}
    Properties: {ContentUri: src}
"""
# with the keys of Emacs, without anybody's own settings; bash is always there, as the Makefile needs it
_ALL = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "source <(samix --show-completion bash)"),
    "zsh": (
        ["zsh", "-f", "-i"],
        "autoload -Uz compinit; compinit -u -D; source <(samix --show-completion zsh); bindkey -e",
    ),
}
SHELLS = {name: how for name, how in _ALL.items() if name == "bash" or shutil.which(name)}
SOURCED = 'source <("$0" -m samix --show-completion bash); '
FUNCTION = (
    SOURCED
    + """samix() { "$0" -m samix "$@"; }
COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDBREAKS=$2
_samix_completion samix
printf '%s\\n' "${COMPREPLY[@]}"
"""
)
BREAKS = " \t\n\"'@><=;|&(:"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    files = {"template.yaml": TEMPLATE, "child/template.yaml": CHILD, "src/file": "", "child/src/file": ""}
    return Project.from_files(tmp_path / "app", files)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("samix b\t", "<samix><build>"),
        ("samix build Chi\t", "<samix><build><Child/Layer>"),
        ("samix build 'Chi\t", "<samix><build><Child/Layer>"),
        ("samix build Child/L\tFn", "<samix><build><Child/Layer><Fn>"),
        ("samix build --build-type Chi\tcont\t", "<samix><build><--build-type><Child/Layer=container>"),
        ("samix build --build-type=Fn=h\t-p", "<samix><build><--build-type=Fn=host><-p>"),
        ("samix build -e Lay\tA=1", "<samix><build><-e><Layer.A=1>"),
        ("samix build -t child/temp\tLay\t", "<samix><build><-t><child/template.yaml><Layer>"),
        ("samix build -b chi\tout", "<samix><build><-b><child/out>"),
        ("samix build --jobs src\t", "<samix><build><--jobs><src>"),
        ("samix build -t none.yaml Chi\t", "<samix><build><-t><none.yaml><Chi>"),
    ],
    ids=lambda value: value if "\t" in value else "",
)
def test_a_line_is_completed_as_it_is_typed(shell: str, typed: str, words: str, project: Project) -> None:
    before = tree(project.path)
    command, setup = SHELLS[shell]
    home = project.path.parent / "home"
    home.mkdir()
    environment = {**clean_environment(), "TERM": "xterm", "HOME": str(home)}
    assert completed(command, setup, typed, project.path, environment) == words
    assert tree(project.path) == before


@pytest.mark.parametrize(
    ("line", "breaks", "words"),
    [
        ("samix build --build-type ", BREAKS, ["host", "container", "Fn=", "Child/Layer="]),
        ("samix build --build-type Fn=", BREAKS, ["host", "container"]),
        ("samix build --build-type Fn=", " ", ["Fn=host", "Fn=container"]),
        ("samix build --build-type 'Fn=", BREAKS, ["Fn=host", "Fn=container"]),
        ("samix build -x ", BREAKS, ["Fn", "Child/Layer"]),
        ("samix build -t broken.yaml ", BREAKS, [""]),
        ("samix build --output ", BREAKS, ["text", "json"]),
    ],
)
def test_the_function_of_bash_answers(line: str, breaks: str, words: list[str], project: Project) -> None:
    project.write("broken.yaml", "Resources: [")
    done = subprocess.run(
        ["bash", "--norc", "-c", FUNCTION, sys.executable, line, breaks],
        cwd=project.path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == words
    assert done.stderr == ""


def test_an_installed_script_is_read_when_the_shell_starts(project: Project) -> None:
    home = project.path.parent / "home"
    home.mkdir()
    environment = {**clean_environment(), "TERM": "xterm", "HOME": str(home)}
    subprocess.run(["samix", "--install-completion", "bash"], env=environment, check=True, capture_output=True)
    typed = completed(["bash", "-i"], "true", "samix build Chi\t", project.path, environment)
    assert typed == "<samix><build><Child/Layer>"


@pytest.mark.parametrize(
    ("words", "spared"),
    [
        (["b"], {"cfn_tools", "networkx", "rich", "ruamel", "tomlkit", "typer", "yaml"}),
        (["build", "--exc"], {"cfn_tools", "networkx", "rich", "ruamel", "tomlkit", "typer", "yaml"}),
        (["build", "F"], {"networkx", "rich", "ruamel"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_answer_imports_only_what_it_needs(words: list[str], spared: set[str], project: Project) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "samix", *words],
        cwd=project.path,
        env={**clean_environment(), "_SAMIX_COMPLETE": "complete_zsh"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(done.stdout.splitlines()) == 2
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert "samix" in imported
    assert imported.isdisjoint(spared)
