"""How much room `.aws-sam` takes beside sam's own."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from bench.apps import Functions
from bench.room import WANTED
from support.disk import disk_use
from support.project import HOST_PYTHON, Project, tree

if TYPE_CHECKING:
    from pathlib import Path

APP = Functions(
    "Python with dependencies and data",
    HOST_PYTHON,
    ("app.py", "VERSION = 'VERSION'\n"),
    {"requirements.txt": "requests==2.32.3\n"},
    data=4 << 20,
)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("room") / "samix")
    APP.write(project, 1)
    project.samix("build").succeeded()
    return project


@pytest.fixture
def project(first: Project, tmp_path: Path) -> Project:
    subprocess.run(["cp", "-a", first.path, tmp_path], check=True)  # with files of several names as such
    project = Project(tmp_path / first.path.name)
    project.samix("build").succeeded()  # for the new place
    return project


def test_there_is_little_more_than_sams_own_after_every_build(project: Project, tmp_path: Path) -> None:
    theirs = Project(tmp_path / "sam")
    for edition in (1, 2, 3):
        APP.write(theirs, edition)
        theirs.sam("build", "--cached").succeeded()
        APP.write(project, edition)
        project.samix("build").succeeded()
        ratio = disk_use(project.path / ".aws-sam") / disk_use(theirs.path / ".aws-sam")
        # what both functions need is there once, apart from their artifacts
        assert 0.8 < ratio <= WANTED, f"edition {edition}"


def test_a_bare_sam_in_between_leaves_no_more_to_keep(project: Project) -> None:
    before = disk_use(project.path / ".aws-sam")
    project.sam("build", "--cached").succeeded()
    project.samix("build").succeeded()
    assert disk_use(project.path / ".aws-sam") <= before * 1.01


def test_file_changed_in_place_is_built_on_the_same_dependencies(project: Project) -> None:
    built, deps = project.built(), tree(project.path / ".aws-sam" / "deps")
    with (project.build_dir / "Fn0" / "app.py").open("a") as file:
        file.write("# by hand\n")

    run = project.samix("build").succeeded()

    assert "building Fn0 (host): artifact was altered since the build" in run.errors
    assert run.results() == {"Fn0": ("host", "built"), "Fn1": ("host", "reused")}
    assert "running incremental build" in (project.path / ".aws-sam" / "samix" / "logs" / "Fn0.log").read_text()
    assert project.built() == built
    now = tree(project.path / ".aws-sam" / "deps")
    assert sorted(map(repr, now.values())) == sorted(map(repr, deps.values()))


def test_dependency_changed_in_place_is_repaired_from_the_cache(project: Project) -> None:
    built = project.built()
    with (project.build_dir / "Fn0" / "requests" / "api.py").open("a") as file:
        file.write("# by hand\n")

    run = project.samix("build").succeeded()

    assert run.results() == {"Fn0": ("host", "repaired"), "Fn1": ("host", "reused")}
    assert project.built() == built
