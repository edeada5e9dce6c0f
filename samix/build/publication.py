"""What will lie where once a build is in place, decided before anything is written.

Only what was to be built is judged by the template and the options of this build. Everything else stays unchanged, in
the build dir, in build.toml and in the caches.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from samix.build.last_build import PresentBuild
from samix.build.staging import BuiltTexts, Placed, render_templates
from samix.messages.errors import StateError
from samix.state.build_toml import Definition, Section, read_definitions
from samix.state.finished import is_moved
from samix.state.inventory import Inventory, read_inventory, text_digest
from samix.state.sam_cache import expected_definitions, reusable_by_sam
from samix.template.artifact import relative_artifact
from samix.template.resources import Kind
from samix.template.value import as_list

if TYPE_CHECKING:
    from samix.build.planned_build import PlannedBuild
    from samix.plan.plan import Plan
    from samix.state.layout import Layout
    from samix.state.store import Store
    from samix.units.unit import Unit


@dataclass(frozen=True)
class Publication:
    """What will lie where."""

    placed: tuple[Placed, ...]  # what the build dir will contain, and where that is copied from
    templates: Mapping[Path, str]  # the texts of the built templates, by their paths in the build dir
    cached: tuple[Unit, ...]  # the units that were to be built and whose artifact will be in sam's cache
    definitions: tuple[Definition, ...]  # what build.toml will say
    uuids: frozenset[str]  # the names of the directories that will be in `cache/` and `deps/`
    records: frozenset[str]  # the names of the units that will be remembered
    # artifacts that will no longer be in the build dir and that lie nowhere else, with their units
    saved: tuple[tuple[Unit, Path], ...]
    inventory: Inventory  # what of all that will be samix's own


def decide(build: PlannedBuild) -> Publication:
    """Decide what will lie where, once all that was to be built is built. Only reads.

    Raises:
        StateError: An artifact has gone.
        OSError: Something cannot be read.
    """
    plan, store, layout = build.plan, build.store, build.layout
    reusable = {unit.name for unit in reusable_by_sam(plan.all_units.values())}
    cached = tuple(plan.all_units[name] for name in plan.units if name in reusable)
    present = [*_place_built(plan, store), *_place_unrequested(plan, layout)]
    earlier = read_inventory(layout.inventory_file)
    texts = BuiltTexts(earlier, layout.build_dir)
    templates = render_templates(plan.application, present, layout, texts)
    chosen = (plan.units[unit.name].unit for unit in cached)
    in_cache = {one.full_path: store.cached_artifact(unit) for unit in chosen for one in unit.resources}
    placed = tuple(_from_cache(one, in_cache.get(one.resource.full_path)) for one in present)
    definitions = (*expected_definitions(cached, store), *_other_definitions(plan, layout))
    records = _records(plan, store)
    uuids = frozenset(definition.uuid for definition in definitions)
    if not plan.is_whole:
        uuids |= {store.records[name].uuid for name in records if name not in plan.units}
    held = {one.resource.full_path for one in placed}
    others = (unit for name, unit in plan.all_units.items() if name not in plan.units)
    left_out = [unit for unit in others if not unit.restricted_to(held)]
    inventory = _inventory(templates, placed, uuids, earlier, store, layout)
    return Publication(
        placed,
        templates,
        cached,
        definitions,
        uuids,
        records,
        tuple(_only_in_build_dir(left_out, store, layout)),
        replace(inventory, origins=texts.origins),
    )


def _from_cache(one: Placed, cached: Path | None) -> Placed:
    """A resource whose artifact will lie in sam's cache as well: it comes from there unless it waits for its place."""
    if cached is None or one.place is None:
        return one
    return replace(one, cached=cached) if one.is_waiting else replace(one, place=cached)


def _records(plan: Plan, store: Store) -> frozenset[str]:
    """The units that some build of this application can use."""
    if plan.is_whole:
        return frozenset(store.records.keys() & plan.all_units.keys())
    paths = {resource.full_path for unit in plan.all_units.values() for resource in unit.resources}
    return frozenset(name for name, record in store.records.items() if not paths.isdisjoint(record.resources))


def _only_in_build_dir(units: Iterable[Unit], store: Store, layout: Layout) -> Iterator[tuple[Unit, Path]]:
    """Artifacts whose only place is the build dir."""
    for unit in units:
        artifact = store.find_artifact(unit)
        if artifact is not None and artifact.is_relative_to(layout.build_dir) and not store.is_in_cache(unit):
            yield unit, artifact


def _place_built(plan: Plan, store: Store) -> Iterator[Placed]:
    """What was to be built, where it lies now."""
    for name, planned in plan.units.items():
        record, artifact = store.records[name], store.find_artifact(plan.all_units[name])
        if not record.left_nothing and planned.unit.kind is not Kind.IMAGE and not artifact:
            raise StateError(f"The artifact of {planned.unit.label} has gone since it was built.", hint="Build again.")
        is_waiting = artifact == store.layout.finished_artifact(planned.unit) and is_moved(plan.all_units[name])
        for resource in planned.unit.resources:
            yield Placed(resource, artifact, record.digest, record.image, is_waiting)


def _place_unrequested(plan: Plan, layout: Layout) -> Iterator[Placed]:
    """What was not to be built, not excluded, and is in the build dir."""
    present = PresentBuild(plan.application, layout)
    decided = plan.selection.chosen | plan.selection.excluded
    for unit in plan.all_units.values():
        for resource in unit.resources:
            if resource.full_path in decided:
                continue
            place, image = present.artifact(resource), present.image(resource)
            if unit.kind is Kind.IMAGE and image:
                yield Placed(resource, image=image)
            elif unit.kind is not Kind.IMAGE and place:
                yield Placed(resource, place)


def _other_definitions(plan: Plan, layout: Layout) -> Iterator[Definition]:
    """What build.toml says of resources that were not to be built, unless sam could confuse it with the others.

    A definition with values for containers is sam's own, and contains them in clear text: it is not kept.
    """
    if plan.is_whole:
        return
    chosen = plan.selection.chosen
    left = {resource.full_path for unit in plan.all_units.values() for resource in unit.resources} - chosen
    alike = {
        (unit.first.code_of_sam, unit.first.runtime, unit.first.architecture)
        for unit in (planned.unit for planned in plan.units.values())
        if unit.kind is not Kind.LAYER
    }
    for definition in read_definitions(layout.build_toml):
        fields = definition.fields
        is_layer = definition.section is Section.LAYERS
        names = {str(name) for name in ([fields.get("layer")] if is_layer else as_list(fields.get("functions")))}
        look = (fields.get("codeuri"), fields.get("runtime"), fields.get("architecture"))
        if names & left and not names & chosen and not fields.get("env_vars") and (is_layer or look not in alike):
            yield definition


def _inventory(
    templates: Mapping[Path, str],
    placed: Iterable[Placed],
    uuids: Container[str],
    earlier: Inventory,
    store: Store,
    layout: Layout,
) -> Inventory:
    """The part of the build dir and the caches that samix made; what only stays there may be a bare sam's."""
    artifacts = {}
    for one in placed:
        name = relative_artifact(one.resource).as_posix()
        digest = one.digest or earlier.artifacts.get(name)
        if digest and one.place is not None:
            artifacts[name] = digest
    known = earlier.uuids | {record.uuid for record in store.records.values() if record.uuid}
    return Inventory(
        {path.relative_to(layout.build_dir).as_posix(): text_digest(text.encode()) for path, text in templates.items()},
        artifacts,
        frozenset(uuid for uuid in known if uuid in uuids),
    )
