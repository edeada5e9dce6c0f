"""The build dir exchanged for the next one so that what works in it goes on.

`sam local` with warm containers, an editor, a watcher and a container know directories by their inodes, and not by
their names: `samcli.lib.utils.file_observer` watches the build dir and each artifact, and a container has its artifact
mounted. Whoever holds one that is exchanged away sees no change ever after, and nothing once it is removed. So the
build dir and all in it that stays keep their inodes, and what another thing takes the place of is kept until the next
build that exchanges something.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from samix.files import aside_of, exchange, put_directory
from samix.tree import remove_tree

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from samix.state.layout import Layout


@dataclass(frozen=True)
class Changes:
    """What makes the present build dir the next one, by paths relative to it.

    Attributes:
        directories: Those that stay and hold something else than artifacts: the build dir and those of nested stacks.
        replaced: What another thing takes the place of.
        added: What takes a place where nothing is.
        gone: What is to be there no more.
    """

    directories: tuple[str, ...]
    replaced: tuple[str, ...]
    added: tuple[str, ...]
    gone: tuple[str, ...]


def find_changes(
    build_dir: Path, contents: Mapping[Path, Collection[str]], altered: Collection[Path]
) -> Changes | None:
    """What makes a build dir the next one.

    Args:
        build_dir: The build dir.
        contents: The names in it, and in each directory of a nested stack, as they are to be.
        altered: Artifacts and templates in it that are to be others.

    Returns:
        The changes, None where the build dir cannot stay because it is no directory.

    Raises:
        OSError: A directory cannot be read.
    """
    if build_dir.is_symlink() or not build_dir.is_dir():
        return None
    directories, replaced, added, gone = [], [], [], []
    pending = [build_dir]
    while pending:
        directory = pending.pop()
        directories.append(directory)
        wanted, there = contents[directory], set(os.listdir(directory))
        gone += [directory / name for name in there.difference(wanted)]
        for name in wanted:
            path = directory / name
            if path in contents and path.is_dir() and not path.is_symlink():
                pending.append(path)
            elif name not in there:
                added.append(path)
            elif path in contents or path in altered:
                replaced.append(path)

    def relative(paths: Collection[Path]) -> tuple[str, ...]:
        return tuple(sorted(path.relative_to(build_dir).as_posix() for path in paths))

    return Changes(relative(directories), relative(replaced), relative(added), relative(gone))


def exchange_build(layout: Layout, changes: Changes | None) -> None:
    """Make what is staged the build dir, and let what stays in it keep its inodes.

    The staged directory takes the build dir's place in one step. The other, which is nobody's then, is made equal to
    it, and takes its place back in another one: at every instant the last build or the next one is there, whole. Where
    that cannot be, the staged directory stays in the place.

    Args:
        layout: Where everything lies; `staging` holds the next build dir, and `fresh` a second time what changes.
        changes: What makes the present build dir the next one, None if it cannot stay.

    Raises:
        OSError: The staged directory cannot take its place; the last build stands.
    """
    staging = layout.staging
    is_back = False
    if put_directory(staging, layout.build_dir) and changes:
        with suppress(OSError):
            _apply(changes, staging, layout)
            is_back = exchange(staging, layout.build_dir)
    _keep([layout.fresh] if is_back else [staging, aside_of(staging)], layout)


def exchange_artifact(new: Path, place: Path, layout: Layout) -> None:
    """Make what is staged one of the artifacts in the build dir.

    Args:
        new: The artifact, in `staging`.
        place: Its place in the build dir.
        layout: Where everything lies.

    Raises:
        OSError: It cannot take its place; the last build stands.
    """
    put_directory(new, place)
    _keep([layout.staging], layout)


def _apply(changes: Changes, old: Path, layout: Layout) -> None:
    """Make a directory equal to the one that is in its place; `fresh` then holds what was replaced.

    Raises:
        OSError: It cannot be done, or not all of it.
    """
    for number, name in enumerate(changes.gone):
        _move_away(old / name, layout.gone / str(number))
    for name in changes.replaced:
        new, place = layout.fresh / name, old / name
        if not exchange(new, place):
            place.rmdir()
            new.rename(place)
    for name in changes.added:
        (layout.fresh / name).rename(old / name)
    for name in changes.directories:
        mode = stat.S_IMODE((layout.build_dir / name).stat().st_mode)
        if stat.S_IMODE((old / name).stat().st_mode) != mode:
            (old / name).chmod(mode)


def _move_away(path: Path, target: Path) -> None:
    try:
        path.rename(target)
    except PermissionError:  # an empty one that is the container engine's
        path.rmdir()


def _keep(places: Collection[Path], layout: Layout) -> None:
    """Keep what was exchanged away instead of what the build before this has kept.

    What is removed at once is still read by calls in flight, and by containers that are just being started.
    """
    kept = layout.replaced
    with suppress(OSError):  # what cannot be kept goes
        remove_tree(kept)
        for place in places:
            if os.path.lexists(place) and os.listdir(place):
                kept.mkdir(exist_ok=True)
                place.rename(kept / place.name)
