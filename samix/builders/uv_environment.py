"""Settings that make uv build the project's own packages again instead of taking them from its cache."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.search import read
from samix.builders.uv_packages import find_uv_packages
from samix.files.atomic import write_atomically

if TYPE_CHECKING:
    from samix.units.unit import Unit

_SETTINGS = os.path.join("uv", "uv.toml")
# where uv looks for the settings of a system (docs.astral.sh/uv/concepts/configuration-files)
_OF_SYSTEM = ("/etc/xdg", "/etc")
_SAYS_ITSELF = re.compile(r"^\s*reinstall", re.MULTILINE)


def uv_environment(
    unit: Unit, source: Path | None, manifest: Path | None, project: Path, environ: Mapping[str, str], state: Path
) -> dict[str, str]:
    """The variables with which uv builds a unit's local packages again, and takes all others from its cache.

    They name settings of a system, which uv adds to those of the user and the project. Where those would be in the way,
    uv gets no cache at all. In a container its cache is gone with the container. The settings are written to `state`, a
    directory for this run alone.

    Raises:
        OSError: They cannot be written.
    """
    if source is None or unit.in_container:
        return {}
    packages = find_uv_packages(source, manifest, project, environ)
    if packages is not None and not packages:
        return {}
    if _are_settings_in_the_way(source, project, environ):
        return {"UV_NO_CACHE": "1"}
    names = ", ".join(f'"{name}"' for name in sorted(packages or ()))
    text = "reinstall = true\n" if packages is None else f"reinstall-package = [{names}]\n"
    file = state / _SETTINGS
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, text.encode())
    return {"XDG_CONFIG_DIRS": os.pathsep.join(filter(None, (str(state), *_directories(environ))))}


def _directories(environ: Mapping[str, str]) -> list[str]:
    return (environ.get("XDG_CONFIG_DIRS") or _OF_SYSTEM[0]).split(os.pathsep)


def _are_settings_in_the_way(source: Path, project: Path, environ: Mapping[str, str]) -> bool:
    """Whether uv would ignore settings of a system, has others of that kind, or is told what to install again."""
    if environ.get("UV_CONFIG_FILE") or environ.get("UV_NO_CONFIG"):
        return True
    of_system = (*_directories(environ), _OF_SYSTEM[1])
    if any(os.path.exists(os.path.join(directory, _SETTINGS)) for directory in of_system):
        return True
    return any(_SAYS_ITSELF.search(read(file)) for file in _own_settings(source, project, environ))


def _own_settings(source: Path, project: Path, environ: Mapping[str, str]) -> Iterator[str]:
    """The settings of the user and of the project; of the latter, uv takes the nearest around where it is started."""
    home = environ.get("XDG_CONFIG_HOME") or os.path.join(environ.get("HOME", ""), ".config")
    yield os.path.join(home, _SETTINGS)
    around = dict.fromkeys((source, *source.parents, project, *project.parents))
    yield from (os.path.join(directory, name) for directory in around for name in ("uv.toml", "pyproject.toml"))
