"""What was built and waits until the whole build is put in place.

As soon as a unit has ended, beside units that still run, all is made that is to lie in sam's own directories. Putting
the build in place then only moves directories: the artifact to the build dir, the others to `cache/` and `deps/`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from samix.builders.workflow import dependency_folder, incremental_workflow
from samix.files.copies import Copier, entries_digest, plain_entries, remove_tree
from samix.state.dependencies import collect_dependencies

if TYPE_CHECKING:
    from pathlib import Path

    from samix.state.store import Store
    from samix.template.value import ValueMapping
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
    deps_digest, deps_entries = store.take_in(deps, layout.finished_deps(unit), is_linked=True) if deps else ("", {})
    return Finished(digest, deps_digest, entries, deps_entries)


def is_moved(unit: Unit) -> bool:
    """Whether the artifact of a unit, given whole, moves to the build dir: it is for one resource alone."""
    return len(unit.resources) == 1


def prepare_cache(
    unit: Unit, finished: Finished, definition: ValueMapping, source: Path | None, store: Store
) -> Finished:
    """Make what will lie in sam's cache of a unit that `keep_finished` has kept, and whose artifact is moved.

    If sam builds the unit incrementally, its files are hard links to the dependencies, where these have the same; if
    sam has not kept them apart, they are copied from the artifact. On the host the rest are hard links to the artifact.
    All else is copied (`samix.state.sam_cache.share_disk_space`). What cannot be made now is made later.

    Args:
        unit: The unit, whole.
        finished: What was kept of it.
        definition: sam's definition of it, complete.
        source: Where its source lies; None if it has none.
        store: Where that is known.

    Returns:
        What is kept of it now.
    """
    if not finished.artifact or not is_moved(unit):
        return finished
    place = store.layout.finished_cache(unit)
    try:
        store.remove(place)
        is_incremental = incremental_workflow(unit) is not None
        has_manifest = definition.get("manifest_hash") != ""  # else sam never looks for dependencies
        if is_incremental and has_manifest and not finished.deps and source is not None:
            finished = _find_dependencies(unit, finished, definition, source, store)
        shown = finished if is_incremental and has_manifest else replace(finished, in_deps={})
        is_shared = is_incremental and not unit.in_container
        with store.trees:
            are_linked = _make_tree(unit, shown, place, store, is_shared=is_shared)
        store.believe(place, finished.artifact, is_apart=not are_linked)
    except OSError:
        with suppress(OSError):
            store.remove(place)
    return finished


def _find_dependencies(
    unit: Unit, finished: Finished, definition: ValueMapping, source: Path, store: Store
) -> Finished:
    """Put copies of the dependencies that an artifact has to where sam's own would wait."""
    artifact, place = store.layout.finished_artifact(unit), store.layout.finished_deps(unit)
    copier, start = Copier(), len(os.path.join(artifact, ""))
    known: dict[str, str] = {}  # the digests of the copies

    def put(path: str, target: str) -> str:
        if os.path.islink(path):
            return str(shutil.copy2(path, target, follow_symlinks=False))
        known[target] = finished.in_artifact[path[start:]].rpartition(" ")[2]
        return _copy_file(path, target, copier, store)

    try:
        if not collect_dependencies(unit, artifact, source, definition, place, put):
            return finished
        entries = plain_entries(place, digest=lambda path, _: known[path])
    except (OSError, KeyError):
        store.remove(place)
        return finished
    digest = entries_digest(entries)
    store.believe(place, digest)
    return replace(finished, deps=digest, in_deps=dict(entries))


def _copy_file(path: str, target: str, copier: Copier, store: Store) -> str:
    before = os.lstat(path)
    copier(path, target)
    store.index.carry(before, os.lstat(target), before.st_mtime_ns)
    return target


def _make_tree(unit: Unit, finished: Finished, place: Path, store: Store, *, is_shared: bool) -> bool:
    """Make a tree like the artifact; whether each of its files is a hard link.

    `is_shared` says whether that may be one to a file of the artifact.
    """
    artifact, deps = store.layout.finished_artifact(unit), store.layout.finished_deps(unit)
    folder = os.path.relpath(dependency_folder(unit, artifact), artifact)
    before = "" if folder == os.curdir else f"{folder}/"
    origin, copier, are_linked = os.fspath(artifact), Copier(), True
    twins = {f"{before}{name}": (f"{deps}/{name}", entry) for name, entry in finished.in_deps.items()}
    for name, entry in finished.in_artifact.items():
        path, target = (f"{origin}/{name}", f"{place}/{name}") if name else (origin, os.fspath(place))
        if entry.startswith("directory "):
            os.mkdir(target)
        elif entry.startswith("link "):
            os.symlink(entry.removeprefix("link "), target)
        else:
            twin, known = twins.get(name, ("", ""))
            if not (_link(twin, target) if known == entry else is_shared and _link_own(path, target, store)):
                _copy_file(path, target, copier, store)
                are_linked = False
    for name, entry in reversed([*finished.in_artifact.items()]):  # afterwards: one may be read-only
        if entry.startswith("directory "):
            os.chmod(place / name, int(entry.removeprefix("directory "), 8))
    return are_linked


def _link(path: str, target: str) -> bool:
    """Give a file another name, if the file system can: it may have no hard links, or the file too many names."""
    try:
        os.link(path, target)
    except OSError:
        return False
    return True


def _link_own(path: str, target: str, store: Store) -> bool:
    """`_link` for a file whose other names are known here alone."""
    store.index.mark_linked(os.lstat(path))
    is_linked = _link(path, target)
    store.index.renew(os.lstat(path))
    return is_linked
