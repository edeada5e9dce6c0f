"""How long samix takes beside sam, a person and Python itself, and how much memory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Protocol

from bench.apps import Example, Handlers, trivial
from bench.clock import Side, in_turn, peak_memory
from bench.place import project_in
from bench.recipe import build_mixed_by_hand
from bench.table import Figure, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bench.apps import App, Functions
    from support.project import Project

PARALLEL = "sam build --cached --parallel"
_MOST_MEMORY = 100  # MB
_LINEAR = 1.25  # 1, and what some milliseconds more or less make of it
_STAT = "import os, sys\nfor line in open(sys.argv[1]):\n    os.stat(line[:-1])\n"


@dataclass(frozen=True)
class Size:
    """How much is measured.

    Attributes:
        many: The functions of an application with many.
        real: Those of one in which each has packages to install.
        growth: Those of three applications, few to very many.
        dear: How often what takes long is run.
        cheap: How often what does not is run.
    """

    many: int
    real: int
    growth: tuple[int, int, int]
    dear: int
    cheap: int


FULL = Size(many=100, real=20, growth=(10, 100, 1000), dear=3, cheap=9)
SMOKE = Size(many=2, real=2, growth=(2, 3, 4), dear=1, cheap=1)


class Measure(Protocol):
    """Gives some rows of the table."""

    def __call__(self, size: Size) -> Iterator[Row | Figure]: ...


def measure_many(size: Size) -> Iterator[Row]:
    """Many functions: cold, with nothing changed, with one file changed, with `.aws-sam` in another place."""
    app = trivial(size.many)
    with projects_of(app, "samix", "sam") as (ours, theirs):
        yield Row(f"{app.name}: cold", PARALLEL, compare_cold(ours, theirs, size.dear), "s", 0.85)
        again = in_turn(Side(partial(samix, ours)), Side(partial(sam_parallel, theirs)), size.dear)
        yield Row(f"{app.name}: nothing changed", PARALLEL, again, "s", 1 / 60)
        edited = compare_changed(ours, theirs, edit_first, size.dear)
        yield Row(f"{app.name}: one file changed", PARALLEL, edited, "s", 1 / 12)
        restored = in_turn(_restored(ours, samix), _restored(theirs, sam_parallel), size.dear)
        yield Row(f"{app.name}: .aws-sam restored under another path", PARALLEL, restored, "s", 1 / 10)


def measure_shared(size: Size) -> Iterator[Row]:
    """Many handlers of one CodeUri."""
    app = Handlers(size.many)
    with projects_of(app, "samix", "sam") as (ours, theirs):
        yield Row(f"{app.name}: cold", PARALLEL, compare_cold(ours, theirs, size.dear), "s", 1)


def measure_mixed(size: Size) -> Iterator[Row]:
    """The example, beside what a person does by hand."""
    app, recipe = Example(), "the manual recipe"
    with projects_of(app, "samix", "hand") as (ours, theirs):
        own = partial(samix, ours, *app.arguments)
        by_hand = partial(build_mixed_by_hand, theirs, *app.overrides)
        cold = in_turn(Side(own, partial(_forget, ours)), Side(by_hand, partial(_forget, theirs)), size.dear)
        yield Row(f"{app.name}: cold, images present", recipe, cold, "s", 0.45)
        again = in_turn(Side(own), Side(by_hand), size.dear)
        yield Row(f"{app.name}: nothing changed", recipe, again, "s", 1 / 25)
        # sam alone finds what the recipe made it believe
        edited = in_turn(
            Side(own, partial(edit, ours.path / "greetings" / "app.py")),
            Side(partial(_sam, theirs, *app.overrides), partial(edit, theirs.path / "greetings" / "app.py")),
            size.dear,
        )
        yield Row(f"{app.name}: one host function's source changed", "sam build --cached", edited, "s", 1 / 2)


def measure_growth(size: Size) -> Iterator[Row | Figure]:
    """Few functions, many and very many: how long planning takes, and looking at all their files."""
    apps = [trivial(count) for count in size.growth]
    with tempfile.TemporaryDirectory() as directory:
        projects = [written(app, Path(directory, str(app.count))) for app in apps]
        yield from _plans("before the first build", apps, projects, size.cheap)
        for project in projects:
            samix(project)  # builds
            samix(project)  # remembers that there is nothing to do
        listed = Path(directory, "listed")
        listed.write_text("".join(f"{path}\n" for path in _looked_at(projects[-1].path)))
        stats = Side(partial(_python, _STAT, str(listed)))
        pairs = in_turn(Side(partial(samix, projects[-1])), stats, size.cheap)
        yield Row(f"{apps[-1].name}: nothing changed", "a script that stats the same files", pairs, "s", 4)
        for project in projects:
            edit(project.path / "Fn0" / "app.py", 0)
        yield from _plans("after an edit", apps, projects, size.cheap)


def _plans(when: str, apps: Sequence[Functions], projects: Sequence[Project], runs: int) -> Iterator[Row | Figure]:
    """How long planning takes, and by how much each function more makes it longer."""
    plans = [Side(partial(_plan, project)) for project in projects]
    times = [[plan.seconds(number) for plan in plans] for number in range(runs)]
    first, second, last = (median(seconds) for seconds in zip(*times, strict=True))
    for app, seconds in zip(apps, (first, second, last), strict=True):
        yield Figure(f"{app.name}: plan {when}", seconds, "s")
    few, many, most = (app.count for app in apps)
    # of the quickest runs: a small difference of two figures is mostly what else the machine does
    first, second, last = (min(seconds) for seconds in zip(*times, strict=True))
    pair = (1000 * (last - first) / (most - few), 1000 * (second - first) / (many - few))
    yield Row(f"plan {when}: each function more, up to {most:,}", f"up to {many:,}", [pair], "ms", _LINEAR)


def measure_memory(size: Size) -> Iterator[Figure]:
    """Few functions, many and very many: how much memory samix itself takes."""
    for app in (trivial(count) for count in size.growth):
        with projects_of(app, "samix") as (project,):
            yield Figure(f"{app.name}: cold, memory", peak_memory(project, "build"), "MB", _MOST_MEMORY)
            samix(project)
            yield Figure(f"{app.name}: nothing changed, memory", peak_memory(project, "build"), "MB", _MOST_MEMORY)


def measure_start(size: Size) -> Iterator[Row]:
    """The start of samix beside that of Python."""
    with tempfile.TemporaryDirectory() as directory:
        project = project_in(Path(directory))
        pairs = in_turn(
            Side(lambda: project.samix("--help").succeeded()), Side(partial(_python, "pass")), 3 * size.cheap
        )
    yield Row("samix --help", "python -c pass", pairs, "s", 5)


MEASURES: Mapping[str, Measure] = {
    "many": measure_many,
    "shared": measure_shared,
    "mixed": measure_mixed,
    "growth": measure_growth,
    "memory": measure_memory,
    "start": measure_start,
}


def samix(project: Project, *arguments: str) -> None:
    """Build with samix."""
    project.samix("build", *arguments).succeeded()


def _plan(project: Project) -> None:
    project.samix("plan").succeeded()


def _sam(project: Project, *arguments: str) -> None:
    project.sam("build", "--cached", *arguments).succeeded()


def sam_parallel(project: Project) -> None:
    """Build with sam, as quickly as it can."""
    _sam(project, "--parallel")


def _python(script: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-c", script, *arguments], check=True)


def written(app: App, path: Path) -> Project:
    """A directory with the first edition of an application."""
    project = project_in(path)
    app.write(project, 1)
    return project


@contextmanager
def projects_of(app: App, *names: str) -> Iterator[list[Project]]:
    """An application, once for each that builds it."""
    with tempfile.TemporaryDirectory() as directory:
        yield [written(app, Path(directory, name)) for name in names]


def _forget(project: Project, number: int) -> None:
    """Take all away that was built.

    It is moved, not removed: ext4 uses the inodes of deleted files only after a while, and who makes files before that
    waits for its search for others.
    """
    with suppress(FileNotFoundError):
        (project.path / ".aws-sam").rename(project.path.with_name(f"{project.path.name}-{number}.gone"))


def edit(file: Path, number: int) -> None:
    """Change a Python file that nothing but its text tells from before."""
    with file.open("a") as opened:
        opened.write(f"# {number}\n")


def edit_first(project: Project, number: int) -> None:
    """Change the code of the first of some Python functions."""
    edit(project.path / "Fn0" / "app.py", number)


def compare_cold(ours: Project, theirs: Project, runs: int) -> list[tuple[float, float]]:
    """How long samix and `sam build --cached --parallel` take when nothing is built."""
    return in_turn(cold_side(ours, samix), cold_side(theirs, sam_parallel), runs)


def compare_changed(
    ours: Project, theirs: Project, change: Callable[[Project, int], object], runs: int
) -> list[tuple[float, float]]:
    """How long samix and `sam build --cached --parallel` take after a change of what they have built.

    Args:
        ours: What samix builds.
        theirs: What sam builds.
        change: Makes it, in one of them; it gets the number of the run.
        runs: How often.
    """
    return in_turn(
        Side(partial(samix, ours), partial(change, ours)),
        Side(partial(sam_parallel, theirs), partial(change, theirs)),
        runs,
    )


def cold_side(project: Project, build: Callable[[Project], None]) -> Side:
    """A build of a project of which nothing was built."""
    return Side(partial(build, project), partial(_forget, project))


def _restored(project: Project, build: Callable[[Project], None]) -> Side:
    """A build in a copy of a built project, all of whose files are new."""
    copy = project_in(project.path.with_name(f"{project.path.name}-restored"))

    def restore(_number: int) -> None:
        shutil.rmtree(copy.path, ignore_errors=True)
        shutil.copytree(project.path, copy.path, symlinks=True, copy_function=shutil.copy)

    return Side(partial(build, copy), restore)


def _looked_at(root: Path) -> Iterator[str]:
    """The files and directories of a built project, samix's own records and logs left out."""
    own = str(root / ".aws-sam" / "samix")
    for directory, names, files in os.walk(root):
        names[:] = [name for name in names if os.path.join(directory, name) != own]
        yield directory
        yield from (os.path.join(directory, name) for name in files)
