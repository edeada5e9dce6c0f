"""Input that would lead samix astray: refused with a message, and nothing is written where it does not belong."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, differences, tree

from samix.sam.process import Processes
from samix.sam.sam_run import SamRun

if TYPE_CHECKING:
    from pathlib import Path

FUNCTION = f"""
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: src, Handler: app.handler, Runtime: {HOST_PYTHON}}}
"""
CHILD = "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n"


def _project(path: Path, resources: str, transform: str = "AWS::Serverless-2016-10-31") -> Project:
    files = {
        "template.yaml": f"Transform: {transform}\nResources:\n{resources}",
        "child.yaml": CHILD,
        "src/app.py": "def handler(event, context): return 1\n",
    }
    return Project.from_files(path, files)


def _refused(project: Project, code: int, message: str, *arguments: str) -> None:
    before = tree(project.path)
    run = project.samix("build", *arguments).failed_with(code)
    assert message in run.errors
    assert "Traceback" not in run.text
    after = {path: value for path, value in tree(project.path).items() if not path.startswith(".aws-sam")}
    assert differences(after, before) == []


@pytest.mark.parametrize("name", ["../../..", "../../../src", "/tmp/elsewhere", ".", "template.yaml"])  # noqa: S108
def test_stack_cannot_be_called_a_path(tmp_path: Path, name: str) -> None:
    child = f"  Child:\n    Type: AWS::Serverless::Application\n    Metadata: {{SamResourceId: '{name}'}}\n"
    project = _project(tmp_path / "app", f"{child}    Properties: {{Location: child.yaml}}\n")
    _refused(project, 1, "cannot be the name of a directory in the build dir")


@pytest.mark.parametrize("name", ["'../x'", "a/b", "1", "'On'", "~"])
def test_function_cannot_be_called_a_path_or_no_text(tmp_path: Path, name: str) -> None:
    project = _project(tmp_path / "app", f"  {name}:{FUNCTION}")
    if name == "'On'":
        project.samix("build").succeeded()
    else:
        _refused(project, 1, "cannot be the name of a directory in the build dir")


def test_loops_that_would_stay_unbuilt_are_refused(tmp_path: Path) -> None:
    loop = "  Fn::ForEach::All:\n    - Name\n    - [A, B]\n    - {}\n"
    project = _project(tmp_path / "app", loop, transform="[AWS::LanguageExtensions, AWS::Serverless-2016-10-31]")
    _refused(project, 1, "template.yaml:3: Fn::ForEach is only expanded if language extensions are enabled")


def test_namesakes_are_refused(tmp_path: Path) -> None:
    twin = "    Metadata: {SamResourceId: Twin}\n"
    project = _project(tmp_path / "app", f"  A:{FUNCTION}{twin}  B:{FUNCTION}{twin}")
    _refused(project, 1, "A and B are both called Twin")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--cache-dir", ".aws-sam/deps"),
        ("--build-dir", ".aws-sam/samix/finished"),
        ("--build-dir", ".aws-sam/samix/state.json"),
        ("--build-dir", ".aws-sam/build.toml"),
        ("--build-dir", ".aws-sam/cache"),
        ("--cache-dir", ".aws-sam/build/cache"),
        ("--cache-dir", "src"),
        ("--build-dir", "src/built"),
        ("--cache-dir", "child.yaml"),
    ],
    ids=" ".join,
)
def test_directories_with_another_use_are_refused(tmp_path: Path, arguments: tuple[str, str]) -> None:
    _refused(_project(tmp_path / "app", f"  Fn:{FUNCTION}"), 1, arguments[0], *arguments)


def test_links_that_lead_in_circles_fail_their_unit(tmp_path: Path) -> None:
    project = _project(tmp_path / "app", f"  Fn:{FUNCTION}")
    for name in ("one", "two"):
        (project.path / "src" / name).symlink_to(".")
    run = project.samix("build").failed_with(1)
    assert "Too many levels of symbolic links" in run.errors


def test_logs_are_not_written_through_links(tmp_path: Path) -> None:
    project = _project(tmp_path / "app", f"  Fn:{FUNCTION}")
    victim = project.write("victim.txt", "mine\n")
    logs = project.path / ".aws-sam" / "samix" / "logs"
    logs.mkdir(parents=True)
    (logs / "Fn.log").symlink_to(victim)
    project.samix("build").succeeded()
    assert victim.read_text() == "mine\n"


def test_link_to_files_of_the_user_is_refused_before_any_write(tmp_path: Path) -> None:
    project = _project(tmp_path / "app", f"  Fn:{FUNCTION}")
    away = tmp_path / "away"
    away.mkdir()
    (away / "mine.txt").write_text("mine")
    (project.path / ".aws-sam").symlink_to(away)
    assert "neither sam nor samix has ever worked there" in project.samix("build").failed_with(1).errors
    assert [path.name for path in away.iterdir()] == ["mine.txt"]


def test_process_that_outlives_a_child_is_not_waited_for(tmp_path: Path) -> None:
    script = "setsid sleep 600 & echo $! > pid; echo done"
    code = Processes().run(
        SamRun(
            ["/bin/sh", "-c", script], directory=tmp_path, environment=dict(os.environ), log=tmp_path / "logs" / "log"
        )
    )
    pid = int((tmp_path / "pid").read_text())
    os.kill(pid, 0)  # it is still there
    os.kill(pid, signal.SIGKILL)
    assert code == 0
    assert (tmp_path / "logs" / "log").read_text() == "done\n"
