"""Build dirs in odd places: on another file system, behind links, among the sources."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of the test's own is made in it
_GO_FILE = "package main\n\nfunc main() {{ println({}) }}\n"


@pytest.fixture
def another_device(tmp_path: Path) -> Iterator[Path]:
    """A directory on another file system than that of the test's own."""
    if not _MEMORY.is_dir() or _MEMORY.stat().st_dev == tmp_path.stat().st_dev:
        pytest.fail("The tests need a file system in /dev/shm.")
    with tempfile.TemporaryDirectory(dir=_MEMORY) as place:
        yield Path(place)


def _template(function: str) -> str:
    return f"Transform: AWS::Serverless-2016-10-31\nResources:\n  Fn:\n{function}"


def _go(project: Project, version: int) -> None:
    project.write("main.go", _GO_FILE.format(version))
    project.write("go.mod", "module example.com/fn\n\ngo 1.19\n")
    function = (
        "    Type: AWS::Serverless::Function\n    Metadata: {BuildMethod: go1.x}\n"
        "    Properties: {CodeUri: ., Runtime: provided.al2023, Handler: bootstrap}\n"
    )
    project.write("template.yaml", _template(function))


def test_what_lies_beside_a_mounted_build_dir_is_no_source(tmp_path: Path, another_device: Path) -> None:
    """The project is the source, and a link in it leads to the build dir; Go is built where its source lies."""
    project = Project(tmp_path / "app")
    project.path.mkdir()
    (project.path / "out").symlink_to(another_device)
    arguments = ("build", "--build-dir", "out/build", "--cache-dir", "out/cache")
    for version in (1, 2, 3):
        _go(project, version)
        run = project.samix(*arguments).succeeded()
        if version > 1:
            assert "main.go changed" in run.errors
            assert "out" not in run.results()["Fn"][1]
            assert " more\n" not in run.errors  # of what changed
        assert project.samix(*arguments).succeeded().results()["Fn"][1] == "reused"
    kept = another_device / ".build.samix-replaced"
    assert [*kept.rglob("bootstrap")]
    orphan = kept.with_name(".before.samix-replaced")  # of a build dir with another name
    kept.rename(orphan)
    (another_device / ".build.samix-staging.gone").mkdir()  # of a build that was killed
    assert project.samix(*arguments).succeeded().results()["Fn"][1] == "reused"


def test_a_build_dir_behind_a_link_in_a_copied_source_is_refused(tmp_path: Path, another_device: Path) -> None:
    """It would become part of itself; sam alone ends with an error in the midst of copying."""
    project = Project(tmp_path / "app")
    project.write("src/app.py", "")
    project.write("src/requirements.txt", "")
    (project.path / "src" / "out").symlink_to(another_device)
    project.write("template.yaml", _template(
        "    Type: AWS::Serverless::Function\n"
        f"    Properties: {{CodeUri: src, Runtime: {HOST_PYTHON}, Handler: app.handler}}\n"
    ))  # fmt: skip
    for arguments in (("--build-dir", "src/out/build"), ("--build-dir", str(another_device / "build"))):
        run = project.samix("build", *arguments).failed_with(1)
        assert "lies in the target of src/out, a link in the source of Fn" in run.errors
        assert not os.listdir(another_device)
