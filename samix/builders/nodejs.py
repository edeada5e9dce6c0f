"""What a package.json names outside of the source, and where npm installs it.

Mirrors `aws_lambda_builders.workflows.nodejs_npm`: npm installs in the artifact, or in the source if the unit is built
there. esbuild's workflow installs in a copy of the source.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from samix.builders.search import is_inside, read_json
from samix.builders.shell.effects import Effects
from samix.builders.shell.variables import ARTIFACTS, PLACE, STARTED, WORKING, Variables, tokens
from samix.template.value import as_list, as_mapping, as_text

if TYPE_CHECKING:
    from samix.builders.search import Search
    from samix.template.value import ValueMapping

_PATH = re.compile(r"^(?:file:|link:|portal:)(?://(?=/))?(.+)|^(\.{1,2}/.*|/.*)")
_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
# what `npm install` runs of the package itself, in this order (npm's documentation of scripts)
_SCRIPTS = ("preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare")
_RUN = re.compile(r"\b(?:npm|yarn|pnpm)\s+run(?:-script)?\s+([\w:.-]+)")
_MANIFEST, _LOCK, _MODULES = "package.json", "package-lock.json", "node_modules"


def search_npm(search: Search) -> None:
    """Find the packages that a package.json names by their paths, directly or not, and what its scripts name."""
    search_esbuild(search)
    for file in () if search.runs_in_source else search.manifests(_MANIFEST):
        manifest = read_json(file)
        for _, written in _dependencies(manifest):
            if named := _PATH.match(written):
                _from_artifact(search, named[1] or named[2])
        scripts = as_mapping(manifest.get("scripts"))
        names = list(_SCRIPTS)
        for name in names:  # grows as scripts run others
            script = as_text(scripts.get(name)) or ""
            _follow(search, script)
            names += [other for other in _RUN.findall(script) if other not in names]


def search_esbuild(search: Search) -> None:
    """Find the packages that a package.json names by their paths, directly or not; in the source, the workspace too."""
    files = search.manifests(_MANIFEST)
    search.add(*(path for _, _, path in packages_by_path(files, search.locate)))
    if search.runs_in_source:
        _search_workspace(search, files)


def packages_by_path(files: list[str], locate: Callable[[str, str], str | None]) -> Iterator[tuple[str, str, str]]:
    """The packages that package.json files name by their paths, directly or not; the files that are read are added.

    Each is given as the manifest that names it, the name, and its directory, as `locate` finds it from the directory of
    the manifest and the path.
    """
    for file in files:  # grows as packages are found
        for name, written in _dependencies(read_json(file)):
            named = _PATH.match(written)
            path = locate(os.path.dirname(file), named[1] or named[2]) if named else None
            if path:
                yield file, name, path
                inner = os.path.join(path, _MANIFEST)
                files += [] if inner in files else [inner]


def _dependencies(manifest: ValueMapping) -> list[tuple[str, str]]:
    return [
        (name, as_text(value) or "")
        for section in _DEPENDENCIES
        for name, value in as_mapping(manifest.get(section)).items()
    ]


def _from_artifact(search: Search, written: str) -> None:
    """Keep the path that a package.json names, relative to where npm installs."""
    if not os.path.isabs(written) and "\0" not in written:
        search.add_neighbour(os.path.join(search.home, written))
        search.add(*search.expand_from_artifact(written))


def _follow(search: Search, script: str) -> None:
    """Follow a script that npm runs in the artifact."""
    variables = Variables(places={"PWD": ARTIFACTS, "INIT_CWD": ARTIFACTS})
    effects = Effects(search, variables, {ARTIFACTS: [search.home], WORKING: [], STARTED: []})
    effects.follow(script, ARTIFACTS)
    for text in variables.expand(script):
        for token in tokens(text):
            written = PLACE.sub(".", token)
            if "/" in written or written == "..":
                _from_artifact(search, written)


def _search_workspace(search: Search, files: list[str]) -> None:
    """Find the workspace that the source belongs to: npm installs everything at its root."""
    for directory in {os.path.dirname(file) for file in search.manifests(_MANIFEST)}:
        around = (directory, *search.above(directory))
        root = next((path for path in around if "workspaces" in read_json(os.path.join(path, _MANIFEST))), None)
        place = root or directory
        search.add_written(os.path.join(place, _MODULES))
        search.add_written(os.path.join(place, _LOCK))
        if root:
            search.add_named(root, (_MANIFEST, _LOCK))
            _add_members(search, root, files)


def _add_members(search: Search, root: str, files: list[str]) -> None:
    """Find the packages of a workspace that others depend on by their names, directly or not."""
    members: dict[str, str] = {}
    workspaces = read_json(os.path.join(root, _MANIFEST)).get("workspaces")
    for pattern in as_list(as_mapping(workspaces).get("packages") or workspaces):
        for path in search.expand(root, as_text(pattern) or "\0"):
            name = as_text(read_json(os.path.join(path, _MANIFEST)).get("name"))
            if name and not is_inside(path, search.source):
                members[name] = path
    pending = list(files)
    for file in pending:  # grows as packages are found
        for name, _ in _dependencies(read_json(file)):
            inner = os.path.join(members[name], _MANIFEST) if name in members else file
            if inner not in pending:
                search.add(members[name])
                pending.append(inner)
