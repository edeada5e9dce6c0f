"""Several samix at once on one project: one builds, the others wait, and find that it is done."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, clean_environment, differences

from samix.state.lock import project_lock

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Made:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: makefile}}
    Properties: {{CodeUri: made, Runtime: provided.al2023, Handler: bootstrap}}
  Code:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: code, Runtime: {HOST_PYTHON}, Handler: app.handler}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    makefile = f"build-Made:\n\techo built >> {tmp_path}/count\n\tcp Makefile $(ARTIFACTS_DIR)/bootstrap\n"
    files = {"template.yaml": TEMPLATE, "made/Makefile": makefile, "code/app.py": "VALUE = 1\n"}
    return Project.from_files(tmp_path / "app", files)


def _start(project: Project, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "samix", "build", *arguments],
        cwd=project.path,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _together(project: Project, count: int, *arguments: str) -> list[tuple[int, str]]:
    """The exit codes of so many builds that are started at once, and what they say."""
    builds = [_start(project, *arguments) for _ in range(count)]
    outputs = [build.communicate(timeout=600)[0] for build in builds]
    return [(build.returncode, output) for build, output in zip(builds, outputs, strict=True)]


@pytest.mark.parametrize("count", [2, 10])
def test_one_builds_and_all_end_well(project: Project, tmp_path: Path, count: int) -> None:
    ended = _together(project, count)
    assert [code for code, _ in ended] == [0] * count, ended
    assert (tmp_path / "count").read_text() == "built\n"
    assert sum("built Code" in output for _, output in ended) == 1
    fresh = Project.copy_of(project.path, tmp_path / "fresh")
    fresh.samix("build").succeeded()
    assert differences(project.built(), fresh.built()) == []
    assert {result for _, result in project.samix("build").succeeded().results().values()} == {"reused"}


def test_who_waits_says_for_whom(project: Project) -> None:
    with project_lock(project.path / ".aws-sam" / "samix" / "lock", print):
        build = _start(project)
        assert build.stdout is not None
        assert build.stdout.readline() == f"Waiting for another samix in this directory (process {os.getpid()}).\n"
    assert "Build Succeeded" in build.communicate(timeout=600)[0]


def test_all_but_one_end_at_once_if_they_do_not_wait(project: Project, tmp_path: Path) -> None:
    ended = _together(project, 5, "--no-wait")
    codes = sorted(code for code, _ in ended)
    assert codes[0] == 0
    assert set(codes) <= {0, 4}
    assert (tmp_path / "count").read_text() == "built\n"
    assert {result for _, result in project.samix("build").succeeded().results().values()} == {"reused"}
