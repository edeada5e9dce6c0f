"""The packages of the project that uv installs, and so keeps built.

uv takes the wheel that it once made of a directory, or found in a directory of archives, from its own cache: the first
until its pyproject.toml, setup.py or setup.cfg changes (docs.astral.sh/uv/concepts/cache), the second for good.
"""

from __future__ import annotations

import configparser
import os
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from samix.plan.installs import python_requirements
from samix.plan.outside.search import entries, read, read_toml
from samix.plan.tools import UV_MANIFESTS
from samix.template.value import as_list, as_mapping, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from samix.template.value import Value

_PROJECT = "pyproject.toml"
_INCLUDED = re.compile(r"^(?:-r|--requirement|-c|--constraint)[\s=]*(\S.*)$")
_LINKS = re.compile(r"^(?:-f|--find-links)[\s=]*(\S.*)$")
_LOCAL = re.compile(
    r"^(?:(?:-e|--editable)[\s=]*)?(?:(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*@\s*)?(?P<path>\S+)$"
)
_END = re.compile(r"(?:^|\s)#.*$|\s*;\s.*$|\s+--hash\S*")
_FILE = re.compile(r"^file:(?://(?:localhost)?(?=/))?")
_EXTRAS = re.compile(r"\[[\w., -]*\]$")
_ARCHIVE = re.compile(r"^(?P<name>[\w.]+(?:-[A-Za-z][\w.]*)*?)-\d[^/]*\.(?:whl|zip|tar\.\w+|tgz)$")
_SEPARATORS = re.compile(r"[-_.]+")
_REMOTE = re.compile(r"https?://")
# variables of uv that may lead to packages, beside those of the manifest
_LEADING = (
    "UV_FIND_LINKS", "UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_OVERRIDE",
    "UV_CONSTRAINT", "UV_BUILD_CONSTRAINT",
)  # fmt: skip


class _UnknownError(Exception):
    """Something is named whose name nobody can tell."""


def find_local_packages(
    source: Path, manifest: Path | None, project: Path, environ: Mapping[str, str]
) -> frozenset[str] | None:
    """The names of the packages among the files of this machine that uv may install for a unit, directly or not.

    Args:
        source: The unit's source.
        manifest: A manifest that replaces the one in it.
        project: Where sam is started.
        environ: The environment.

    Returns:
        None where some are not known by their names.
    """
    found = manifest or next((path for name in UV_MANIFESTS if (path := source / name).is_file()), source / _PROJECT)
    if any(not _are_remote(environ.get(name, "").split()) for name in _LEADING):
        return None
    packages = _Packages(os.fspath(project))
    try:
        packages.follow(os.fspath(found))
    except _UnknownError:
        return None
    return frozenset(packages.names)


