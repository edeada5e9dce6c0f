"""Which Python builds a unit, what its manifests and packages name, and what the user should know of uv."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.python_manifests import (
    LOCK,
    PYPROJECT,
    SETTINGS,
    What,
    find_settings,
    names_workspace,
    normalize,
    package_name,
    read_project,
    read_requirements,
    read_settings,
    read_sources,
    settings_directories,
    uv_manifest,
    uv_table,
)
from samix.builders.search import find_line, is_inside, read, read_toml
from samix.builders.tool import UV, python_tool
from samix.files.access_log import observe
from samix.files.safe_read import read_text
from samix.messages.location import Location, display_path
from samix.messages.note import Note
from samix.template.value import as_list, as_mapping, as_text

if TYPE_CHECKING:
    from samix.builders.python_manifests import Named
    from samix.builders.search import Search
    from samix.builders.tool import Tool
    from samix.options.merge import BuildOptions
    from samix.template.value import ValueMapping
    from samix.units.unit import Unit

# what a wheel has in place of the top of the tree (`aws_lambda_builders.workflows.python_pip.packager`)
_OF_WHEEL = re.compile(r"[^/]+\.data/(?:purelib|platlib)/")
_DEPENDENCIES = re.compile(r"^[ \t]*dependencies[ \t]*=(?!\s*\[\s*\])", re.MULTILINE)


def find_pip(runtime: str, *_: object) -> Iterator[Tool]:
    """The Python of a runtime with pip."""
    yield from _pythons(runtime, ", pip .+", f"{runtime} with pip")


def find_uv(runtime: str, source: Path, root: Path | None, manifest: Path | None) -> Iterator[Tool]:
    """uv and the Python that it finds on PATH; a Python that uv installed itself is not known."""
    del root
    if uv_manifest(source, manifest):
        yield UV
        yield from _pythons(runtime)


def _pythons(runtime: str, pip: str = "", title: str = "") -> Iterator[Tool]:
    """The Pythons of a runtime: the first program on PATH that has its version."""
    version = runtime.removeprefix("python")
    if version.startswith("3."):
        pattern = rf"(?m)^({version.replace('.', '[.]')}\b[^\s,]*{pip})"
        yield python_tool(runtime, (runtime, "python", "python3"), pattern, title)


def installs_nothing(manifest: Path | None) -> bool:
    """Whether requirements certainly name nothing to install."""
    try:
        text = read_text(manifest, errors="replace") if manifest else ""
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return not any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines())


def covers_dependencies(source: Path, folder: Path) -> bool:
    """Whether a source has a file that a Python package in the artifact has too, by the package's own list of files.

    In a container nothing keeps what was downloaded apart, and sam would never notice that the file is missing: not
    even after the source has lost it.
    """
    import csv  # noqa: PLC0415 - for containers alone

    for listing in folder.glob("*.dist-info/RECORD"):
        text = read_text(listing, errors="replace")
        for name in (row[0] for row in csv.reader(text.splitlines()) if row):
            if os.path.lexists(source / _OF_WHEEL.sub("", name)):
                return True
    return False


def search_pip(search: Search) -> None:
    """Find the files and packages that requirements name, and what these packages name."""
    _follow(search, search.manifests("requirements.txt"), own="")


def search_uv(search: Search) -> None:
    """Find what the manifest that uv installs from names, the workspace around it, and uv's settings.

    A package is built in its directory, and uv updates the lock in the directory of a pyproject.toml or at the root.
    """
    manifest = uv_manifest(Path(search.source), Path(search.manifest) if search.manifest else None)
    if manifest:
        file = os.fspath(manifest)
        _follow(search, [file], own=file)
        _add_settings(search, file)


def _follow(search: Search, pending: list[str], *, own: str) -> None:
    """Follow manifests, and those that they name; `own` is the unit's own pyproject.toml, if uv uses one."""
    for file in pending:  # grows as files and packages are found
        is_project = file.endswith(".toml")
        found = _in_project(search, file, is_own=file == own) if is_project else _in_requirements(search, file)
        pending += [path for path in found if path not in pending]


def _in_requirements(search: Search, file: str) -> list[str]:
    """Keep what requirements name, and return the files to look at next."""
    directory, found = os.path.dirname(file), []
    for named in read_requirements(read(file)):
        if named.what is What.FILE:
            path = search.locate(directory, named.path)
            search.add(path)
            found += [path] if path else []
        elif named.path:
            found += _add_package(search, directory, named)
    return found


