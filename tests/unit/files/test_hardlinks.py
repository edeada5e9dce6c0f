"""Files that two trees have in common, kept once."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.files.copies import tree_digest
from samix.files.hardlinks import inodes, share_files

FILES = st.dictionaries(
    st.sampled_from(["a", "b", "sub/a", "sub/sub/a"]),
    st.tuples(st.sampled_from([b"", b"one", b"two"]), st.sampled_from([0o644, 0o755])),
)


def _write(root: Path, files: dict[str, tuple[bytes, int]]) -> Path:
    root.mkdir(parents=True)
    for name, (content, mode) in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)
    return root


def _share(tree: Path, other: Path) -> None:
    share_files(tree, other, tree.parent / "spare")
    assert not (tree.parent / "spare").exists()


@given(one=FILES, two=FILES)
def test_what_is_equal_is_shared_and_no_tree_is_changed(
    one: dict[str, tuple[bytes, int]], two: dict[str, tuple[bytes, int]]
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        tree, other = _write(Path(directory, "tree"), one), _write(Path(directory, "other"), two)
        before, kept = (tree_digest(tree), tree_digest(other)), inodes(other)
        _share(tree, other)
        assert (tree_digest(tree), tree_digest(other)) == before
        assert inodes(other) == kept
        shared = {name for name in one.keys() & two.keys() if (tree / name).samefile(other / name)}
        assert shared == {name for name in one.keys() & two.keys() if one[name] == two[name]}


def test_a_shared_file_has_the_times_and_the_mode_of_the_other(tmp_path: Path) -> None:
    tree, other = (_write(tmp_path / name, {"a": (b"x", 0o755)}) for name in ("tree", "other"))
    os.utime(other / "a", ns=(1000, 1000))
    _share(tree, other)
    status = (tree / "a").stat()
    assert (stat.S_IMODE(status.st_mode), status.st_mtime_ns) == (0o755, 1000)


def test_files_that_are_to_stay_apart_stay_apart(tmp_path: Path) -> None:
    tree, other = (_write(tmp_path / name, {"a": (b"x", 0o644), "b": (b"x", 0o644)}) for name in ("tree", "other"))
    deps = tmp_path / "deps"
    deps.mkdir()
    (deps / "lib").hardlink_to(tree / "a")
    share_files(tree, other, tmp_path / "spare", apart=inodes(deps))
    assert not (tree / "a").samefile(other / "a")
    assert (tree / "b").samefile(other / "b")


def test_links_are_left_alone(tmp_path: Path) -> None:
    tree, other = (_write(tmp_path / name, {"a": (b"x", 0o644)}) for name in ("tree", "other"))
    for root in (tree, other):
        (root / "link").symlink_to("a")
        (root / "up").symlink_to("..")
    before = (tree / "link").lstat().st_ino
    _share(tree, other)
    assert (tree / "link").lstat().st_ino == before
    assert (tree / "a").samefile(other / "a")


def test_there_may_be_nothing_to_share_with(tmp_path: Path) -> None:
    tree = _write(tmp_path / "tree", {"a": (b"x", 0o644)})
    _share(tree, tmp_path / "missing")
    _share(tmp_path / "missing", tree)
    assert tree_digest(tree) == tree_digest(_write(tmp_path / "other", {"a": (b"x", 0o644)}))


def test_what_an_earlier_try_left_is_not_in_the_way(tmp_path: Path) -> None:
    tree, other = (_write(tmp_path / name, {"a": (b"x", 0o644)}) for name in ("tree", "other"))
    (tmp_path / "spare").hardlink_to(other / "a")
    _share(tree, other)
    assert (tree / "a").samefile(other / "a")


@pytest.mark.parametrize("call", ["link", "replace"])
def test_trees_that_cannot_share_stay_as_they_are(call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> NoReturn:
        raise OSError(errno.EPERM, "no links here")

    tree, other = (_write(tmp_path / name, {"a": (b"x", 0o644), "b": (b"y", 0o755)}) for name in ("tree", "other"))
    before = inodes(tree)
    monkeypatch.setattr(os, call, refuse)
    _share(tree, other)
    assert inodes(tree) == before
