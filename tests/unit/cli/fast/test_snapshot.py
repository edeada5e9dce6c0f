"""A snapshot holds as long as all that a build looked at looks the same."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from samix.cli.fast.snapshot import paths_to_check, read_snapshot, take_snapshot, write_snapshot
from samix.files.access_log import Observation, ObservedEnvironment, matching
from samix.report.ending import Ending, Row

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.cli.fast.snapshot import Snapshot

ENDING = Ending([Row("Fn", "host", "default", "reused", "-", "up to date")], "build", "build/template.yaml", True)
LATER = 10_000_000_000


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "app"
    (place / "src" / "lib").mkdir(parents=True)
    (place / "src" / "app.py").write_text("one")
    (place / "src" / "link").symlink_to("app.py")
    (place / "current").symlink_to("src")
    monkeypatch.chdir(place)
    return place


def _take(
    project: Path,
    *paths: str,
    environ: ObservedEnvironment | None = None,
    started: int | None = None,
    observation: Observation | None = None,
) -> Snapshot | None:
    """A snapshot of a build that started long after all files were written."""
    return take_snapshot(
        observation or Observation({os.fspath(project / path) for path in paths}),
        environ or ObservedEnvironment({}),
        ["build"],
        os.fspath(project),
        started=time.time_ns() + LATER if started is None else started,
        notes=["a note"],
        said=["said of Fn"],
        ending=ENDING,
    )


def _taken(project: Path, *paths: str, environ: ObservedEnvironment | None = None) -> Snapshot:
    snapshot = _take(project, *paths, environ=environ)
    assert snapshot is not None
    return snapshot


def _holds(snapshot: Snapshot, project: Path, **environ: str) -> bool:
    return snapshot.holds(["build"], os.fspath(project), environ)


def _replace(path: Path) -> None:
    new = path.with_name("new")
    new.write_bytes(path.read_bytes())
    status = path.stat()
    os.utime(new, ns=(status.st_atime_ns, status.st_mtime_ns))
    new.replace(path)


def _rewrite(path: Path) -> None:
    """Other content of the same length, with the time stamp of before."""
    status = path.stat()
    while path.stat().st_ctime_ns == status.st_ctime_ns:  # the clock of the file system may not have ticked yet
        path.write_text("two")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_what_is_as_it_was_holds(project: Path) -> None:
    assert _holds(_taken(project, "src", "src/app.py", "src/link", "none", "current/lib"), project)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda project: _rewrite(project / "src" / "app.py"), id="content"),
        pytest.param(lambda project: _replace(project / "src" / "app.py"), id="file"),
        pytest.param(lambda project: (project / "src" / "app.py").chmod(0o600), id="mode"),
        pytest.param(lambda project: (project / "src" / "app.py").unlink(), id="gone"),
        pytest.param(lambda project: (project / "src" / "more.py").touch(), id="name"),
        pytest.param(lambda project: (project / "none").touch(), id="there"),
        pytest.param(lambda project: (project / "src" / "lib" / "data").mkdir(), id="there in a directory"),
        pytest.param(lambda project: (project / "current").unlink(), id="link on the way"),
    ],
)
def test_what_is_not_as_it_was_does_not_hold(change: Callable[[Path], object], project: Path) -> None:
    snapshot = _taken(project, "src", "src/app.py", "none", "src/lib/data", "current/lib")
    change(project)
    assert not _holds(snapshot, project)


def test_what_a_link_leads_to_belongs_to_it(project: Path) -> None:
    (project / "other.py").write_text("two")
    snapshot = _taken(project, "src/link")
    (project / "src" / "app.py").write_text("three")
    assert not _holds(snapshot, project)
    snapshot = _taken(project, "src/link")
    (project / "src" / "link").unlink()
    (project / "src" / "link").symlink_to("../other.py")
    assert not _holds(snapshot, project)


def test_links_in_a_circle_are_watched_themselves(project: Path) -> None:
    (project / "a").symlink_to("./b/../b")
    (project / "b").symlink_to("./a/../a")
    snapshot = _taken(project, "a")
    assert _holds(snapshot, project)
    (project / "b").unlink()
    assert not _holds(snapshot, project)


def test_what_nobody_looked_at_changes_nothing(project: Path) -> None:
    snapshot = _taken(project, "src/app.py")
    (project / "src" / "lib" / "more.py").touch()
    assert _holds(snapshot, project)


def test_what_is_missing_is_watched_by_its_directory(project: Path) -> None:
    paths = [os.fspath(project / path) for path in ("src", "src/none", "src/none/deep", "lost/deep")]
    assert paths_to_check(paths, os.fspath(project)) == ["lost/deep", "src"]


def test_another_request_is_another_build(project: Path) -> None:
    snapshot = _taken(project, "src")
    assert not snapshot.holds(["build", "--use-container"], os.fspath(project), {})
    assert not snapshot.holds(["build"], os.fspath(project.parent), {})


def test_what_was_seen_on_another_host_does_not_hold(project: Path) -> None:
    snapshot = _taken(project, "src")
    assert _holds(snapshot, project)
    with patch("os.confstr", return_value="glibc 2.5"):
        assert not _holds(snapshot, project)


def test_the_variables_that_were_asked_for_matter(project: Path) -> None:
    environ = ObservedEnvironment({"A": "1", "PIP_X": "1", "Z": "1"})
    assert (environ.get("A"), environ.get("B")) == ("1", None)
    snapshot = _taken(project, "src", environ=environ)
    assert _holds(snapshot, project, A="1", Z="2", PIP_X="2")
    assert not _holds(snapshot, project, A="2")
    assert not _holds(snapshot, project)
    assert not _holds(snapshot, project, A="1", B="")


def test_the_variables_that_a_pattern_matches_matter(project: Path) -> None:
    environ = ObservedEnvironment({"PIP_X": "1"})
    matching(environ, re.compile(r"PIP_\w+"))
    snapshot = _taken(project, "src", environ=environ)
    assert _holds(snapshot, project, PIP_X="1", OTHER="1")
    assert not _holds(snapshot, project, PIP_X="1", PIP_Y="1")
    assert not _holds(snapshot, project, PIP_X="2")


def test_a_young_file_may_change_unseen(project: Path) -> None:
    assert _take(project, "src", started=(project / "src").stat().st_ctime_ns) is None


def test_what_cannot_be_noted_cannot_be_trusted(project: Path) -> None:
    assert _take(project, observation=Observation({os.fspath(project / "src")}, is_whole=False)) is None


def test_what_is_no_file_is_not_read_twice(project: Path) -> None:
    os.mkfifo(project / "pipe")
    assert _take(project, "pipe") is None


def test_a_snapshot_is_read_as_it_was_written(project: Path) -> None:
    environ = ObservedEnvironment({"TOKEN": "never-written"})
    assert environ["TOKEN"]
    snapshot = _taken(project, "src", "src/na\\udcffme", environ=environ)
    path = project / "snapshot.json"
    write_snapshot(path, snapshot)
    assert read_snapshot(os.fspath(path)) == snapshot
    assert path.stat().st_mode & 0o777 == 0o600
    assert "never-written" not in path.read_text()
    write_snapshot(path, None)
    assert not path.exists()
    write_snapshot(path, None)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"format": 1}', '{"format": 0, "ending": []}', '{"format": 1, "ending": [[[1]]]}']
)
def test_a_file_that_makes_no_sense_is_no_snapshot(text: str, project: Path) -> None:
    path = project / "snapshot.json"
    path.write_text(text)
    assert read_snapshot(os.fspath(path)) is None
    assert read_snapshot(os.fspath(project / "none")) is None
    assert read_snapshot(os.fspath(project)) is None
