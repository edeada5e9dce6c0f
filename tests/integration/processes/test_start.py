"""What a start of samix imports: a large part of what short answers and small builds take is the time for imports."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, clean_environment

if TYPE_CHECKING:
    from pathlib import Path

_FOR_BUILDS = ("cfn_tools", "networkx", "rich", "ruamel", "tomlkit", "yaml")
_FOR_PARSING = ("click", "inspect", "pydantic", "subprocess", "typer")


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [
        (["--help"], (*_FOR_BUILDS, *_FOR_PARSING)),
        (["--version"], (*_FOR_BUILDS, *_FOR_PARSING)),
        *(([command, "--help"], (*_FOR_BUILDS, *_FOR_PARSING)) for command in ("build", "plan", "clean")),
        (["build", "--jobs", "2", "--help"], _FOR_BUILDS),
        (["unknown"], _FOR_BUILDS),
    ],
    ids=" ".join,
)
def test_a_short_answer_imports_only_what_it_needs(arguments: list[str], spared: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "samix", *arguments],
        env=clean_environment() | {"COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert "samix" in imported
    assert imported.isdisjoint(spared)


_FILES = {
    "template.yaml": f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: one, Runtime: {HOST_PYTHON}, Handler: app.handler}}
  Two:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: two, Runtime: {HOST_PYTHON}, Handler: app.handler}}
""",
    "samconfig.toml": "version = 0.1\n[default.build.parameters]\njobs = 2\n",
    "one/app.py": "def handler(event, context):\n    return 1\n",
    "one/requirements.txt": "",
    "two/app.py": "def handler(event, context):\n    return 2\n",
    "two/requirements.txt": "",
}
_PRINT_MODULES = "import atexit, sys; atexit.register(lambda: sys.stderr.write(' '.join(sys.modules)))\n"
_MAIN = "from samix.cli.main import main; main()"
# nothing in a plain build without a terminal uses these
_SPARED = {"cfn_flip", "cfn_tools", "click", "networkx", "pydantic", "rich", "ruamel", "typer"}
_SPARED |= {"tomlkit"} if sys.version_info >= (3, 11) else set()  # before, the interpreter has no parser of TOML


def _modules_of_build(project: Project, *arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _PRINT_MODULES + _MAIN, "build", *arguments],
        cwd=project.path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Build Succeeded" in done.stdout
    assert "built" in done.stderr
    return {name.partition(".")[0] for name in done.stderr.splitlines()[-1].split()}


def test_a_build_imports_only_what_it_needs(tmp_path: Path) -> None:
    project = Project.from_files(tmp_path / "app", _FILES)
    assert _modules_of_build(project, "-j", "1", "--no-use-container").isdisjoint(_SPARED)
    project.write("one/app.py", "def handler(event, context):\n    return 3\n")
    after_edit = _modules_of_build(project)
    assert after_edit.isdisjoint(_SPARED)
    assert {"samix", "yaml"} <= after_edit
