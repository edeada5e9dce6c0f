"""Removing what samix made, and only that."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from samix.clean.find import find_removable
from samix.files.copies import remove_tree
from samix.messages.errors import StateError
from samix.state.build_toml import remove_definitions
from samix.state.lock import project_lock
from samix.state.symlinks import remove_links

if TYPE_CHECKING:
    from samix.clean.find import Cleaning
    from samix.state.layout import Layout

_BLOCK = 512  # what st_blocks counts, whatever the file system's own blocks are


def run_clean(layout: Layout, on_wait: Callable[[str], None], *, dry_run: bool) -> Cleaning | None:
    """Remove what samix made in a project; None if samix knows of nothing that it made there.

    If another samix is at work there, `on_wait` gets its process id. With `dry_run` nothing is removed.

    Raises:
        StateError: Something cannot be removed; a second run can finish.
    """
    if not os.path.lexists(layout.root):
        return None
    is_link = layout.root.is_symlink()  # the link is removed, and nothing is written at its target
    with nullcontext() if is_link else project_lock(layout.lock_file, on_wait):
        cleaning = find_removable(layout)
        cleaning = replace(cleaning, freed=_room(cleaning.paths))
        if not dry_run:
            try:
                if not is_link:
                    remove_links(layout)
                _remove(cleaning, layout)
            except (OSError, ValueError) as error:
                raise StateError(
                    f"Not all was removed: {error}", hint="Fix that, and run samix clean again."
                ) from error
    return cleaning


def _room(paths: Iterable[Path]) -> int:
    """The bytes that a file system gets back for these: a file with a hard link elsewhere does not count."""
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
    """Remove everything, the state last, so that another clean can finish one that was interrupted.

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
        if path == layout.root and not path.is_symlink():
            _remove_own(layout)
        else:
            remove_tree(path)
    _remove_empty(cleaning, layout)


def _remove_own(layout: Layout) -> None:
    """Remove samix's directory, the lock last: without it another samix would start to write there."""
    for entry in layout.root.iterdir():
        if entry != layout.lock_file:
            remove_tree(entry)
    layout.lock_file.unlink(missing_ok=True)
    _remove_if_empty(layout.root)  # it is not empty if another samix has begun meanwhile


def _put_aside(path: Path, place: Path) -> None:
    """Remove something in one step, because half an artifact would not be recognized as samix's."""
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
    """Remove the directories that are empty now."""
    sam = layout.sam_dir
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
