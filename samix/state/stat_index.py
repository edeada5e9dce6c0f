"""The digests of files by what stat says of them, so that a file that is unchanged is not read again.

A file is the same as long as its inode, size, mtime and ctime are. No program can set a ctime: an edit that puts the
mtime back shows in it. No digest depends on where a file lies, so that hard links are read once and a moved project
not at all; a copy has other inodes and is read. What samix itself links, copies or removes a name of is not read again
for that: it says how the file looked right before and right after. Where the sources lay is kept, too: a changed one is
then noticed without a plan.
"""

from __future__ import annotations

import json
import os
import re
import stat
import time
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from samix.files.atomic import write_state
from samix.files.copies import hash_file
from samix.files.safe_read import read_own_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VERSION = 2
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SECOND = 1_000_000_000
# How long a file must have been left alone for its time stamps to show a later edit. A clock of whole seconds
# (HFS+, ext3, FAT with two) shows by a ctime of whole seconds, which programs cannot set as they can the mtime; all
# others tick at least a hundred times a second.
_COARSE_GRAIN = 2 * _SECOND
_FINE_GRAIN = _SECOND // 10
_TICK = _SECOND // 100  # that of the slowest of these clocks
# bytes; reading more, which a plan reads again, would take longer than the answer saves
_MOST_READ = 1 << 24


class _Kept(NamedTuple):
    """The digests of files by their identities, and the identities of sources among them by their paths."""

    digests: dict[str, str]
    sources: dict[str, str]


class StatIndex:
    """The digests of a project's files, kept from one build to the next.

    A digest is not kept if the file was read so soon after a change that a second one may show the same time stamps, as
    in git's index: such a file is read in every build until it was left alone for a while. If the index is missing,
    broken or of another version of samix, or `is_believed` is false, all files are read.
    """

    def __init__(
        self,
        path: Path,
        *,
        is_believed: bool = True,
        clock: Callable[[], int] = time.time_ns,
        read: Callable[[str], tuple[str, os.stat_result]] = hash_file,
    ) -> None:
        self._path = path
        self._is_believed = is_believed
        self._clock, self._read_file = clock, read
        self._used: dict[str, str] = {}
        self._sources: dict[str, str] = {}
        self._carried: dict[str, str] = {}  # digests by identities that samix itself has made
        self._touched: dict[str, str] = {}  # the same by these identities without the ctime
        self._is_new = False

    def digest(self, path: str, status: os.stat_result) -> str:
        """The hex sha256 of a regular file, of which `status` is what lstat says now.

        Raises:
            OSError: It cannot be read, or is not a regular file by now.
        """
        identity = identity_of(status)
        known = self._used.get(identity) or self._carried.get(identity)
        if known is None:
            known = self._parse_index.digests.get(identity)
            if known is not None:
                self._used[identity] = known
            elif status.st_nlink > 1:
                known = self._touched.get(_without_ctime(status))
        return known or self._read(path)

    def mark_linked(self, status: os.stat_result) -> None:
        """Note that samix gives a file other names from now on, which changes its ctime and not what is in it.

        `status` is what lstat said right before. The file is known by the rest of it while this build runs, and later
        if `renew` says how it looks then. A program that writes the file meanwhile and puts the mtime back goes unseen.
        """
        identity = identity_of(status)
        digest = self._used.pop(identity, None) or self._carried.pop(identity, None)
        digest = digest or self._parse_index.digests.get(identity)
        if digest is not None:
            self._touched[_without_ctime(status)] = digest

    def carry(self, before: os.stat_result, after: os.stat_result, modified: int) -> None:
        """Note that samix itself has changed what lstat says of a file, or copied it, and not what is in it.

        `before` is what lstat said right before, and `after` what it says right after, of the copy if it was copied;
        `modified` is the mtime that it is to have by then. A program that writes the file between the two, or before
        the clock of the file system ticks once more, and puts the mtime back, goes unseen.
        """
        identity = identity_of(before)
        digest = self._used.get(identity) or self._carried.get(identity) or self._parse_index.digests.get(identity)
        if digest is None or (before.st_size, modified) != (after.st_size, after.st_mtime_ns):
            return
        if before.st_ino == after.st_ino:
            self._used.pop(identity, None)
            self._carried.pop(identity, None)
        self._touched[_without_ctime(after)] = digest
        self._note(after, digest)

    @property
    def is_settled(self) -> bool:
        """Whether no file is left of which samix has changed the ctime and that was not renewed since."""
        return not self._touched

    def renew(self, status: os.stat_result) -> None:
        """Note what lstat says now of a file of which samix has added or removed names; it does that no more."""
        digest = self._touched.pop(_without_ctime(status), None)
        if digest is not None and identity_of(status) not in self._used:
            self._note(status, digest)

    def _note(self, status: os.stat_result, digest: str) -> None:
        if status.st_ctime_ns % _SECOND:  # else its clock may tick in seconds: too slowly
            self._carried[identity_of(status)] = digest

    def note_source(self, path: str, status: os.stat_result) -> None:
        """Keep where a source lies of which a digest was taken; the arguments are those of `digest`."""
        identity = identity_of(status)
        if identity in self._used:
            self._sources[path] = identity

    def save(self, *, is_whole: bool) -> None:
        """Write the file, if there is anything new. If it cannot be written, files are read again.

        `is_whole` says whether all of the project was looked at: the rest is then of no more use.
        """
        kept = self._parse_index
        oldest = self._clock() - _TICK
        carried = {identity: digest for identity, digest in self._carried.items() if _ctime(identity) < oldest}
        used = {**self._used, **carried}
        digests = used if is_whole else {**kept.digests, **used}
        sources = self._sources if is_whole else {**kept.sources, **self._sources}
        if not self._is_new and not carried and len(digests) == len(kept.digests) and sources == kept.sources:
            return
        content = {"version": VERSION, "files": digests, "sources": sources}
        with suppress(OSError):
            write_state(self._path, json.dumps(content, separators=(",", ":")))
            self._is_new = False

    def _read(self, path: str) -> str:
        now = self._clock()
        digest, status = self._read_file(path)
        if not may_change_unseen(status, now):
            self._used[identity_of(status)] = digest
            self._is_new = True
        return digest

    @cached_property
    def _parse_index(self) -> _Kept:
        return _read_index(self._path) if self._is_believed else _Kept({}, {})


