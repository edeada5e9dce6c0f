"""Files that the environment names to the tools of a build: their content may change an artifact."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.python_manifests import included_files
from samix.builders.search import read
from samix.builders.workflow import npm_directory, workflow_of
from samix.files.access_log import observe

if TYPE_CHECKING:
    from samix.units.unit import Unit

# of these the value is one path; of the others it is a list of paths with blanks between them
_ONE_PATH = re.compile(r".*(?:_CONFIG_FILE|_GEMFILE|_APP_CONFIG|(?i:userconfig|globalconfig))")
_LISTING = ("_CONSTRAINT", "_REQUIREMENT", "_OVERRIDE")  # such files may name further ones, by `-r` and `-c`
_CONFIGURATION = "PIP_CONFIG_FILE"
# of pip, in any section; it takes capitals and underscores as well (`pip._internal.configuration._normalize_name`)
_OPTION = re.compile(
    r"^(?:(?:build[-_])?constraint|requirement)[ \t]*[=:](.*(?:\n[ \t]+\S.*)*)", re.MULTILINE | re.IGNORECASE
)
_MOST_FILES = 100


@dataclass(frozen=True)
class _Named:
    """A file that a variable of the environment or another file names."""

    base: Path  # the directory to which its path is relative
    written: str
    is_list: bool = False  # whether another file names it as one of requirements or constraints

    @property
    def path(self) -> Path:
        return Path(os.path.normpath(self.base / self.written))


def naming_variables(unit: Unit) -> Sequence[str]:
    """The variables that name files, or lists of them, to the tools of a unit that is built on the host."""
    return () if unit.needs_engine else workflow_of(unit).naming


def find_named_files(
    unit: Unit, environ: Mapping[str, str], project: Path, repository: Path, artifact: Path
) -> dict[str, Path]:
    """The files that the environment names to a unit's tools, by variable, with those that these files name.

    A file outside of the repository that is named by an absolute path belongs to the machine, and is not among them.
    All paths exist; the second and further files of a variable have a number after its name.

    Paths are relative to the project, the working directory. Those for npm are relative to where it runs: in
    `artifact`, which is in the build dir, or, for a layer, one level deeper.
    """
    base = npm_directory(unit, artifact) or project
    found: dict[str, Path] = {}
    for name in naming_variables(unit):
        pending = [_Named(base, written) for written in _split(name, environ.get(name, ""))]
        for number, one in enumerate(pending):  # grows as files name others
            is_ours = not os.path.isabs(one.written) or one.path.is_relative_to(repository)
            if not is_ours or not os.path.exists(observe(one.path)):
                continue
            found[f"{name} {number}" if number else name] = one.path
            known = {other.path for other in pending[:_MOST_FILES]}
            pending += [inner for inner in _files_in(name, one, project) if inner.path not in known]
            del pending[_MOST_FILES:]
    return found


def _split(name: str, value: str) -> list[str]:
    return [value] if value and _ONE_PATH.fullmatch(name) else value.split()


def _files_in(variable: str, file: _Named, project: Path) -> list[_Named]:
    """The files that a file names to pip; their paths are relative to it, those in a configuration to the project."""
    if variable == _CONFIGURATION and not file.is_list:
        options = _OPTION.findall(read(os.fspath(file.path)))
        return [_Named(project, one, is_list=True) for found in options for one in found.split()]
    if file.is_list or variable.endswith(_LISTING):
        return [_Named(file.path.parent, one, is_list=True) for one in included_files(read(os.fspath(file.path)))]
    return []
