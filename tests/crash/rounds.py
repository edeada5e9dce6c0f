"""Killing builds at random moments, and looking at what is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from support.processes import marked_processes
from support.project import Project, clean_environment, differences, tree

from samix.state.build_toml import read_definitions
from samix.template.load import load_template
from samix.template.types import CODE_PROPERTIES
from samix.template.value import as_mapping

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from pathlib import Path

    from crash.apps import App
    from support.project import Tree

_TIMEOUT = 300.0  # seconds
_SETTLING = 60.0  # how long what a killed samix started may go on, in seconds
_OLD_ENOUGH = 0.2  # seconds after which a file is believed to be what it looks like
# what a build has written when it begins to put itself in place
_LATE = (".aws-sam/samix/staging", ".aws-sam/samix/state.journal")


@dataclass
class Rounds:
    """Builds of one application that are killed.

    Attributes:
        app: The application.
        directory: Where it is built.
        random: Decides what is done, and when.
        killed: How many builds were killed before they had ended.
    """

    app: App
    directory: Path
    random: random.Random
    killed: int = 0
    _wanted: dict[int, Tree] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)
    _seconds: float = 0.0

    def __post_init__(self) -> None:
        for edition in (2, 1):
            fresh = Project(self.directory / f"fresh-{edition}", self.app.environment, _TIMEOUT)
            fresh.path.mkdir(parents=True)
            self.app.write(fresh, edition)
            start = time.monotonic()
            fresh.samix("build", *self.app.arguments).succeeded()
            self._seconds = time.monotonic() - start
            self._wanted[edition] = self.app.compared(fresh.built())
            time.sleep(_OLD_ENOUGH)
            fresh.samix("build", *self.app.arguments).succeeded()  # writes what is known of files that have settled
            self._names = set(_own_names(fresh.path))
        self._project = Project(self.directory / "app", self.app.environment, _TIMEOUT)
        self._project.path.mkdir()
        self._edition = 1
        self.app.write(self._project, 1)
        self._project.samix("build", *self.app.arguments).succeeded()

    def run(self, count: int) -> Iterator[str]:
        """Kill builds until so many have been; what was done in each round.

        Raises:
            AssertionError: What was left is not what it is to be.
        """
        while self.killed < count:
            self._edition = 3 - self._edition
            self.app.write(self._project, self._edition)
            done = [f"edition {self._edition}"]
            while True:
                before = self._state_of_sam()
                moment = self._kill()
                done.append(moment)
                self._check_build_dir()
                self._check_state_of_sam(before)
                if moment == "ended" or self.random.random() < 0.6:
                    break
            self._project.samix("build", *self.app.arguments).succeeded()
            assert differences(self.app.compared(self._project.built()), self._wanted[self._edition]) == []
            left = set(_own_names(self._project.path)) - self._names
            assert left <= {"replaced"}, left
            yield ", ".join(done)

    def _kill(self) -> str:
        """Start a build and kill it; when that was."""
        mark = f"SAMIX_CRASH_MARK={os.getpid()}.{self.killed}.{time.monotonic_ns()}"
        name, _, value = mark.partition("=")
        process = subprocess.Popen(
            [sys.executable, "-m", "samix", "build", *self.app.arguments],
            cwd=self._project.path,
            env={**clean_environment(), **self.app.environment, name: value},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        start = time.monotonic()
        is_late = self.random.random() < 0.5
        if is_late:
            self._wait_for_the_end_to_begin(process)
        pause = self.random.uniform(0.0, 0.3 if is_late else self._seconds)
        try:
            process.wait(pause)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            self.killed += 1
        moment = f"killed after {time.monotonic() - start:.2f} s" if process.returncode < 0 else "ended"
        _settle(mark)
        return moment

    def _wait_for_the_end_to_begin(self, process: subprocess.Popen[bytes]) -> None:
        late = [self._project.path / name for name in _LATE]
        while process.poll() is None and not any(path.exists() for path in late):
            time.sleep(0.001)

    def _check_build_dir(self) -> None:
        """The build dir is one of the two, and whatever its template names is there."""
        built = self.app.compared(self._project.built())
        off = {edition: differences(built, wanted) for edition, wanted in self._wanted.items()}
        assert [] in off.values(), off
        _check_paths(self._project.build_dir / "template.yaml")

    def _state_of_sam(self) -> dict[str, Tree]:
        """What build.toml names, by uuid, with the dependencies that are there for it."""
        sams = self._project.path / ".aws-sam"
        return {one.uuid: tree(sams / "deps" / one.uuid) for one in read_definitions(sams / "build.toml")}

    def _check_state_of_sam(self, before: dict[str, Tree]) -> None:
        """build.toml is as it was before, or the next one, and so are the dependencies of what it names."""
        after = self._state_of_sam()
        assert len(after) == len(before)
        assert {uuid: deps for uuid, deps in after.items() if uuid in before and deps != before[uuid]} == {}


def _check_paths(template: Path) -> None:
    """Each path in a built template leads somewhere."""
    resources = as_mapping(load_template(template).data.get("Resources"))
    for resource in map(as_mapping, resources.values()):
        kind, properties = str(resource.get("Type")), as_mapping(resource.get("Properties"))
        if kind in CODE_PROPERTIES:
            place = template.parent / str(properties[CODE_PROPERTIES[kind]])
            assert place.is_dir(), place
        elif kind == "AWS::Serverless::Application":
            _check_paths(template.parent / str(properties["Location"]))


def _own_names(project: Path) -> Iterator[str]:
    """What lies in samix's own directory, and beside the build dir."""
    for directory in (project / ".aws-sam" / "samix", project / ".aws-sam"):
        yield from (entry.name for entry in directory.iterdir())


def _settle(mark: str) -> None:
    """Wait until nothing runs any more that a build has started."""
    deadline = time.monotonic() + _SETTLING
    while left := [*marked_processes(mark)]:
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.02)
