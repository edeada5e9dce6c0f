"""What all searches share: reading files, joining paths, and keeping what is outside of the source."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from samix.files.access_log import observe, observe_matches
from samix.files.names import SAM_DIRECTORY
from samix.files.safe_read import open_regular
from samix.template.value import ValueMapping, as_mapping

if TYPE_CHECKING:
    from samix.template.value import Value

_NEVER = frozenset({SAM_DIRECTORY, ".git"})
_MOST_READ = 1 << 22  # bytes; no manifest is longer
_WILDCARD = re.compile(r"[*?\[]")
_MOST_WILDCARDS = 2
_DEVICES = ("/dev", "/proc", "/sys")  # writing there makes no file


def is_inside(path: str, directory: str) -> bool:
    """Whether a path is a directory, or in it; both absolute."""
    return path == directory or path.startswith(directory.rstrip("/") + "/")


def no_variable(name: str) -> None:
    """The value of a variable in an empty environment."""
    del name


@dataclass
class Search:
    """A search for what one unit's build reads, writes and names outside of its source."""

    source: str
    root: str  # outside of it, only what is named relatively is considered
    project: str
    build_dir: str  # with its links
    artifact: str
    home: str  # where in the artifact its builder works: for a layer of npm, in the folder of its language
    directory: str  # where make runs, or, for all other builders, where sam is started
    manifest: str | None = None  # if it is not the one in the source
    runs_in_source: bool = False  # and not in a copy of it
    names: frozenset[str] = frozenset()  # what a makefile may call the unit
    environment: Callable[[str], str | None] = no_variable  # the value of a variable of the environment
    # what is found, as `samix.builders.outside.Outside` has it
    found: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    within: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    roaming: set[str] = field(default_factory=set)
    neighbours: set[str] = field(default_factory=set)
    misplaced: set[str] = field(default_factory=set)
    led: set[str] = field(default_factory=set)

    def manifests(self, *names: str) -> list[str]:
        """The given manifest, else those of these names in the source."""
        return [self.manifest] if self.manifest else [os.path.join(self.source, name) for name in names]

    def holds_source(self, path: str) -> bool:
        """Whether the source is in a directory."""
        return is_inside(self.source, path)

    def above(self, path: str) -> Iterator[str]:
        """The directories around a path, the nearest first, as far as the root."""
        while path != self.root and is_inside(path, self.root):
            path = os.path.dirname(path)
            yield path

    def locate(self, base: str, written: str) -> str | None:
        """The existing path that a text means in a directory; None if it does not exist or does not count.

        Outside of the root, what is written as an absolute path, contains the source, or is reached by a link does not
        count: it belongs to the machine and not to the project.
        """
        path = _resolve(base, written)
        if path is None or is_inside(path, self.root):
            return path
        is_by_link = is_inside(os.path.normpath(os.path.join(base, written)), self.root)
        return None if is_by_link or os.path.isabs(written) or self.holds_source(path) else path

    def expand(self, base: str, written: str) -> list[str]:
        """The paths that a text with wildcards matches; their directory if there are many."""
        wildcard = _WILDCARD.search(written)
        if wildcard is None:
            path = self.locate(base, written)
            return [path] if path else []
        head, slash, _ = written[: wildcard.start()].rpartition("/")
        start = self.locate(base, (head or slash) or ".")
        if start is None or is_inside(start, self.source):
            return []
        if "**" in written or len(_WILDCARD.findall(written)) > _MOST_WILDCARDS:
            return [start]
        rest = written[len(head) + len(slash) :]
        paths = (self.locate(base, match) for match in observe_matches(start, rest))
        return [path for path in paths if path]

    def add(self, *paths: str | None) -> None:
        """Keep the paths that exist and are outside of the source."""
        for path in paths:
            located = _resolve(self.root, path) if path else None
            if located and not is_inside(located, self.source):
                self.found.add(located)

    def add_named(self, directory: str, names: Iterable[str]) -> None:
        """Keep the files and directories with one of these names in a directory."""
        self.add(*(os.path.join(directory, name) for name in names))

    def expand_from_artifact(self, written: str) -> list[str]:
        """The paths outside of the build dir that a text names, relative to where a builder works in the artifact.

        Neither the artifact nor the build dir need exist.
        """
        wildcard = _WILDCARD.search(written)
        cut = len(written) if wildcard is None else written.rfind("/", 0, wildcard.start()) + 1
        base = os.path.normpath(f"{self.home}/{written[:cut]}")
        if self._in_build_dir(base):
            return []
        return self.expand(base, written[cut:]) if written[cut:] else self.expand(*os.path.split(base))

    def is_in_root(self, path: str) -> bool:
        """Whether a path is in the root, before or after links are resolved."""
        return is_inside(os.path.normpath(path), self.root) or is_inside(os.path.realpath(observe(path)), self.root)

    def holds_project(self, path: str) -> bool:
        """Whether a path is the project, or contains it."""
        return is_inside(self.project, os.path.realpath(observe(path)))

    def add_written(self, path: str) -> None:
        """Keep what the build may write, which need not exist.

        A directory outside of the root that contains the source is not kept, nor is anything in `.aws-sam`.
        """
        path = os.path.realpath(observe(path))
        is_kept = is_inside(path, self.root) or not self.holds_source(path)
        if (
            is_kept
            and SAM_DIRECTORY not in os.path.relpath(path, self.root).split("/")
            and not any(is_inside(path, directory) for directory in _DEVICES)
        ):
            (self.within if is_inside(path, self.source) else self.written).add(path)

    def mention(self, path: str) -> None:
        """Keep a path in the project that a recipe names, whether it exists or not, unless it contains the source."""
        path = os.path.realpath(observe(path))
        if is_inside(path, self.root) and not is_inside(path, self.source) and not self.holds_source(path):
            self.named.add(path)

    def add_roaming(self, path: str) -> None:
        """Keep a directory in which the build may do anything."""
        path = os.path.realpath(observe(path))
        if is_inside(path, self.root) or not self.holds_source(path):
            self.roaming.add(path)

    def add_neighbour(self, path: str, *, looks: bool = False) -> bool:
        """Whether a path is in the build dir; it is kept if it is outside of the unit's own artifact.

        `looks` says whether the command reads this directory itself; then all artifacts in it count.
        """
        found = self._in_build_dir(os.path.normpath(path))
        if found and not is_inside(found, self.artifact) and (looks or not is_inside(self.artifact, found)):
            self.neighbours.add(found)
        return found is not None

    def leaves_build_dir(self, written: str) -> bool:
        """Whether a path that is relative to the artifact leads out of the build dir, even if it comes back."""
        depth, least = len(os.path.relpath(self.artifact, self.build_dir).split("/")), 0
        for step in written.split("/"):
            depth += {"": 0, ".": 0, "..": -1}.get(step, 1)
            least = min(least, depth)
        return least < 0

    def add_misplaced(self, path: str) -> None:
        """Keep a path in the build dir that is not written relative to the artifact."""
        found = self._in_build_dir(os.path.normpath(path))
        if found:
            self.misplaced.add(found)

    def path_of_variable(self, name: str) -> str | None:
        """The value of an environment variable if it is a path in the project, else None."""
        value = self.environment(name)
        if not value or "/" not in value or "\0" in value:
            return None
        path = os.path.normpath(os.path.join(self.project, value))
        return path if self.is_in_root(path) and not self._in_build_dir(path) else None

    def _in_build_dir(self, path: str) -> str | None:
        """A path in the build dir or its real path, as a path in the build dir as given; None for any other path."""
        real = os.path.realpath(observe(self.build_dir))
        for directory in (self.build_dir, real):
            if is_inside(path, directory):
                return os.path.normpath(os.path.join(self.build_dir, os.path.relpath(path, directory)))
        return None

    def add_led(self, path: str) -> None:
        """Keep what a script finds in the project, and may read or write."""
        self.mention(path)
        self.add(path)
        self.led.add(os.path.realpath(observe(path)))

    def read_paths(self) -> list[str]:
        """The paths that the build reads and that count."""
        return [path for path in self.found if _NEVER.isdisjoint(os.path.relpath(path, self.root).split("/"))]


