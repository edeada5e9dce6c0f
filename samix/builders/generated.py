"""Files that a unit's build writes among its own sources. They are not a reason to build the unit again.

Some are known by the builder. The rest is learnt: what was written in two builds one after the other, while nothing
else was built, is the build's own. Files that only the builder uses never count. All others count while they exist:
people may write a lock, or any other file, as well.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from samix.builders.workflow import named_workflows

if TYPE_CHECKING:
    from samix.units.unit import Unit


def known_generated(
    unit: Unit,
    written: Iterable[str],
    before: Mapping[str, str],
    now: Mapping[str, str],
    places: Collection[str] = (),
    made_by_others: Collection[str] = (),
) -> frozenset[str]:
    """The written paths, or the directories around them, that the unit's build is known to make.

    A file that existed before, and that has another content now, may have been read before it was written: it is not
    among them, unless another unit's build had made it.

    All paths are relative to the unit's source. `before` and `now` are the entries before and after the build, `places`
    is where its makefile or manifest says that it writes, and `made_by_others` what builds of other units make.
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
    """The outermost new directory around a path; the path itself if none of them is new."""
    return next((one for one in _around(path) if one in now and one not in before), path)


def _around(path: str) -> Iterator[str]:
    """A path, and before it the directories around it, the outermost first."""
    steps = path.split("/")
    for number in range(1, len(steps) + 1):
        yield "/".join(steps[:number])


def _is_made(unit: Unit, path: str, *, is_new: bool) -> bool:
    return any(
        _fits(row.generated, path) or (is_new and (_fits(row.locks, path) or _fits(row.empty, path)))
        for row in named_workflows(unit)
    )


def is_of_builder(unit: Unit, path: str) -> bool:
    """Whether a generated path is one that the unit's builder is known to make, and not one that was learnt."""
    return _is_made(unit, path, is_new=True)


def is_of_builder_alone(unit: Unit, path: str) -> bool:
    """Whether a generated path is one that only the unit's builder uses, whatever its content."""
    return any(_fits(row.generated, path) or _fits(row.empty, path) for row in named_workflows(unit))


def is_generated(path: str, generated: Iterable[str]) -> bool:
    """Whether a path is one of those that a build makes, or is in one of them."""
    return any(path == place or path.startswith(f"{place}/") for place in generated)


def _fits(pattern: re.Pattern[str] | None, path: str) -> bool:
    return pattern is not None and pattern.fullmatch(path) is not None
