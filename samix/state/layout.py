"""Where everything lies below `.aws-sam`, and in a build dir and a cache dir elsewhere."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache, cached_property
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from samix.files.names import SAM_DIRECTORY
from samix.state.results import beside, build_graph
from samix.template.artifact import relative_artifact

if TYPE_CHECKING:
    from samix.template.resources import Resource
    from samix.units.unit import Unit

OWN_DIRECTORY = Path(SAM_DIRECTORY, "samix")
STATE_FILE, STAT_INDEX_FILE = "state.json", "stats.json"
_STAND_IN = "samix-"
# in `.aws-sam`; the cache and the dependencies are what sam writes there only with `--cached`
IGNORED_BY_GIT = "/.gitignore\n/samix/\n/samix-*/\n/.*.tmp\n/.*.samix-*\n/cache/\n/deps/\n"
_OF_WORKSPACE = re.compile(rf"{_STAND_IN}[A-Za-z0-9_-]+\.[a-z0-9_]{{8}}")  # as `tempfile.mkdtemp` ends a name
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


class Below:
    """A place below another place of the same object, which an attribute of it names."""

    def __init__(self, above: str, name: str) -> None:
        self._above, self._name = above, name

    def __set_name__(self, owner: type, attribute: str) -> None:
        self._attribute = attribute

    def __get__(self, owner: object, kind: type) -> Path:
        place: Path = getattr(owner, self._above) / self._name
        vars(owner)[self._attribute] = place  # found there the next time; making paths takes long
        return place


@dataclass(frozen=True)
class Layout:
    """The directories of one project (the working directory), by its build dir and cache dir."""

    project: Path
    build_dir: Path
    cache_dir: Path

    sam_dir = Below("project", SAM_DIRECTORY)  # sam's directory for all that it keeps
    root = Below("project", str(OWN_DIRECTORY))  # samix's own directory
    ignore_file = Below("sam_dir", ".gitignore")  # makes git ignore samix's files, where nothing else does
    state_file = Below("root", STATE_FILE)  # what samix knows of earlier builds
    old_state_file = Below("root", "state.json.old")  # one that could not be read, or of another version of samix
    journal_file = Below("root", "state.journal")  # records that a build adds to the state until it is put in place
    inventory_file = Below("root", "placed.json")  # what samix put in place last
    versions_file = Below("root", "versions.json")  # the versions that tools reported
    listings = Below("root", "sources.json")  # the lists of files that units were built from
    snapshot_file = Below("root", "snapshot.json")  # what the last build with nothing to do has read
    tree_index_file = Below("root", "trees.json")  # the names in the trees of earlier builds
    stat_index_file = Below("root", STAT_INDEX_FILE)  # the digests of files by what stat says of them
    lock_file = Below("root", "lock")  # locked while a build runs
    deps_dir = Below("sam_dir", "deps")  # sam's downloaded dependencies: there whatever the options say
    workspaces = Below("root", "units")  # has a directory for the state of each unit's sam
    all_finished = Below("root", "finished")  # has a directory for the finished artifact of each unit
    filling = Below("root", "filling")  # where a directory for the cache or the dependencies is put together
    sets = Below("root", "sets")  # sets of dependencies that several units are built on
    logs = Below("root", "logs")  # the logs of all units

    @property
    def staging(self) -> Path:
        """The next build dir while it is put together, on the build dir's file system."""
        return self._on_its_file_system("staging")

    @property
    def fresh(self) -> Path:
        """A second copy of what changes in the build dir, and then what was there before (`samix.build.exchange`)."""
        return self._beside_staging("fresh")

    @property
    def gone(self) -> Path:
        """What is removed from the build dir, while it is exchanged."""
        return self._beside_staging("gone")

    def _beside_staging(self, ending: str) -> Path:
        return self.staging.with_name(f"{self.staging.name}.{ending}")

    @property
    def replaced(self) -> Path:
        """What the last build has exchanged away: programs that are running may still read from it."""
        return self._on_its_file_system("replaced")

    def _on_its_file_system(self, name: str) -> Path:
        """A place of samix's on the build dir's file system."""
        own = self.root / name
        if _device(own) == _device(self.build_dir.parent):
            return own
        return beside(self.build_dir, name)

    @property
    def leftovers(self) -> list[Path]:
        """What is of no use once a build is in place: files of this build, and of builds that were killed."""
        return [
            *self.stray_workspaces,
            self.filling,
            *self.staging.parent.glob(f"{escape(self.staging.name)}*"),
            *self.root.glob(".*.tmp"),
            *self.build_toml.parent.glob(f".{self.build_toml.name}.*.tmp"),
        ]

    @cached_property
    def build_toml(self) -> Path:
        """sam's build graph file."""
        return build_graph(self.build_dir)

    @property
    def stray_workspaces(self) -> list[Path]:
        """All workspaces, and their stand-ins for the build dir; while no build runs they are of no use."""
        own = (self.build_dir, self.cache_dir)
        found = (place for place in self.sam_dir.glob(f"{_STAND_IN}*") if _is_of_workspace(place))
        kept = (place for place in found if not any(one == place or place in one.parents for one in own))
        return [*kept, self.workspaces]

    def stand_in(self, ending: str) -> Path:
        """The stand-in for the build dir in the workspace whose name has this ending.

        It lies as deep as sam's own, so that relative paths are the same, and contains no resource's name, so that a
        makefile that replaces its own name in the path of its artifact changes only one part of the path.
        """
        return self.sam_dir / f"{_STAND_IN}unit.{ending}"

    def finished(self, unit: Unit) -> Path:
        """Where a built artifact waits until the whole build is complete."""
        return self.all_finished / slug(unit.name)

    def finished_artifact(self, unit: Unit) -> Path:
        """The artifact in the directory that `finished` gives."""
        return self.finished(unit) / "artifact"

    def finished_deps(self, unit: Unit) -> Path:
        """The dependencies that sam downloaded for a finished artifact, where it keeps them apart."""
        return self.finished(unit) / "deps"

    def finished_cache(self, unit: Unit) -> Path:
        """A finished artifact as it will lie in sam's cache, if that was made already."""
        return self.finished(unit) / "cache"

    def log(self, unit: Unit) -> Path:
        """The log of the unit's last run."""
        return self.log_of(unit.name)

    def log_of(self, name: str) -> Path:
        """The log of the last run of the unit with this name."""
        return self.logs / f"{slug(name)}.log"

    def artifact(self, resource: Resource) -> Path:
        """Where a resource's artifact lies in the build dir.

        Raises:
            TemplateError: The names in the template lead out of the build dir.
        """
        named = resource.shares_with or resource
        name = (named.stack_path, named.logical_id, resource.shares_with is not None)
        place = self._artifacts.get(name)
        if place is None:
            place = self._artifacts[name] = self.build_dir / relative_artifact(resource)
        return place

    @cached_property
    def _artifacts(self) -> dict[tuple[str, str, bool], Path]:
        """The places of artifacts that were asked for; making paths takes long where there are many units."""
        return {}


@cache
def slug(name: str) -> str:
    """A full path as one file name: unique, and the same in every run."""
    plain = _UNSAFE.sub("-", name)[:80]
    if plain == name and "-" not in name:  # all other file names contain a hyphen
        return plain
    return f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _is_of_workspace(place: Path) -> bool:
    """Whether a path is a workspace's stand-in for the build dir, which only its owner can access."""
    if not _OF_WORKSPACE.fullmatch(place.name) or place.is_symlink() or not place.is_dir():
        return False
    return not place.stat().st_mode & 0o077


def _device(path: Path) -> int:
    """The file system of a path or of its nearest existing parent."""
    while not path.exists():
        path = path.parent
    return path.stat().st_dev
