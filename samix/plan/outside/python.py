"""What requirements and pyproject.toml name outside of the source, and where pip and uv build it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from samix.observed import observed
from samix.plan.outside.search import entries, read, read_toml
from samix.template.value import as_list, as_mapping, as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from samix.plan.outside.search import Search
    from samix.template.value import Value, ValueMapping

_PIP_FILE = re.compile(r"^(?:-r|--requirement|-c|--constraint)[\s=]*(\S.*)$")
_PIP_PATH = re.compile(r"^(?:(?:-e|--editable|-f|--find-links)[\s=]*)?(?:[\w.\[\],-]+\s*@\s*)?(\S.*)$")
_PIP_LINKS = re.compile(r"^(?:-f|--find-links)\b")
_PIP_END = re.compile(r"(?<!\s)(?:\s+#.*|\s*;\s.*|\s+--\w.*)|\[[\w,. -]*\]$|#egg=.*")
_ARCHIVE = re.compile(r"\.(?:whl|zip|tar|tgz|tbz|txz|tlz|tar\.\w+)$", re.IGNORECASE)  # pip takes these for files
_FILE = re.compile(r"^[\w.\[\],-]+\s*@\s*file:(?://(?:localhost)?(?=/))?([^\s;]+)")
_UV = re.compile(r"[-_.]+")
_MANIFEST, _LOCK = "pyproject.toml", "uv.lock"


def search_pip(search: Search) -> None:
    """Find the files and packages that requirements name, and uv's sources with a `path`.

    A package is built in its directory, which pip takes from where sam is started.
    """
    requirements = [name for name in entries(search.source) if re.fullmatch(r"requirements(?:-.*)?\.txt", name)]
    own = search.manifests(*(requirements or [_MANIFEST]))
    pending = list(own)
    for file in pending:  # grows as files and packages are found
        directory = os.path.dirname(file)
        if file.endswith(".toml"):
            packages = _search_project(search, file, is_own=file in own)
            pending += [manifest for manifest in _manifests(packages) if manifest not in pending]
            continue
        for text in _lines(read(file)):
            if included := _PIP_FILE.match(text):
                path = search.locate(directory, included[1].strip("\"'"))
                search.add(path)
                if path and path not in pending:
                    pending.append(path)
            elif named := _PIP_PATH.match(text):
                written = re.sub(r"^file:(?://(?:localhost)?(?=/))?", "", named[1].strip("\"'"))
                is_link = _PIP_LINKS.match(text) is not None
                # else it is the name of a package
                if is_link or "/" in written or written in {".", ".."} or _ARCHIVE.search(written):
                    packages = _add_package(search, directory, unquote(written), is_built=not is_link)
                    pending += [manifest for manifest in _manifests(packages) if manifest not in pending]


def _manifests(packages: Iterable[str]) -> list[str]:
    """The manifests of packages: what a package names in turn is built with it."""
    return [os.path.join(package, _MANIFEST) for package in packages]


def included_files(text: str) -> list[str]:
    """The files that requirements or constraints name to be read as well, as written: relative to where they lie."""
    found = (_PIP_FILE.match(line) for line in _lines(text))
    return [included[1].strip("\"'") for included in found if included]


def _lines(text: str) -> list[str]:
    """The lines of requirements, continued ones joined, without comments and options at their ends."""
    return [_PIP_END.sub("", line.strip()) for line in text.replace("\\\n", " ").split("\n")]


def _add_package(search: Search, directory: str, written: str, *, is_built: bool) -> list[str]:
    """Keep a package; the directories in which it may lie."""
    found = [search.locate(base, written) for base in (directory, *search.directories)]
    search.add(*found)
    path = search.locate(search.project, written)  # pip takes it from where sam is started
    if path and is_built and os.path.isdir(observed(path)):
        search.add_written(path)
    return [one for one in found if one] if is_built else []


def _search_project(search: Search, file: str, *, is_own: bool) -> list[str]:
    """Find what a pyproject.toml names by its path, and of the own one what uv writes; the packages."""
    directory = os.path.dirname(file)
    manifest = read_toml(file)
    packages: list[str] = []
    for written in (*_paths(_of_uv(manifest)), *_named_files(manifest)):
        path = search.locate(directory, written)
        search.add(path)
        if path and os.path.isdir(observed(path)):
            search.add_written(path)
            packages.append(path)
    if manifest and is_own:
        _search_uv(search, directory, manifest)
    return packages


def _named_files(manifest: ValueMapping) -> Iterator[str]:
    """What the dependencies of a project name as files (`name @ file:///...`)."""
    project = as_mapping(manifest.get("project"))
    groups = (project.get("dependencies"), *as_mapping(project.get("optional-dependencies")).values())
    for group in groups:
        for text in _lines("\n".join(filter(None, map(as_text, as_list(group))))):
            if named := _FILE.match(text):
                yield unquote(named[1])


def _search_uv(search: Search, directory: str, own: ValueMapping) -> None:
    """Find the workspace around a project, whose lock uv keeps up to date."""
    search.add_written(os.path.join(directory, _LOCK))
    if "workspace" in _of_uv(own):
        return
    for root in search.above(directory):
        top = read_toml(os.path.join(root, _MANIFEST))
        if "workspace" in _of_uv(top):
            search.add_named(root, (_MANIFEST, _LOCK))
            search.add_written(os.path.join(root, _LOCK))
            _add_members(search, root, own, top)
            return


def _add_members(search: Search, root: str, own: ValueMapping, top: ValueMapping) -> None:
    """Find the members of a workspace that a package takes from there; what the root says holds for all."""
    sources = {**as_mapping(_of_uv(top).get("sources")), **as_mapping(_of_uv(own).get("sources"))}
    wanted = {_UV.sub("-", name).lower() for name, source in sources.items() if as_mapping(source).get("workspace")}
    members = as_mapping(_of_uv(top).get("workspace")).get("members")
    for pattern in members if wanted and isinstance(members, list) else []:
        for path in search.expand(root, as_text(pattern) or "\0"):
            project = as_mapping(read_toml(os.path.join(path, _MANIFEST)).get("project"))
            if _UV.sub("-", as_text(project.get("name")) or "").lower() in wanted:
                search.add(path)
                search.add_written(path)


def _of_uv(manifest: ValueMapping) -> ValueMapping:
    return as_mapping(as_mapping(manifest.get("tool")).get("uv"))


def _paths(value: Value) -> Iterator[str]:
    """The texts under a `path`, however deep."""
    if isinstance(value, list):
        for item in value:
            yield from _paths(item)
    for key, inner in as_mapping(value).items():
        if key == "path" and isinstance(inner, str):
            yield inner
        yield from _paths(inner)
