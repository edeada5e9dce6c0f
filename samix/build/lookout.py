"""Watches what is written, while units are built at the same time, in places that several of them use.

It is unknown beforehand what a script writes. So samix looks at the places where two units can meet when a unit begins
and when it ends: at names, and at what lstat says of files. A change of the inode (`ctime`) also shows if the content
is the same. What tools keep there for themselves does not count.
"""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeAlias

from samix.builders.search import is_inside
from samix.files.names import SAM_DIRECTORY

if TYPE_CHECKING:
    from samix.plan.places import Reach

# what git, sam and samix keep, and caches that tools make next to sources
_NEVER = frozenset({
    SAM_DIRECTORY, ".git", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".tox", ".nox", ".cache",
    ".gradle", ".eslintcache", ".parcel-cache", ".turbo", ".nx", ".terraform", ".DS_Store",
})  # fmt: skip
_TEMPORARY = ("*.pyc", "*.swp", "*~")

Look: TypeAlias = "dict[str, tuple[object, ...]]"


@dataclass(frozen=True)
class Lookout:
    """Where units of one build can meet."""

    reaches: Mapping[str, Reach]  # by name, where each unit that is to be built may read and write
    partners: Mapping[str, Mapping[str, frozenset[str]]]  # by name, the units that each can meet, with the places where

    @classmethod
    def over(cls, reaches: Mapping[str, Reach]) -> Lookout:
        """Find where these units can meet: those that run code of the project meet each other and all others."""
        partners: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
        running_code = [name for name, reach in reaches.items() if reach.runs_code]
        for name in running_code:
            for other in (other for other in reaches if other != name and other not in partners[name]):
                places = reaches[name].meeting_places(reaches[other])
                if places:
                    partners[name][other] = partners[other][name] = frozenset(places)
        return cls(reaches, {name: found for name, found in partners.items() if found})

    def watches(self, name: str) -> bool:
        """Whether a unit can meet another at all."""
        return name in self.partners

    def look(self, names: Iterable[str]) -> Look:
        """How the places look where units can meet others."""
        return look_at({place for name in names for place in self.places(name)})

    def matters(self, name: str, paths: Iterable[str]) -> bool:
        """Whether any of some paths matters to a unit that can meet others."""
        return self.watches(name) and any(self.reaches[name].holds(path) for path in paths)

    def places(self, name: str) -> set[str]:
        """Where a unit can meet others."""
        return {place for places in self.partners.get(name, {}).values() for place in places}

    def own_changes(self, name: str, changed: Iterable[str], beside: Iterable[str]) -> list[str]:
        """The changed paths that a unit may have written while it and the units `beside` were built.

        A path does not count if it only lies in a directory in which the unit may do anything, and means more to one of
        the others; nor does a directory that contains a source.
        """
        reach = self.reaches[name]
        others = [self.reaches[other] for other in beside]

        def is_of_another(path: str) -> bool:
            return reach.is_wide_alone(path) and any(one.holds(path) and not one.is_wide_alone(path) for one in others)

        sources = [one.own for one in self.reaches.values()]
        return [
            path
            for path in changed
            if not is_of_another(path) and not any(is_inside(source, path) for source in sources)
        ]

    def shared_changes(self, name: str, other: str, changed: Iterable[str]) -> list[str]:
        """The changed paths that matter to both units, sorted."""
        one, two = self.reaches[name], self.reaches[other]
        return sorted(path for path in changed if one.concerns(path, two))


def look_at(places: Iterable[str]) -> Look:
    """How files and directories look, by path; each is looked at once, even if one place lies inside another."""
    found: Look = {}
    pending = [*places]
    while pending:
        path = pending.pop()
        if path in found:
            continue
        try:
            status = os.lstat(path)
        except OSError:
            continue
        if not stat.S_ISDIR(status.st_mode):
            found[path] = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            continue
        with suppress(OSError):
            names = os.listdir(path)
            kept = [name for name in names if not is_of_tools(name)]
            # a directory in which a cache was made has another time stamp for that alone
            passed_over = tuple(sorted(set(names) - set(kept)))
            found[path] = (status.st_ino, (status.st_mode, *sorted(kept)), passed_over, status.st_mtime_ns)
            pending += [os.path.join(path, name) for name in kept]
    return found


def changes(before: Look, after: Look) -> frozenset[str]:
    """The paths that were written between two looks."""
    return frozenset(path for path in before.keys() | after.keys() if _differ(before.get(path), after.get(path)))


def _differ(before: tuple[object, ...] | None, after: tuple[object, ...] | None) -> bool:
    if before is None or after is None or len(before) != len(after):
        return True
    if isinstance(before[1], tuple) and isinstance(after[1], tuple) and before[2] != after[2]:
        return before[:2] != after[:2]
    return before != after


def is_of_tools(name: str) -> bool:
    """Whether a name is one that tools keep for themselves next to sources and artifacts."""
    return name in _NEVER or any(fnmatchcase(name, pattern) for pattern in _TEMPORARY)


def shorten_paths(paths: Iterable[str], most: int = 64) -> list[str]:
    """Paths without the directories around others; if more than `most`, directories around them that end in a slash."""
    left = set(paths)
    left -= {os.path.dirname(path) or os.curdir for path in left if path != os.curdir}
    depth = max((path.count(os.sep) for path in left), default=0)
    while len(left) > most and depth:
        depth -= 1
        left = {_cut(path, depth) for path in left}
    return sorted(left)


def _cut(path: str, depth: int) -> str:
    steps = path.rstrip(os.sep).split(os.sep)
    return path if len(steps) <= depth + 1 else os.sep.join([*steps[: depth + 1], ""])
