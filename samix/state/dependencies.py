"""Finds the dependencies of a unit in its artifact, where the run of sam that made it has not kept them apart."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from samix.builders.workflow import dependency_folder, incremental_workflow, is_bundled
from samix.files.copies import copy_tree_by
from samix.state.sam_hashes import sam_source_hash

if TYPE_CHECKING:
    from pathlib import Path

    from samix.template.value import ValueMapping
    from samix.units.unit import Unit

# `DependencyManager.IGNORE_LIST`: installed among the sources, still a dependency
_INSTALLED_IN_SOURCE = "node_modules"


def collect_dependencies(
    unit: Unit, artifact: Path, source: Path, definition: ValueMapping, place: Path, put: Callable[[str, str], str]
) -> bool:
    """Put the dependencies that an artifact has into a new directory; whether they can be told from the source.

    If they cannot, sam downloads them where it finds none. `definition` is the unit's, with the hash of the source that
    it was built from, and `put` puts one file or link at its new place.

    Raises:
        OSError: Something cannot be read or written.
    """
    workflow, known = incremental_workflow(unit), definition.get("source_hash")
    # a bundle does not keep them apart, and the earlier content of a source is unknown
    if workflow is None or is_bundled(unit) or (known and known != sam_source_hash(source)):
        return False
    folder = dependency_folder(unit, artifact)
    if workflow.covers_dependencies(source, folder):
        return False
    place.mkdir(parents=True)
    for entry in _dependencies(folder, source, mixed=workflow.is_overlaid):
        target = place / entry.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        if entry.is_dir() and not entry.is_symlink():
            copy_tree_by(entry, target, put)
        else:
            put(os.fspath(entry), os.fspath(target))
    return True


def _dependencies(artifact: Path, source: Path, *, mixed: bool) -> Iterator[Path]:
    """What the builders call dependencies: the entries of an artifact that its source does not have.

    Mirrors `aws_lambda_builders.actions.DependencyManager`. The two may be a directory in the artifact and its
    counterpart in the source; `mixed` says whether a directory may contain files of both.
    """
    if not artifact.is_dir():
        return
    own = {entry.name for entry in source.iterdir()} - {_INSTALLED_IN_SOURCE} if source.is_dir() else set()
    for entry in artifact.iterdir():
        if entry.name not in own:
            yield entry
        elif mixed and entry.is_dir() and not entry.is_symlink():
            yield from _dependencies(entry, source / entry.name, mixed=True)