def _add_package(search: Search, directory: str, named: Named) -> list[str]:
    """Keep a package, or a directory of packages, and return the manifests that it may have."""
    found = [search.locate(base, named.path) for base in (directory, search.directory)]
    search.add(*found)
    if named.what is not What.PACKAGE:
        return []
    path = search.locate(search.project, named.path)  # pip takes it from where sam is started
    if path and os.path.isdir(observe(path)):
        search.add_written(path)
    return _manifests(path for path in found if path)


def _manifests(packages: Iterable[str]) -> list[str]:
    """The manifests of packages: what a package names is built with it."""
    return [os.path.join(package, PYPROJECT) for package in packages]


def _in_project(search: Search, file: str, *, is_own: bool) -> list[str]:
    """Keep what a pyproject.toml names, and for the unit's own what uv writes; return the files to look at next."""
    directory = os.path.dirname(file)
    manifest = read_toml(file)
    named = list(read_project(manifest, has_groups=is_own))
    packages = _add_named(search, directory, named)
    if is_own:
        search.add_written(os.path.join(directory, LOCK))
    members = {normalize(one.name) for one in named if one.what is What.MEMBER}
    if is_own or members:
        packages += _in_workspace(search, directory, manifest, members)
    return _manifests(packages)


def _add_named(search: Search, directory: str, named: Iterable[Named]) -> list[str]:
    """Keep what is named relative to a directory, and return the directories of packages."""
    packages = []
    for one in named:
        path = search.locate(directory, one.path) if one.path else None
        search.add(path)
        if path and one.what is What.PACKAGE and os.path.isdir(observe(path)):
            search.add_written(path)
            packages.append(path)
    return packages


def _in_workspace(search: Search, directory: str, manifest: ValueMapping, members: set[str]) -> list[str]:
    """Keep the workspace around a project, and return the directories of the members that the project takes from it.

    uv updates the lock of the workspace. The sources that its root names apply to all members.
    """
    around = ((root, read_toml(os.path.join(root, PYPROJECT))) for root in search.above(directory))
    places = [(directory, manifest)] if names_workspace(manifest) else around
    root, top = next(((root, top) for root, top in places if names_workspace(top)), ("", {}))
    if not root:
        return []
    search.add_named(root, (PYPROJECT, LOCK, SETTINGS))
    search.add_written(os.path.join(root, LOCK))
    sources = list(read_sources(uv_table(top)))
    packages = [] if root == directory else _add_named(search, root, sources)
    members = members | {normalize(one.name) for one in sources if one.what is What.MEMBER}
    patterns = as_list(as_mapping(uv_table(top).get("workspace")).get("members")) if members else []
    for pattern in patterns:
        for path in search.expand(root, as_text(pattern) or "\0"):
            if path != directory and normalize(package_name(read_toml(os.path.join(path, PYPROJECT)))) in members:
                search.add(path)
                search.add_written(path)
                packages.append(path)
    return packages


def _add_settings(search: Search, file: str) -> None:
    """Keep the settings that uv uses: the nearest ones, in a file of their own or in a pyproject.toml."""
    around = (one for one in settings_directories(file, search.project) if is_inside(one, search.root))
    found = find_settings(around)
    if found:
        settings, table = found
        search.add(settings if settings != file else None)
        _add_named(search, os.path.dirname(settings), read_settings(table))


def uv_notes(unit: Unit, source: Path, options: BuildOptions, *_: object) -> Iterator[Note]:
    """The notes that uv prefers requirements to pyproject.toml, and that it writes a lock if there is none."""
    found = uv_manifest(source, options.manifest)
    if found is None:
        return
    if found.name != PYPROJECT:
        project = source / PYPROJECT
        line = find_line(os.fspath(project), _DEPENDENCIES)
        if line:
            named = display_path(found)
            yield Note(
                f"{unit.label}: uv installs from {named}, and ignores the dependencies in {PYPROJECT}."
                f" List them in {named}, or remove that file.",
                Location(project, line),
            )
        return
    around = (path for path in found.parents if names_workspace(read_toml(os.fspath(path / PYPROJECT))))
    lock = next(around, found.parent) / LOCK  # at the root of its workspace, if it has one
    if not observe(lock).exists():
        yield Note(
            f"{unit.label} has no {LOCK}, so uv writes {display_path(lock)}."
            " Commit that file, so that each build installs the same versions.",
            Location(found),
        )
