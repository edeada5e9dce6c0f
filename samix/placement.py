"""Putting a build in place: sam's state reconciled with what was built, and the build dir exchanged for the next."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from samix.assemble import is_assembled, render_templates, stage
from samix.errors import StateError, TemplateError
from samix.plan.fingerprint import source_path
from samix.state.files import put_directory
from samix.state.reconcile import expected_definitions, fill_cache, prune, reusable_by_sam, write_build_toml
from samix.template.built import template_path
from samix.template.load import load_template
from samix.template.resources import Kind
from samix.template.value import as_mapping
from samix.tree import copy_tree, remove_tree

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

    from samix.options import BuildOptions
    from samix.plan.plan import Plan
    from samix.plan.units import Unit
    from samix.state.layout import Layout
    from samix.state.store import Store
    from samix.template.resources import Resource
    from samix.template.value import ValueMapping


def put_in_place(plan: Plan, options: BuildOptions, store: Store, layout: Layout) -> list[Unit]:
    """Reconcile sam's state with what was built, and make it the build dir.

    The order keeps every instant consistent: what build.toml will name is there before it is written, and the build
    dir changes in one step.

    Args:
        plan: What was to be built; all of it is built.
        options: The options of the build.
        store: The records of earlier builds and of this one.
        layout: Where everything lies.

    Returns:
        The units of the build dir, each with those of its resources that are in there.

    Raises:
        StateError: It cannot be put in place; the last build stands.
    """
    present = _Present(plan, store, layout)
    placed = [unit for unit in (_placed(unit, plan, present) for unit in plan.all_units.values()) if unit]
    names = {unit.name for unit in placed}
    kept = names - plan.units.keys()
    left_out = [unit for name, unit in plan.all_units.items() if name not in names and name in store.records]
    waiting = [*left_out, *(unit for unit in placed if unit.name in kept)]
    try:
        reusable = {unit.name: unit for unit in reusable_by_sam(plan.all_units.values())}
        artifacts = _gather(plan, options, store, layout, reusable)
        places = {**artifacts, **{unit.name: layout.artifact(unit.first) for unit in placed if unit.name in kept}}
        templates = render_templates(plan.application, placed, places, store, layout)
        known = [unit for name, unit in reusable.items() if name in artifacts or name in _images(plan, store)]
        definitions = expected_definitions(known, store)
        for unit in left_out:
            _keep(unit, artifacts, store, layout)
        if is_assembled(templates, placed, store, layout, kept):
            write_build_toml(layout, definitions)
        else:
            staging = stage(templates, placed, artifacts, store, layout, kept)
            write_build_toml(layout, definitions)
            put_directory(staging, layout.build_dir)
        prune(layout, definitions)
        _remove_finished(waiting, layout)
    except OSError as error:
        raise StateError(f"The build cannot be put in place: {error}") from error
    store.conclude(plan.all_units.values(), [resource.full_path for unit in placed for resource in unit.resources])
    return placed


@dataclass(frozen=True)
class _Present:
    """The build dir as the last build left it, samix's or sam's."""

    plan: Plan
    store: Store
    layout: Layout

    def has(self, unit: Unit, resource: Resource) -> bool:
        """Whether it holds a resource."""
        if resource.full_path in self.store.assembled:
            return (
                unit.name in self.store.records if unit.kind is Kind.IMAGE else self.layout.artifact(resource).is_dir()
            )
        if unit.kind is Kind.IMAGE or not self.layout.artifact(resource).is_dir():
            return False
        built = self._templates.get(resource.stack_path, {})
        expanded = self.plan.application.by_path[resource.stack_path].expanded
        if expanded and resource.logical_id not in built:
            return expanded.origins.get(resource.logical_id) in built
        return as_mapping(built.get(resource.logical_id)).get("Type") == resource.type

    @cached_property
    def _templates(self) -> dict[str, ValueMapping]:
        """The resources of the built templates, by the path of the stack."""
        found = {}
        for stack in self.plan.application.stacks:
            with suppress(TemplateError):
                built = load_template(template_path(self.layout.build_dir, stack.path))
                found[stack.path] = as_mapping(built.data.get("Resources"))
        return found


def _placed(unit: Unit, plan: Plan, present: _Present) -> Unit | None:
    """The unit with those of its resources that belong into the next build dir, None if none does."""
    chosen, excluded = plan.selection.chosen, plan.selection.excluded
    return unit.restricted_to(
        {
            resource.full_path
            for resource in unit.resources
            if resource.full_path in chosen or (resource.full_path not in excluded and present.has(unit, resource))
        }
    )


def _images(plan: Plan, store: Store) -> set[str]:
    """The names of the images that were ever built."""
    return {name for name, unit in plan.all_units.items() if unit.kind is Kind.IMAGE and name in store.records}


def _gather(
    plan: Plan, options: BuildOptions, store: Store, layout: Layout, reusable: Container[str]
) -> dict[str, Path]:
    """Where the artifact of every unit that was ever built lies, by unit name; in sam's cache if it may be there."""
    artifacts: dict[str, Path] = {}
    for name, unit in plan.all_units.items():
        if unit.kind is Kind.IMAGE or name not in store.records:
            continue
        source = source_path(unit, options)
        place = fill_cache(unit, store, layout, source) if name in reusable else store.find_artifact(unit)
        if place:
            artifacts[name] = place
    return artifacts


def _keep(unit: Unit, artifacts: dict[str, Path], store: Store, layout: Layout) -> None:
    """Save an artifact whose only place is the build dir that is about to go."""
    artifact = artifacts.get(unit.name)
    if artifact is not None and artifact.is_relative_to(layout.build_dir):
        temporary = layout.filling
        remove_tree(temporary)
        copy_tree(artifact, temporary)
        store.move(temporary, layout.finished_artifact(unit))


def _remove_finished(waiting: list[Unit], layout: Layout) -> None:
    """Remove what waited to be put in place, but for what this build does not put there."""
    if not layout.all_finished.is_dir():
        return
    kept = {layout.finished(unit) for unit in waiting}
    for entry in layout.all_finished.iterdir():
        if entry not in kept:
            remove_tree(entry)
    if not kept:
        remove_tree(layout.all_finished)
