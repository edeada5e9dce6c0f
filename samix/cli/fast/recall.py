"""Answering `samix build` from the snapshot of an earlier one that had nothing to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from samix.cli.fast.snapshot import read_snapshot
from samix.cli.output import flush, is_unread, print_ending, print_note
from samix.files.names import SAM_DIRECTORY
from samix.messages.printable import strip_control_characters, write
from samix.report.ending import is_watched

if TYPE_CHECKING:
    from samix.cli.fast.snapshot import Snapshot

# `Layout.snapshot_file`; that module is not imported here, nor what it needs
_FILE = os.path.join(SAM_DIRECTORY, "samix", "snapshot.json")


def recall(arguments: Sequence[str]) -> bool:
    """Print the end of a build that has nothing to do; the arguments are the command line without the program.

    Returns:
        Whether it was printed; otherwise nothing is printed, because only a plan can find what is to be done.
    """
    if arguments[:1] != ["build"]:
        return False
    snapshot = read_snapshot(_FILE)
    if snapshot is None or not _holds(snapshot, arguments, os.environ):
        return False
    try:
        for note in snapshot.notes:
            print_note(note)
        if snapshot.said and not is_watched(sys.stderr, os.environ):
            for line in snapshot.said:
                write(sys.stderr, f"{strip_control_characters(line)}\n")
        print_ending(snapshot.ending)
        flush()
    except BrokenPipeError:
        if not is_unread():
            raise
        sys.exit(1)
    return True


def _holds(snapshot: Snapshot, arguments: Sequence[str], environ: Mapping[str, str]) -> bool:
    try:
        return snapshot.holds(arguments, os.getcwd(), environ) and _are_images_there(snapshot, environ)
    except (OSError, ValueError, TypeError, AttributeError):  # a file of another shape
        return False


def _are_images_there(snapshot: Snapshot, environ: Mapping[str, str]) -> bool:
    """Whether the build images are unchanged; one whose content id is unknown counts as unchanged."""
    if not snapshot.images:
        return True
    from samix.host.engine import image_ids  # noqa: PLC0415 - not for a build without containers

    found = image_ids(snapshot.images, environ)
    return all(found.get(name, was) == was for name, was in snapshot.images.items())
