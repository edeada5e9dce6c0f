"""Finds old copies of the project's own packages that npm keeps in a source that is built in place.

With `--install-links`, which sam gives it there (`aws_lambda_builders.workflows.nodejs_npm.npm.SubprocessNpm`), npm
copies a package that a package.json names by its path, and keeps the copy while the version stays the same.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from samix.builders.nodejs import packages_by_path
from samix.builders.search import find_line, read_json
from samix.files.safe_read import read_bytes
from samix.template.value import as_text

_MODULES, _MANIFEST = "node_modules", "package.json"


@dataclass(frozen=True)
class NpmCopy:
    """A copy of a package in node_modules that differs from the package, and that npm does not replace."""

    package: str
    copy: str
    version: str  # of both; empty if they have none
    manifest: str  # the file that names the package
    line: int | None  # the line where it does, None if it is not found


def find_old_copies(source: Path) -> Iterator[NpmCopy]:
    """The copies in a source that differ from the packages they were copied from."""
    place = os.path.realpath(source)
    for manifest, name, package in packages_by_path([os.path.join(place, _MANIFEST)], _join):
        copy = os.path.join(place, _MODULES, name)
        if not os.path.isdir(copy) or os.path.islink(copy) or not os.path.isdir(package):
            continue
        now, then = (read_json(os.path.join(place, _MANIFEST)) for place in (package, copy))
        version = as_text(now.get("version")) or ""
        # what scripts make in a copy need not be in the package
        if version == (as_text(then.get("version")) or "") and _differs(package, copy, is_whole="scripts" not in now):
            line = find_line(manifest, re.compile(rf'"{re.escape(name)}"[ \t]*:'))
            yield NpmCopy(package, copy, version, manifest, line)


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
