"""Updates sam's own state (build.toml, cache, deps) so that it matches what samix built.

For every unit that a bare `sam build --cached` can reuse, `build.toml` gets sam's own definition of it, `cache/`
its artifact and, where sam builds incrementally, `deps/` its dependencies. Left out are makefile functions, which
sam never reuses; units with container environment values, which the file would contain in plain text; and functions
that are one definition to sam but were built in different ways.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Collection, Container, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from samix.builders.workflow import dependency_folder, incremental_workflow
from samix.files.access_log import observe
from samix.files.copies import remove_tree, tree_digest
from samix.files.hardlinks import Inode, inode_of, inodes, share_files
from samix.files.listing import link_tree
from samix.state.build_toml import Definition, Section
from samix.state.dependencies import collect_dependencies
from samix.state.finished import is_moved
from samix.state.records import UUID
from samix.template.metadata import SAMIX_METADATA
from samix.template.resources import Kind
from samix.template.types import WEB_FUNCTION
from samix.template.value import as_mapping

if TYPE_CHECKING:
    from samix.state.layout import Layout
    from samix.state.records import Record
    from samix.state.store import Store
    from samix.template.value import ValueMapping
    from samix.units.unit import Unit

# sam compares these as the application has them, and in a workspace they are absolute
_METADATA_PATHS = ("aws:asset:path", "DockerContext")


def complete_definition(unit: Unit, fields: ValueMapping, hashes: ValueMapping) -> ValueMapping:
    """A unit's definition with both hashes and the names that it has in the application.

    `fields` is the definition that sam wrote for it, and `hashes` are its `sam_hashes` from before it was built.
    """
    completed = {**fields, **{key: value for key, value in hashes.items() if not fields.get(key)}}
    completed.pop("env_vars", None)
    if unit.kind is Kind.LAYER:
        completed["layer_name"] = completed["layer"] = unit.name
    return completed


def own_definition(unit: Unit) -> Definition:
    """The definition that sam would write of a unit in its workspace, without hashes, for a run that writes none.

    Mirrors `samcli.lib.build.build_graph._function_build_definition_to_toml_table`, and that of layers.
    """
    first, name = unit.first, unit.first.logical_id
    fields: ValueMapping
    if unit.kind is Kind.LAYER:
        fields = {
            "layer_name": name,
            "codeuri": first.code_of_sam,
            "build_method": first.build_method,
            "compatible_runtimes": first.properties.get("CompatibleRuntimes") or [],
            "architecture": first.architecture,
            "manifest_hash": "",
            "layer": name,
        }
        return Definition(Section.LAYERS, str(uuid4()), fields)
    fields = {"packagetype": "Image" if unit.kind is Kind.IMAGE else "Zip", "functions": [name]}
    if unit.kind is not Kind.IMAGE:
        fields |= {
            "codeuri": first.code_of_sam,
            "runtime": first.runtime,
            "architecture": first.architecture,
            "handler": first.handler or "",
            "manifest_hash": "",
        }
    if first.compared_metadata:
        fields["metadata"] = dict(first.compared_metadata)
    if first.type == WEB_FUNCTION:
        fields["resource_type"] = first.type
    return Definition(Section.FUNCTIONS, str(uuid4()), fields)


def reusable_by_sam(units: Collection[Unit]) -> list[Unit]:
    """The units whose definition may be in build.toml."""
    shared = Counter(unit.first.definition for unit in units)
    return [
        unit
        for unit in units
        if not unit.is_makefile_function and not unit.environment and shared[unit.first.definition] == 1
    ]


def fill_cache(unit: Unit, store: Store, layout: Layout, source: Path | None) -> None:
    """Give a unit its directories in `cache/` and `deps/`, from its artifact.

    An artifact that waits stays where it is if it is for one resource alone.
    """
    artifact = store.find_artifact(unit)
    record = store.records[unit.name]
    cached = store.cached_artifact(unit)
    if artifact is None or cached is None:
        return
    if not store.holds(cached, record.digest):
        ready = layout.finished_cache(unit)
        if store.holds(ready, record.digest):
            store.move(ready, cached)
        elif artifact == layout.finished_artifact(unit) and not is_moved(unit):
            store.move(artifact, cached)
        else:
            store.copy(artifact, cached)
    _fill_deps(unit, store, layout, cached, source)


def _fill_deps(unit: Unit, store: Store, layout: Layout, cached: Path, source: Path | None) -> None:
    deps = layout.deps_dir / cached.name
    record = store.records[unit.name]
    workflow = incremental_workflow(unit)
    if workflow is None or source is None:
        return
    if record.definition.get("manifest_hash") == "":
        _leave_without_deps(unit, store, deps)  # sam looks for them by the manifest alone, and there is none
        return
    built = store.find_dependencies(unit)
    if built == deps:
        return
    if built:
        store.move(built, deps)
        return
    temporary = layout.filling
    remove_tree(temporary)
    digest, copied = "", list[str]()
    share = partial(_share_entry, apart=inodes(layout.artifact(unit.first)), copied=copied)
    if collect_dependencies(unit, cached, source, record.definition, temporary, share):
        digest = tree_digest(temporary)
    if copied:
        store.mark_apart(cached)
    if not digest or (workflow.is_overlaid and record.deps not in {"", digest}):
        # not what was downloaded: a file of the source lies in the artifact where one of a dependency was
        remove_tree(temporary)
        _leave_without_deps(unit, store, deps)
        return
    store.move(temporary, deps)
    for place in (cached, deps):
        store.mark_apart(place)
    store.note(unit.name, replace(record, deps=digest))


def _share_entry(path: str, target: str, apart: Container[Inode], copied: list[str]) -> str:
    """Put a file of the cache into `deps/`, too; neither is ever changed in place, so that both can share files.

    `apart` are the files of the build dir, which shares none with `deps/`: they are copied, and added to `copied`.
    """
    if inode_of(os.lstat(path)) in apart:
        copied.append(path)
        return str(shutil.copy2(path, target, follow_symlinks=False))
    link_tree(Path(path), Path(target))
    return target


def _leave_without_deps(unit: Unit, store: Store, deps: Path) -> None:
    remove_tree(deps)
    store.note(unit.name, replace(store.records[unit.name], deps=""))


def share_disk_space(unit: Unit, record: Record, layout: Layout, set_place: Path | None = None) -> None:
    """Hard-link what the directories of a unit have in common, so that they take no more disk space than sam's own.

    Of a unit that sam builds incrementally, `cache/` shares its dependencies with `deps/`, and both with the set of
    dependencies at `set_place` that it was built on, if it was: none of them is ever changed in place. On the host
    `cache/` shares the rest with the build dir, where people may change a file in place. The digests show that to
    samix, and sam reads only the dependencies there. In all other cases the build dir shares nothing.

    The unit must be in the build dir and in sam's cache.

    Raises:
        OSError: Something cannot be read or written.
    """
    workflow = incremental_workflow(unit)
    if workflow is None or not record.uuid:
        return
    cached, deps = layout.cache_dir / record.uuid, layout.deps_dir / record.uuid
    spare = layout.cache_dir / f".{record.uuid}.link"
    if set_place:
        share_files(deps, set_place, spare, apart=inodes(layout.artifact(unit.first)))
    share_files(dependency_folder(unit, cached), deps, spare)
    if not unit.in_container:
        # only of one function: a change of another's file must not show in it
        share_files(cached, layout.artifact(unit.first), spare, apart=inodes(deps))


def expected_definitions(units: Iterable[Unit], store: Store) -> list[Definition]:
    """What build.toml should contain for these units, all of which are built and reusable by sam."""
    return [expected_definition(unit, record) for unit in units if (record := store.records[unit.name]).uuid]


def expected_definition(unit: Unit, record: Record) -> Definition:
    """The definition that build.toml should contain for a unit: sam's own, with what the application says now.

    Its source may lie elsewhere than when it was built, and more functions may share it.
    """
    fields = dict(record.definition)
    if unit.first.code is not None:
        fields["codeuri"] = unit.first.code_of_sam
    if unit.kind is Kind.LAYER:
        return Definition(Section.LAYERS, record.uuid, fields)
    fields["functions"] = [resource.full_path for resource in unit.resources]
    fields["handler"] = unit.first.handler or ""
    metadata = present_metadata(as_mapping(fields.get("metadata")), unit)
    moved = [key for key in _METADATA_PATHS if key in metadata and key in unit.first.metadata]
    metadata |= {key: unit.first.metadata[key] for key in moved}
    if metadata or "metadata" in fields:
        fields["metadata"] = metadata
    return Definition(Section.FUNCTIONS, record.uuid, fields)


def present_metadata(written: ValueMapping, unit: Unit) -> ValueMapping:
    """The metadata that sam wrote of a function, with what may have changed since: sam compares all of them."""
    kept = {key: value for key, value in written.items() if key not in SAMIX_METADATA}
    return kept | {key: unit.first.metadata[key] for key in sorted(SAMIX_METADATA) if key in unit.first.metadata}


def prune(layout: Layout, uuids: Container[str]) -> None:
    """Remove from `cache/` and `deps/` the directories of all definitions but these, as sam does.

    What a killed build was about to put there is removed, too.
    """
    for directory in (layout.cache_dir, layout.deps_dir):
        if not observe(directory).is_dir():
            continue
        for entry in directory.iterdir():
            hidden, name = entry.name.startswith("."), entry.name.removeprefix(".").partition(".")[0]
            if UUID.fullmatch(name) and (hidden or (entry.is_dir() and entry.name not in uuids)):
                remove_tree(entry)
