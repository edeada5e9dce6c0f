"""Makes uv build the project's own packages again instead of taking them from its cache.

uv keeps in its cache the wheel that it made of a directory, or found in a directory of archives: the first until its
pyproject.toml, setup.py or setup.cfg changes (docs.astral.sh/uv/concepts/cache), the second forever.
"""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.python_manifests import (
    PYPROJECT,
    What,
    find_settings,
    is_local_place,
    names_workspace,
    normalize,
    package_name,
    read_project,
    read_requirements,
    read_settings,
    settings_directories,
    uv_manifest,
)
from samix.builders.search import entries, read, read_toml
from samix.files.atomic import write_atomically

if TYPE_CHECKING:
    from samix.builders.python_manifests import Named
    from samix.units.unit import Unit

_SETTINGS = os.path.join("uv", "uv.toml")
# where uv looks for the settings of a system (docs.astral.sh/uv/concepts/configuration-files)
_OF_SYSTEM = ("/etc/xdg", "/etc")
_SAYS_ITSELF = re.compile(r"^\s*reinstall", re.MULTILINE)
_ARCHIVE = re.compile(r"^(?P<name>[\w.]+(?:-[A-Za-z][\w.]*)*?)-\d[^/]*\.(?:whl|zip|tar\.\w+|tgz)$")
# variables of uv that may name packages in addition to those of the manifest
_LEADING = (
    "UV_FIND_LINKS", "UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_OVERRIDE",
    "UV_CONSTRAINT", "UV_BUILD_CONSTRAINT",
)  # fmt: skip


def uv_environment(
    unit: Unit, source: Path | None, manifest: Path | None, project: Path, environ: Mapping[str, str], state: Path
) -> dict[str, str]:
    """The variables with which uv builds a unit's local packages again, and takes all others from its cache.

    They name settings of a system, which uv adds to those of the user and the project. If those would conflict, uv gets
    no cache at all. In a container its cache ends with the container. The settings are written to `state`, a directory
    for this run alone.

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
    """Whether uv would ignore settings of a system, has others, or has settings that say what to install again."""
    if environ.get("UV_CONFIG_FILE") or environ.get("UV_NO_CONFIG"):
        return True
    of_system = (*_directories(environ), _OF_SYSTEM[1])
    if any(os.path.exists(os.path.join(directory, _SETTINGS)) for directory in of_system):
        return True
    return any(_SAYS_ITSELF.search(read(file)) for file in _own_settings(source, project, environ))


def _own_settings(source: Path, project: Path, environ: Mapping[str, str]) -> Iterator[str]:
    """The settings of the user and of the project; of the latter, uv uses the nearest around where it is started."""
    home = environ.get("XDG_CONFIG_HOME") or os.path.join(environ.get("HOME", ""), ".config")
    yield os.path.join(home, _SETTINGS)
    around = dict.fromkeys((source, *source.parents, project, *project.parents))
    yield from (os.path.join(directory, name) for directory in around for name in ("uv.toml", "pyproject.toml"))


class _UnknownError(Exception):
    """Something names a package, and its name cannot be found out."""


def find_uv_packages(
    source: Path, manifest: Path | None, project: Path, environ: Mapping[str, str]
) -> frozenset[str] | None:
    """The names of the local packages that uv may install for a unit, directly or not; None if some are unknown."""
    if any(is_local_place(place) for name in _LEADING for place in environ.get(name, "").split()):
        return None
    found = uv_manifest(source, manifest)
    if found is None:
        return frozenset()
    packages = _Packages(os.fspath(project))
    try:
        packages.follow(os.fspath(found))
    except _UnknownError:
        return None
    return frozenset(packages.names)


class _Packages:
    """A search for the names of local packages."""

    def __init__(self, project: str) -> None:
        self.names: set[str] = set()
        self._project = project
        self._pending: list[str] = []

    def follow(self, own: str) -> None:
        """Follow a unit's own manifest and all that it names."""
        self._follow_settings(own)
        self._pending.append(own)
        for file in self._pending:  # grows as more is found
            directory = os.path.dirname(file)
            if file.endswith(".toml"):
                manifest = read_toml(file)
                if names_workspace(manifest):
                    raise _UnknownError
                self._add_all(directory, read_project(manifest, has_groups=file == own))
            else:
                self._add_all(directory, read_requirements(read(file)), self._project)

    def _follow_settings(self, own: str) -> None:
        """Check that the settings that uv takes name no packages; those of a project are read with it."""
        found = find_settings(settings_directories(own, self._project))
        if found and any(True for _ in read_settings(found[1])):
            raise _UnknownError

    def _later(self, file: str) -> None:
        if file not in self._pending:
            self._pending.append(file)

    def _add_all(self, directory: str, found: Iterable[Named], *others: str) -> None:
        """Add what is named relative to a directory; packages may also be named relative to others."""
        for named in found:
            if named.what in {What.UNKNOWN, What.MEMBER}:
                raise _UnknownError
            bases = [directory] if named.what is What.FILE else dict.fromkeys((directory, *others))
            places = (os.path.normpath(os.path.join(base, named.path)) for base in bases)
            there = [place for place in places if os.path.exists(place)]
            if not there:
                raise _UnknownError
            for place in there:
                self._add(place, named)

    def _add(self, path: str, named: Named) -> None:
        """Add what is named, if it exists somewhere."""
        if named.what is What.FILE:
            if not os.path.isfile(path):
                raise _UnknownError
            self._later(path)
        elif named.what is What.PACKAGES:
            names = [_name_of_archive(name) for name in entries(path)]
            if not names:
                raise _UnknownError  # it may be a page with links
            self.names |= {name for name in names if name}
        else:
            self._add_package(path, named.name)

    def _add_package(self, path: str, name: str) -> None:
        is_directory = os.path.isdir(path)
        name = name or (_name_of_directory(path) if is_directory else _name_of_archive(os.path.basename(path)))
        if not name:
            raise _UnknownError
        self.names.add(normalize(name))
        if is_directory:
            if _is_made_by_program(path):
                raise _UnknownError
            self._later(os.path.join(path, PYPROJECT))


def _name_of_archive(name: str) -> str:
    """The name of the package in an archive; empty if it is not one."""
    found = _ARCHIVE.match(name)
    return normalize(found["name"]) if found else ""


def _name_of_directory(directory: str) -> str:
    """The name of the package in a directory; empty if only a program knows it."""
    name = package_name(read_toml(os.path.join(directory, PYPROJECT)))
    if name:
        return name
    settings = configparser.ConfigParser(interpolation=None)
    try:
        settings.read_string(read(os.path.join(directory, "setup.cfg")))
    except configparser.Error:
        return ""
    return settings.get("metadata", "name", fallback="")


def _is_made_by_program(directory: str) -> bool:
    """Whether a program may name more packages by their paths."""
    return any("file:" in read(os.path.join(directory, name)) for name in ("setup.py", "setup.cfg"))
