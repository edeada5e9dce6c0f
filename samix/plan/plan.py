"""The plan: every unit with its build type, what it waits for, and whether it must be built."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from samix.errors import DependencyError, OptionError, TemplateError, UnusableOptionError
from samix.observed import observed
from samix.plan.build_type import decide
from samix.plan.fingerprint import Fingerprint, take_fingerprint
from samix.plan.forecast import Action, Forecast
from samix.plan.graph import order_units
from samix.plan.incremental import keeps_dependencies
from samix.plan.notes import bare_sam_notes, take_notes
from samix.plan.reasons import Cause, Reason
from samix.plan.selection import select
from samix.plan.sources import source_path
from samix.plan.units import Unit, make_units
from samix.template.references import named_dependencies, referenced_layers
from samix.template.resources import Kind, Resource, buildable_resources

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from samix.note import Note
    from samix.options import BuildOptions
    from samix.plan.selection import Selection
    from samix.plan.surroundings import Surroundings
    from samix.state.store import Store
    from samix.template.stacks import Application


_WRITING = "dotnet"
_SAM_DIRECTORY = ".aws-sam"  # sam leaves it out of sources


@dataclass(frozen=True)
class PlannedUnit:
    """A unit in the plan.

    Attributes:
        unit: The unit, with those of its resources alone that are to be built.
        needs: Units that must be built before it.
        uses: Whose artifacts it may use, as `BuildDependsOn` names them: units by the resource's logical id.
        fingerprint: What its artifact is made from.
        stale: Why it must be built; nothing if what was built before can be used again.
        keeps_dependencies: Whether only its source is built anew, on the dependencies that sam downloaded before.
        expected: How many seconds building it took the last time; 0 where nobody knows.
    """

    unit: Unit
    needs: frozenset[str]
    uses: Mapping[str, str]
    fingerprint: Fingerprint
    stale: tuple[Reason, ...]
    keeps_dependencies: bool = False
    expected: float = 0.0


@dataclass(frozen=True)
class Plan:
    """What a build will do.

    Attributes:
        units: The units that are to be built, by name, each after those that it waits for.
        all_units: All units of the application, with all their resources, by name.
        selection: What is to be built.
        application: The stacks that they come from.
        notes: What the user should know about the plan.
        waits_for: The names of the units that each of all units waits for.
        damage: By name of a unit that is up to date, what putting the build in place will mend.
    """

    units: Mapping[str, PlannedUnit]
    all_units: Mapping[str, Unit]
    selection: Selection
    application: Application
    notes: tuple[Note, ...]
    waits_for: Mapping[str, Collection[str]] = field(default_factory=dict)
    damage: Mapping[str, tuple[Reason, ...]] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether all resources of the application are to be built."""
        return all(
            name in self.units and len(self.units[name].unit.resources) == len(unit.resources)
            for name, unit in self.all_units.items()
        )

    @property
    def stale(self) -> list[PlannedUnit]:
        """The units that must be built."""
        return [planned for planned in self.units.values() if planned.stale]

    def forecast(self, planned: PlannedUnit) -> Forecast:
        """What the build will do with one of its units."""
        if planned.stale:
            return Forecast(planned.unit, Action.BUILD, planned.stale)
        damage = self.damage.get(planned.unit.name, ())
        return Forecast(planned.unit, Action.REPAIR if damage else Action.REUSE, damage)


def make_plan(application: Application, options: BuildOptions, store: Store, surroundings: Surroundings) -> Plan:
    """Plan a build. Reads the sources, the store and its surroundings; builds and writes nothing.

    Raises:
        SamixError: The template, a build type or a dependency is wrong.
    """
    resources = [resource for stack in application.stacks for resource in buildable_resources(stack)]
    functions = [resource for resource in resources if resource.kind is not Kind.LAYER]
    layers = [resource for resource in resources if resource.kind is Kind.LAYER]
    ordered = [*layers, *functions]
    _refuse_namesakes(ordered)
    decisions = decide(application, ordered, options.rule_sets, options.default_type)
    units = make_units(ordered, decisions, options)
    _guard_sources(application, units, options)
    needs, uses = _dependencies(application, ordered)
    selection = select(ordered, needs, options.resources, options.exclude)
    waits_for = order_units(units, needs)

    planned: dict[str, PlannedUnit] = {}
    by_name = {unit.name: unit for unit in units}
    store.adopt(units)
    unit_of = {resource.full_path: unit.name for unit in units for resource in unit.resources}
    targets = {unit.name: target for unit in units if (target := unit.restricted_to(selection.chosen))}
    _refuse_read_only(targets.values(), options)
    for name, awaited in waits_for.items():
        if name not in targets:
            continue
        unit = by_name[name]
        used = {resource.logical_id: unit_of[resource.full_path] for resource in _used(unit, uses)}
        _require_artifacts(unit, [by_name[needed] for needed in used.values() if needed not in targets], store)
        fingerprint = take_fingerprint(
            targets[name], application, options, store.secret, surroundings, store.digest_of_source
        )
        fingerprint = fingerprint.with_artifacts(store.digests(used.values()))
        rebuilt = [needed for needed in used.values() if needed in planned and planned[needed].stale]
        stale = store.why_stale(unit, fingerprint)
        if not stale:
            stale = [Reason(Cause.DEPENDENCY, f"{needed} is built anew") for needed in rebuilt]
        if not options.cached:
            stale = [Reason(Cause.NOT_CACHED, "--no-cached")]
        planned[name] = PlannedUnit(
            targets[name],
            needs=frozenset(needed for needed in awaited if needed in targets),
            uses=used,
            fingerprint=fingerprint,
            stale=tuple(stale),
            # an installer may read what is built anew
            keeps_dependencies=not rebuilt and keeps_dependencies(unit, stale, fingerprint, store, options),
            expected=store.records[name].seconds if name in store.records else 0.0,
        )
    notes = (
        *take_notes(application, units, options),
        *selection.notes,
        *bare_sam_notes([by_name[name] for name, one in planned.items() if _is_new(one)]),
    )
    return Plan(planned, by_name, selection, application, notes, waits_for)


