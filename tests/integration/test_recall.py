"""A build that has nothing to do is answered from a snapshot, and only that."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, clean_environment, unread_pipe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEMPLATE = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Made:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: makefile, WorkingDirectory: shared}}
    Properties: {{CodeUri: made, Runtime: provided.al2023, Handler: bootstrap}}
  Plain:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: plain, Runtime: {HOST_PYTHON}, Handler: app.handler}}
"""
FILES = {
    "template.yaml": TEMPLATE,
    "made/Makefile": "build-Made:\n\tcat *.txt > $(ARTIFACTS_DIR)/bootstrap\n",
    "shared/one.txt": "one\n",
    "plain/app.py": "def handler(event, context):\n    return 1\n",
    "plain/requirements.txt": "",
}
# longer than the clock of a file system is trusted to tell two changes apart
OLD_SECONDS = 0.3
_PRINT_MODULES = "import atexit, sys; atexit.register(lambda: sys.stderr.write(' '.join(sys.modules)))\n"
_MAIN = "from samix.cli.main import main; main()"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Built, and built again when nothing was young any more."""
    project = Project.from_files(tmp_path_factory.mktemp("recall") / "app", FILES)
    _settle(project)
    return project


def _settle(project: Project) -> str:
    project.samix("build").succeeded()
    time.sleep(OLD_SECONDS)
    return project.samix("build").succeeded().text


def _modules(project: Project, **environment: str) -> tuple[str, set[str]]:
    """What `samix build` prints, and all that it imports."""
    done = subprocess.run(
        [sys.executable, "-c", _PRINT_MODULES + _MAIN, "build"],
        cwd=project.path,
        env=clean_environment() | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, set(done.stderr.split())


def _is_recalled(project: Project, **environment: str) -> bool:
    return "samix.build.run" not in _modules(project, **environment)[1]


def test_nothing_that_plans_is_imported(project: Project) -> None:
    said = _settle(project)
    output, modules = _modules(project)
    assert output in said
    assert "samix.cli.fast.snapshot" in modules
    heavy = {
        "typer",
        "click",
        "rich",
        "yaml",
        "networkx",
        "tomlkit",
        "samix.build.run",
        "samix.plan",
        "samix.options.merge",
    }
    assert not heavy & modules


def _alter_artifact(project: Project) -> None:
    file = project.build_dir / "Plain" / "app.py"
    file.unlink()  # the cache has a link to it
    file.write_text("altered")


@pytest.mark.parametrize(
    ("change", "built"),
    [
        pytest.param(lambda p: p.write("plain/app.py", "x = 1\n"), {"Plain"}, id="source"),
        pytest.param(lambda p: p.write("plain/new.py", "x = 1\n"), {"Plain"}, id="new file"),
        pytest.param(lambda p: p.write("shared/two.txt", "two\n"), {"Made"}, id="directory that metadata name"),
        pytest.param(
            lambda p: p.write("template.yaml", f"{TEMPLATE}    Metadata: {{Note: x}}\n"), {"Plain"}, id="template"
        ),
        pytest.param(
            lambda p: p.write("samconfig.toml", "version = 0.1\n[default.build.parameters]\ncached = false\n"),
            {"Made", "Plain"},
            id="samconfig",
        ),
        pytest.param(_alter_artifact, set[str](), id="artifact"),
    ],
)
def test_a_change_is_seen(
    change: Callable[[Project], object], built: set[str], project: Project, tmp_path: Path
) -> None:
    own = Project(shutil.copytree(project.path, tmp_path / "app", symlinks=True))
    _settle(own)
    assert _is_recalled(own)
    artifacts = own.built()
    change(own)
    results = own.samix("build").succeeded().results()
    assert {name for name, (_, result) in results.items() if result == "built"} == built
    if not built:
        assert own.built() == artifacts


def test_closed_pipe_on_stdout_ends_without_a_traceback(project: Project) -> None:
    _settle(project)
    assert _is_recalled(project)
    with unread_pipe() as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "samix", "build"],
            cwd=project.path,
            env=clean_environment(),
            stdout=pipe,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"Error" not in done.stderr
