"""Trees whose directories look as they did have the names that they had, and nothing else is believed of them."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.files.copies import hash_file, tree_digest
from samix.files.listing import list_tree
from samix.state.tree_index import VERSION, TreeIndex

if TYPE_CHECKING:
    from collections.abc import Callable

LATER = 10_000_000_000  # nanoseconds, after which any change shows
FILES = ("app.py", "pkg/data", "pkg/deep/more", "tool")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one tree of everything that a tree may contain."""
    for name in FILES:
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "tree" / "tool").chmod(0o755)
    (tmp_path / "tree" / "link").symlink_to("app.py")
    (tmp_path / "tree" / "empty").mkdir()
    os.link(tmp_path / "tree" / "app.py", tmp_path / "other")
    return tmp_path


@pytest.fixture
def reads() -> list[str]:
    """The files whose digest was asked for."""
    return []


@pytest.fixture
def open_index(project: Path, reads: list[str]) -> Callable[..., TreeIndex]:
    def digest(path: str, _status: os.stat_result) -> str:
        reads.append(os.path.relpath(path, project / "tree"))
        return hash_file(path)[0]

    return lambda **options: TreeIndex(project / "trees.json", project, digest, **options)


def _note(index: TreeIndex, place: Path, now: int | None = None) -> None:
    index.note(place, list_tree(place), time.time_ns() + LATER if now is None else now)


@pytest.fixture
def kept(project: Path, open_index: Callable[..., TreeIndex]) -> TreeIndex:
    """An index that knows the tree from an earlier build."""
    index = open_index()
    _note(index, project / "tree")
    index.save(is_whole=True)
    return open_index()


def test_what_is_unchanged_has_the_digest_of_the_tree(kept: TreeIndex, project: Path, reads: list[str]) -> None:
    assert kept.digest(project / "tree") == (tree_digest(project / "tree"), True)
    assert sorted(reads) == sorted(FILES)


def test_a_tree_without_single_files_says_so(kept: TreeIndex, project: Path) -> None:
    for number, name in enumerate(FILES):
        os.link(project / "tree" / name, project / f"name{number}")
    assert kept.digest(project / "tree") == (tree_digest(project / "tree"), False)


def test_what_is_in_a_file_is_not_believed(kept: TreeIndex, project: Path) -> None:
    (project / "tree" / "pkg" / "data").write_text("edited")
    (project / "tree" / "tool").chmod(0o644)
    assert kept.digest(project / "tree") == (tree_digest(project / "tree"), True)


def _another_file(tree: Path) -> None:
    (tree / "pkg" / "deep" / "new").touch()


def _no_file(tree: Path) -> None:
    (tree / "tool").unlink()


def _exchanged_file(tree: Path) -> None:
    (tree.parent / "spare").write_text("tool")
    os.replace(tree.parent / "spare", tree / "tool")


def _another_link(tree: Path) -> None:
    (tree / "link").unlink()
    (tree / "link").symlink_to("tool")


def _another_mode(tree: Path) -> None:
    (tree / "empty").chmod(0o700)


def _another_directory(tree: Path) -> None:
    shutil.copytree(tree / "pkg", tree.parent / "spare")
    (tree / "pkg").rename(tree.parent / "away")
    (tree.parent / "spare").rename(tree / "pkg")


def _file_for_a_directory(tree: Path) -> None:
    (tree / "empty").rmdir()
    (tree / "empty").touch()


def _another_name(tree: Path) -> None:
    (tree / "pkg" / "data").rename(tree / "pkg" / "date")


def _moved(tree: Path) -> None:
    (tree / "pkg" / "data").rename(tree / "data")


def _with_old_times(change: Callable[[Path], None]) -> Callable[[Path], None]:
    def step(tree: Path) -> None:
        places = [tree, *(path for path in tree.rglob("*") if path.is_dir())]
        times = {path: path.stat() for path in places}
        change(tree)
        for path, was in times.items():
            os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))

    return step


@pytest.mark.parametrize(
    "change",
    [
        _another_file,
        _no_file,
        _exchanged_file,
        _another_link,
        _another_mode,
        _another_directory,
        _file_for_a_directory,
        _another_name,
        _moved,
        shutil.rmtree,
        _with_old_times(_exchanged_file),
        _with_old_times(_another_name),
    ],
)
def test_a_tree_with_other_entries_is_not_known(change: Callable[[Path], None], kept: TreeIndex, project: Path) -> None:
    change(project / "tree")
    assert kept.digest(project / "tree") is None


