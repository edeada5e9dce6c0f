"""What was built and waits until the whole build is put in place.

As soon as a unit has ended, beside units that still run, all is made that is to lie in sam's own directories. Putting
the build in place then only moves directories: the artifact to the build dir, the others to `cache/` and `deps/`.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from samix.builders.workflow import dependency_folder, incremental_workflow
from samix.files.copies import Copier, copy_tree_by, remove_tree

if TYPE_CHECKING:
    from pathlib import Path

    from samix.state.store import Store
    from samix.units.unit import Unit


@dataclass(frozen=True)
class Finished:
    """What sam left of a unit: the digest and the entries (`tree_entries`) of its directories, or nothing."""

    artifact: str = ""
    deps: str = ""
    in_artifact: Mapping[str, str] = field(default_factory=dict, repr=False)
    in_deps: Mapping[str, str] = field(default_factory=dict, repr=False)


def keep_finished(unit: Unit, artifact: Path | None, deps: Path | None, store: Store) -> Finished:
    """Move what sam left of a unit to where the next build finds it, even if this one fails.

    Raises:
        OSError: It cannot be read or moved.
    """
    layout = store.layout
    for place in (layout.finished_artifact(unit), layout.finished_deps(unit), layout.finished_cache(unit)):
        store.remove(place)
    remove_tree(layout.finished(unit))
    digest, entries = store.take_in(artifact, layout.finished_artifact(unit)) if artifact else ("", {})
    deps_digest, deps_entries = store.take_in(deps, layout.finished_deps(unit)) if deps else ("", {})
    return Finished(digest, deps_digest, entries, deps_entries)


def is_moved(unit: Unit) -> bool:
    """Whether the artifact of a unit, given whole, moves to the build dir: it is for one resource alone."""
    return len(unit.resources) == 1


def prepare_cache(unit: Unit, finished: Finished, store: Store, *, has_manifest: bool) -> None:
    """Make what will lie in sam's cache of a unit that `keep_finished` has kept, and whose artifact is moved.

    For a unit that sam builds incrementally, its files are hard links: to the dependencies, where these have the same,
    else to the artifact (`samix.state.sam_cache.share_disk_space`). For all others it is a copy, and also where the
    dependencies, which share files with it, are still to be found in it. What cannot be made is made later.

    Args:
        unit: The unit, whole.
        finished: What was kept of it.
        store: Where that is known.
        has_manifest: Whether it has a manifest; sam never looks for the dependencies of a unit that has none.
    """
    if not finished.artifact or not is_moved(unit):
        return
    place = store.layout.finished_cache(unit)
    is_incremental = incremental_workflow(unit) is not None and not unit.in_container
    try:
        store.remove(place)
        if not is_incremental or (has_manifest and not finished.deps):
            _copy(unit, place, store)
            is_linked = False
        else:
            is_linked = _link(unit, finished if has_manifest else replace(finished, in_deps={}), place, store)
        store.believe(place, finished.artifact, is_apart=not is_linked)
    except OSError:
        with suppress(OSError):
            store.remove(place)


def _copy(unit: Unit, place: Path, store: Store) -> None:
    copier = Copier()

    def put(path: str, target: str) -> str:
        before = os.lstat(path)
        copier(path, target)
        store.index.carry(before, os.lstat(target), before.st_mtime_ns)
        return target

    copy_tree_by(store.layout.finished_artifact(unit), place, put)


def _link(unit: Unit, finished: Finished, place: Path, store: Store) -> bool:
    """Make the tree of links; whether each file is one."""
    layout, copier, are_linked = store.layout, Copier(), True
    artifact = os.fspath(layout.finished_artifact(unit))
    deps = os.fspath(layout.finished_deps(unit))
    folder = os.path.relpath(dependency_folder(unit, layout.finished_artifact(unit)), artifact)
    before = "" if folder == os.curdir else f"{folder}/"

    def find_twin(name: str, path: str) -> str | None:
        inner = name.removeprefix(before)
        if not name.startswith(before) or finished.in_deps.get(inner) != finished.in_artifact[name]:
            return None
        twin = f"{deps}/{inner}"
        return twin if _are_alike(path, twin) else None

    directories = []
    for name, entry in finished.in_artifact.items():
        path, target = (os.path.join(root, name) for root in (artifact, place))
        if entry.startswith("directory "):
            os.mkdir(target)
            directories.append((path, target))
        elif entry.startswith("link "):
            os.symlink(entry.removeprefix("link "), target)
        else:
            try:
                store.index.link(find_twin(name, path) or path, target)
            except OSError:  # a file system without hard links, or a file with too many names
                copier(path, target)
                are_linked = False
    for path, target in reversed(directories):
        shutil.copystat(path, target)
    return are_linked


def _are_alike(one: str, other: str) -> bool:
    """Whether two files have the same owner and all bits of their modes in common."""
    first, second = os.lstat(one), os.lstat(other)
    return stat.S_ISREG(second.st_mode) and _look(first) == _look(second)


def _look(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_mode, status.st_uid, status.st_gid
