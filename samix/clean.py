"""Removing what samix made, and only that.

What it made is told by its state: the uuids of its definitions, the digests of its artifacts, and those of the
templates that it wrote. sam empties a build dir before it builds there, so one whose root template is not samix's
holds nothing of samix's.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from samix.errors import StateError
from samix.state.build_toml import is_empty, read_definitions, remove_definitions
from samix.state.inventory import Inventory, read_inventory, text_digest
from samix.state.lock import project_lock
from samix.state.store import Store
from samix.template.built import TEMPLATE_NAME
from samix.tree import remove_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from samix.state.layout import Layout

_BLOCK = 512  # what st_blocks counts, whatever the file system's own blocks are
_ALTERED = "not as samix put it there"


@dataclass(frozen=True)
class Left:
    """Something that stays.

    Attributes:
        path: What it is.
        why: Why it stays.
    """

    path: Path
    why: str


@dataclass(frozen=True)
class Cleaning:
    """What goes, and what stays.

    Attributes:
        artifacts: Those in the build dir.
        templates: The built templates.
        caches: Directories in the cache dir.
        dependencies: Directories in `deps`.
        definitions: The uuids of definitions in build.toml.
        directories: Those in the build dir that go if they are empty then, each before what it lies in.
        own: samix's own files and directories.
        images: The tags of images, which stay with the container engine.
        left: What else stays that samix may have made.
        is_unknown: Whether the state cannot be read, so that nothing but `own` can be told from what others made.
    """

    artifacts: tuple[Path, ...] = ()
    templates: tuple[Path, ...] = ()
    caches: tuple[Path, ...] = ()
    dependencies: tuple[Path, ...] = ()
    definitions: frozenset[str] = frozenset()
    directories: tuple[Path, ...] = ()
    own: tuple[Path, ...] = ()
    images: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()
    is_unknown: bool = False

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files and directories that go."""
        return (*self.artifacts, *self.templates, *self.caches, *self.dependencies, *self.own)


@dataclass(frozen=True)
class Cleaned:
    """What went, or would go.

    Attributes:
        cleaning: What it is.
        freed: The room that it took, in bytes.
    """

    cleaning: Cleaning
    freed: int


def run_clean(layout: Layout, on_wait: Callable[[str], None], *, dry_run: bool) -> Cleaned | None:
    """Remove what samix made in a project.

    Args:
        layout: Where everything lies.
        on_wait: Told the process id of another samix, if that must be waited for.
        dry_run: Whether to tell only what would go.

    Returns:
        What went, None if samix made nothing here.

    Raises:
        StateError: Something cannot be removed; a second run goes on from there.
    """
    if not os.path.lexists(layout.root):
        return None
    with project_lock(layout.lock_file, on_wait):
        cleaning = find_removable(layout)
        freed = _room(cleaning.paths)
        if not dry_run:
            try:
                _remove(cleaning, layout)
            except (OSError, ValueError) as error:
                raise StateError(f"Not all could be removed: {error}", hint="Mend that, and clean again.") from error
    return Cleaned(cleaning, freed)


def find_removable(layout: Layout) -> Cleaning:
    """What samix made. Reads the state and what lies there, and changes nothing."""
    own = (layout.root, *_leftovers(layout))
    store = Store.open(layout)
    if store.warning:
        return Cleaning(own=own, is_unknown=True)
    if is_empty(layout.build_toml):
        own = (*own, layout.build_toml)
    inventory, records = read_inventory(layout.inventory_file), store.records.values()
    digests = {*inventory.artifacts.values(), *(record.digest for record in records if record.digest)}
    paths = dict.fromkeys([*inventory.artifacts, *(name for record in records for name in record.resources)])
    uuids = inventory.uuids | {record.uuid for record in records if record.uuid}
    left: list[Left] = []
    templates: tuple[Path, ...] = ()
    artifacts: tuple[Path, ...] = ()
    if _is_built_by_another(layout, inventory):
        left.append(Left(layout.build_dir, "its template is not as samix wrote it"))
    else:
        templates = tuple(_templates(layout, inventory, left))
        artifacts = tuple(
            _artifacts(layout, paths, lambda place: any(store.holds(place, one) for one in digests), left)
        )
    return Cleaning(
        artifacts=artifacts,
        templates=templates,
        caches=tuple(_named(layout.cache_dir, uuids, left)),
        dependencies=tuple(_named(layout.deps_dir, uuids, left)),
        definitions=_definitions(layout.build_toml, uuids, left),
        directories=tuple(_directories(layout.build_dir, (*inventory.templates, *inventory.artifacts))),
        own=own,
        images=tuple(sorted({record.image for record in records if record.image})),
        left=tuple(left),
    )


def _leftovers(layout: Layout) -> Iterator[Path]:
    """What a killed build may have left outside of samix's directory."""
    for place in (layout.staging, layout.staging.with_name(f"{layout.staging.name}.old")):
        if layout.root not in place.parents and os.path.lexists(place):
            yield place


