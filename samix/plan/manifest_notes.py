"""What the user should know about the manifests that a build installs from: another counts, or more is written."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.python_manifests import LOCK, PYPROJECT, names_workspace, uv_manifest
from samix.builders.search import read_toml
from samix.builders.workflow import runtime_workflow, workflow_of
from samix.files.access_log import observe
from samix.files.safe_read import read_text
from samix.messages.location import Location, display_path
from samix.messages.note import Note
from samix.plan.sources import source_path

if TYPE_CHECKING:
    from samix.options.merge import BuildOptions
    from samix.units.unit import Unit

_DEPENDENCIES = re.compile(r"^[ \t]*dependencies[ \t]*=(?!\s*\[\s*\])", re.MULTILINE)
# `Bundler::SharedHelpers`: what it looks for in the working directory and all above, and what it takes instead
_GEMFILES, _GEMFILE_VARIABLE = ("Gemfile", "gems.rb"), "BUNDLE_GEMFILE"


def manifest_notes(units: Iterable[Unit], options: BuildOptions, variable: Callable[[str], str | None]) -> list[Note]:
    """The notes on the manifests of units built on the host; `variable` gives the value of an environment variable."""
    notes: list[Note] = []
    for unit in units:
        source = source_path(unit, options)
        if source is None or unit.in_container:
            continue
        if workflow_of(unit).notes_lock:
            notes += _on_uv(unit, source, options.manifest)
        elif runtime_workflow(unit).looks_above and not workflow_of(unit).is_make and not variable(_GEMFILE_VARIABLE):
            notes += _on_bundler(unit, source, options.project)
    return notes


def _on_uv(unit: Unit, source: Path, manifest: Path | None) -> Iterator[Note]:
    """That requirements go before pyproject.toml, and that a lock is written where there is none."""
    found = uv_manifest(source, manifest)
    if found is None:
        return
    if found.name != PYPROJECT:
        project = source / PYPROJECT
        line = _line_of_dependencies(project)
        if line:
            named = display_path(found)
            yield Note(
                f"{unit.label}: uv installs from {named}, and ignores the dependencies in {PYPROJECT}."
                f" List them in {named}, or remove that file.",
                Location(project, line),
            )
        return
    lock = _lock_directory(found) / LOCK
    if not observe(lock).exists():
        yield Note(
            f"{unit.label} has no {LOCK}, so uv writes {display_path(lock)}."
            " Commit that file, so that each build installs the same versions.",
            Location(found),
        )


def _lock_directory(manifest: Path) -> Path:
    """Where uv keeps the lock of a project: beside it, or at the root of its workspace."""
    around = (path for path in manifest.parents if names_workspace(read_toml(os.fspath(path / PYPROJECT))))
    return next(around, manifest.parent)


def _line_of_dependencies(project: Path) -> int | None:
    try:
        text = read_text(project, errors="replace")
    except OSError:
        return None
    found = _DEPENDENCIES.search(text)
    return text.count("\n", 0, found.end()) + 1 if found else None


def _on_bundler(unit: Unit, source: Path, project: Path) -> Iterator[Note]:
    """That bundler, which runs in the artifact, finds the Gemfile of the project or of a directory around it."""
    if any((source / name).exists() for name in _GEMFILES):
        return
    above = (place / name for place in (project, *project.parents) for name in _GEMFILES)
    found = next((path for path in above if path.is_file()), None)
    if found:
        shown = os.path.relpath(found, project)
        yield Note(
            f"{unit.label} has no Gemfile, so bundler takes {shown} and installs beside that, not into the artifact."
            " Add a Gemfile to its source.",
            unit.first.location,
        )