def has_changed_source(path: Path, left: int = _MOST_READ) -> bool:
    """Whether a file that something was built from exists with another content than a build has seen.

    It takes no time, and so is a guess: of files whose size is unchanged only a few megabytes are read (`left` bytes).
    If the index at `path` is not valid, nothing is known to have changed.
    """
    kept = _read_index(path)
    for source, identity in kept.sources.items():
        with suppress(OSError, ValueError):
            status = os.stat(source)
            if identity_of(status) == identity or not stat.S_ISREG(status.st_mode):
                continue
            if identity.split(".")[1:2] != [f"{status.st_size:x}"]:
                return True
            if status.st_size <= left:
                left -= status.st_size
                if hash_file(source)[0] != kept.digests[identity]:
                    return True
    return False


def _read_index(path: Path) -> _Kept:
    """What is kept in a file; nothing if it is missing, broken or of another version of samix."""
    return read_own_json(path, _parse_index, _Kept({}, {}), version=VERSION)


def _parse_index(content: Any) -> _Kept:  # noqa: ANN401 - anything
    digests = {identity: digest for identity, digest in content["files"].items() if _DIGEST.fullmatch(digest)}
    sources = content["sources"].items()
    return _Kept(digests, {source: identity for source, identity in sources if identity in digests})


def identity_of(status: os.stat_result) -> str:
    """What identifies a file among all others, and shows its changes."""
    # without the device, whose number is another one after a restart; it would need two files that are alike to the
    # nanosecond to take one for the other
    return f"{status.st_ino:x}.{status.st_size:x}.{status.st_mtime_ns:x}.{status.st_ctime_ns:x}"


def _without_ctime(status: os.stat_result) -> str:
    return f"{status.st_ino:x}.{status.st_size:x}.{status.st_mtime_ns:x}"


def _ctime(identity: str) -> int:
    return int(identity.rpartition(".")[2], 16)


def may_change_unseen(status: os.stat_result, now: int) -> bool:
    """Whether a file that is read now could be written once more without another time stamp."""
    grain = _COARSE_GRAIN if status.st_ctime_ns % _SECOND == 0 else _FINE_GRAIN
    return now - max(status.st_mtime_ns, status.st_ctime_ns) <= grain
