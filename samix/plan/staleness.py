"""Which units must be built because others must."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from samix.units.reasons import Cause, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samix.plan.planned_unit import PlannedUnit


def spread_staleness(planned: Mapping[str, PlannedUnit]) -> dict[str, PlannedUnit]:
    """The units, of which more must be built: all that use the artifact of one that is, or share a place with it.

    Args:
        planned: By name, each unit with what alone would have it built.
    """
    units = dict(planned)
    while found := {name: reasons for name, one in units.items() if not one.stale and (reasons := _why(one, units))}:
        units |= {name: replace(units[name], stale=reasons) for name, reasons in found.items()}
    return units


def _why(one: PlannedUnit, units: Mapping[str, PlannedUnit]) -> tuple[Reason, ...]:
    return (*_used(one, units), *_shared(one, units))


def _used(one: PlannedUnit, units: Mapping[str, PlannedUnit]) -> Iterator[Reason]:
    for name in one.lends:
        if name in units and units[name].stale:
            yield Reason(Cause.DEPENDENCY, f"{name} is built anew")


def _shared(one: PlannedUnit, units: Mapping[str, PlannedUnit]) -> Iterator[Reason]:
    for name, path in one.group.items():
        if name in units and units[name].stale:
            yield Reason(Cause.PLACE, f"{name} is built again, and both use {path}")
            return
