"""The digests that sam itself takes of sources and manifests, as build.toml contains them."""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.workflow import incremental_workflow, manifest_path
from samix.files.copies import hash_file
from samix.files.names import SAM_DIRECTORY
from samix.template.resources import Kind

if TYPE_CHECKING:
    from samix.template.value import ValueMapping
    from samix.units.unit import Unit


def sam_source_hash(root: Path) -> str:
    """sam's `source_hash` of a source directory.

    Mirrors `samcli.lib.utils.hash.dir_checksum` as `CachedBuildStrategy` calls it: sha256 over relative path and
    hex md5 of each file, sorted by full path, links followed, `.aws-sam` left out.

    Raises:
        OSError: Something cannot be read, or links lead in a circle.
        UnicodeEncodeError: A name cannot be encoded.
    """
    files = []
    pending: list[tuple[str, tuple[str, ...]]] = [(os.fspath(root), (os.path.realpath(root),))]
    while pending:
        directory, above = pending.pop()
        _, names, filenames = next(os.walk(directory), ("", [], []))
        files += [os.path.join(directory, name) for name in filenames if name != SAM_DIRECTORY]
        for name in names:
            path = os.path.join(directory, name)
            real = os.path.realpath(path)
            if any(f"{parent}/".startswith(f"{real}/") for parent in above):
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)  # sam fails there, too, if much later
            if name != SAM_DIRECTORY:
                pending.append((path, (*above, real)))
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(os.path.relpath(path, root).encode())
        digest.update(file_md5(path).encode())
    return digest.hexdigest()


def file_md5(path: str | Path) -> str:
    """The hex md5 of a file, as in sam's `manifest_hash`."""
    return hash_file(os.fspath(path), "md5")[0]


def sam_hashes(unit: Unit, source: Path | None, manifest: Path | None) -> ValueMapping:
    """Both hashes by which sam finds out whether a unit has changed; each kind of build writes only its own.

    That of the sources is left out for an image, and where sam cannot take it, for example because a link is broken.
    `manifest`, if given, replaces the builder's default one.
    """
    if source is None or unit.kind is Kind.IMAGE:
        return {}
    hashes: ValueMapping = {}
    with suppress(OSError, UnicodeEncodeError):
        hashes["source_hash"] = sam_source_hash(source)
    file = manifest_path(unit, source, manifest)
    if file:
        hashes["manifest_hash"] = file_md5(file) if file.is_file() else ""
    return hashes


def is_cacheable(unit: Unit, hashes: ValueMapping) -> bool:
    """Whether `sam build --cached` can build a unit with these `sam_hashes`: it takes one of them, and may fail."""
    return (
        unit.kind is Kind.IMAGE
        or "source_hash" in hashes
        or (incremental_workflow(unit) is not None and not unit.in_container)
    )
