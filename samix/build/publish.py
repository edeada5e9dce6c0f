"""Putting a build in place: sam's state reconciled with what was built, and the build dir exchanged for the next.

Only what was to be built is judged by the template and the options of this build. All else stays: in the build dir as
it lies there, in build.toml as it is written there, in the caches as they are.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from samix.build.commit_point import COMMIT_POINT
from samix.build.exchange import exchange_artifact, exchange_build
from samix.build.last_build import PresentBuild
from samix.build.staging import Placed, altered_artifacts, render_templates, stage, stage_artifact, stage_changes
from samix.build.template_texts import BuiltTexts
from samix.files.access_log import observed
from samix.files.atomic import aside_of, put_back
from samix.files.copies import copy_tree, remove_tree
from samix.messages.errors import StateError
from samix.plan.sources import source_path
from samix.state.build_toml import Definition, Section, read_definitions
from samix.state.inventory import Inventory, read_inventory, text_digest, write_inventory
from samix.state.sam_cache import (
    expected_definitions,
    fill_cache,
    prune,
    reusable_by_sam,
    share_room,
    write_build_toml,
)
from samix.template.artifact import relative_artifact
from samix.template.resources import Kind
from samix.template.value import as_list

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping
    from pathlib import Path

    from samix.options.merge import BuildOptions
    from samix.plan.plan import Plan
    from samix.state.layout import Layout
    from samix.state.store import Store
    from samix.units.unit import Unit


def put_in_place(plan: Plan, options: BuildOptions, store: Store, layout: Layout) -> list[Placed]:
    """Reconcile sam's state with what was built, and make it the build dir.

    The order keeps every instant consistent: what build.toml will name is there before it is written, and the build
    dir changes in one step. That is the `CommitPoint`, after which nothing ends the build before it is returned.

    Args:
        plan: What was to be built; all of it is built.
        options: The options of the build.
        store: The records of earlier builds and of this one.
        layout: Where everything lies.

    Returns:
        What the build dir holds.

    Raises:
        StateError: It cannot be put in place; the last build stands.
    """
    others = [unit for name, unit in plan.all_units.items() if name not in plan.units]
    try:
        reusable = {unit.name for unit in reusable_by_sam(plan.all_units.values())}
        artifacts = {
            name: place
            for name in plan.units
            if (place := _artifact(plan.all_units[name], options, store, layout, in_cache=name in reusable))
        }
        placed = [*_chosen(plan, artifacts, store), *_kept(plan, layout)]
        earlier = read_inventory(layout.inventory_file)
        texts = BuiltTexts(earlier, layout.build_dir)
        templates = render_templates(plan.application, placed, layout, texts.text)
        known = [plan.all_units[name] for name in plan.units if name in reusable]
        definitions = [*expected_definitions(known, store), *_other_definitions(plan, layout)]
        held = {one.resource.full_path for one in placed}
        _save([unit for unit in others if not unit.restricted_to(held)], store, layout)
        _forget(plan, store)
        kept_records = {record.uuid for name, record in store.records.items() if name not in plan.units}
        uuids = {definition.uuid for definition in definitions} | (set() if plan.is_whole else kept_records)
        put_staged = _stage(templates, placed, store, layout)
        write_build_toml(layout, definitions)
        inventory = _inventory(templates, placed, uuids, earlier, store, layout)
        write_inventory(layout.inventory_file, replace(inventory, origins=texts.origins))
        COMMIT_POINT.reach()
        if put_staged:
            put_staged()
        for unit in known:
            if unit.kind is not Kind.IMAGE:
                share_room(unit, store.records[unit.name], layout)
        prune(layout, uuids)
        _remove_finished(others, layout)
        for place in (layout.workspaces, layout.filling, layout.staging):
            observed(place)
        for leftover in layout.leftovers:
            with suppress(OSError):  # the next build tries again
                remove_tree(leftover)
        _remember(plan, reusable, store)
    except OSError as error:
        raise StateError(f"The build cannot be put in place: {error}") from error
    return placed


def undo_half_done(layout: Layout) -> None:
    """Put back what a build that was killed had moved out of the way, where the system cannot exchange directories.

    Raises:
        StateError: It cannot be put back; the message tells where it lies.
    """
    staging = layout.staging
    if not any(os.path.lexists(observed(place)) for place in (staging, aside_of(staging))):
        return
    names = ["", *read_inventory(layout.inventory_file).artifacts]
    try:
        for new, place in ((staging / name, layout.build_dir / name) for name in names):
            # no link that came with a restored directory is followed, or becomes the build dir
            between = (*_from(staging, new), *_from(layout.build_dir, place)[1:], aside_of(new))
            if not any(path.is_symlink() for path in between):
                put_back(new, place)
    except OSError as error:
        raise StateError(f"The last build cannot be put back from {staging.parent}: {error}") from error


def _from(root: Path, path: Path) -> list[Path]:
    """A directory, and all on the way to something in it."""
    return [root, *reversed([above for above in (path, *path.parents) if root in above.parents])]


def _stage(
    templates: Mapping[Path, str], placed: list[Placed], store: Store, layout: Layout
) -> Callable[[], None] | None:
    """Put together what the build dir lacks, so that one exchange makes it the next one.

    Returns:
        Exchanges the build dir as a whole, or, where nothing else is not as it is to be, one artifact. None where there
        is nothing to do.
    """
    altered = altered_artifacts(templates, placed, store, layout)
    if altered == []:
        return None
    if altered and len(altered) == 1:
        new = stage_artifact(altered[0], store, layout)
        return partial(exchange_artifact, new, layout.artifact(altered[0].resource), layout)
    stage(templates, placed, store, layout)
    return partial(exchange_build, layout, stage_changes(templates, placed, store, layout))


def _inventory(
    templates: Mapping[Path, str],
    placed: Iterable[Placed],
    uuids: Container[str],
    earlier: Inventory,
    store: Store,
    layout: Layout,
) -> Inventory:
    """What of all that is samix's own: what only stays there may be a bare sam's."""
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


def _forget(plan: Plan, store: Store) -> None:
    """Forget what no build of this application can use."""
    if plan.is_whole:
        store.keep_only(plan.all_units)
    else:
        store.forget_gone([resource.full_path for unit in plan.all_units.values() for resource in unit.resources])


def _remember(plan: Plan, reusable: Container[str], store: Store) -> None:
    """Note where things lie now, and keep nothing but what is of use."""
    for name, planned in plan.units.items():
        record = store.records[name]
        placed = dict.fromkeys([*record.placed, *(resource.full_path for resource in planned.unit.resources)])
        store.note(name, replace(record, placed=tuple(placed), kept=name in reusable))
    store.flush()
    store.prune(plan.all_units)


def _artifact(unit: Unit, options: BuildOptions, store: Store, layout: Layout, *, in_cache: bool) -> Path | None:
    """Where the artifact of a unit that is built lies, None for an image; in sam's cache if it may be there."""
    if unit.kind is Kind.IMAGE:
        return None
    return fill_cache(unit, store, layout, source_path(unit, options)) if in_cache else store.find_artifact(unit)


