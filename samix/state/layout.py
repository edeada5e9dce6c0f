"""Where everything lies below `.aws-sam`, and nothing outside of it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache, cached_property
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from samix.state.results import SAM_DIRECTORY, beside, build_graph
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


@dataclass(frozen=True)
class Layout:
    """The directories of one project (the working directory), by its build dir and cache dir."""

    project: Path
    build_dir: Path
    cache_dir: Path

    @cached_property
    def root(self) -> Path:
        """samix's own directory."""
        return self.project / OWN_DIRECTORY

    @property
    def ignore_file(self) -> Path:
        """The file that has git ignore samix's own files, where nothing else does (`samix.host.own_files`)."""
        return self.root.with_name(".gitignore")

    @property
    def state_file(self) -> Path:
        """The file with what samix knows of earlier builds."""
        return self.root / STATE_FILE

    @property
    def old_state_file(self) -> Path:
        """A state file that could not be read, or that another version of samix wrote."""
        return self.root / "state.json.old"

    @property
    def journal_file(self) -> Path:
        """The file with the records that a build adds to the state before it is put in place."""
        return self.root / "state.journal"

    @property
    def inventory_file(self) -> Path:
        """The file with what samix put in place last."""
        return self.root / "placed.json"

    @property
    def versions_file(self) -> Path:
        """The file with the versions that tools reported."""
        return self.root / "versions.json"

    @property
    def listings(self) -> Path:
        """The file with the lists of files that units were built from."""
        return self.root / "sources.json"

    @property
    def snapshot_file(self) -> Path:
        """The file with what the last build with nothing to do looked at."""
        return self.root / "snapshot.json"

    @property
    def stat_index_file(self) -> Path:
        """The digests of files by what stat says of them."""
        return self.root / STAT_INDEX_FILE

    @property
    def lock_file(self) -> Path:
        """The file that is locked while a build runs."""
        return self.root / "lock"

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
    def deps_dir(self) -> Path:
        """sam's downloaded dependencies; they lie below the working directory whatever the options say."""
        return self.project / SAM_DIRECTORY / "deps"

    @cached_property
    def build_toml(self) -> Path:
        """sam's build graph file."""
        return build_graph(self.build_dir)

    @cached_property
    def workspaces(self) -> Path:
        """The directory that has a directory for the state of each unit's sam."""
        return self.root / "units"

    @property
    def stray_workspaces(self) -> list[Path]:
        """All workspaces, and the stand-ins for the build dir in them; while no build runs they are of no use."""
        own = (self.build_dir, self.cache_dir)
        found = (place for place in self.root.parent.glob(f"{_STAND_IN}*") if _is_of_workspace(place))
        kept = (place for place in found if not any(one == place or place in one.parents for one in own))
        return [*kept, self.workspaces]

    def stand_in(self, ending: str) -> Path:
        """The stand-in for the build dir in the workspace whose name has this ending.

        It lies as deep as sam's own, so that paths lead alike, and has no resource's name in it, so that a makefile
        which puts another name for its own in the path of its artifact changes one place.
        """
        return self.root.parent / f"{_STAND_IN}unit.{ending}"

    def finished(self, unit: Unit) -> Path:
        """Where a built artifact waits until the whole build is complete."""
        return self.all_finished / slug(unit.name)

    def finished_artifact(self, unit: Unit) -> Path:
        """The artifact in the directory that `finished` gives."""
        return self.finished(unit) / "artifact"

    def finished_deps(self, unit: Unit) -> Path:
        """The dependencies that sam downloaded for a finished artifact, where it keeps them apart."""
        return self.finished(unit) / "deps"

    @cached_property
    def all_finished(self) -> Path:
        """The directory with the finished artifacts of all units."""
        return self.root / "finished"

    @cached_property
    def filling(self) -> Path:
        """A directory in which a directory for the cache or the dependencies is put together."""
        return self.root / "filling"

    @cached_property
    def logs(self) -> Path:
        """The logs of all units."""
        return self.root / "logs"

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
    if plain == name and "-" not in name:  # a hyphen is what the others have
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
