"""Building an application with sam and with samix, in the same place, and comparing what they leave."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from fuzz.shared_places import generate
from support.project import Project, differences

if TYPE_CHECKING:
    from fuzz.shared_places import SharedPlaces
    from support.project import Run, Tree

_BUILDS = 4  # the second may build again what changed its own sources, and the third what that changed
_JOBS = ("--jobs", "4")


def with_sam(target: str, inputs: int, seed: int) -> str:
    """Compare so many applications. The directory of the first that differs is kept.

    Returns:
        What differs, if anything does.
    """
    del target
    for each in range(seed, seed + inputs):
        place = Path(mkdtemp(prefix=f"shared-places-{each}-"))
        found = compare(each, place)
        if found:
            unsteady = steady(each, place / "again") or "sam itself always leaves the same"
            kept = f"kept in {place}: sam/ is what sam left, app/ what samix left"
            return "\n".join([f"seed {each}: {', '.join(generate(each).traits)}", kept, unsteady, found, ""])
        shutil.rmtree(place)
    return ""


def compare(seed: int, place: Path) -> str:
    """Build the application of a seed with both, in the directory `app` of a place.

    Returns:
        What differs, nothing if all is the same.
    """
    application = generate(seed)
    project = _fresh(application, place)
    sams = project.sam("build", *application.arguments)
    built = project.built()
    project.path.rename(place / "sam")

    project = _fresh(application, place)
    run = project.samix("build", *_JOBS, *application.arguments)
    if run.code != sams.code:
        return f"exit code {run.code}, of sam {sams.code}\n{run.text if run.code else sams.text}"
    if run.code:
        return _failing(application, sams)
    return _different(built, project.built(), "sam and samix differ") or _rebuilt(project, application, built)


def steady(seed: int, place: Path) -> str:
    """Build the application of a seed with sam three times, the last time on what the second left.

    Returns:
        What differs, nothing if sam always leaves the same.
    """
    application = generate(seed)
    project = _fresh(application, place)
    first = project.sam("build", *application.arguments)
    built = project.built()
    project.path.rename(place / "first")
    project = _fresh(application, place)
    second = project.sam("build", *application.arguments)
    if first.code != second.code:
        return f"sam ends with exit code {first.code} and then {second.code}"
    if first.code:
        return _failing(application, second)
    found = _different(built, project.built(), "two builds of sam differ")
    project.sam("build", *application.arguments).succeeded()
    return found or _different(built, project.built(), "what sam leaves depends on what it left before")


def _failing(application: SharedPlaces, run: Run) -> str:
    """What is wrong with an application that sam does not build: the generator, where it is not meant to fail."""
    is_meant = any(trait.startswith("fails") for trait in application.traits)
    return "" if is_meant else f"sam does not build it\n{run.text}"


def _rebuilt(project: Project, application: SharedPlaces, built: Tree) -> str:
    """What is wrong with building it again."""
    run: Run | None = None
    for number in range(2, _BUILDS + 1):
        run = project.samix("build", *_JOBS, *application.arguments)
        if run.code:
            return f"build {number} ended with exit code {run.code}\n{run.text}"
        found = _different(built, project.built(), f"build {number} left something else")
        if found:
            return f"{found}\n{run.text}"
        results = {result for _, result in run.results().values()}
        if results == {"reused"} or "--build-in-source" in application.arguments:  # such units are built every time
            return ""
    assert run is not None
    return f"build {_BUILDS} built something again\n{run.text}"


def _different(one: Tree, other: Tree, what: str) -> str:
    paths = differences(one, other)
    if not paths:
        return ""
    lines = [f"{path}: {one.get(path, 'is not there')} / {other.get(path, 'is not there')}" for path in paths[:20]]
    return "\n".join([what, *lines])


def _fresh(application: SharedPlaces, place: Path) -> Project:
    project = Project.from_files(place / "app", application.files)
    return Project(project.path, environment={"PWD": os.fspath(project.path)})  # as a shell sets it
