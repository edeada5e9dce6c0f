"""What builds leave outside of the sources, and the names of what samix puts beside a build dir.

It may lie among the sources of a unit. It does not count as one, or each build would change what the next one is made
from.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from samix.files.names import SAM_DIRECTORY

if TYPE_CHECKING:
    from pathlib import Path

_BUILD_GRAPH = "build.toml"
_BESIDE = ".{}.samix-{}"
# all that `beside` names, what is put beside these in turn, and the build graph file while it is written
_SCRATCH = re.compile(r"\..+\.samix-(?:staging|replaced)(?:\.[a-z.]+)?|\.build\.toml\.\d+\.tmp", re.DOTALL)


def beside(build_dir: Path, purpose: str) -> Path:
    """A directory of samix's own beside a build dir, named by its purpose: `staging` or `replaced`."""
    return build_dir.with_name(_BESIDE.format(build_dir.name, purpose))


def build_graph(build_dir: Path) -> Path:
    """sam's build graph file."""
    return build_dir.parent / _BUILD_GRAPH


@dataclass(frozen=True)
class Results:
    """What the builds of a project leave."""

    places: frozenset[str]  # the real paths of its directories and files, except those in a `.aws-sam`

    @classmethod
    def of(cls, project: Path, build_dir: Path, cache_dir: Path) -> Results:
        """The results of builds in a working directory with this build dir and this cache dir."""
        directories = (project / SAM_DIRECTORY, build_dir, build_graph(build_dir), cache_dir)
        parents = {parent: os.path.realpath(parent) for parent in {os.path.dirname(path) for path in directories}}
        own = {os.path.join(parents[os.path.dirname(path)], os.path.basename(path)) for path in directories}
        real = own | {os.path.realpath(path) for path in own if os.path.islink(path)}
        return cls(frozenset(path for path in real if f"/{SAM_DIRECTORY}/" not in f"{path}/"))

    def has(self, path: str) -> bool:
        """Whether a file or directory is a result, by its real path, or by a name that samix alone gives."""
        if path in self.places:
            return True
        name = path[path.rfind("/") + 1 :]
        return name.startswith(".") and _SCRATCH.fullmatch(name) is not None
