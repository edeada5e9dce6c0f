"""Listings of file trees, and copies by hard links."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import NoReturn

import pytest

from samix.files.copies import tree_digest, tree_entries
from samix.files.listing import link_listed, link_tree, list_tree


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with all that can be copied; its names sort otherwise with the paths than directory by directory."""
    root = tmp_path / "tree"
    (root / "a" / "deep").mkdir(parents=True)
    (root / "empty").mkdir(mode=0o750)
    for name in ("a/deep/x", "a/y", "a.b", "tool"):
        (root / name).write_text(name)
    (root / "tool").chmod(0o755)
    (root / "link").symlink_to("a/y")
    (root / "dead").symlink_to("nowhere")
    (root / "a" / "deep").chmod(0o555)
    return root


def test_a_listing_has_the_order_and_texts_of_entries(tree: Path) -> None:
    entries = [(name, text[:8] if text.startswith("file ") else text) for name, text in tree_entries(tree)]
    assert [(one.name, one.text) for one in list_tree(tree)] == entries


def test_a_listing_says_what_lstat_says(tree: Path) -> None:
    for one in list_tree(tree):
        path = tree / one.name
        assert one.status == path.lstat()
        assert (one.is_file, one.is_directory) == (
            path.is_file() and not path.is_symlink(),
            path.is_dir() and not path.is_symlink(),
        )


def test_a_linked_tree_shares_its_files_and_keeps_times(tree: Path, tmp_path: Path) -> None:
    os.utime(tree / "empty", (1, 1))
    link_tree(tree, tmp_path / "above" / "target")
    target = tmp_path / "above" / "target"
    assert tree_digest(target) == tree_digest(tree)
    assert (target / "a" / "deep" / "x").samefile(tree / "a" / "deep" / "x")
    assert (target / "empty").stat().st_mtime == 1


@pytest.mark.parametrize("name", ["tool", "dead", "link", "a"])
def test_any_entry_can_be_linked(name: str, tree: Path, tmp_path: Path) -> None:
    link_tree(tree / name, tmp_path / "target")
    assert tree_digest(tmp_path / "target") == tree_digest(tree / name)


def test_a_listing_links_what_was_there(tree: Path, tmp_path: Path) -> None:
    listing = list_tree(tree)
    (tree / "later").touch()
    link_listed(listing, tree, tmp_path / "target")
    (tree / "later").unlink()
    assert tree_digest(tmp_path / "target") == tree_digest(tree)


def test_linked_tree_is_a_copy_without_hard_links(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> NoReturn:
        raise OSError(errno.EXDEV, "no links")

    monkeypatch.setattr(os, "link", refuse)
    link_tree(tree, tmp_path / "target")
    assert tree_digest(tmp_path / "target") == tree_digest(tree)
    assert not (tmp_path / "target" / "tool").samefile(tree / "tool")


def test_nothing_is_linked_over_what_is_there(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    with pytest.raises(FileExistsError):
        link_tree(tree, tmp_path / "target")
