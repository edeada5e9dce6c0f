"""Finds old copies of the project's own packages that npm keeps in a source that is built in place.

With `--install-links`, which sam gives it there (`aws_lambda_builders.workflows.nodejs_npm.npm.SubprocessNpm`), npm
copies a package that a package.json names by its path, and keeps the copy while the version stays the same.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from samix.builders.nodejs import packages_by_path
from samix.builders.search import find_line, read_json
from samix.files.safe_read import read_bytes
from samix.messages.location import Location
from samix.messages.note import Note
from samix.template.value import as_text

_MODULES, _MANIFEST = "node_modules", "package.json"


def copy_notes(source: Path, label: str, project: Path) -> Iterator[Note]:
    """The notes on copies in the source of a unit that differ from their packages, and that npm does not replace."""
    place, shown = os.path.realpath(source), partial(os.path.relpath, start=os.path.realpath(project))
    for manifest, name, package in packages_by_path([os.path.join(place, _MANIFEST)], _join):
        copy = os.path.join(place, _MODULES, name)
        if not os.path.isdir(copy) or os.path.islink(copy) or not os.path.isdir(package):
            continue
        now, then = (read_json(os.path.join(place, _MANIFEST)) for place in (package, copy))
        is_same_version = (as_text(now.get("version")) or "") == (as_text(then.get("version")) or "")
        # what scripts make in a copy need not be in the package
        if is_same_version and _differs(package, copy, is_whole="scripts" not in now):
            yield Note(
                f"npm keeps an old copy of {shown(package)} in {shown(copy)}, because its version is the same:"
                f" {label} is built with that. Raise the version in"
                f" {shown(os.path.join(package, _MANIFEST))}, or remove {shown(copy)}.",
                Location(Path(manifest), find_line(manifest, re.compile(rf'"{re.escape(name)}"[ \t]*:'))),
            )


def _join(directory: str, written: str) -> str:
    return os.path.normpath(os.path.join(directory, written))


def _differs(package: str, copy: str, *, is_whole: bool) -> bool:
    """Whether a file of a copy differs in the package, or, if the copy `is_whole`, is missing from the package."""
    for directory, names, files in os.walk(copy):
        if _MODULES in names:
            names.remove(_MODULES)
        for name in files:
            copied = os.path.join(directory, name)
            original = os.path.join(package, os.path.relpath(copied, copy))
            if os.path.isfile(original):
                if not _are_alike(original, copied):
                    return True
            elif is_whole:
                return True
    return False


def _are_alike(one: str, other: str) -> bool:
    try:
        return os.path.getsize(one) == os.path.getsize(other) and read_bytes(one) == read_bytes(other)
    except OSError:
        return True
