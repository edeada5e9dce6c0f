"""Puts a build in place: reconciles sam's state with what was built, and exchanges the build dir for the next.

What will lie where is decided first (`samix.build.publication`); here it is written, in an order that keeps every
instant consistent. Where the system cannot exchange directories in one step, the next build undoes half a step.

Nothing else changes the build dir in a build: sam builds in workspaces. Apart from builds, `samix clean` removes it
(`samix.clean.remove`), and with `--hook-name` sam writes it itself (`samix.cli.handover`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from samix.build.exchange import exchange_artifact, exchange_build
from samix.build.publication import decide
from samix.build.staging import Staging
from samix.files.access_log import observe
from samix.files.atomic import aside_of, put_back
from samix.files.copies import entries_below, remove_tree
from samix.messages.errors import StateError
from samix.state.build_toml import write_if_changed
from samix.state.inventory import read_inventory, write_inventory
from samix.state.sam_cache import fill_cache, prune, share_disk_space
from samix.template.resources import Kind

if TYPE_CHECKING:
    from samix.build.commit_point import CommitPoint
    from samix.build.planned_build import PlannedBuild
    from samix.build.publication import Publication
    from samix.build.staging import Placed
    from samix.plan.plan import Plan
    from samix.state.layout import Layout
    from samix.state.store import Store
    from samix.units.unit import Unit


def put_in_place(build: PlannedBuild, commit_point: CommitPoint) -> list[Placed]:
    """Reconcile sam's state with what was built, make that the build dir, and return what the build dir contains.

    All of the plan must be built. The order keeps every instant consistent: what build.toml will name is there before
    it is written, and the build dir changes in one step. The `CommitPoint` comes just before that step: from there on
    no signal ends the build.

    Raises:
        StateError: Something cannot be written. Before the exchange the last build stands, afterwards the new one does.
    """
    plan, store, layout = build.plan, build.store, build.layout
    others = [unit for name, unit in plan.all_units.items() if name not in plan.units]
    try:
        _take_back_staged(plan, store)
        publication = decide(build)
        for unit in publication.cached:
            if unit.kind is not Kind.IMAGE:
                fill_cache(unit, store, layout, build.source_of(unit))
        for unit, artifact in publication.saved:
            store.copy(artifact, layout.finished_artifact(unit))
        store.keep_only(publication.records)
        staging = Staging(publication.templates, publication.placed, store, layout)
        put_staged, touched = _stage(staging, layout)
        write_if_changed(layout.build_toml, list(publication.definitions))
        write_inventory(layout.inventory_file, publication.inventory)
        commit_point.reach()
        if put_staged:
            put_staged()
        for unit in _apart(publication, staging, store):
            record = store.records[unit.name]
            share_disk_space(unit, record, layout, store.sets.place(record.set_key) if record.set_key else None)
        prune(layout, publication.uuids)
        _remove_finished(others, layout)
        for place in (layout.workspaces, layout.filling, layout.staging):  # what appears there is removed by a build
            observe(place)
        for leftover in layout.leftovers:
            with suppress(OSError):  # the next build tries again
                remove_tree(leftover)
        _renew_digests([layout.artifact(one.resource) for one in touched if one.place], plan, store)
        _remember(plan, {unit.name for unit in publication.cached}, store)
    except OSError as error:
        raise StateError(f"The build cannot be put in place: {error}") from error
    return list(publication.placed)


def undo_interrupted_exchange(layout: Layout) -> None:
    """Put back what a killed build had moved out of the way, on a system that cannot exchange directories.

    Called at the beginning of a build, once it has the lock.

    Raises:
        StateError: It cannot be put back; the message says where it lies.
    """
    staging = layout.staging
    if not any(os.path.lexists(observe(place)) for place in (staging, aside_of(staging))):
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


def _take_back_staged(plan: Plan, store: Store) -> None:
    """Move artifacts out of the build dir that a killed build had put together, if they lie nowhere else."""
    for name, planned in plan.units.items() if store.has_staging else ():
        unit = plan.all_units[name]
        artifact = store.find_artifact(unit)
        if artifact and any(artifact == store.staged_artifact(resource) for resource in unit.resources):
            store.move(artifact, store.layout.finished_artifact(planned.unit))


def _apart(publication: Publication, staging: Staging, store: Store) -> Iterator[Unit]:
    """The units that may have files in common of which each directory has its own copy.

    Those are shared as the unit is built. A copied or restored directory shows by files that have one name only, unless
    they had another one in what a killed build left.
    """
    waiting = {one.resource.full_path for one in publication.placed if one.is_waiting}
    copied = staging.copied | (waiting - staging.moved)
    for unit in publication.cached:
        cached = store.cached_artifact(unit)
        if unit.kind is Kind.IMAGE or cached is None:
            continue
        place = store.layout.deps_dir / cached.name if unit.in_container else cached
        if store.has_leftovers or store.is_apart(place) or (unit.first.full_path in copied and not unit.in_container):
            yield unit


def _renew_digests(artifacts: Iterable[Path], plan: Plan, store: Store) -> None:
    """Keep the digests of files that got other names or have lost a name, which changes their ctime.

    These are files of units that were built, and of `artifacts`.
    """
    layout = store.layout
    built = [plan.all_units[planned.unit.name] for planned in plan.to_build]
    records = [store.records[unit.name] for unit in built]
    uuids = [record.uuid for record in records if record.uuid]
    places = dict.fromkeys(store.sets.place(record.set_key) for record in records if record.set_key)
    places |= dict.fromkeys(layout.deps_dir / uuid for uuid in uuids)
    places |= dict.fromkeys(artifacts)
    places |= dict.fromkeys(layout.artifact(resource) for unit in built for resource in unit.resources)
    places |= dict.fromkeys(layout.cache_dir / uuid for uuid in uuids)
    seen: set[int] = set()
    for place in places:
        if store.index.is_settled:
            return
        for _, entry in entries_below(os.fspath(place)):
            if entry.inode() not in seen:
                seen.add(entry.inode())
                store.index.renew(entry.stat(follow_symlinks=False))


def _stage(staging: Staging, layout: Layout) -> tuple[Callable[[], None] | None, Sequence[Placed]]:
    """Put together what the build dir lacks.

    It exchanges the whole build dir, or one artifact if nothing else differs: `altered` is None if more than artifacts
    differs.

    Returns:
        A function that then puts it in place, None if nothing differs; and the artifacts whose files are linked.
    """
    altered = staging.altered_artifacts()
    if altered == []:
        return None, ()
    if altered and len(altered) == 1:
        new = staging.stage_artifact(altered[0])
        return partial(exchange_artifact, new, layout.artifact(altered[0].resource), layout), altered
    staging.stage()
    return partial(exchange_build, layout, staging.stage_changes()), staging.placed


def _remember(plan: Plan, reusable: Container[str], store: Store) -> None:
    """Record where things lie now, and forget what is of no use."""
    for name, planned in plan.units.items():
        record = store.records[name]
        placed = dict.fromkeys([*record.placed, *(resource.full_path for resource in planned.unit.resources)])
        store.note(name, replace(record, placed=tuple(placed), kept=name in reusable))
    store.flush()
    store.prune(plan.all_units)
    store.prune_sets()


def _remove_finished(others: Iterable[Unit], layout: Layout) -> None:
    """Remove what waited to be put in place, except artifacts of units that were not to be built."""
    if not observe(layout.all_finished).is_dir():
        return
    kept = {layout.finished(unit) for unit in others}
    for entry in layout.all_finished.iterdir():
        if entry not in kept:
            remove_tree(entry)
    if not kept:
        remove_tree(layout.all_finished)
