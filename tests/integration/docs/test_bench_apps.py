"""What the benchmark builds, and with which Python."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from bench.apps import MORE_NODE, MORE_PYTHON, add_dependency, add_requirement, own_python, same_node, same_python
from bench.place import interpreter
from bench.speed import FULL
from support.project import HOST_PYTHON, Project


def test_functions_of_their_own_ask_for_different_packages(tmp_path: Path) -> None:
    own_python(FULL.real).write(Project(tmp_path), 1)
    manifests = {file.read_text() for file in tmp_path.glob("*/requirements.txt")}
    assert len(manifests) == FULL.real
    assert "requests==2.32.3\nboto3==1.35.0\nidna==3.7\n" in manifests


def test_each_run_adds_another_line_to_each_requirements(tmp_path: Path) -> None:
    project = Project(tmp_path)
    same_python(2).write(project, 1)
    assert _manifests(tmp_path, "requirements.txt") == {"requests==2.32.3\nboto3==1.35.0\n"}
    for run in range(FULL.dear):
        add_requirement(project, run)
    added = [f"{name}=={version}" for name, version in MORE_PYTHON[: FULL.dear]]
    assert _manifests(tmp_path, "requirements.txt") == {"\n".join(["requests==2.32.3", "boto3==1.35.0", *added, ""])}


def test_each_run_adds_another_dependency_to_each_package_json(tmp_path: Path) -> None:
    project, seen = Project(tmp_path), set[str]()
    same_node(2).write(project, 1)
    for run in range(FULL.dear):
        add_dependency(project, run)
        (manifest,) = _manifests(tmp_path, "package.json")
        assert '"{}": "{}"'.format(*MORE_NODE[run]) in manifest
        seen.add(manifest)
    assert len(seen) == FULL.dear


@pytest.mark.parametrize("is_script", [True, False])
def test_first_python_on_the_path_is_named(is_script: bool, tmp_path: Path) -> None:
    program = tmp_path / HOST_PYTHON
    if is_script:
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        program.chmod(0o755)
    else:
        program.symlink_to(os.path.realpath(sys.executable))
    kind = f"a script that starts {sys.executable}" if is_script else "a program"
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    assert interpreter(path) == f"{HOST_PYTHON} is {program}, {kind}"


def _manifests(root: Path, name: str) -> set[str]:
    return {file.read_text() for file in root.glob(f"*/{name}")}
