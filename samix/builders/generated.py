"""Files that a unit's build writes among its own sources. They are not a reason to build the unit again.

Some are known by the builder. The rest is learnt: what was written in two builds one after the other, while nothing
else was built, is the build's own. Files that only the builder uses never count. All others count as long as they are
there: people may write a lock, or any other file, as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from samix.units.unit import Unit

# by the beginning of a runtime or build method; each pattern is of a whole path relative to the source, or of its end
_SETUPTOOLS = r"(?:.*/)?(?:[^/]+\.egg-info|build/lib|build/bdist\.[^/]+|build/temp\.[^/]+)"
_GENERATED: Mapping[str, re.Pattern[str]] = {
    "python": re.compile(_SETUPTOOLS),
    "dotnet": re.compile(r"(?:.*/)?(?:obj|bin)"),
    "rust": re.compile(r"(?:.*/)?target"),
}
# made where there is none, and read where there is one
_LOCKS: Mapping[str, re.Pattern[str]] = {
    "python-uv": re.compile(r"(?:.*/)?uv\.lock"),
    "rust": re.compile(r"(?:.*/)?Cargo\.lock"),
}
# a directory that is there because of what is in it
_EMPTY: Mapping[str, re.Pattern[str]] = {"python": re.compile(r"(?:.*/)?build")}


def known_generated(
    unit: Unit,
    written: Iterable[str],
    before: Mapping[str, str],
    now: Mapping[str, str],
    places: Collection[str] = (),
    made_by_others: Collection[str] = (),
) -> frozenset[str]:
    """Those of the written paths, or the directories around them, that the unit's build is known to make.

    A file that was there before, and that holds something else now, may have been read before it was written: it is
    none of them, unless it was another unit's build that had made it.

    Args:
        unit: The unit.
        written: Paths relative to the unit's source.
        before: What there was before it was built.
        now: What there is.
        places: Where its makefile or manifest says that it writes.
        made_by_others: What builds of other units make there, likewise.
    """
    found = set()
    for path in written:
        place = next((one for one in _around(path) if _is_made(unit, one, is_new=one not in before)), None)
        is_output = path not in before or before[path] == now.get(path) or is_generated(path, made_by_others)
        if place is None and is_output and is_generated(path, places):
            place = outermost_new(path, before, now)
        if place is not None:
            found.add(place)
    return frozenset(found)


def outermost_new(path: str, before: Collection[str], now: Collection[str]) -> str:
    """The first of the directories around a path that came when the unit was built; itself where all were there."""
    return next((one for one in _around(path) if one in now and one not in before), path)


def _around(path: str) -> Iterator[str]:
    """A path, and before it the directories around it, the outermost first."""
    steps = path.split("/")
    for number in range(1, len(steps) + 1):
        yield "/".join(steps[:number])


def _is_made(unit: Unit, path: str, *, is_new: bool) -> bool:
    if _matches(unit, path, _GENERATED):
        return True
    return is_new and (_matches(unit, path, _LOCKS) or _matches(unit, path, _EMPTY))


def is_of_builder(unit: Unit, path: str) -> bool:
    """Whether a generated path is one that the unit's builder is known to make, and not one that was learnt."""
    return any(_matches(unit, path, table) for table in (_GENERATED, _LOCKS, _EMPTY))


def is_of_builder_alone(unit: Unit, path: str) -> bool:
    """Whether a generated path is one that nothing but the unit's builder has to do with, whatever it holds."""
    return any(_matches(unit, path, table) for table in (_GENERATED, _EMPTY))


def is_generated(path: str, generated: Iterable[str]) -> bool:
    """Whether a path is one of those that a build makes, or lies in one."""
    return any(path == place or path.startswith(f"{place}/") for place in generated)


def _matches(unit: Unit, path: str, table: Mapping[str, re.Pattern[str]]) -> bool:
    builders = (unit.first.build_method or "", unit.first.runtime or "")
    return any(
        pattern.fullmatch(path) for prefix, pattern in table.items() if any(one.startswith(prefix) for one in builders)
    )
