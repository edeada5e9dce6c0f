"""The plan: every unit with its build type, what it waits for, and whether it must be built."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from samix.builders.images import tag_notes
from samix.builders.question import Asked
from samix.builders.workflow import workflow_of
from samix.plan.checks import (
    guard_sources,
    refuse_last_build,
    refuse_linked_results,
    refuse_namesakes,
    refuse_read_only,
    refuse_too_new,
    require_artifacts,
)
from samix.plan.dependency_reuse import keeps_dependencies
from samix.plan.dependency_sets import with_shares
from samix.plan.fingerprint import Basis, take_fingerprint
from samix.plan.graph import find_dependencies, find_used_resources, order_units
from samix.plan.groups import find_groups, made_in_group
from samix.plan.installed import Lender, find_lenders
from samix.plan.lint import bare_sam_notes, commit_notes, missing_notes, take_notes
from samix.plan.manifest_notes import manifest_notes
from samix.plan.neighbours import find_neighbours
from samix.plan.places import Places, places_of, take_turns
from samix.plan.planned_unit import Action, Forecast, PlannedUnit
from samix.plan.selection import select
from samix.plan.sources import find_outside_of, source_path
from samix.plan.staleness import spread_staleness, why_stale
from samix.template.artifact import relative_artifact
from samix.template.resources import Kind, buildable_resources
from samix.units.decision import decide
from samix.units.reasons import Cause, Reason
from samix.units.unit import Unit, make_units

if TYPE_CHECKING:
    from samix.builders.outside import Outside
    from samix.host.host import Host
    from samix.messages.note import Note
    from samix.options.merge import BuildOptions
    from samix.plan.selection import Selection
    from samix.state.store import Store
    from samix.template.stacks import Application


@dataclass(frozen=True)
class Plan:
    """What a build will do."""

    units: Mapping[str, PlannedUnit]  # those that are to be built, by name, each after those that it waits for
    all_units: Mapping[str, Unit]  # all of the application, with all their resources, by name
    selection: Selection
    application: Application
    notes: tuple[Note, ...]
    waits_for: Mapping[str, Collection[str]] = field(default_factory=dict)  # for each of all units, names of units
    damage: Mapping[str, tuple[Reason, ...]] = field(default_factory=dict)  # what will be repaired, by unit up to date
    lends: bool = False  # whether the build of any unit of the application finds the artifact of another

    @property
    def is_of_one_place(self) -> bool:
        """Whether all units of the application are built on the host, or by the engine, each for itself."""
        return not self.lends and not any(unit.in_container for unit in self.all_units.values())

    @property
    def is_whole(self) -> bool:
        """Whether all resources of the application are to be built."""
        return all(
            name in self.units and len(self.units[name].unit.resources) == len(unit.resources)
            for name, unit in self.all_units.items()
        )

    @property
    def to_build(self) -> list[PlannedUnit]:
        """The units that must be built."""
        return [planned for planned in self.units.values() if planned.reasons]

    def forecast(self, planned: PlannedUnit) -> Forecast:
        """What the build will do with one of its units."""
        if planned.reasons:
            dependencies = planned.share.text if planned.share else ""
            return Forecast(planned.unit, Action.BUILD, planned.reasons, dependencies)
        damage = self.damage.get(planned.unit.name, ())
        return Forecast(planned.unit, Action.REPAIR if damage else Action.REUSE, damage)


def make_plan(application: Application, options: BuildOptions, store: Store, host: Host) -> Plan:
    """Plan a build. Reads the sources, the store and its host; builds nothing and writes no file.

    In the store, the record of a unit whose first resource is another now gets the unit's new name.

    Raises:
        SamixError: The template, a build type or a dependency is wrong.
    """
    basis = Basis(application, options, store, host)
    resources = [resource for stack in application.stacks for resource in buildable_resources(stack)]
    functions = [resource for resource in resources if resource.kind is not Kind.LAYER]
    layers = [resource for resource in resources if resource.kind is Kind.LAYER]
    ordered = [*layers, *functions]
    refuse_namesakes(ordered)
    decisions = decide(ordered, options.rule_sets, options.default_type)
    units = make_units(ordered, decisions, options)
    guard_sources(application, units, options)
    needs, uses = find_dependencies(application, ordered)
    outside = {unit.name: find_outside_of(unit, options, host.environ.get) for unit in units}
    known = {name: record.beside for name, record in store.records.items()}
    neighbours = find_neighbours(units, outside, needs, options.build_dir, known)
    owners = {relative_artifact(resource).as_posix(): resource.full_path for resource in ordered}
    lenders = find_lenders(units, options, needs)
    for unit in units:
        for resource in unit.resources:
            needs[resource.full_path] += [owners[path] for path in neighbours.get(unit.name, ())]
            needs[resource.full_path] += [lender.name for lender in lenders.get(unit.name, ())]
    selection = select(ordered, needs, options.resources, options.exclude)
    waits_for = order_units(units, needs)

    by_name = {unit.name: unit for unit in units}
    store.adopt(units)
    unit_of = {resource.full_path: unit.name for unit in units for resource in unit.resources}
    targets = {unit.name: target for unit in units if (target := unit.restricted_to(selection.chosen))}
    refuse_too_new(targets.values(), host.rules)
    refuse_read_only(targets.values(), options)
    refuse_last_build((unit for unit in units if unit.name in targets), outside, units, options)
    places = _find_places(by_name, outside, basis)
    groups = find_groups(places, options.project)
    planned: dict[str, PlannedUnit] = {}
    for name in (name for name in waits_for if name in targets):
        used = {
            resource.logical_id: unit_of[resource.full_path] for resource in find_used_resources(by_name[name], uses)
        }
        require_artifacts(by_name[name], [by_name[one] for one in used.values() if one not in targets], store)
        beside = neighbours.get(name, {}).items()
        planned[name] = _plan_unit(
            by_name,
            PlannedUnit(
                targets[name],
                needs=waits_for[name] & targets.keys(),
                uses=used,
                neighbours={path: one for path, one in beside if one in targets or one in store.records},
                group=groups.get(name, {}),
                found=tuple(path for path in known.get(name, ()) if path in neighbours.get(name, {})),
                lenders=tuple(one for one in lenders.get(name, ()) if one.name in targets or one.name in store.records),
            ),
            outside[name],
            basis,
        )
    planned = _with_installed(spread_staleness(planned), by_name, basis)
    planned = with_shares(_with_kept_dependencies(planned, by_name, options, store), basis)
    notes = (
        *take_notes(application, units, options),
        *tag_notes(one.unit for one in planned.values()),
        *missing_notes([one.unit for one in planned.values()], application, options),
        *selection.notes,
        *bare_sam_notes([by_name[name] for name, one in planned.items() if _has(Cause.NOT_BUILT, one)]),
        *commit_notes([by_name[name] for name, one in planned.items() if _is_newly_stamped(one, store)]),
        *manifest_notes((one.unit for one in planned.values() if one.reasons), options, host.environ.get),
    )
    return Plan(
        _with_turns(planned, places, outside, options),
        by_name,
        selection,
        application,
        notes,
        waits_for,
        lends=any(uses.values()) or any(neighbours.values()),
    )


def _find_places(units: Mapping[str, Unit], outside: Mapping[str, Outside], basis: Basis) -> dict[str, Places]:
    is_cold = any(workflow_of(unit).uses_maven for unit in units.values()) and basis.host.is_maven_cold()
    return {
        name: places_of(unit, basis.options, outside[name], basis.store.records.get(name), is_maven_cold=is_cold)
        for name, unit in units.items()
    }


def _plan_unit(all_units: Mapping[str, Unit], draft: PlannedUnit, outside: Outside, basis: Basis) -> PlannedUnit:
    """A unit with what it is made from, and the reasons to build it that follow from that alone."""
    name, options, store = draft.unit.name, basis.options, basis.store
    record = store.records.get(name)
    generated = record.generated if record else ()
    made = (*generated, *made_in_group(draft.unit, draft.group, all_units, options, store.records))
    fingerprint = take_fingerprint(draft.unit, basis, outside=outside, generated=made)
    fingerprint = fingerprint.with_artifacts(store.digests(draft.used_by_label))
    refuse_linked_results(draft.unit, fingerprint.sources, options)
    stale = why_stale(all_units[name], fingerprint, store)
    if not options.cached:
        stale = [Reason(Cause.NOT_CACHED, "--no-cached")]
    return replace(
        draft,
        fingerprint=fingerprint,
        reasons=tuple(stale),
        expected=record.seconds if record else 0.0,
        generated=generated,
        suspected=record.suspected if record else (),
    )


def _with_installed(
    planned: Mapping[str, PlannedUnit], all_units: Mapping[str, Unit], basis: Basis
) -> dict[str, PlannedUnit]:
    """The units, more of which must be built again: those whose installed output another stale unit would not find.

    The local Maven repository belongs to the machine and the user: another user or checkout may have changed it since.
    """
    units = dict(planned)
    while found := {
        lender.name: reason
        for one in units.values()
        for lender in one.lenders
        if one.reasons and lender.name in units and not units[lender.name].reasons
        if (reason := _why_not_installed(lender, one.unit, all_units, basis))
    }:
        units |= {name: replace(units[name], reasons=(reason,)) for name, reason in found.items()}
        units = spread_staleness(units)
    return units


def _why_not_installed(lender: Lender, user: Unit, all_units: Mapping[str, Unit], basis: Basis) -> Reason | None:
    artifact, source = basis.store.find_artifact(all_units[lender.name]), source_path(user, basis.options)
    if artifact is None or source is None:
        return None
    from samix.builders.java import is_installed  # noqa: PLC0415 - for units with Maven alone

    there = is_installed(lender.coordinates, artifact, basis.host.maven_repository(source))
    if there:
        return None
    what = "is not" if there is None else "may have changed"
    return Reason(Cause.INSTALLED, f"{lender.coordinates} {what} in the local repository, and {user.label} needs it")


def _with_kept_dependencies(
    planned: Mapping[str, PlannedUnit], all_units: Mapping[str, Unit], options: BuildOptions, store: Store
) -> dict[str, PlannedUnit]:
    """The units; each stale one says whether its dependencies can be kept."""

    def keeps(one: PlannedUnit) -> bool:
        # an installer may read what is built again
        is_rebuilt = any(needed in planned and planned[needed].reasons for needed in one.used_names)
        return not is_rebuilt and keeps_dependencies(
            all_units[one.unit.name], one.reasons, one.fingerprint, store, options
        )

    return {name: replace(one, keeps_dependencies=keeps(one)) if one.reasons else one for name, one in planned.items()}


def _with_turns(
    planned: Mapping[str, PlannedUnit],
    places: Mapping[str, Places],
    outside: Mapping[str, Outside],
    options: BuildOptions,
) -> dict[str, PlannedUnit]:
    """The units; each stale one says where it may write, and which others must not run at the same time."""
    turns = take_turns({name: places[name] for name, one in planned.items() if one.reasons})
    return {
        name: replace(
            one,
            turns=replace(turns[name], is_alone=bool(one.suspected)),
            reach=places[name].reach,
            places=_among_sources(one.unit, [*places[name].written, *map(str, outside[name].led)], options),
        )
        if one.reasons
        else replace(one, reach=places[name].reach)
        for name, one in planned.items()
    }


def _among_sources(unit: Unit, written: Iterable[str], options: BuildOptions) -> tuple[str, ...]:
    """Paths as the entries of a unit's sources have them."""
    source = source_path(unit, options)
    return tuple(os.path.relpath(path, source.resolve()) for path in sorted(written)) if source else ()


def _is_newly_stamped(planned: PlannedUnit, store: Store) -> bool:
    """Whether a unit is built for each commit from now on, and was not before."""
    unit, stamp = planned.unit, Asked.COMMIT.value
    record = store.records.get(unit.name)
    was = record.parts.get(Cause.COMMIT, {}) if record else {}
    is_built = bool(planned.reasons) and not unit.is_in_source
    return is_built and stamp in planned.fingerprint.parts.get(Cause.COMMIT, {}) and stamp not in was


def _has(cause: Cause, planned: PlannedUnit) -> bool:
    return any(reason.cause is cause for reason in planned.reasons)
