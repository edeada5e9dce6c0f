"""Saves disk space: files that two trees have in common become hard links."""

from __future__ import annotations

import filecmp
import os
import stat
from collections.abc import Container, Iterator
from pathlib import Path
from typing import TypeAlias

from samix.files.copies import entries_below

Inode: TypeAlias = "tuple[int, int]"
"""The identity of a file, which is the same under all its names: device and number."""


def inodes(tree: Path) -> frozenset[Inode]:
    """The inodes of the regular files below a directory; none if there is no such directory."""
    return frozenset(_inode(status) for _, status in _files(os.fspath(tree)))


def share_files(tree: Path, other: Path, spare: Path, *, apart: Container[Inode] = frozenset()) -> None:
    """Replace files of a tree with hard links to the equal files of another tree; they get the times of those.

    Equal are regular files with the same relative path, mode and content. What cannot be shared stays unchanged: if
    the file system has no hard links between the two, or a directory is read-only. At every instant the tree has each
    of its files, whole.

    Args:
        tree: The directory whose files are replaced.
        other: A directory, which is not changed. If there is none, nothing is shared.
        spare: A path on the tree's file system, outside of both, that is free to use; a file there is removed.
        apart: Files of the tree that stay unchanged.

    Raises:
        OSError: A file cannot be read.
    """
    spare.unlink(missing_ok=True)
    theirs = dict(_files(os.fspath(other)))
    for name, own in _files(os.fspath(tree)) if theirs else ():
        found = theirs.get(name)
        if found is None or _inode(own) in apart or not _may_be_shared(own, found):
            continue
        path, equal = os.path.join(tree, name), os.path.join(other, name)
        if not filecmp.cmp(path, equal, shallow=False):
            continue
        try:
            os.link(equal, spare)
        except OSError:
            return
        try:
            os.replace(spare, path)
        except OSError:  # the directory is read-only
            spare.unlink(missing_ok=True)


def _may_be_shared(one: os.stat_result, other: os.stat_result) -> bool:
    return (
        _inode(one) != _inode(other)
        and (one.st_dev, one.st_mode, one.st_size) == (other.st_dev, other.st_mode, other.st_size)
        and (one.st_uid, one.st_gid) == (other.st_uid, other.st_gid)
    )


def _files(root: str) -> Iterator[tuple[str, os.stat_result]]:
    """The regular files below a directory, links not followed: relative path and status."""
    for name, entry in entries_below(root):
        if stat.S_ISREG((status := entry.stat(follow_symlinks=False)).st_mode):
            yield name, status


def _inode(status: os.stat_result) -> Inode:
    return status.st_dev, status.st_ino
