"""Which artifacts of others a unit's build finds beside its own.

Its makefile, a script that the makefile runs, or its manifest names them, or the directory in which all of them lie.

A single sam fills one build dir, layers first, then functions in the template's order
(`samcli.lib.build.build_strategy.BuildStrategy.build`): a build sees what was built before it, and so only that counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from samix.template.artifact import relative_artifact
from samix.template.resources import Kind

if TYPE_CHECKING:
    from samix.builders.outside import Outside
    from samix.units.unit import Unit


def find_neighbours(
    units: Sequence[Unit],
    outside: Mapping[str, Outside],
    needs: Mapping[str, Iterable[str]],
    build_dir: Path,
    known: Mapping[str, Iterable[str]] | None = None,
) -> dict[str, dict[str, str]]:
    """By name of a unit, whose artifacts its build finds: names of units by the artifact's path in the build dir.

    `units` are all, in the order in which sam builds them. By their names, `outside` is what each has to do with
    outside of its source, and `known` are artifacts without which an earlier build failed, by their paths in the build
    dir. `needs` says what each resource waits for anyway, by full path; nothing is found that would close a circle.
    """
    owners = {
        build_dir / relative_artifact(resource): (relative_artifact(resource).as_posix(), number)
        for number, unit in enumerate(units)
        if unit.kind is not Kind.IMAGE
        for resource in unit.resources
    }
    waiting = waiting_units(units, needs)
    found: dict[str, dict[str, str]] = {}
    for number, unit in enumerate(units):
        later = find_reached([unit.name], waiting)  # what this unit will wait for changes nothing of that
        paths = [*outside[unit.name].neighbours, *(build_dir / path for path in (known or {}).get(unit.name, ()))]
        for artifact, owner in _owners(paths, owners):
            name = units[owner].name
            if owner < number and name not in later:
                # with those to which links in that artifact may lead
                found.setdefault(unit.name, {}).update({**found.get(name, {}), artifact: name})
                waiting[name].add(unit.name)
    return found


def artifact_around(path: Path, artifacts: Collection[Path]) -> Path | None:
    """The artifact that a path is or lies in; None if it lies in none."""
    return next((place for place in (path, *path.parents) if place in artifacts), None)


def _owners(paths: Sequence[Path], owners: Mapping[Path, tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """The artifacts that some paths lead into, and all that lie in a directory that is named as a whole."""
    for path in paths:
        artifact = artifact_around(path, owners)
        if artifact:
            yield owners[artifact]
        else:
            yield from (one for place, one in owners.items() if place.is_relative_to(path))


def waiting_units(units: Iterable[Unit], needs: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """By name of a unit, the units that wait for it."""
    unit_of = {resource.full_path: unit.name for unit in units for resource in unit.resources}
    waiting: dict[str, set[str]] = {name: set() for name in unit_of.values()}
    for path, needed in needs.items():
        for each in needed:
            waiting[unit_of[each]].add(unit_of[path])
    return waiting


def find_reached(starts: Iterable[str], edges: Mapping[str, Iterable[str]]) -> set[str]:
    """What is reached from some names, themselves included."""
    seen = set(starts)
    pending = list(seen)
    while pending:
        more = {*edges.get(pending.pop(), ())} - seen
        seen |= more
        pending += more
    return seen
