"""How a build gets into place, what leaves the build dir, and what a killed build had moved out of it."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from support.backend import stand_in
from support.function_app import FunctionApp
from support.model_sam import ModelSam
from support.silent import Silent
from support.watch import watching

from samix.build.events import Planned
from samix.files.atomic import aside_of
from samix.files.copies import tree_digest
from samix.state.build_toml import read_definitions
from samix.units.outcome import Result

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.around import Around
    from support.fake_sam import FakeSam

    from samix.build.events import Event
    from samix.build.run import Backend, BuildResult
    from samix.options.merge import BuildOptions
    from samix.sam.sam_run import SamRun


@pytest.mark.parametrize(("method", "waits"), [("none", False), ("makefile", True)])
def test_what_leaves_the_build_dir_is_kept_once(
    tmp_path: Path,
    method: str,
    waits: bool,
    backend: Backend,
) -> None:
    """A makefile function lies in no cache."""
    app = FunctionApp((("A", "src", "none", "host"), ("B", "other", method, "host")), environment=False)
    app.write(tmp_path, "one")
    assert backend.build(app.options(tmp_path), {}, Silent()).is_complete
    assert backend.build(app.options(tmp_path, exclude=("B",)), {}, Silent()).is_complete
    assert (tmp_path / ".aws-sam" / "samix" / "finished" / "B").exists() == waits


@pytest.mark.parametrize("part", ["", "A"], ids=["the build dir", "an artifact"])
@pytest.mark.parametrize("linked", [False, True])
def test_what_a_killed_build_moved_is_back_if_the_next_fails(
    tmp_path: Path,
    fake_sam: FakeSam,
    part: str,
    *,
    linked: bool,
    backend: Backend,
) -> None:
    """As it is left where the system cannot exchange directories; a link that came with it is not followed."""
    app = FunctionApp((("A", "src", "none", "host"), ("B", "other", "none", "host")), environment=False)
    app.write(tmp_path, "one")
    assert backend.build(app.options(tmp_path), {}, Silent()).is_complete
    build_dir, staging = tmp_path / ".aws-sam" / "build", tmp_path / ".aws-sam" / "samix" / "staging"
    whole = tree_digest(build_dir)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if linked:
        staging.symlink_to(elsewhere)
    (staging / part / "inner").mkdir(parents=True)
    aside = aside_of(staging / part)
    (build_dir / part).rename(aside)
    there = tree_digest(elsewhere)
    app.write(tmp_path, "two")
    fake_sam.failing = {"B"}
    assert not backend.build(app.options(tmp_path), {}, Silent()).is_complete
    assert tree_digest(elsewhere) == there
    if linked and part:  # it lies where the link led
        assert not (build_dir / part).exists()
    else:
        assert tree_digest(build_dir) == whole
    assert not aside.exists()


FUNCTION = """\
  {0}:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: {0}, Runtime: python3.12, Handler: app.handler}}
