"""Finds the units that need what other units install into the local Maven repository.

sam builds layers before functions: a function may depend on a layer by its coordinates.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from samix.builders.workflow import workflow_of
from samix.plan.neighbours import find_reached, waiting_units
from samix.plan.sources import source_path

if TYPE_CHECKING:
    from samix.builders.java import Coordinates
    from samix.options.merge import BuildOptions
    from samix.units.unit import Unit


@dataclass(frozen=True)
class Lender:
    """A unit that puts something into the local repository with which another is built."""

    name: str
    coordinates: Coordinates


def find_lenders(
    units: Sequence[Unit], options: BuildOptions, needs: Mapping[str, Iterable[str]]
) -> dict[str, tuple[Lender, ...]]:
    """By name, what units are built with that builds of others install; those that sam builds before them.

    `units` are all, in sam's order; `needs` says what each resource waits for anyway, by full path. Nothing is found
    that would close a circle.
    """
    places = (
        (unit, source_path(unit, options)) for unit in units if workflow_of(unit).uses_maven and not unit.needs_engine
    )
    java = [(unit, os.path.realpath(place)) for unit, place in places if place]
    if len(java) <= 1:
        return {}
    from samix.builders.java import find_installed, find_used_keys  # noqa: PLC0415 - for units with Maven alone

    waiting = waiting_units(units, needs)
    found: dict[str, tuple[Lender, ...]] = {}
    installed: dict[str, Lender] = {}
    for unit, source in java:
        used = [installed[key] for key in sorted(find_used_keys(source)) if key in installed]
        lenders = tuple(one for one in used if one.name not in find_reached([unit.name], waiting))
        if lenders:
            found[unit.name] = lenders
            for one in lenders:
                waiting[one.name].add(unit.name)
        for coordinates in find_installed(source):
            installed.setdefault(coordinates.key, Lender(unit.name, coordinates))
    return found
