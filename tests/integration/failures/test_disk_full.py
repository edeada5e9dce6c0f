"""A disk without room: the last build stands, the error says so, and with room the next build makes all good."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from crash.apps import HostApp
from support.mounts import CAN_MOUNT, mounted, remount
from support.project import Project, differences, tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.project import Tree

pytestmark = pytest.mark.skipif(not CAN_MOUNT, reason="only root can mount a file system")

ROOM = 64 << 20  # bytes
DATA = 300_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own."""
    with mounted(tmp_path / "disk", ROOM) as place:
        yield place


def _resize(disk: Path, size: int) -> None:
    remount(disk, f"size={size}")


def _used(disk: Path) -> int:
    status = os.statvfs(disk)
    return (status.f_blocks - status.f_bfree) * status.f_frsize


def _write(project: Project, edition: int) -> None:
    HostApp().write(project, edition)
    for name in ("code", "child"):  # something that takes room, and is another in each edition
        (project.path / name / "data.bin").write_bytes(bytes([edition]) * DATA)


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Tree]:
    """What a build from nothing makes of both editions."""
    trees: dict[int, Tree] = {}
    for edition in (1, 2):
        project = Project(tmp_path_factory.mktemp(f"edition-{edition}"))
        _write(project, edition)
        project.samix("build").succeeded()
        trees[edition] = project.built()
    return trees


@pytest.mark.parametrize("kilobytes", [0, 4, 12, 150, 500, 1000])
def test_a_full_disk_leaves_the_last_build_or_the_new_one(disk: Path, wanted: dict[int, Tree], kilobytes: int) -> None:
    project = Project(disk / "app")
    project.path.mkdir()
    _write(project, 1)
    project.samix("build").succeeded()
    _write(project, 2)
    _resize(disk, _used(disk) + 1024 * kilobytes)

    run = project.samix("build")

    assert "This is a bug" not in run.text
    assert differences(project.built(), wanted[2 if run.code == 0 else 1]) == []
    if run.code:
        assert run.code == 1
        assert "No space left on device" in run.text
    _resize(disk, ROOM)
    project.samix("build").succeeded()
    assert differences(project.built(), wanted[2]) == []
    assert {path for path in tree(project.path / ".aws-sam" / "samix") if path.partition("/")[0] == "units"} == set()


def test_a_first_build_on_a_full_disk_says_so(disk: Path, wanted: dict[int, Tree]) -> None:
    project = Project(disk / "app")
    project.path.mkdir()
    _write(project, 1)
    _resize(disk, _used(disk))
    run = project.samix("build").failed_with(1)
    assert "No space left on device" in run.text
    assert "This is a bug" not in run.text
    assert not project.build_dir.exists()
    _resize(disk, ROOM)
    project.samix("build").succeeded()
    assert differences(project.built(), wanted[1]) == []
