"""Putting a build in place: sam's state reconciled with what was built, and the build dir exchanged for the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samix.assemble import is_assembled, render_templates, stage
from samix.errors import StateError
from samix.plan.fingerprint import source_path
from samix.state.files import put_directory
from samix.state.reconcile import expected_definitions, fill_cache, prune, reusable_by_sam, write_build_toml
from samix.template.resources import Kind
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
    placed = [unit for unit in (_placed(unit, plan, store, layout) for unit in plan.all_units.values()) if unit]
    names = {unit.name for unit in placed}
    left_out = [unit for name, unit in plan.all_units.items() if name not in names and name in store.records]
    try:
        reusable = {unit.name: unit for unit in reusable_by_sam(plan.all_units.values())}
        artifacts = _gather(plan, options, store, layout, reusable)
        templates = render_templates(plan.application, placed, artifacts, store, layout)
        known = [unit for name, unit in reusable.items() if name in artifacts or name in _images(plan, store)]
        definitions = expected_definitions(known, store)
        for unit in left_out:
            _keep(unit, artifacts, store, layout)
        if is_assembled(templates, placed, store, layout):
            write_build_toml(layout, definitions)
        else:
            staging = stage(templates, placed, artifacts, store, layout)
            write_build_toml(layout, definitions)
            put_directory(staging, layout.build_dir)
        prune(layout, definitions)
        _remove_finished(left_out, layout)
    except OSError as error:
        raise StateError(f"The build cannot be put in place: {error}") from error
    store.conclude(plan.all_units.values(), [resource.full_path for unit in placed for resource in unit.resources])
    return placed


def _placed(unit: Unit, plan: Plan, store: Store, layout: Layout) -> Unit | None:
    """The unit with those of its resources that belong into the next build dir, None if none does."""

    def stays(resource: Resource) -> bool:
        """Whether the last build put it there, and it is there still."""
        if resource.full_path in plan.selection.excluded or resource.full_path not in store.assembled:
            return False
        if unit.kind is Kind.IMAGE:
            return unit.name in store.records
        return layout.artifact(resource).is_dir() and store.find_artifact(unit) is not None

    chosen = plan.selection.chosen
    return unit.restricted_to(
        {resource.full_path for resource in unit.resources if resource.full_path in chosen or stays(resource)}
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


def _remove_finished(left_out: list[Unit], layout: Layout) -> None:
    """Remove what waited to be put in place, but for what this build leaves out."""
    if not layout.all_finished.is_dir():
        return
    kept = {layout.finished(unit) for unit in left_out}
    for entry in layout.all_finished.iterdir():
        if entry not in kept:
            remove_tree(entry)
    if not kept:
        remove_tree(layout.all_finished)
