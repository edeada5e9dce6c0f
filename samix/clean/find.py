"""Finds what samix made in a project, as opposed to what sam itself or a person put there.

samix's state shows it: the uuids of its definitions, the digests of its artifacts, and those of the templates that it
wrote. sam empties a build dir before it builds there, so one whose root template is not samix's contains nothing of
samix's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from samix.files.safe_read import read_bytes
from samix.state.build_toml import is_written, read_definitions
from samix.state.inventory import Inventory, read_inventory, text_digest
from samix.state.layout import IGNORED_BY_GIT
from samix.state.store import Store
from samix.template.built_template import TEMPLATE_NAME

if TYPE_CHECKING:
    from samix.state.layout import Layout

_Left: TypeAlias = "list[tuple[Path, str]]"
_ALTERED = "altered since samix put it there"


@dataclass(frozen=True)
class Cleaning:
    """What `samix clean` removes, and what stays."""

    artifacts: tuple[Path, ...] = ()  # in the build dir
    templates: tuple[Path, ...] = ()  # likewise
    caches: tuple[Path, ...] = ()  # directories in the cache dir
    dependencies: tuple[Path, ...] = ()  # directories in `deps`
    definitions: frozenset[str] = frozenset()  # the uuids of those in build.toml
    directories: tuple[Path, ...] = ()  # in the build dir, each before its parent: removed if they are empty then
    own: tuple[Path, ...] = ()  # samix's own files and directories
    images: tuple[str, ...] = ()  # tags; images stay with the container engine
    left: tuple[tuple[Path, str], ...] = ()  # what else stays that samix may have made, with the reason
    is_unknown: bool = False  # whether the state cannot be read: what samix made is unknown then, except for `own`
    freed: int = 0  # the bytes that all this takes

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files and directories that are removed."""
        return (*self.artifacts, *self.templates, *self.caches, *self.dependencies, *self.own)


def find_removable(layout: Layout) -> Cleaning:
    """What samix made in a project. Reads the state and what lies there, and changes nothing."""
    own = (layout.root, *_leftovers(layout))
    store = Store.open(layout)
    if store.warning:
        return Cleaning(own=own, is_unknown=True)
    if is_written(layout.build_toml, []):  # without any definition
        own = (*own, layout.build_toml)
    inventory, records = read_inventory(layout.inventory_file), store.records.values()
    digests = {*inventory.artifacts.values(), *(record.digest for record in records if record.digest)}
    paths = dict.fromkeys([*inventory.artifacts, *(name for record in records for name in record.resources)])
    uuids = inventory.uuids | {record.uuid for record in records if record.uuid}
    left: _Left = []
    templates: tuple[Path, ...] = ()
    artifacts: tuple[Path, ...] = ()
    if layout.build_dir.is_symlink():
        if os.path.lexists(layout.build_dir / TEMPLATE_NAME):  # a state that came along could name anything there
            left.append((layout.build_dir, "a link"))
    elif _is_built_by_another(layout, inventory):
        left.append((layout.build_dir, "its template is not the one that samix wrote"))
    else:
        templates = tuple(_templates(layout, inventory, left))
        artifacts = tuple(
            _artifacts(layout, paths, lambda place: any(store.holds(place, one) for one in digests), left)
        )
    return Cleaning(
        artifacts=artifacts,
        templates=templates,
        caches=tuple(_directories_named(layout.cache_dir, uuids, left)),
        dependencies=tuple(_directories_named(layout.deps_dir, uuids, left)),
        definitions=_definitions(layout.build_toml, uuids, left),
        directories=tuple(_directories(layout.build_dir, (*inventory.templates, *inventory.artifacts))),
        own=own,
        images=tuple(sorted({record.image for record in records if record.image})),
        left=tuple(left),
    )


def _leftovers(layout: Layout) -> list[Path]:
    """What a build may have left outside of samix's own directory."""
    places = [*layout.leftovers, layout.replaced]
    if _content(layout.ignore_file) == IGNORED_BY_GIT.encode():
        places.append(layout.ignore_file)
    return [place for place in places if layout.root not in place.parents and os.path.lexists(place)]


def _is_built_by_another(layout: Layout, inventory: Inventory) -> bool:
    """Whether the build dir contains a build that is not samix's."""
    template = layout.build_dir / TEMPLATE_NAME
    return os.path.lexists(template) and not _is_written(template, inventory.templates.get(TEMPLATE_NAME))


def _is_written(template: Path, digest: str | None) -> bool:
    """Whether a built template is the one with this digest."""
    content = _content(template)
    return content is not None and text_digest(content) == digest


def _content(file: Path) -> bytes | None:
    """What a file contains; None if it is a link or cannot be read."""
    try:
        return None if file.is_symlink() else read_bytes(file)
    except OSError:
        return None


def _templates(layout: Layout, inventory: Inventory, left: _Left) -> Iterator[Path]:
    for name, digest in inventory.templates.items():
        place = layout.build_dir / name
        if not os.path.lexists(place):
            continue
        if _is_reached(place, layout.build_dir) and _is_written(place, digest):
            yield place
        else:
            left.append((place, _ALTERED))


def _artifacts(layout: Layout, names: Iterable[str], is_known: Callable[[Path], bool], left: _Left) -> Iterator[Path]:
    for name in names:
        place = layout.build_dir / name
        if ".." in place.parts or layout.build_dir not in place.parents or not os.path.lexists(place):
            continue
        if _is_reached(place, layout.build_dir) and not place.is_symlink() and is_known(place):
            yield place
        else:
            left.append((place, _ALTERED))


def _directories(root: Path, names: Iterable[str]) -> list[Path]:
    """The directories of nested stacks in the build dir, each before its parent."""
    parents = {parent for name in names for parent in (root / name).parents if root in parent.parents}
    return sorted((one for one in parents if _is_reached(one, root)), key=lambda one: len(one.parts), reverse=True)


def _is_reached(place: Path, root: Path) -> bool:
    """Whether something lies below a directory without a link on the way to it."""
    between = place.parents[: place.parents.index(root)] if root in place.parents else ()
    return not any(parent.is_symlink() for parent in between)


def _directories_named(directory: Path, uuids: Iterable[str], left: _Left) -> Iterator[Path]:
    """The directories with these uuids as names; none where the directory above is a link."""
    if directory.is_symlink():
        left.append((directory, "a link"))
        return
    for uuid in sorted(uuids):
        place = directory / uuid
        if place.is_dir() and not place.is_symlink():
            yield place


def _definitions(path: Path, uuids: frozenset[str], left: _Left) -> frozenset[str]:
    found = frozenset(definition.uuid for definition in read_definitions(path)) & uuids
    if found and path.is_symlink():
        left.append((path, "a link"))
        return frozenset()
    return found
