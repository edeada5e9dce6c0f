"""Records which files, variables and images a build reads, so that the next one can see whether any changed.

With these records a later build can see that there is nothing to do, without deciding anything again
(`samix.cli.fast.snapshot`). Code that reads a file to plan a build, or reads what an earlier build left, must record it
here: a change of a file that is forgotten goes unseen.

The list of observations is global: some hundred places in nine folders look at something, and only
`samix.cli.run_build` opens an observation. What is read while none is open is not recorded.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import re
    from pathlib import Path

_Path = TypeVar("_Path", str, "Path")


@dataclass
class Observation:
    """Everything that a build has read."""

    # files and directories, missing ones too; a link includes its target, a directory only the names in it
    paths: set[str] = field(default_factory=set)
    # the content ids of build images by name; None for those that are not known
    images: dict[str, str | None] = field(default_factory=dict)
    is_whole: bool = True  # whether everything that the build depends on is recorded here


_observations: list[Observation] = []


@contextmanager
def record_observations() -> Iterator[Observation]:
    """Record what all threads read inside the `with` block."""
    observation = Observation()
    _observations.append(observation)
    try:
        yield observation
    finally:
        _observations.remove(observation)


def observe(path: _Path) -> _Path:
    """Record that a path is read, and return the path."""
    for observation in _observations:
        observation.paths.add(os.fspath(path))
    return path


def observe_all(paths: Collection[str]) -> None:
    """Record that these paths are read."""
    for observation in _observations:
        observation.paths.update(paths)


def observe_matches(directory: str, pattern: str) -> list[str]:
    """The paths that match a glob pattern in a directory; all directories that are searched are recorded."""
    place = glob.escape(directory)
    parts = pattern.split("/")
    for depth in range(len(parts)):
        for above in glob.iglob(os.path.join(place, *parts[:depth], "")):
            observe(above)
    return glob.glob(os.path.join(place, pattern))


def observe_image(name: str, content: str | None) -> None:
    """Record the content id of a build image."""
    for observation in _observations:
        observation.images[name] = content


def observe_unknown() -> None:
    """Record that the build depends on something that cannot be recorded, such as the output of a program."""
    for observation in _observations:
        observation.is_whole = False


class ObservedEnvironment(Mapping[str, str]):
    """An environment that records which of its variables are read."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.plain = environ  # what is read from it directly is not recorded
        self.names: set[str] = set()  # the variables that were read, whether they are set or not
        self.patterns: set[str] = set()  # the regular expressions by which variables were selected
        self._selected: dict[re.Pattern[str], dict[str, str]] = {}
        self._unset: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return self.plain[name]

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - as in any mapping
        """The value of a variable; the environment is asked once for one that is not set."""
        if name in self._unset:
            return default
        try:
            return self[name]
        except KeyError:
            self._unset.add(name)
            return default

    def __iter__(self) -> Iterator[str]:
        """All names, for a program that may read any of them: that is recorded as unknown."""
        observe_unknown()
        return iter(self.plain)

    def __len__(self) -> int:
        return len(self.plain)

    def matching(self, pattern: re.Pattern[str]) -> dict[str, str]:
        """The variables whose whole name matches a pattern; the environment is searched once for each."""
        found = self._selected.get(pattern)
        if found is None:
            self.patterns.add(pattern.pattern)
            found = self._selected[pattern] = matching(self.plain, pattern)
        return dict(found)


def plain_environment(environ: Mapping[str, str]) -> Mapping[str, str]:
    """An environment without records, for a program whose inputs are recorded elsewhere."""
    return environ.plain if isinstance(environ, ObservedEnvironment) else environ


def matching(environ: Mapping[str, str], pattern: re.Pattern[str]) -> dict[str, str]:
    """The variables whose whole name matches a pattern."""
    if isinstance(environ, ObservedEnvironment):
        return environ.matching(pattern)
    return {name: value for name, value in environ.items() if pattern.fullmatch(name)}
