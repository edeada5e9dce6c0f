"""The files behind the digests of sources, kept to say later which of them changed.

The digest decides whether a unit is stale. Where a listing is missing or broken, reasons name no file, and the
unit's dependencies are downloaded again.
"""

from __future__ import annotations

import base64
import json
import os
import zlib
from collections.abc import Collection, Container, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from samix.builders.generated import is_generated
from samix.files.atomic import write_state
from samix.files.copies import entries_digest
from samix.files.safe_read import read_own_json

_LARGEST = 1 << 28
DIGEST_LENGTH = 16  # of a file, in `Sources.entries`


@dataclass
class Listings:
    """The listings of all units of a project, in one file: most are small, and a file takes a block at least."""

    path: Path
    _is_changed: bool = field(default=False, repr=False)

    def find(self, digest: str) -> dict[str, str]:
        """The entries behind a digest of sources; empty if they are not known."""
        try:
            packed = base64.b64decode(self._packed.get(digest, ""), validate=True)
            content = json.loads(zlib.decompressobj().decompress(packed, _LARGEST))
            return {str(path): str(entry) for path, entry in content.items()}
        except (ValueError, AttributeError, RecursionError, zlib.error):
            return {}

    def keep(self, sources: Sources) -> None:
        """Remember the entries behind a digest of sources in memory; `save` writes them to the file."""
        if sources.digest and sources.digest not in self._packed:
            text = json.dumps(dict(sources.entries), separators=(",", ":"))
            self._packed[sources.digest] = base64.b64encode(zlib.compress(text.encode())).decode()
            self._is_changed = True

    def keep_only(self, digests: Container[str]) -> None:
        """Forget all but those of these digests."""
        for digest in [known for known in self._packed if known not in digests]:
            del self._packed[digest]
            self._is_changed = True

    def save(self) -> None:
        """Write the file, if anything is new. If it cannot be written, see the module's docstring for what is lost."""
        if self._is_changed:
            with suppress(OSError):
                write_state(self.path, json.dumps(self._packed, indent=0), mode=0o600)
                self._is_changed = False

    @cached_property
    def _packed(self) -> dict[str, str]:
        """By digest, the entries as compressed JSON in base64: unpacked only where they are asked for."""
        return read_own_json(
            self.path, lambda content: {str(digest): str(packed) for digest, packed in content.items()}, {}
        )


@dataclass(frozen=True)
class Sources:
    """The files that a unit is made from."""

    digest: str  # one of them all
    place: str = field(default="", compare=False)  # where the unit's source lies, relative to the project; for people
    # what `tree_entries` says of each, by its path relative to the unit's source, with digests cut to what is needed to
    # know one file from another
    entries: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    # the same with whole digests, of which another digest can be made; empty if they were not asked for
    whole: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    # paths in `entries` that builds make; they are no part of the digest
    generated: Collection[str] = field(default=(), compare=False)
    # digests of what builds make and is there, by such paths, without what only the unit's builder uses
    made: Mapping[str, str] = field(default_factory=dict, compare=False)
    is_missing: bool = field(default=False, compare=False)  # if the unit's source is, the files are those elsewhere

    def without_generated(self, entries: Mapping[str, str]) -> Mapping[str, str]:
        """The entries that the build does not make itself."""
        return counted_entries(entries, self.generated, self.place)

    def digest_without(self, generated: Collection[str]) -> str:
        """The digest as it would be if builds made these paths; `whole` must be there."""
        return entries_digest(counted_entries(self.whole, generated, self.place).items())

    def plain(self, path: str) -> str:
        """The path of an entry in the shortest form: in a tree around the source it may be in a longer one."""
        return plain_path(path, self.place)


def counted_entries(entries: Mapping[str, str], generated: Collection[str], place: str) -> Mapping[str, str]:
    """A unit's entries without those that builds make; a directory with such entries alone is left out, too.

    `generated` are paths in the shortest form; `place` is where the source lies, relative to the project.
    """
    if not generated:
        return entries
    kept = {path: entry for path, entry in entries.items() if not is_generated(plain_path(path, place), generated)}
    emptied = {os.path.dirname(path) for path in entries.keys() - kept.keys()}
    while emptied := (emptied & kept.keys()) - {"", *map(os.path.dirname, kept)}:
        kept = {path: entry for path, entry in kept.items() if path not in emptied}
        emptied = {os.path.dirname(path) for path in emptied}
    return kept


def plain_path(path: str, place: str) -> str:
    """A path relative to a source in the shortest form; what lies behind a link is unchanged."""
    return os.path.relpath(os.path.join(place, path), place) if path.startswith("../") and "//" not in path else path