def outermost(paths: Iterable[str]) -> list[str]:
    """The paths that are not inside of another."""
    kept: list[str] = []
    for path in sorted(paths, key=lambda path: path.split("/")):
        if not (kept and is_inside(path, kept[-1])):
            kept.append(path)
    return kept


def _resolve(base: str, written: str) -> str | None:
    """A path from a directory, with links resolved in all but its last part; None if it does not exist."""
    if "\0" in written:
        return None
    path = observe(os.path.join(base, written))  # with its links
    head, name = os.path.split(path.rstrip("/"))
    path = os.path.realpath(path) if name in {"", ".", ".."} else os.path.join(os.path.realpath(head), name)
    return path if os.path.exists(observe(path)) else None


def read(path: str) -> str:
    """The text of a file; empty if it cannot be read."""
    try:
        with open_regular(observe(path)) as file:
            return file.read(_MOST_READ).decode("utf-8", "replace").replace("\r\n", "\n")
    except (OSError, ValueError):
        return ""


def read_toml(path: str) -> ValueMapping:
    """A TOML file; empty if it cannot be read."""
    import tomlkit  # noqa: PLC0415 - takes its time
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415 - likewise

    try:
        return as_mapping(cast("Value", tomlkit.parse(read(path)).unwrap()))
    except (TOMLKitError, ValueError, RecursionError):
        return {}


def read_json(path: str) -> ValueMapping:
    """A JSON file; empty if it cannot be read."""
    try:
        return as_mapping(cast("Value", json.loads(read(path))))
    except (ValueError, RecursionError):
        return {}


def find_line(path: str, pattern: re.Pattern[str]) -> int | None:
    """The number of the line in which the first match of a pattern in a file ends; None if there is no match."""
    text = read(path)
    found = pattern.search(text)
    return text.count("\n", 0, found.end()) + 1 if found else None


def entries(directory: str) -> list[str]:
    """The names in a directory, sorted; none if it cannot be read."""
    try:
        return sorted(os.listdir(observe(directory)))
    except OSError:
        return []