class _Packages:
    """What was found, and where was looked already."""

    def __init__(self, project: str) -> None:
        self.names: set[str] = set()
        self._project = project
        self._pending: list[str] = []

    def follow(self, file: str) -> None:
        """Follow a manifest and all that it leads to."""
        self._pending.append(file)
        for path in self._pending:  # grows as more is found
            if path.endswith(".toml"):
                self._follow_project(path)
            else:
                self._follow_requirements(path)

    def _later(self, file: str) -> None:
        if file not in self._pending:
            self._pending.append(file)

    def _follow_requirements(self, file: str) -> None:
        directory = os.path.dirname(file)
        for line in read(file).replace("\\\n", " ").split("\n"):
            text = _END.sub("", line.strip()).strip()
            if included := _INCLUDED.match(text):
                self._include(directory, included[1].strip("\"'"))
            else:
                self._follow_requirement(directory, text)

    def _include(self, directory: str, written: str) -> None:
        path = os.path.join(directory, written)
        if not _REMOTE.match(written):
            if not os.path.isfile(path):
                raise _UnknownError
            self._later(path)

    def _follow_requirement(self, directory: str, text: str) -> None:
        if python_requirements(text):
            return
        if links := _LINKS.match(text):
            self._add_links(os.path.join(directory, _plain(links[1])))
            return
        local = _LOCAL.match(text)
        if local is None or "$" in text or "{" in text or text.startswith("--"):
            raise _UnknownError
        written = _plain(local["path"])
        places = (os.path.join(base, written) for base in dict.fromkeys((directory, self._project)))
        there = [place for place in places if os.path.exists(place)]
        if not there:
            raise _UnknownError
        for place in there:
            self._add(place, local["name"])

    def _add_links(self, directory: str) -> None:
        names = [_name_of_archive(name) for name in entries(directory)]
        if not names:
            raise _UnknownError  # it may be a page with links
        self.names |= {name for name in names if name}

    def _add(self, path: str, name: str | None = None) -> None:
        """Add a package that lies somewhere."""
        path = os.path.normpath(path)
        is_directory = os.path.isdir(path)
        name = name or (_name_of_directory(path) if is_directory else _name_of_archive(os.path.basename(path)))
        if name is None:
            raise _UnknownError
        self.names.add(_normalized(name))
        if is_directory:
            if _is_made_by_program(path):
                raise _UnknownError
            self._later(os.path.join(path, _PROJECT))

    def _follow_project(self, file: str) -> None:
        """Follow what a pyproject.toml says of a project's dependencies and of where uv finds them."""
        manifest = read_toml(file)
        directory = os.path.dirname(file)
        project, tool = as_mapping(manifest.get("project")), as_mapping(manifest.get("tool"))
        uv = as_mapping(tool.get("uv"))
        if "workspace" in uv or not _are_remote([*_texts(uv.get("find-links")), *_texts(uv.get("index"), "url")]):
            raise _UnknownError
        sources = as_mapping(uv.get("sources"))
        poetry = as_mapping(as_mapping(tool.get("poetry")).get("dependencies"))
        for name, written in [(name, one) for table in (sources, poetry) for name, one in table.items()]:
            for one in as_list(written) or [written]:
                if as_mapping(one).get("workspace"):
                    raise _UnknownError
                path = as_text(as_mapping(one).get("path"))
                if path:
                    self._add(os.path.join(directory, path), str(name))
        groups = [project.get("dependencies")]
        for table in (project.get("optional-dependencies"), manifest.get("dependency-groups")):
            groups += as_mapping(table).values()
        for text in (text for group in groups for text in map(as_text, as_list(group)) if text):
            self._follow_requirement(directory, _END.sub("", text).strip())


def _plain(written: str) -> str:
    return unquote(_EXTRAS.sub("", _FILE.sub("", written.strip("\"'")).partition("#")[0]))


def _normalized(name: str) -> str:
    """A name as uv compares it (packaging.python.org, name normalization)."""
    return _SEPARATORS.sub("-", name).lower()


def _name_of_archive(name: str) -> str | None:
    found = _ARCHIVE.match(name)
    return _normalized(found["name"]) if found else None


def _name_of_directory(directory: str) -> str | None:
    """The name of the package in a directory, None where only a program could tell."""
    manifest = read_toml(os.path.join(directory, _PROJECT))
    poetry = as_mapping(as_mapping(manifest.get("tool")).get("poetry"))
    name = as_text(as_mapping(manifest.get("project")).get("name")) or as_text(poetry.get("name"))
    if name:
        return name
    settings = configparser.ConfigParser(interpolation=None)
    try:
        settings.read_string(read(os.path.join(directory, "setup.cfg")))
    except configparser.Error:
        return None
    return settings.get("metadata", "name", fallback=None)


def _is_made_by_program(directory: str) -> bool:
    """Whether a program may name more packages by their paths."""
    return any("file:" in read(os.path.join(directory, name)) for name in ("setup.py", "setup.cfg"))


def _are_remote(places: list[str]) -> bool:
    """Whether some places of packages are all on servers; those of an index may have a name."""
    return all(_REMOTE.match(place.partition("=")[2] if re.match(r"\w+=", place) else place) for place in places)


def _texts(value: Value, key: str = "") -> Iterator[str]:
    """The texts in a value, or in a list; those under a key of mappings."""
    for one in as_list(value) or [value]:
        text = as_text(as_mapping(one).get(key) if key else one)
        if text:
            yield text
