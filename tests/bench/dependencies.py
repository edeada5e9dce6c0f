"""How long samix takes beside sam where the functions have packages to install.

Both use the caches of pip and npm that the user has; they hold all that is asked for before the first run is measured.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bench.apps import add_dependency, add_requirement, own_python, same_node, same_python
from bench.speed import PARALLEL, compare_changed, compare_cold, edit_first, projects_of, sam_parallel
from bench.table import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bench.apps import Functions
    from bench.speed import Measure, Size
    from support.project import Project

    Add = Callable[[Project, int], None]


def measure_python(size: Size) -> Iterator[Row]:
    """Python functions with the same requirements: cold, with one file changed, with a line added to the manifest."""
    app = same_python(size.real)
    _fill_caches(replace(app, count=1), add_requirement, size.dear)
    with projects_of(app, "samix", "sam") as (ours, theirs):
        yield Row(f"{app.name}: cold", PARALLEL, compare_cold(ours, theirs, size.dear), "s", 0.25)
        edited = compare_changed(ours, theirs, edit_first, size.dear)
        yield Row(f"{app.name}: one file changed", PARALLEL, edited, "s", 1 / 10)
        added = compare_changed(ours, theirs, add_requirement, size.dear)
        yield Row(f"{app.name}: a line added to each manifest", PARALLEL, added, "s", 0.25)


def measure_node(size: Size) -> Iterator[Row]:
    """Node.js functions with the same dependencies: cold, with a dependency added to the manifest."""
    app = same_node(size.real)
    _fill_caches(replace(app, count=1), add_dependency, size.dear)
    with projects_of(app, "samix", "sam") as (ours, theirs):
        yield Row(f"{app.name}: cold", PARALLEL, compare_cold(ours, theirs, size.dear), "s", 0.35)
        added = compare_changed(ours, theirs, add_dependency, size.dear)
        yield Row(f"{app.name}: a dependency added to each manifest", PARALLEL, added, "s", 0.25)


def measure_own(size: Size) -> Iterator[Row]:
    """Python functions, each with requirements of its own: cold."""
    app = own_python(size.real)
    _fill_caches(app)
    with projects_of(app, "samix", "sam") as (ours, theirs):
        yield Row(f"{app.name}: cold", PARALLEL, compare_cold(ours, theirs, size.dear), "s", 0.9)


DEPENDENCIES: Mapping[str, Measure] = {"python": measure_python, "node": measure_node, "own": measure_own}


def _fill_caches(app: Functions, add: Add | None = None, additions: int = 0) -> None:
    """Have sam install what an application asks for, and what is added to its manifests later."""
    with projects_of(app, "filling") as (project,):
        sam_parallel(project)
        if add:
            for number in range(additions):
                add(project, number)
            sam_parallel(project)
