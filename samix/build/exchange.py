"""Puts a new build in the place of the last one without breaking the programs that use it.

Programs such as `sam local` with warm containers, an editor or a container keep a directory by its inode, not by its
name: `samcli.lib.utils.file_observer` watches the build dir and each artifact, and a container mounts its artifact. If
another directory takes the name, these programs go on with the old one: they see no change any more, and find nothing
once the old one is removed.

So the build dir, and everything in it that does not change, keep their inodes. What is replaced is kept until the next
build that replaces something, because programs may still read from it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from samix.files.atomic import aside_of, exchange, put_directory
from samix.files.copies import remove_tree

if TYPE_CHECKING:
    from samix.state.layout import Layout


@dataclass(frozen=True)
class Changes:
    """The differences between the present build dir and the next one, as paths relative to it."""

    directories: tuple[str, ...]  # the build dir and the directories of nested stacks, as far as they stay
    replaced: tuple[str, ...]  # artifacts and templates whose content differs in the next build
    added: tuple[str, ...]  # what only the next build has
    removed: tuple[str, ...]  # what only the present build has


def find_changes(
    build_dir: Path, contents: Mapping[Path, Collection[str]], altered: Collection[Path]
) -> Changes | None:
    """Compare a build dir with the next build; None if it is not a directory, so that it cannot stay.

    Args:
        build_dir: The build dir.
        contents: The names that the next build has in the build dir and in each directory of a nested stack.
        altered: The artifacts and templates whose content differs in the next build.

    Raises:
        OSError: A directory cannot be read.
    """
    if build_dir.is_symlink() or not build_dir.is_dir():
        return None
    directories, replaced, added, removed = [], [], [], []
    pending = [build_dir]
    while pending:
        directory = pending.pop()
        directories.append(directory)
        wanted, there = contents[directory], set(os.listdir(directory))
        removed += [directory / name for name in there.difference(wanted)]
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

    return Changes(relative(directories), relative(replaced), relative(added), relative(removed))


def exchange_build(layout: Layout, changes: Changes | None, swap: Callable[[Path, Path], bool] = exchange) -> None:
    """Make the staged build the build dir; the build dir and what does not change in it keep their inodes.

    This takes three steps, and at every instant the build dir contains the whole last build or the whole next one:

    1. The staged directory and the build dir are exchanged, in one system call. From here on the next build is there.
    2. The old directory now lies in `staging`, where no program looks for a build. It is made equal to the next build.
    3. The two are exchanged once more, so that the old directory, with its inode, has its place back.

    If step 2 or 3 cannot be done, the new directory stays the build dir.

    Args:
        layout: `staging` contains the next build, and `fresh` a second copy of what changes in it.
        changes: The differences between the two; None if the present build dir cannot stay.
        swap: Exchanges two directories or files in one step; false where the system cannot.

    Raises:
        OSError: The staged directory cannot take its place; the last build stands.
    """
    staging = layout.staging
    is_back = False
    if put_directory(staging, layout.build_dir) and changes:
        with suppress(OSError):
            _apply(changes, staging, layout, swap)
            is_back = swap(staging, layout.build_dir)
    _keep_replaced([layout.fresh] if is_back else [staging, aside_of(staging)], layout)


def exchange_artifact(new: Path, place: Path, layout: Layout) -> None:
    """Replace one artifact in the build dir, where nothing else changes, by a new one that lies in `staging`.

    Raises:
        OSError: It cannot take its place; the last build stands.
    """
    put_directory(new, place)
    _keep_replaced([layout.staging], layout)


def _apply(changes: Changes, old: Path, layout: Layout, swap: Callable[[Path, Path], bool]) -> None:
    """Make the directory that was the build dir equal to the build dir, which is the next build already.

    Afterwards `fresh` contains what was replaced in it.

    Raises:
        OSError: A step failed; the old directory may contain half of each build.
    """
    for number, name in enumerate(changes.removed):
        _move_away(old / name, layout.gone / str(number))
    for name in changes.replaced:
        new, place = layout.fresh / name, old / name
        if not swap(new, place):
            place.rmdir()
            new.rename(place)
    for name in changes.added:
        (layout.fresh / name).rename(old / name)
    for name in changes.directories:
        mode = stat.S_IMODE((layout.build_dir / name).stat().st_mode)
        if stat.S_IMODE((old / name).stat().st_mode) != mode:
            (old / name).chmod(mode)


def _move_away(path: Path, target: Path) -> None:
    """Move something out of the old directory."""
    try:
        path.rename(target)
    except PermissionError:  # an empty directory of another owner: the container engine makes such
        path.rmdir()


def _keep_replaced(places: Collection[Path], layout: Layout) -> None:
    """Keep what was replaced, and remove what an earlier build kept.

    Calls that run, and containers that are just being started, still read from it.
    """
    kept = layout.replaced
    with suppress(OSError):  # what cannot be kept is removed by the next build
        remove_tree(kept)
        for place in places:
            if os.path.lexists(place) and os.listdir(place):
                kept.mkdir(exist_ok=True)
                place.rename(kept / place.name)
