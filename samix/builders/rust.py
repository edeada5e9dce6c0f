"""What cargo reads outside of a unit's source: the workspace, and crates by their paths."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from samix.builders.search import read_toml
from samix.files.access_log import observe
from samix.template.value import as_mapping, as_text

if TYPE_CHECKING:
    from samix.builders.search import Search
    from samix.template.value import Value, ValueMapping

_MANIFEST = "Cargo.toml"
_WORKSPACE_FILES = (_MANIFEST, "Cargo.lock")
_SETTINGS = ("rust-toolchain", "rust-toolchain.toml", ".cargo")
_CRATE = (_MANIFEST, "build.rs", "src")  # of a crate around the source, which may contain other units
_DEPENDENCIES = ("dependencies", "build-dependencies", "dev-dependencies")


def search_cargo(search: Search) -> None:
    """Find the workspace around a unit and the crates that it depends on by a path, directly or not."""
    for directory in search.above(search.source):
        search.add_named(directory, _SETTINGS)
    around = (search.source, *search.above(search.source))
    crate = next((path for path in around if os.path.isfile(observe(os.path.join(path, _MANIFEST)))), None)
    pending = [crate] if crate else []
    for directory in pending:  # grows as crates are found
        search.add_named(directory, _CRATE)
        if not search.holds_source(directory):
            search.add(directory)
        for found in _depends_on(search, directory):
            if found not in pending:
                pending.append(found)


def _depends_on(search: Search, directory: str) -> Iterator[str]:
    manifest = read_toml(os.path.join(directory, _MANIFEST))
    workspace = _workspace(search, directory, manifest)
    shared: ValueMapping = {}
    if workspace:
        search.add_named(workspace, _WORKSPACE_FILES)
        top = read_toml(os.path.join(workspace, _MANIFEST))
        shared = as_mapping(as_mapping(top.get("workspace")).get("dependencies"))
        for section in ("patch", "replace"):
            yield from _paths(search, workspace, top.get(section))
    for section in ("patch", "replace"):
        yield from _paths(search, directory, manifest.get(section))
    for table in (manifest, *(as_mapping(table) for table in as_mapping(manifest.get("target")).values())):
        for section in _DEPENDENCIES:
            for name, wanted in as_mapping(table.get(section)).items():
                yield from _paths(search, directory, wanted)
                if workspace and as_mapping(wanted).get("workspace"):
                    yield from _paths(search, workspace, shared.get(name))


def _workspace(search: Search, directory: str, manifest: ValueMapping) -> str | None:
    """The directory of a crate's workspace: the one that it names, else the nearest around it."""
    named = as_text(as_mapping(manifest.get("package")).get("workspace"))
    if named:
        return search.locate(directory, named)
    around = (directory, *search.above(directory))
    return next((path for path in around if "workspace" in read_toml(os.path.join(path, _MANIFEST))), None)


def _paths(search: Search, directory: str, value: Value) -> Iterator[str]:
    """The directories that a dependency, or a table of them, names as `path`."""
    table = as_mapping(value)
    written = as_text(table.get("path"))
    path = search.locate(directory, written) if written else None
    if path:
        yield path
    for inner in table.values():
        yield from _paths(search, directory, inner)
