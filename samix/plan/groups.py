"""Units that must be built whenever another is, because one writes where the other writes or reads.

A single sam builds all of them each time, in the template's order, and each finds what those before it left. Built
alone, a unit would find what the last of them left.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from samix.plan.sources import source_path

if TYPE_CHECKING:
    from samix.options.merge import BuildOptions
    from samix.plan.places import Places
    from samix.state.records import Record
    from samix.units.unit import Unit


def find_groups(places: Mapping[str, Places], project: Path) -> dict[str, dict[str, str]]:
    """By name of a unit, the others that must be built whenever it is, each with a path that one of the two writes.

    The places are by name those of all units, whatever is asked for. The paths are relative to the project.
    """
    base = os.path.realpath(project)
    found: dict[str, dict[str, str]] = {}
    for name, one in places.items():
        for other, another in places.items() if one.made else ():
            path = _shared_path(one, another) if other != name else None
            if path:
                shown = os.path.relpath(path, base)
                found.setdefault(name, {}).setdefault(other, shown)
                found.setdefault(other, {}).setdefault(name, shown)
    return found


def _shared_path(one: Places, another: Places) -> str | None:
    """The first of the paths that a unit writes which matters to another."""
    if one.reach is None or another.reach is None:
        return None
    reach = another.reach
    return next((path for path in sorted(one.made) if one.reach.concerns(path, reach)), None)


def made_in_group(
    unit: Unit,
    group: Iterable[str],
    units: Mapping[str, Unit],
    options: BuildOptions,
    records: Mapping[str, Record],
) -> frozenset[str]:
    """What the builds of others, the group, make among a unit's sources; by paths relative to its source."""
    source = source_path(unit, options)
    others = list(group)
    if source is None or not others:
        return frozenset()
    base, project = os.path.realpath(source), options.real_project
    found = set()
    for name in others:
        record, other = records.get(name), source_path(units[name], options) if name in units else None
        if record is not None and other is not None:
            found |= {os.path.join(os.path.realpath(other), path) for path in record.generated}
            found |= {os.path.join(project, path) for path in record.wrote if not path.endswith(os.sep)}
    return frozenset(os.path.relpath(path, base) for path in found)
