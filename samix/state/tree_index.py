"""The names in the trees of earlier builds, so that a tree whose directories are unchanged is not listed again.

A directory has the entries that it had as long as its inode, mode, mtime and ctime are what they were: whatever adds,
removes or exchanges an entry changes its times, and no program can set a ctime. So if all directories of a tree look as
they did, it is known which names are in it, and which inode each of them is. Then each file is looked at once, under
one of its names: what `cache/` and `deps/` have in common costs nothing more. Only the names are believed, and the
targets of links, which nothing can change without a new inode; what is in the files is what `StatIndex` says now.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from samix.files.access_log import observe_all
from samix.files.atomic import write_state
from samix.files.copies import piece_of
from samix.files.listing import MODE
from samix.files.safe_read import read_own_json
from samix.state.stat_index import may_change_unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from samix.files.copies import Digester
    from samix.files.listing import Listed

VERSION = 1

# a directory by its path with a slash at its end, a file by its path, a link by its path and its target
Names: TypeAlias = "list[str | list[str]]"


class Tree(NamedTuple):
    """A tree as it was seen last."""

    names: str  # the key of its names
    look: str  # a digest of what its directories look like
    inodes: list[int]  # those of its files, in the order of the names


class _Entry(NamedTuple):
    is_directory: bool
    path: str
    name: bytes  # as the digest of the tree has it
    link: bytes  # likewise, the description of a link; empty for anything else


class _Seen(NamedTuple):
    """A file that was looked at in this build."""

    text: bytes  # its description, as the digest of the tree has it
    is_single: bool  # whether it has one name


class TreeIndex:
    """The names in a project's trees, kept from one build to the next.

    If the index is missing, broken or of another version of samix, or `is_believed` is false, all trees are listed.
    """

    def __init__(
        self,
        path: Path,
        root: Path,
        digest: Digester,
        *,
        is_believed: bool = True,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """Make the index of the trees below `root`, which is kept at `path`; `digest` is that of a `StatIndex`."""
        self._path, self._root, self._digest_file = path, root, digest
        self._is_believed = is_believed
        self.clock = clock
        self._names: dict[str, Names] = {}
        self._used: dict[str, Tree] = {}
        self._seen: dict[tuple[int, int], _Seen] = {}  # by device and inode
        self._entries: dict[str, list[_Entry]] = {}  # by the key of names

    def digest(self, place: Path) -> tuple[str, bool] | None:
        """The digest of a tree (`tree_digest`), and whether any of its files has one name only; None if it is unknown.

        Raises:
            OSError: A file cannot be read.
        """
        key = self._key(place)
        known = self._kept[1].get(key)
        if known is None:
            return None
        top = os.fspath(place)
        entries = self._entries_of(known.names)
        paths = [f"{top}/{entry.path}" if entry.path else top for entry in entries]
        observe_all(paths)
        look, inodes, device = hashlib.sha256(), iter(known.inodes), -1
        parts: list[bytes] = []
        has_single = False
        for entry, path in zip(entries, paths, strict=True):
            if entry.is_directory:
                status = _lstat(path)
                if status is None or device not in {-1, status.st_dev}:
                    return None
                device = status.st_dev
                look.update(_look_of(status))
                text = piece_of(b"directory %03o" % (status.st_mode & MODE))
            elif entry.link:
                text = entry.link
            else:
                seen = self._look_at(path, (device, next(inodes)))
                if seen is None:
                    return None
                text, has_single = seen.text, has_single or seen.is_single
            parts += (entry.name, text)
        if look.hexdigest() != known.look:
            return None
        self._used[key], self._names[known.names] = known, self._kept[0][known.names]
        return hashlib.sha256(b"".join(parts)).hexdigest(), has_single

    def _look_at(self, path: str, inode: tuple[int, int]) -> _Seen | None:
        """What a file contains now; None if it is another one than it was."""
        seen = self._seen.get(inode)
        if seen is None:
            status = _lstat(path)
            if status is None or (status.st_dev, status.st_ino) != inode or not stat.S_ISREG(status.st_mode):
                return None
            text = f"file {status.st_mode & MODE:03o} {self._digest_file(path, status)}"
            seen = self._seen[inode] = _Seen(piece_of(text.encode()), status.st_nlink == 1)
        return seen

    def note(self, place: Path, listing: Sequence[Listed], now: int) -> None:
        """Keep the names in a tree, unless one of its directories may have changed since `now` without a sign.

        `now` is the time in nanoseconds since the epoch right before it was listed.
        """
        directories = [one.status for one in listing if one.is_directory]
        if not directories or any(may_change_unseen(status, now) for status in directories):
            return
        names: Names = [_named(one) for one in listing]
        key = hashlib.sha256(json.dumps(names).encode()).hexdigest()[:16]
        look = hashlib.sha256(b"".join(map(_look_of, directories))).hexdigest()
        self._names[key] = names
        self._used[self._key(place)] = Tree(key, look, [one.status.st_ino for one in listing if one.is_file])

    def look_again(self) -> None:
        """Look at each file again, which something may have changed since."""
        self._seen.clear()

    def save(self, *, is_whole: bool) -> None:
        """Write the file, if there is anything new. If it cannot be written, trees are listed again.

        `is_whole` says whether all of the project was looked at: the rest is then of no more use.
        """
        kept_names, kept = self._kept
        trees = self._used if is_whole else {**kept, **self._used}
        if trees == kept:
            return
        all_names = {**kept_names, **self._names}
        names = {tree.names: all_names[tree.names] for tree in trees.values()}
        content = {"version": VERSION, "names": names, "trees": trees}
        with suppress(OSError):
            write_state(self._path, json.dumps(content, separators=(",", ":")))

    def _key(self, place: Path) -> str:
        return os.path.relpath(place, self._root)

    def _entries_of(self, key: str) -> list[_Entry]:
        if key not in self._entries:
            self._entries[key] = [*_parse_names(self._kept[0][key])]
        return self._entries[key]

    @cached_property
    def _kept(self) -> tuple[dict[str, Names], dict[str, Tree]]:
        nothing: tuple[dict[str, Names], dict[str, Tree]] = {}, {}
        return read_own_json(self._path, _parse, nothing, version=VERSION) if self._is_believed else nothing


def _parse(content: Any) -> tuple[dict[str, Names], dict[str, Tree]]:  # noqa: ANN401 - anything
    names = {str(key): [_checked_name(name) for name in each] for key, each in content["names"].items()}
    trees = {str(place): _checked_tree(names, *tree) for place, tree in content["trees"].items()}
    return names, trees


def _checked_name(name: Any) -> str | list[str]:  # noqa: ANN401 - anything
    if isinstance(name, str):
        return name
    path, text = name
    return [str(path), str(text)]


def _checked_tree(all_names: Mapping[str, Names], names: str, look: str, inodes: Iterable[Any]) -> Tree:
    """A tree whose names are known, with an inode for each of its files."""
    tree = Tree(names, str(look), [int(inode) for inode in inodes])
    if len(tree.inodes) != sum(isinstance(name, str) and not name.endswith("/") for name in all_names[names]):
        raise ValueError(names)
    return tree


def _named(one: Listed) -> str | list[str]:
    if one.is_directory:
        return f"{one.name}/"
    return one.name if one.is_file else [one.name, one.text]


def _parse_names(names: Names) -> Iterable[_Entry]:
    for one in names:
        if isinstance(one, list):
            yield _Entry(is_directory=False, path=one[0], name=_piece(one[0]), link=_piece(one[1]))
        else:
            path = one.removesuffix("/")
            yield _Entry(is_directory=path != one, path=path, name=_piece(path), link=b"")


def _piece(text: str) -> bytes:
    return piece_of(os.fsencode(text))


def _lstat(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except (OSError, ValueError):
        return None


def _look_of(status: os.stat_result) -> bytes:
    return b"%d %d %d %d;" % (status.st_mode, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
