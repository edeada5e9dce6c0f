"""How long samix takes beside the samix of another checkout, in turn: the one before a change."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.apps import Example, Handlers, trivial
from bench.clock import Side, in_turn
from bench.speed import cold_side, edit, samix, written
from bench.table import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.apps import App
    from bench.speed import Size
    from support.project import Project

_NO_SLOWER = 1.05  # the middle of some runs is rarely nearer
_MORE_RUNS = 3  # times those beside sam: what is compared differs less


def measure_before(interpreter: Path, size: Size) -> Iterator[Row]:
    """Builds from nothing, with nothing changed and with one file changed, of this samix and of the other one.

    Both run the same sam.

    Args:
        interpreter: The Python of the environment in which the other samix is installed.
        size: How much is measured.
    """
    apps: tuple[tuple[App, str], ...] = (
        (trivial(size.many), "Fn0/app.py"),
        (Handlers(size.many), "src/app.py"),
        (Example(), "greetings/app.py"),
    )
    for app, source in apps:
        with tempfile.TemporaryDirectory() as directory:
            ours = written(app, Path(directory, "now"))
            theirs = replace(written(app, Path(directory, "before")), interpreter=str(interpreter))
            pair = (ours, theirs)
            yield _row(app, "cold", [cold_side(project, partial(_build, app)) for project in pair], size.dear)
            yield _row(app, "nothing changed", [Side(partial(_build, app, project)) for project in pair], size.cheap)
            edited = [Side(partial(_build, app, project), partial(edit, project.path / source)) for project in pair]
            yield _row(app, "one file changed", edited, size.dear)


def _build(app: App, project: Project) -> None:
    samix(project, *app.arguments)


def _row(app: App, what: str, sides: list[Side], runs: int) -> Row:
    ours, theirs = sides
    return Row(f"{app.name}: {what}", "before", in_turn(ours, theirs, _MORE_RUNS * runs), "s", _NO_SLOWER)
