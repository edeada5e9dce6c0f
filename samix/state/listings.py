"""The files behind the digests of sources, kept to tell later which of them changed.

Whether a unit is stale is told by the digest. Where a listing is missing or broken, reasons name no file, and the
unit's dependencies are downloaded again.
"""

from __future__ import annotations

import base64
import json
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from samix.files.atomic import write_state
from samix.files.safe_read import read_text

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

    from samix.plan.sources import Sources

_LARGEST = 1 << 28


@dataclass
class Listings:
    """The listings of all units of a project, in one file: most are small, and a file takes a block at least.

    Attributes:
        path: The file.
    """

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
        """Remember the entries behind the digest of sources, until `save` in this object alone."""
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
        """Write the file, if anything is new. That it cannot be written costs no more than what the module says."""
        if self._is_changed:
            with suppress(OSError):
                write_state(self.path, json.dumps(self._packed, indent=0), mode=0o600)
                self._is_changed = False

    @cached_property
    def _packed(self) -> dict[str, str]:
        """By digest, the entries as compressed JSON in base64: unpacked only where they are asked for."""
        with suppress(OSError, ValueError, AttributeError, RecursionError):
            content = json.loads(read_text(self.path))
            return {str(digest): str(packed) for digest, packed in content.items()}
        return {}
