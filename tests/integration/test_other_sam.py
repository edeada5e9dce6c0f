"""Another sam behind the same program is noticed before a build is planned, and what proves itself is not started."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import samcli
from support.project import HOST_PYTHON, Project, Run, clean_environment

ONE_AND_TWO = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: src, Runtime: {HOST_PYTHON}, Handler: app.handler}}
  Two:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: other, Runtime: {HOST_PYTHON}, Handler: app.handler}}
"""


def make(path: Path) -> Project:
    return Project.from_files(path, {"src/app.py": "", "other/app.py": "", "template.yaml": ONE_AND_TWO})


def results(run: Run) -> set[tuple[str, str]]:
    return set(run.succeeded().results().values())


def real_sam() -> str:
    found = shutil.which("sam", path=clean_environment()["PATH"])
    assert found
    return found


@dataclass
class Shim:
    """A script that leads to the real sam, or to a copy of it that has another version, as a file says.

    Attributes:
        place: Where it lies.
        is_python: Whether it is a Python script, with the interpreter of the installed sam; otherwise one of a shell.
        program: The script.
    """

    place: Path
    is_python: bool = False
    program: Path = field(init=False)

    def __post_init__(self) -> None:
        self.place.mkdir()
        self.program = self.place / "sam"
        which = os.fspath(self.place / "which")
        in_python = (
            f"#!{sys.executable}\nimport os, sys\nos.environ['PYTHONPATH'] = open({which!r}).read()\n"
            f"os.execv({real_sam()!r}, [{real_sam()!r}, *sys.argv[1:]])\n"
        )
        in_shell = f'#!/bin/sh\nPYTHONPATH="$(cat "{which}")" exec {shlex.quote(real_sam())} "$@"\n'
        self.program.write_text(in_python if self.is_python else in_shell)
        self.program.chmod(0o755)
        self.lead_to(None)

    def lead_to(self, copy: Path | None) -> None:
        (self.place / "which").write_text(os.fspath(copy or ""))


def copied_sam(place: Path, version: str) -> Path:
    """A sam that is the installed one but for its version."""
    source = Path(samcli.__file__).parent
    shutil.copytree(source, place / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    (place / source.name / "__init__.py").write_text(f'__version__ = "{version}"\n')
    return place


@pytest.mark.parametrize("is_python", [False, True], ids=["shell", "Python"])
def test_another_sam_behind_a_shim_is_noticed_before_the_plan(tmp_path: Path, is_python: bool) -> None:
    shim = Shim(tmp_path / "shim", is_python=is_python)
    project = make(tmp_path / "app")
    arguments = ("--sam", os.fspath(shim.program))
    project.samix("build", *arguments).succeeded()
    assert results(project.samix("build", *arguments)) == {("host", "reused")}
    newer = copied_sam(tmp_path / "copy", "1.999.0")
    shim.lead_to(newer)
    project.write("src/app.py", "# new\n")
    run = project.samix("build", *arguments).succeeded()
    assert results(run) == {("host", "built")}
    assert f"sam {samcli.__version__} → 1.999.0" in run.text
    shim.lead_to(None)
    assert results(project.samix("build", *arguments)) == {("host", "built")}
    assert results(project.samix("build", *arguments)) == {("host", "reused")}


def test_script_that_only_runs_an_installed_sam_is_not_started(tmp_path: Path) -> None:
    started = tmp_path / "started"
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(f"open({os.fspath(started)!r}, 'a').write('python\\n')\n")
    wrapper = tmp_path / "sam"
    wrapper.write_text(
        f'#!/usr/bin/env bash\nset -e\nexport SAM_CLI_TELEMETRY=0\nexec {shlex.quote(real_sam())} "$@"\n'
    )
    wrapper.chmod(0o755)
    paths = os.pathsep.join(path for path in (os.fspath(site), os.environ.get("PYTHONPATH")) if path)
    project = Project(make(tmp_path / "app").path, {"PYTHONPATH": paths})
    arguments = ("build", "--verbose", "--sam", os.fspath(wrapper))  # verbose: it plans, whatever was built before
    project.samix(*arguments).succeeded()
    started.unlink()
    run = project.samix(*arguments)
    assert results(run) == {("host", "reused")}
    assert started.read_text().splitlines() == ["python"]  # samix itself