def _chosen(plan: Plan, artifacts: dict[str, Path], store: Store) -> Iterator[Placed]:
    """What was to be built."""
    for name, planned in plan.units.items():
        record = store.records[name]
        if not record.left_nothing and planned.unit.kind is not Kind.IMAGE and name not in artifacts:
            raise StateError(f"The artifact of {planned.unit.label} has gone since it was built.", hint="Build again.")
        for resource in planned.unit.resources:
            yield Placed(resource, artifacts.get(name), record.digest, record.image)


def _kept(plan: Plan, layout: Layout) -> Iterator[Placed]:
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
    """What build.toml says of resources that were not to be built, where sam cannot take it for one of the others.

    A definition with values for containers is sam's own, and holds them in clear: it is not kept.
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


def _save(left_out: Iterable[Unit], store: Store, layout: Layout) -> None:
    """Save artifacts whose only place is the build dir, which will not hold them any longer."""
    for unit in left_out:
        artifact = store.find_artifact(unit)
        if artifact is not None and artifact.is_relative_to(layout.build_dir) and not store.is_in_cache(unit):
            temporary = layout.filling
            remove_tree(temporary)
            copy_tree(artifact, temporary)
            store.move(temporary, layout.finished_artifact(unit))


def _remove_finished(others: Iterable[Unit], layout: Layout) -> None:
    """Remove what waited to be put in place, but for what was not to be built."""
    if not observed(layout.all_finished).is_dir():
        return
    kept = {layout.finished(unit) for unit in others}
    for entry in layout.all_finished.iterdir():
        if entry not in kept:
            remove_tree(entry)
    if not kept:
        remove_tree(layout.all_finished)
