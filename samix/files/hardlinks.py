"""Saves disk space: files that two trees have in common become hard links."""

from __future__ import annotations

import filecmp
import os
import stat
from collections.abc import Container, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from samix.files.copies import entries_below

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.files.copies import Digester

Inode: TypeAlias = "tuple[int, int]"
"""The identity of a file, which is the same under all its names: device and number."""


def inodes(tree: Path) -> frozenset[Inode]:
    """The inodes of the regular files below a directory; none if there is no such directory."""
    return frozenset(inode_of(status) for _, status in _files(os.fspath(tree)))


def share_files(tree: Path, other: Path, spare: Path, *, apart: Container[Inode] = frozenset()) -> None:
    """Replace files of a tree with hard links to the equal files of another tree; they get the times of those.

    Equal are regular files with the same relative path, mode and content. What cannot be shared stays unchanged: if
    the file system has no hard links between the two, or a directory is read-only. At every instant the tree has each
    of its files, whole.

    Args:
        tree: The directory whose files are replaced.
        other: A directory, which is not changed. If there is none, nothing is shared.
        spare: A path on the tree's file system, outside of both, that is free to use; a file there is removed.
        apart: Files of either that are not shared.

    Raises:
        OSError: A file cannot be read.
    """
    spare.unlink(missing_ok=True)
    theirs = dict(_files(os.fspath(other)))
    for name, own in _files(os.fspath(tree)) if theirs else ():
        found = theirs.get(name)
        if found is None or not _may_be_shared(own, found) or inode_of(own) in apart or inode_of(found) in apart:
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


def share_with_present(
    tree: Path,
    present: Path,
    spare: Path,
    digest: Digester,
    carry: Callable[[os.stat_result, os.stat_result, int], object],
    partner: Path | None = None,
) -> None:
    """Replace files of a tree with hard links to the equal files of the one in whose place it will be.

    Equal are regular files with the same relative path, mode, owner and content; they keep the times of the tree. The
    present tree is removed afterwards. What cannot be shared stays unchanged, as in `share_files`.

    Args:
        tree: The directory whose files are replaced.
        present: The directory that it will replace. If there is none, nothing is shared.
        spare: A path on the tree's file system, outside of all three, that is free to use; a file there is removed.
        digest: Computes the digest of a file.
        carry: Is called with what lstat says of a file of the present tree before and after it was linked, and with its
            mtime by then.
        partner: A directory that has some of the tree's files under the same relative paths, and keeps them in common.

    Raises:
        OSError: A file of the tree cannot be read.
    """
    spare.unlink(missing_ok=True)
    for name, own in _files(os.fspath(tree)) if present.is_dir() else ():
        path, twin = os.path.join(tree, name), os.path.join(present, name)
        with suppress(OSError):
            found = os.lstat(twin)
            if not _may_be_shared(own, found) or digest(path, own) != digest(twin, found):
                continue
            _put_link(twin, path, spare)
            if own.st_mtime_ns != found.st_mtime_ns:
                os.utime(path, ns=(own.st_atime_ns, own.st_mtime_ns))
            if partner and own.st_nlink > 1 and inode_of(os.lstat(partner / name)) == inode_of(own):
                _put_link(twin, os.path.join(partner, name), spare)
            carry(found, os.lstat(path), own.st_mtime_ns)


def _put_link(source: str, target: str, spare: Path) -> None:
    """Replace a file with a hard link to another, in one step."""
    os.link(source, spare)
    try:
        os.replace(spare, target)
    except OSError:  # the directory is read-only
        spare.unlink(missing_ok=True)
        raise


def _may_be_shared(one: os.stat_result, other: os.stat_result) -> bool:
    return (
        inode_of(one) != inode_of(other)
        and (one.st_dev, one.st_mode, one.st_size) == (other.st_dev, other.st_mode, other.st_size)
        and (one.st_uid, one.st_gid) == (other.st_uid, other.st_gid)
    )


def _files(root: str) -> Iterator[tuple[str, os.stat_result]]:
    """The regular files below a directory, links not followed: relative path and status."""
    for name, entry in entries_below(root):
        if stat.S_ISREG((status := entry.stat(follow_symlinks=False)).st_mode):
            yield name, status


def inode_of(status: os.stat_result) -> Inode:
    """The identity of a file."""
    return status.st_dev, status.st_ino
