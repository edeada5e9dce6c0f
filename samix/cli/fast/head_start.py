"""A warm sam for a build that has something to do: imported while samix itself is, and while the build is planned.

This is a guess, and a wrong one only costs time. The plan alone decides what is to be done, and by which sam.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from samix.messages.errors import SamixError
from samix.options.sources import DEFAULT_TEMPLATES
from samix.options.table import SAM_VARIABLE
from samix.state.layout import OWN_DIRECTORY, STAT_INDEX_FILE, STATE_FILE

if TYPE_CHECKING:
    from samix.sam.fork_server import ForkServer

# with these another sam may build, or none
_STEERING = ("--sam", "--hook-name", "--help", "-h")


@contextmanager
def head_start(arguments: Sequence[str]) -> Iterator[ForkServer | None]:
    """Start a warm sam if the command line is a `samix build` that will probably need one; None otherwise.

    The arguments are the command line without the program.
    """
    server = _start() if _has_work(arguments) else None
    try:
        yield server
    finally:
        if server:
            server.close()


def _has_work(arguments: Sequence[str]) -> bool:
    """Whether something must probably be built: all of it, or what has a changed source."""
    if arguments[:1] != ["build"] or any(argument.startswith(_STEERING) for argument in arguments):
        return False
    if os.path.islink(OWN_DIRECTORY) or os.path.islink(OWN_DIRECTORY.parent):  # the build may refuse it
        return False
    # of these functions the ones of `Path` raise where a directory cannot be searched
    if not os.path.exists(OWN_DIRECTORY / STATE_FILE):
        return any(os.path.isfile(name) for name in DEFAULT_TEMPLATES)
    from samix.state.stat_index import has_changed_source  # noqa: PLC0415 - where there is something to look at

    return has_changed_source(OWN_DIRECTORY / STAT_INDEX_FILE)


def _start() -> ForkServer | None:
    from samix.host.sam_program import find_sam, sam_environment  # noqa: PLC0415 - where there is work
    from samix.sam.fork_server import start_server  # noqa: PLC0415

    try:
        sam = find_sam(os.environ.get(SAM_VARIABLE), os.environ.get("PATH"))
        return start_server(sam, sam_environment(os.environ, {}), Path.cwd())
    except (SamixError, OSError, ValueError):  # it is reported when sam is needed
        return None
