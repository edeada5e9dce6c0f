"""Links in the place of `.aws-sam` and of what is in it: they may come with a restored directory, and lead anywhere."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from samix.files.safe_read import read_bytes
from samix.messages.errors import StateError
from samix.template.built_template import TEMPLATE_NAME

if TYPE_CHECKING:
    from samix.state.layout import Layout

_BUILT_BY_SAM = b"SamResourceId"  # in each built template, and in hardly any other
_OF_A_VOLUME = frozenset({"lost+found"})


def check_links(layout: Layout) -> None:
    """Refuse a link through which a build would write over what neither samix nor sam put there.

    A user who moves `.aws-sam` or the build dir may put a link to the new place.

    Raises:
        StateError: There is one.
    """
    if layout.root.is_symlink():
        raise StateError(f"{layout.root} is a link, which samix does not follow there.", hint="Remove the link.")
    sam = layout.sam_dir
    if sam.is_symlink() and not _is_empty(sam) and not _has(layout, sam):
        raise _strange(sam, "neither sam nor samix has ever worked there")
    build = sam / "build"
    if build.is_symlink() and not _is_empty(build) and not _is_built(build):
        raise _strange(build, "it does not hold a build of sam")


def remove_links(layout: Layout) -> None:
    """Remove the links in samix's own directory, where samix makes none: what it removes there is then its own.

    Call it with the lock held, and before anything is read, moved or removed in there.

    Raises:
        OSError: One cannot be removed.
    """
    for directory in (layout.root, layout.all_finished, layout.sets):
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(directory) as entries:
            for entry in entries:
                if entry.is_symlink():
                    os.unlink(entry.path)


def _strange(link: Path, why: str) -> StateError:
    return StateError(
        f"{link} leads to {os.path.realpath(link)}, which is not empty, and {why}.",
        hint="Remove the link, or empty that directory if nothing in it is needed.",
    )


def _is_empty(directory: Path) -> bool:
    try:
        return not set(os.listdir(directory)) - _OF_A_VOLUME
    except (FileNotFoundError, NotADirectoryError):
        return True


def _has(layout: Layout, sam: Path) -> bool:
    """Whether something lies there that only a build leaves; a directory may be called `samix` for other reasons."""
    return any(os.path.lexists(place) for place in (layout.lock_file, layout.state_file, sam / layout.build_toml.name))


def _is_built(directory: Path) -> bool:
    with suppress(OSError):
        return _BUILT_BY_SAM in read_bytes(directory / TEMPLATE_NAME)
    return False
