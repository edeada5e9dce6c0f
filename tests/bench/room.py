"""How much room `.aws-sam` takes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.place import project_in
from bench.table import Figure, Row
from support.disk import disk_use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.apps import App

WANTED = 1.1
_EDITIONS = {1: "built", 2: "after an edit", 3: "after another, a function less"}
_MEGABYTE = 1e6


def measure_room(app: App) -> Iterator[Row | Figure]:
    """What samix and sam take for an application, after each of the builds of a small history.

    Raises:
        AssertionError: A build failed.
    """
    with tempfile.TemporaryDirectory() as directory:
        ours, theirs = (project_in(Path(directory, name)) for name in ("samix", "sam"))
        for edition, when in _EDITIONS.items():
            app.write(ours, edition)
            ours.samix("build", *app.arguments).succeeded()
            name, taken = f"{app.name}: {when}", disk_use(ours.path / ".aws-sam") / _MEGABYTE
            if app.sam_can:
                app.write(theirs, edition)
                theirs.sam("build", "--cached", *app.arguments).succeeded()
                pair = (taken, disk_use(theirs.path / ".aws-sam") / _MEGABYTE)
                yield Row(name, "sam build --cached", [pair], "MB", WANTED)
            else:
                yield Figure(name, taken, "MB")
