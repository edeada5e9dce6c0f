"""What is in a file tree, listed once, and copies of that by hard links.

These are for the trees of artifacts and dependencies, which have thousands of small files: each file costs one call of
the system to be listed, and one to be linked.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from samix.files.access_log import observe, observe_all

if TYPE_CHECKING:
    from pathlib import Path

MODE = 0o777


class Listed(NamedTuple):
    """An entry of a tree."""

    name: str  # the path relative to the tree; empty for the tree itself
    text: str  # its description in `samix.files.copies.tree_entries`, for a file without the digest
    status: os.stat_result  # what lstat says of it

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file."""
        return stat.S_ISREG(self.status.st_mode)

    @property
    def is_directory(self) -> bool:
        """Whether it is a directory."""
        return stat.S_ISDIR(self.status.st_mode)


def list_tree(root: Path) -> list[Listed]:
    """The entries of a file or directory that can be copied, itself included, in the order of `tree_entries`.

    Links are not followed.

    Raises:
        OSError: Something in the tree cannot be read, or is neither file, directory nor link.
    """
    status = os.lstat(observe(os.fspath(root)))
    listing = [Listed("", _describe(os.fspath(root), status), status)]
    if stat.S_ISDIR(status.st_mode):
        _list_below(os.fspath(root), "", listing)
    return listing


def _list_below(directory: str, below: str, listing: list[Listed]) -> None:
    with os.scandir(directory) as found:
        entries = [*found]
    if len(entries) > 1:
        entries.sort(key=attrgetter("name"))
    observe_all([entry.path for entry in entries])
    for entry in entries:
        path, name, status = entry.path, f"{below}{entry.name}", entry.stat(follow_symlinks=False)
        listing.append(Listed(name, _describe(path, status), status))
        if stat.S_ISDIR(status.st_mode):
            _list_below(path, f"{name}/", listing)


def _describe(path: str, status: os.stat_result) -> str:
    mode = status.st_mode
    if stat.S_ISREG(mode):
        return f"file {mode & MODE:03o}"
    if stat.S_ISDIR(mode):
        return f"directory {mode & MODE:03o}"
    if stat.S_ISLNK(mode):
        return f"link {os.readlink(path)}"
    raise not_copied(path, mode)


def link_listed(listing: Sequence[Listed], source: Path, target: Path) -> None:
    """Copy what this is the listing of, by hard links if the file system has them.

    The target must not be there, and its parent need not be.

    Raises:
        OSError: Something cannot be copied.
    """
    os.makedirs(os.path.dirname(target), exist_ok=True)
    origin, place = os.fspath(source), os.fspath(target)
    directories = []
    for one in listing:
        new = f"{place}/{one.name}" if one.name else place
        if one.is_directory:
            os.mkdir(new)
            directories.append((new, one.status))
        else:
            _link_or_copy(f"{origin}/{one.name}" if one.name else origin, new)
    for new, status in reversed(directories):  # afterwards: one may be read-only
        os.chmod(new, stat.S_IMODE(status.st_mode))
        os.utime(new, ns=(status.st_atime_ns, status.st_mtime_ns))


def link_tree(source: Path, target: Path) -> list[Listed]:
    """Copy a directory, file or link by hard links if the file system has them; its listing from right before.

    Only for trees of which one is removed afterwards, or neither is ever changed in place. The target must not be
    there, and its parent need not be.

    Raises:
        OSError: Something cannot be copied.
    """
    listing = list_tree(source)
    link_listed(listing, source, target)
    return listing


def _link_or_copy(source: str, target: str) -> None:
    """Give a file another name, or copy it where that cannot be: no hard links there, or too many names."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def kind_of_special(mode: int) -> str:
    """What a special file is, such as `socket`; empty for a regular file, a directory or a link."""
    kinds = {stat.S_IFREG: "", stat.S_IFDIR: "", stat.S_IFLNK: "", stat.S_IFIFO: "named pipe", stat.S_IFSOCK: "socket"}
    return kinds.get(stat.S_IFMT(mode), "device")


def not_copied(path: str, mode: int) -> OSError:
    """The error for a special file where only files, directories and links can be copied."""
    return OSError(errno.EINVAL, f"A {kind_of_special(mode)} cannot be copied", path)
