"""Sets of dependencies that were installed once and that several units are built on.

Each has a directory: `deps` is what was installed, and `set.json`, which is written last, says what it is. The files
are hard links of those in sam's `deps/`, so that a set takes no room of its own while a unit uses it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samix.files.access_log import observe
from samix.files.atomic import write_state
from samix.files.copies import remove_tree
from samix.files.listing import link_tree
from samix.files.safe_read import read_own_json

if TYPE_CHECKING:
    from samix.files.listing import Listed

VERSION = 1
_FILE, _DEPS = "set.json", "deps"
_MOST_UNUSED = 2_000_000_000  # bytes
_LONGEST_UNUSED = 30 * 24 * 3600.0  # seconds
_NOTED_AGAIN = 24 * 3600.0  # seconds


@dataclass(frozen=True)
class DependencySet:
    """What was installed for some manifest."""

    digest: str  # of its directory (`tree_digest`)
    # links that lie among the dependencies in an artifact that was built whole, and that sam makes copies of where it
    # keeps the dependencies apart: by path relative to their folder, where they lead
    links: Mapping[str, str] = field(default_factory=dict)
    is_pinned: bool = False  # whether an installation at any time gets the same
    size: int = 0  # bytes


@dataclass(frozen=True)
class DependencySets:
    """The sets of a project, each by its name."""

    root: Path

    def place(self, key: str) -> Path:
        """Where the dependencies of a set lie."""
        return self.root / key / _DEPS

    def find(self, key: str) -> DependencySet | None:
        """What is known of a set, whose files may have been altered since; None if there is none."""
        return read_own_json(observe(self._file(key)), _load, None, version=VERSION)

    def keep(self, key: str, deps: Path, known: DependencySet) -> list[Listed]:
        """Make a set of a directory, which is not changed in place any more; its listing.

        Raises:
            OSError: It cannot be written.
        """
        self.remove(key)
        listing = link_tree(deps, self.place(key))
        size = sum(one.status.st_size for one in listing if not one.is_directory)
        content = {"version": VERSION, **vars(known), "links": dict(known.links), "size": size}
        write_state(self._file(key), json.dumps(content))
        return listing

    def remove(self, key: str) -> None:
        """Remove a set, if it is there.

        Raises:
            OSError: It cannot be removed.
        """
        remove_tree(self._file(key))  # what is left of a removal that was interrupted is no set
        remove_tree(self.root / key)

    def mark_used(self, key: str) -> None:
        """Remember that a set was used now."""
        with suppress(OSError):
            os.utime(self._file(key))

    def prune(self, used: Collection[str], now: float | None = None) -> None:
        """Remove sets that are not pinned and, of those that no unit uses, the old ones and those that do not fit.

        `used` are the sets that a unit was built on, or has installed; `now` is the time in seconds since the epoch.
        """
        room, moment = _MOST_UNUSED, time.time() if now is None else now
        for key in used:
            if moment - self._last_used(key) > _NOTED_AGAIN:  # not each time: a build with nothing to do writes nothing
                self.mark_used(key)
        for key in sorted(self._keys(), key=self._last_used, reverse=True):
            known = self.find(key)
            is_of_use = known is not None and known.is_pinned
            if is_of_use and known and key not in used:
                room -= known.size
                is_of_use = room >= 0 and moment - self._last_used(key) <= _LONGEST_UNUSED
            if not is_of_use:
                with suppress(OSError):
                    self.remove(key)
        with suppress(OSError):  # not empty, or not there
            self.root.rmdir()

    def _keys(self) -> list[str]:
        return os.listdir(self.root) if observe(self.root).is_dir() else []

    def _last_used(self, key: str) -> float:
        try:
            return self._file(key).stat().st_mtime
        except OSError:
            return 0.0

    def _file(self, key: str) -> Path:
        return self.root / key / _FILE


def _load(content: Any) -> DependencySet:  # noqa: ANN401 - anything
    return DependencySet(
        digest=str(content["digest"]),
        links={_checked_below(path): str(target) for path, target in content["links"].items()},
        is_pinned=content["is_pinned"] is True,
        size=int(content["size"]),
    )


def _checked_below(path: str) -> str:
    """A path below the dependencies; what lies there is replaced with a link.

    Raises:
        ValueError: It leads elsewhere.
    """
    if os.path.isabs(path) or not {"", ".", ".."}.isdisjoint(path.split("/")):
        raise ValueError(path)
    return path
