"""Which units must be built, and why: what changed of one itself, and what others need of it.

`samix.plan.plan` calls this for all units. It adds a reason of its own for `--no-cached`, and those of installed jars.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from samix.template.resources import Kind
from samix.units.reasons import Cause, Reason

if TYPE_CHECKING:
    from samix.plan.fingerprint import Fingerprint
    from samix.plan.planned_unit import PlannedUnit
    from samix.state.records import Record
    from samix.state.store import Store
    from samix.units.unit import Unit


def why_stale(unit: Unit, fingerprint: Fingerprint, store: Store) -> list[Reason]:
    """Why a unit must be built; nothing if its artifact can be used again."""
    if unit.kind is Kind.IMAGE:
        return [Reason(Cause.IMAGE, "the container engine has its own cache for images")]
    if unit.is_in_source:
        return [Reason(Cause.IN_SOURCE, "--build-in-source")]
    record = store.records.get(unit.name)
    if record is None:
        return [Reason(Cause.NOT_BUILT, "not built yet")]
    changes = fingerprint.changes_since(record.parts, store.listings.find)
    if record.unsettled:
        changes.append(Reason(Cause.UNSETTLED, f"{record.unsettled} while it was built"))
    if record.overtaken:
        changes.append(Reason(Cause.PLACE, record.overtaken))
    is_all_there = record.left_nothing and fingerprint.sources.is_missing
    return changes or ([] if is_all_there else _why_lost(unit, record, store))


def _why_lost(unit: Unit, record: Record, store: Store) -> list[Reason]:
    if store.find_artifact(unit):
        return []
    is_there = store.has_remains(unit, record)
    return [Reason(Cause.ARTIFACT, "artifact was altered since the build" if is_there else "artifact is gone")]


def spread_staleness(planned: Mapping[str, PlannedUnit]) -> dict[str, PlannedUnit]:
    """The units; all that use the artifact of a stale one, or share a place with it, become stale too.

    The given units, by name, have only the reasons that each has by itself.
    """
    units = dict(planned)
    while found := {
        name: reasons
        for name, one in units.items()
        if not one.reasons and (reasons := (*_reasons_of_used(one, units), *_reasons_of_group(one, units)))
    }:
        units |= {name: replace(units[name], reasons=reasons) for name, reasons in found.items()}
    return units


def _reasons_of_used(one: PlannedUnit, units: Mapping[str, PlannedUnit]) -> Iterator[Reason]:
    for name in one.used_names:
        if name in units and units[name].reasons:
            yield Reason(Cause.DEPENDENCY, f"{name} is built again")


def _reasons_of_group(one: PlannedUnit, units: Mapping[str, PlannedUnit]) -> Iterator[Reason]:
    for name, path in one.group.items():
        if name in units and units[name].reasons:
            yield Reason(Cause.PLACE, f"{name} is built again, and both use {path}")
            return
