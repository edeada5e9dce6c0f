"""The build dir exchanged for the next one, by what it looks like to who holds its directories."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from samix.build.exchange import Changes, exchange_artifact, exchange_build, find_changes
from samix.files.atomic import exchange
from samix.files.copies import copy_tree, tree_digest
from samix.files.listing import link_tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.state.layout import Layout

OLD = {
    "template.yaml": "old",
    "Same/app.py": "same",
    "Changed/app.py": "old",
    "Gone/app.py": "old",
    "Child/template.yaml": "same",
    "Child/Same/app.py": "same",
    "Child/Changed/app.py": "old",
    "Lost/template.yaml": "old",
    "Lost/Fn/app.py": "old",
}
NEW = {
    "template.yaml": "new",
    "Same/app.py": "same",
    "Changed/app.py": "new",
    "Added/app.py": "new",
    "Child/template.yaml": "same",
    "Child/Same/app.py": "same",
    "Child/Changed/app.py": "new",
    "More/template.yaml": "new",
    "More/Fn/app.py": "new",
}
CONTENTS = {
    "": {"template.yaml", "Same", "Changed", "Added", "Child", "More"},
    "Child": {"template.yaml", "Same", "Changed"},
    "More": {"template.yaml", "Fn"},
}
ALTERED = {"template.yaml", "Changed", "Added", "Child/Changed", "More/template.yaml", "More/Fn"}
CHANGES = Changes(
    directories=(".", "Child"),
    replaced=("Changed", "Child/Changed", "template.yaml"),
    added=("Added", "More"),
    removed=("Gone", "Lost"),
)
STAY = ("", "Same", "Same/app.py", "Child", "Child/template.yaml", "Child/Same", "Child/Same/app.py")


def _write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def _find(build_dir: Path) -> Changes | None:
    contents = {build_dir / name: names for name, names in CONTENTS.items()}
    return find_changes(build_dir, contents, {build_dir / name for name in ALTERED})


@pytest.fixture
def layout(tmp_path: Path, make_layout: Callable[[Path], Layout]) -> Layout:
    """That of a project whose last build is there, and the next one staged."""
    layout = make_layout(tmp_path)
    _write(layout.build_dir, OLD)
    copy_tree(_write(tmp_path / "next", NEW), layout.staging)
    layout.gone.mkdir()
    for name in (*CHANGES.replaced, *CHANGES.added):
        (layout.fresh / name).parent.mkdir(parents=True, exist_ok=True)
        link_tree(layout.staging / name, layout.fresh / name)
    return layout


def _inodes(build_dir: Path) -> dict[str, int]:
    return {name: os.lstat(build_dir / name).st_ino for name in STAY}


def _is_next(layout: Layout) -> bool:
    return tree_digest(layout.build_dir) == tree_digest(layout.project / "next")


def test_what_changes_is_found(layout: Layout) -> None:
    assert _find(layout.build_dir) == CHANGES


@pytest.mark.parametrize("how", ["link", "file", "nothing"])
def test_what_is_no_directory_does_not_stay(how: str, layout: Layout) -> None:
    away = layout.project / "away"
    for place in (layout.build_dir / "Child", layout.build_dir):
        place.rename(away)
        if how == "link":
            place.symlink_to(away)
        elif how == "file":
            place.touch()
        found = _find(layout.build_dir)
        if place == layout.build_dir:
            assert found is None
        else:
            assert found
            assert "Child" not in found.directories
            assert "Child" in (found.added if how == "nothing" else found.replaced)
            if how != "nothing":
                place.unlink()
            away.rename(place)


def test_what_stays_keeps_its_inode_and_the_rest_is_kept(layout: Layout) -> None:
    before = _inodes(layout.build_dir)
    layout.build_dir.chmod(0o700)
    exchange_build(layout, CHANGES)
    assert _is_next(layout)
    assert _inodes(layout.build_dir) == before
    kept = layout.replaced / layout.fresh.name
    files = {path.relative_to(kept).as_posix(): path.read_text() for path in kept.rglob("*") if path.is_file()}
    assert files == {"Changed/app.py": "old", "Child/Changed/app.py": "old", "template.yaml": "old"}


def test_what_was_kept_goes_when_something_else_is_kept(layout: Layout) -> None:
    _write(layout.replaced, {"before/file": "x"})
    exchange_build(layout, CHANGES)
    assert [path.name for path in layout.replaced.iterdir()] == [layout.fresh.name]


@pytest.mark.parametrize("number", range(len(CHANGES.removed) + len(CHANGES.replaced) + len(CHANGES.added)))
def test_every_step_leaves_a_whole_build_in_the_place(
    number: int, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails on the way leaves the next build, if not in the directory that was there before."""
    old, new = tree_digest(layout.build_dir), tree_digest(layout.project / "next")
    seen: list[str] = []
    rename = Path.rename

    def fails() -> bool:
        seen.append(tree_digest(layout.build_dir))
        return len(seen) == number + 1

    def rename_or_fail(self: Path, target: Path) -> Path:
        if fails():
            raise OSError(errno.ENOSPC, "No space left on device")
        return rename(self, target)

    before = os.stat(layout.build_dir).st_ino
    monkeypatch.setattr(Path, "rename", rename_or_fail)
    exchange_build(layout, CHANGES, lambda one, other: not fails() and exchange(one, other))
    assert {*seen, old} == {old, new}
    assert len(seen) > number
    assert _is_next(layout)
    assert os.stat(layout.build_dir).st_ino != before


@pytest.mark.parametrize("call", [1, 2])
def test_next_directory_takes_the_place_without_an_exchange(
    call: int, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    if call == 1:
        monkeypatch.setattr(sys, "platform", "another")
    exchange_build(layout, CHANGES, lambda *_: False)
    assert _is_next(layout)
    assert [*layout.replaced.rglob("Same/app.py")]


def test_an_empty_directory_that_nobody_may_move_gives_way(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """The container engine makes it in the place of an artifact that is missing, and it is root's."""
    roots = [layout.staging / name for name in ("Changed", "Gone")]
    for name in ("Changed", "Gone"):
        (layout.build_dir / name / "app.py").unlink()
    before, rename = _inodes(layout.build_dir), Path.rename

    def rename_or_fail(self: Path, target: Path) -> Path:
        if self in roots:
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", rename_or_fail)
    exchange_build(layout, CHANGES, lambda one, other: other not in roots and exchange(one, other))
    assert _is_next(layout)
    assert _inodes(layout.build_dir) == before


def test_an_artifact_is_exchanged_alone_and_the_other_kept(layout: Layout) -> None:
    before = _inodes(layout.build_dir)
    exchange_artifact(layout.staging / "Changed", layout.build_dir / "Changed", layout)
    assert (layout.build_dir / "Changed" / "app.py").read_text() == "new"
    assert (layout.replaced / "staging" / "Changed" / "app.py").read_text() == "old"
    assert _inodes(layout.build_dir) == before