def test_a_link_in_place_of_a_tree_is_not_known(kept: TreeIndex, project: Path) -> None:
    (project / "tree").rename(project / "away")
    (project / "tree").symlink_to("away")
    assert kept.digest(project / "tree") is None


def test_files_with_several_names_are_looked_at_once(
    project: Path, open_index: Callable[..., TreeIndex], reads: list[str]
) -> None:
    shutil.copytree(project / "tree", project / "twin", copy_function=os.link, symlinks=True)
    index = open_index()
    for name in ("tree", "twin"):
        _note(index, project / name)
    index.save(is_whole=True)
    reads.clear()
    later = open_index()
    assert later.digest(project / "tree") == later.digest(project / "twin") == (tree_digest(project / "twin"), False)
    assert len(reads) == len(FILES)
    (project / "twin" / "app.py").write_text("edited")
    later.look_again()
    assert later.digest(project / "tree") == (tree_digest(project / "twin"), False)


def test_a_young_directory_is_not_kept(project: Path, open_index: Callable[..., TreeIndex]) -> None:
    """One more entry could come without another time stamp."""
    index = open_index()
    _note(index, project / "tree", (project / "tree" / "empty").stat().st_ctime_ns)
    index.save(is_whole=True)
    assert not (project / "trees.json").exists()


@pytest.mark.parametrize(("is_whole", "left"), [(True, {"tree"}), (False, {"tree", "twin"})])
def test_what_is_not_looked_at_is_forgotten_after_a_whole_build(
    is_whole: bool, left: set[str], project: Path, open_index: Callable[..., TreeIndex]
) -> None:
    shutil.copytree(project / "tree", project / "twin")
    (project / "twin" / "more").touch()
    index = open_index()
    for name in ("tree", "twin"):
        _note(index, project / name)
    index.save(is_whole=True)
    later = open_index()
    later.digest(project / "tree")
    later.save(is_whole=is_whole)
    content = json.loads((project / "trees.json").read_text())
    assert content["trees"].keys() == left
    assert len(content["names"]) == len(left)


def test_names_are_kept_once(project: Path, open_index: Callable[..., TreeIndex]) -> None:
    shutil.copytree(project / "tree", project / "twin", symlinks=True)
    index = open_index()
    for name in ("tree", "twin"):
        _note(index, project / name)
    index.save(is_whole=True)
    assert len(json.loads((project / "trees.json").read_text())["names"]) == 1


def test_without_belief_every_tree_is_listed(
    kept: TreeIndex, project: Path, open_index: Callable[..., TreeIndex]
) -> None:
    assert kept.digest(project / "tree")
    assert open_index(is_believed=False).digest(project / "tree") is None


def test_names_that_are_no_unicode_are_kept(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    try:
        (tree / os.fsdecode(b"caf\xe9")).write_text("x")
    except OSError:
        pytest.skip("names are unicode on this file system")
    index, later = (TreeIndex(tmp_path / "trees.json", tmp_path, lambda path, _: hash_file(path)[0]) for _ in range(2))
    _note(index, tree)
    index.save(is_whole=True)
    assert later.digest(tree) == (tree_digest(tree), True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        json.dumps({"version": VERSION + 1, "names": {}, "trees": {}}),
        json.dumps({"version": VERSION, "names": {"k": ["/"]}, "trees": {"tree": ["other", "", []]}}),
        json.dumps({"version": VERSION, "names": {"k": ["/", "a"]}, "trees": {"tree": ["k", "", []]}}),
        json.dumps({"version": VERSION, "names": {"k": ["/", "a"]}, "trees": {"tree": ["k", "", ["x"]]}}),
        json.dumps({"version": VERSION, "names": {"k": ["/", ["a"]]}, "trees": {"tree": ["k", "", []]}}),
    ],
)
def test_an_index_that_makes_no_sense_is_none(text: str, project: Path, open_index: Callable[..., TreeIndex]) -> None:
    (project / "trees.json").write_text(text)
    assert open_index().digest(project / "tree") is None


@given(text=st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_index_can_be_read(text: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "trees.json")
        path.write_text(text, encoding="utf-8", errors="replace")
        assert TreeIndex(path, path.parent, lambda path, _: path).digest(path.parent / "tree") is None


def test_an_index_that_cannot_be_written_is_no_error(project: Path, open_index: Callable[..., TreeIndex]) -> None:
    (project / "trees.json").mkdir()
    index = open_index()
    _note(index, project / "tree")
    index.save(is_whole=True)