"""
NAMES = ("A", "B", "C")


@dataclass
class Slow(ModelSam):
    """Leaves files that nothing writes any more, and that are old enough to show when something does."""

    def run(self, run: SamRun) -> int:
        code = super().run(run)
        time.sleep(0.15)
        return code


@dataclass
class Watcher:
    """Collects what a build asks the file system from the end of its plan on."""

    stack: ExitStack
    asked: set[str] = field(default_factory=set)

    def __call__(self, event: Event) -> None:
        if isinstance(event, Planned):
            self.asked = self.stack.enter_context(watching())


@dataclass(frozen=True)
class Project:
    """Functions with dependencies, each of a source of its own, and a sam that builds them."""

    options: BuildOptions
    sam: ModelSam
    around: Around

    @property
    def root(self) -> Path:
        return self.options.project / ".aws-sam"

    def edit(self, *names: str, memory: int = 128, note: str = "") -> None:
        template = "".join(FUNCTION.format(name) for name in NAMES)
        text = f"Resources:\n{template}".replace("app.handler}", f"app.handler, MemorySize: {memory}}}")
        self.options.template.write_text(text)
        for name in names:
            (self.options.project / name).mkdir(exist_ok=True)
            (self.options.project / name / "app.py").write_text(f"{name} {time.monotonic_ns()}")
            (self.options.project / name / "same.py").write_text("same")
            (self.options.project / name / "requirements.txt").write_text(f"alpha\nbeta\n{note}")

    def build(self, report: Callable[[Event], None] | None = None) -> BuildResult:
        return stand_in(self.around, self.sam).build(self.options, {}, report or Silent())

    def places(self, name: str) -> tuple[Path, Path, Path]:
        """The artifact, and the directories in the cache and the dependencies."""
        [uuid] = [one.uuid for one in read_definitions(self.root / "build.toml") if one.fields["functions"] == [name]]
        return self.root / "build" / name, self.root / "cache" / uuid, self.root / "deps" / uuid

    def check_shared(self, name: str) -> None:
        artifact, cached, deps = self.places(name)
        assert tree_digest(artifact) == tree_digest(cached)
        for file in ("alpha/native.so", "alpha/tool", "beta/tool"):
            assert (cached / file).samefile(deps / file)
            assert not (artifact / file).samefile(deps / file)
        for file in ("app.py", "same.py", "requirements.txt"):
            assert (cached / file).samefile(artifact / file)


@pytest.fixture
def project(tmp_path: Path, make_options: Callable[..., BuildOptions], around: Around) -> Project:
    made = Project(make_options(tmp_path), Slow(around), around)
    made.edit(*NAMES)
    return made


def _inodes(place: Path) -> dict[str, int]:
    return {path.relative_to(place).as_posix(): path.lstat().st_ino for path in place.rglob("*")}


def test_an_artifact_is_moved_into_the_build_dir(project: Project) -> None:
    """Also one that a build has left which failed."""
    project.sam.failing = {"C"}
    assert not project.build().is_complete
    waiting = project.root / "samix" / "finished"
    made = {name: _inodes(waiting / name / "artifact") for name in "AB"}
    project.sam.failing = set()
    assert project.build().is_complete
    assert sorted(project.sam.built) == [*NAMES, "C"]
    assert {name: _inodes(project.root / "build" / name) for name in "AB"} == made
    for name in NAMES:
        project.check_shared(name)
    assert not waiting.exists()


def test_sam_without_a_place_of_its_own_leaves_as_little(project: Project) -> None:
    """It keeps no dependencies apart: samix finds them in the artifact."""
    project.sam.hosts = False
    assert project.build().is_complete
    for name in NAMES:
        project.check_shared(name)


def test_lost_dependencies_share_no_file_with_the_build_dir(project: Project) -> None:
    project.build()
    artifact, cached, deps = project.places("A")
    (artifact / "alpha" / "tool").unlink()
    (artifact / "alpha" / "tool").hardlink_to(cached / "alpha" / "tool")
    shutil.rmtree(deps)
    assert project.build().is_complete
    project.check_shared("A")


def test_what_stays_in_a_changed_artifact_keeps_its_file(project: Project) -> None:
    """It is shared with what is replaced, where programs may still read, and takes no room twice."""
    project.build()
    before = _inodes(project.root / "build" / "A")
    project.edit("A")
    assert project.build().is_complete
    after = _inodes(project.root / "build" / "A")
    files = {name for name in before if (project.root / "build" / "A" / name).is_file()}
    assert {name for name in files if before[name] == after[name]} == files - {"app.py"}
    project.check_shared("A")


def test_link_in_place_of_an_artifact_shares_no_file(project: Project, tmp_path: Path) -> None:
    project.build()
    place = project.root / "build" / "A"
    place.rename(tmp_path / "mine")
    place.symlink_to(tmp_path / "mine")
    before = _inodes(tmp_path / "mine")
    project.edit("A")
    assert project.build().is_complete
    assert before.keys() == _inodes(place).keys()
    assert not {*before.values()} & {*_inodes(place).values()}


def test_one_changed_unit_costs_nothing_of_the_others(project: Project) -> None:
    """Nothing is asked of their files but what the plan has asked."""
    project.build()
    project.edit("B")
    with ExitStack() as stack:
        watcher = Watcher(stack)
        assert project.build(watcher).is_complete
    assert [path for path in watcher.asked if path.startswith(f"{project.root}/build/B/")]
    others = [f"{place}/" for name in "AC" for place in project.places(name)]
    assert [path for path in watcher.asked if path.startswith(tuple(others))] == []


@pytest.mark.parametrize(
    "edits",
    [[], [("A",)], [("A",), ("A",)], [("A", "B")], [("A", "installs")], [("template",)]],
    ids=["first", "one", "one twice", "two", "with dependencies", "template"],
)
def test_what_a_build_has_made_is_not_read_by_the_next(
    edits: list[tuple[str, ...]], project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samix.state.stat_index._TICK", 0)
    project.build()
    for number, edited in enumerate(edits):
        installs = "installs" in edited
        names = [name for name in edited if name in NAMES]
        project.edit(*names, memory=128 if names else 256, note="gamma" if installs else "")
        project.build()
        assert len(project.sam.downloaded) == 1 + installs  # all need the same
        assert len(project.sam.built) == len(NAMES) + (number + 1) * len(names)
    with watching(["open"]) as opened:
        assert project.build().is_unchanged
    places = tuple(f"{place}/" for name in NAMES for place in project.places(name))
    read = {os.lstat(path).st_ino for path in opened if path.startswith(places)}
    # the files that B and C share have lost names, because A has dependencies of its own now
    assert len(read) == (4 if any("installs" in edited for edited in edits) else 0)


def test_an_edit_in_place_is_noticed_after_a_link(project: Project) -> None:
    """samix itself has changed how the file looks, and the mtime is put back."""
    project.build()
    project.edit("A")
    project.build()
    time.sleep(0.02)
    for file in ("app.py", "alpha/native.so"):
        path = project.root / "build" / "A" / file
        before = path.stat()
        path.write_bytes(bytes(byte ^ 1 for byte in path.read_bytes()))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        [outcome, *_] = project.build().outcomes
        assert outcome.result in {Result.REPAIRED, Result.BUILT}
        project.check_shared("A")


def test_a_copied_build_shares_its_room_again(project: Project) -> None:
    project.build()
    copy = project.root.with_name("copy")
    shutil.copytree(project.root, copy, symlinks=True)
    shutil.rmtree(project.root)
    copy.rename(project.root)
    assert project.build().is_unchanged
    for name in NAMES:
        project.check_shared(name)