def _is_new(planned: PlannedUnit) -> bool:
    return any(reason.cause is Cause.NOT_BUILT for reason in planned.stale)


def _require_artifacts(unit: Unit, left_out: list[Unit], store: Store) -> None:
    """Make sure that what a unit uses and this build leaves out was built before."""
    for needed in left_out:
        record = store.records.get(needed.name)
        is_there = record and record.image if needed.kind is Kind.IMAGE else store.find_artifact(needed)
        if not is_there:
            raise DependencyError(
                f"{unit.label} depends on {needed.label}, which is excluded and was not built before.",
                where=unit.first.location,
                hint=f"Build {needed.label} as well.",
            )


def _refuse_namesakes(resources: list[Resource]) -> None:
    seen: dict[str, Resource] = {}
    for resource in resources:
        earlier = seen.setdefault(resource.full_path, resource)
        if earlier is not resource:
            raise TemplateError(
                f"{earlier.logical_id} and {resource.logical_id} are both called {resource.full_path}.",
                where=resource.location,
                hint="Give each a SamResourceId of its own.",
            )


def _guard_sources(application: Application, units: tuple[Unit, ...], options: BuildOptions) -> None:
    """Refuse directories of results that hold a template or a source, or lie in one."""
    protected = [(stack.template.path, "a template") for stack in application.stacks]
    protected += [(path, f"the source of {unit.label}") for unit in units if (path := source_path(unit, options))]
    sources = [(os.path.realpath(observed(path)), what) for path, what in protected]
    for option, directory in (("--build-dir", options.build_dir), ("--cache-dir", options.cache_dir)):
        place = Path(os.path.realpath(observed(directory)))
        for real, what in sources:
            if not _are_nested(real, str(place)):
                continue
            source = Path(real)
            if source.is_relative_to(place):
                problem = f"{directory} is or contains {what}, and all in it would be removed."
            elif _becomes_part(place, source):
                problem = f"{directory} lies in {what}, and would become part of it."
            else:
                continue
            raise UnusableOptionError(f"{option}: {problem}", hint="Choose a directory of its own.")
    for option, file in (("--summary", options.reporting.summary), ("--trace", options.reporting.trace)):
        for real, what in sources if file else ():
            if file and _becomes_part(Path(os.path.realpath(observed(file))), Path(real)):
                raise UnusableOptionError(
                    f"{option}: {file} is {what} or lies in it, which so would never be up to date.",
                    hint="Name a file elsewhere, such as one in .aws-sam.",
                )


def _becomes_part(place: Path, source: Path) -> bool:
    return place.is_relative_to(source) and _SAM_DIRECTORY not in place.relative_to(source).parts


def _are_nested(one: str, other: str) -> bool:
    """Whether one of two absolute paths is the other, or lies in it."""
    one, other = f"{one.rstrip(os.sep)}{os.sep}", f"{other.rstrip(os.sep)}{os.sep}"
    return one.startswith(other) or other.startswith(one)


def _refuse_read_only(units: Iterable[Unit], options: BuildOptions) -> None:
    """Refuse what sam would ask about: .NET writes into its source, also in a container."""
    if options.mount_with == "WRITE":
        return
    for unit in units:
        if unit.in_container and (unit.first.builder or "").startswith(_WRITING) and not unit.first.has_own_build:
            raise OptionError(
                f"Building {unit.label} in a container needs to write to its source directory.",
                where=unit.first.location,
                hint="Allow it with --mount-with WRITE, or build it on the host.",
            )


def _dependencies(
    application: Application, resources: list[Resource]
) -> tuple[dict[str, list[str]], dict[str, list[Resource]]]:
    """What each resource waits for, and whose artifacts it may use; by full path."""
    known = {resource.full_path: resource for resource in resources}
    layers = {
        (resource.stack_path, resource.logical_id): resource.full_path
        for resource in resources
        if resource.kind is Kind.LAYER
    }
    needs: dict[str, list[str]] = {}
    uses: dict[str, list[Resource]] = {}
    for resource in resources:
        named = named_dependencies(application, resource, known)
        uses[resource.full_path] = [known[path] for path in named]
        referenced = [] if resource.kind is Kind.LAYER else referenced_layers(application, resource, layers)
        needs[resource.full_path] = [*named, *referenced]
    return needs, uses


def _used(unit: Unit, uses: Mapping[str, list[Resource]]) -> tuple[Resource, ...]:
    """Whose artifacts a unit may use; each has a logical id of its own, which names it to the build."""
    found: dict[str, Resource] = {}
    for member in unit.resources:
        for resource in uses[member.full_path]:
            earlier = found.setdefault(resource.logical_id, resource)
            if earlier is not resource:
                raise DependencyError(
                    f"{unit.label} depends on {earlier.full_path} and on {resource.full_path}, which would share"
                    f" one name: SAMIX_ARTIFACTS_{resource.logical_id}.",
                    where=unit.first.location,
                    hint="Rename one of them.",
                )
    return tuple(found.values())