def _is_built_by_another(layout: Layout, inventory: Inventory) -> bool:
    """Whether the build dir holds a build that is not samix's."""
    template = layout.build_dir / TEMPLATE_NAME
    return os.path.lexists(template) and not _is_written(template, inventory.templates.get(TEMPLATE_NAME))


def _is_written(template: Path, digest: str | None) -> bool:
    """Whether a built template is the one with this digest."""
    try:
        return not template.is_symlink() and text_digest(template.read_bytes()) == digest
    except OSError:
        return False


def _templates(layout: Layout, inventory: Inventory, left: list[Left]) -> Iterator[Path]:
    for name, digest in inventory.templates.items():
        place = layout.build_dir / name
        if not os.path.lexists(place):
            continue
        if _is_reached(place, layout.build_dir) and _is_written(place, digest):
            yield place
        else:
            left.append(Left(place, _ALTERED))


def _artifacts(
    layout: Layout, names: Iterable[str], is_known: Callable[[Path], bool], left: list[Left]
) -> Iterator[Path]:
    for name in names:
        place = layout.build_dir / name
        if ".." in place.parts or layout.build_dir not in place.parents or not os.path.lexists(place):
            continue
        if _is_reached(place, layout.build_dir) and not place.is_symlink() and is_known(place):
            yield place
        else:
            left.append(Left(place, _ALTERED))


def _directories(root: Path, names: Iterable[str]) -> list[Path]:
    """The directories of nested stacks, each before what it lies in."""
    parents = {parent for name in names for parent in (root / name).parents if root in parent.parents}
    return sorted((one for one in parents if _is_reached(one, root)), key=lambda one: len(one.parts), reverse=True)


def _is_reached(place: Path, root: Path) -> bool:
    """Whether no link leads from a directory to something below it."""
    between = place.parents[: place.parents.index(root)] if root in place.parents else ()
    return not any(parent.is_symlink() for parent in between)


def _named(directory: Path, uuids: Iterable[str], left: list[Left]) -> Iterator[Path]:
    """The directories with these names, unless a link leads out to them."""
    if directory.is_symlink():
        left.append(Left(directory, "a link"))
        return
    for uuid in sorted(uuids):
        place = directory / uuid
        if place.is_dir() and not place.is_symlink():
            yield place


def _definitions(path: Path, uuids: frozenset[str], left: list[Left]) -> frozenset[str]:
    found = frozenset(definition.uuid for definition in read_definitions(path)) & uuids
    if found and path.is_symlink():
        left.append(Left(path, "a link"))
        return frozenset()
    return found


def _room(paths: Iterable[Path]) -> int:
    """The bytes that a file system gets back for these: what has a hard link elsewhere takes its room still."""
    found: dict[tuple[int, int], list[os.stat_result]] = {}
    for path in paths:
        for status in _statuses(path):
            found.setdefault((status.st_dev, status.st_ino), []).append(status)
    freed = ((names[0], len(names)) for names in found.values())
    return sum(_BLOCK * one.st_blocks for one, count in freed if stat.S_ISDIR(one.st_mode) or count >= one.st_nlink)


def _statuses(path: Path) -> Iterator[os.stat_result]:
    with suppress(OSError):  # what cannot be read counts as nothing
        yield os.lstat(path)
    if path.is_symlink():
        return
    for directory, names, files in os.walk(path):
        for name in (*names, *files):
            with suppress(OSError):
                yield os.lstat(os.path.join(directory, name))


def _remove(cleaning: Cleaning, layout: Layout) -> None:
    """Remove it, the state last: what is cut off can be told from other things by another clean.

    Raises:
        OSError: Something cannot be removed.
        ValueError: build.toml has become unreadable.
    """
    aside = layout.root / "removed"
    for number, path in enumerate((*cleaning.artifacts, *cleaning.templates)):
        _put_aside(path, aside / str(number))
    if cleaning.definitions:
        remove_definitions(layout.build_toml, cleaning.definitions)
    for path in (*cleaning.caches, *cleaning.dependencies):
        remove_tree(path)
    for path in reversed(cleaning.own):
        remove_tree(path)
    _remove_empty(cleaning, layout)


def _put_aside(path: Path, place: Path) -> None:
    """Remove something at once, for half an artifact is nobody's any more."""
    try:
        if place.parent.parent.is_symlink():
            remove_tree(path)
            return
        place.parent.mkdir(exist_ok=True)
        remove_tree(place)
        path.rename(place)
    except OSError:  # another file system, or a directory that may not be written
        remove_tree(path)


def _remove_empty(cleaning: Cleaning, layout: Layout) -> None:
    """Remove the directories that held nothing else."""
    sam = layout.root.parent
    for directory in cleaning.directories:
        _remove_if_empty(directory)
    for root, removed in (
        (layout.build_dir, (*cleaning.artifacts, *cleaning.templates)),
        (layout.cache_dir, cleaning.caches),
        (layout.deps_dir, cleaning.dependencies),
    ):
        if removed or (sam in root.parents and not cleaning.is_unknown):  # sam's own may have been empty before
            _remove_if_empty(root)
    _remove_if_empty(sam)


def _remove_if_empty(directory: Path) -> None:
    with suppress(OSError):
        directory.rmdir()
