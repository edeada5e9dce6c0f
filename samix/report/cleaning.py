"""What a clean removed, in a few lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from samix.messages.location import display_path
from samix.report.sizes import in_words

if TYPE_CHECKING:
    from samix.clean.find import Cleaning
    from samix.state.layout import Layout


def cleaning_lines(cleaning: Cleaning | None, layout: Layout, *, dry_run: bool) -> Iterator[str]:
    """What was removed from where, what stays, and how much room this gives; after a dry run, what would be removed.

    `cleaning` is None if samix has made nothing.
    """
    if cleaning is None:
        yield f"Nothing to remove: samix knows of nothing that it made in {layout.project}."
        return
    if cleaning.is_unknown:
        yield (
            f"{display_path(layout.state_file)} cannot be read, or is of another version. So it is unknown what else"
            " samix made here: everything except its own directory is left."
        )
    verb = "would remove" if dry_run else "removed"
    for what in _removed_lines(cleaning, layout):
        yield f"{verb} {what}"
    for path, why in cleaning.left:
        yield f"left {display_path(path)}: {why}"
    if cleaning.images:
        yield f"left to the container engine: {_count(len(cleaning.images), 'image')} ({', '.join(cleaning.images)})"
    yield f"{in_words(cleaning.freed)} {'would be freed' if dry_run else 'freed'}."


def _removed_lines(cleaning: Cleaning, layout: Layout) -> Iterator[str]:
    if cleaning.artifacts or cleaning.templates:
        counted = ((len(cleaning.artifacts), "artifact"), (len(cleaning.templates), "template"))
        what = " and ".join(_count(count, noun) for count, noun in counted if count)
        yield f"{what} from {display_path(layout.build_dir)}"
    if cleaning.definitions:
        yield f"{_count(len(cleaning.definitions), 'definition')} from {display_path(layout.build_toml)}"
    for directory, entries in ((layout.cache_dir, cleaning.caches), (layout.deps_dir, cleaning.dependencies)):
        if entries:
            yield f"{len(entries)} {_entries(entries)} from {display_path(directory)}"
    for path in cleaning.own:
        yield display_path(path)


def _entries(paths: tuple[Path, ...]) -> str:
    return "directory" if len(paths) == 1 else "directories"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
