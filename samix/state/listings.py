"""The files behind the digests of sources, kept to tell later which of them changed.

They serve reasons alone: whether a unit is stale is told by the digest, and a listing that is missing or broken
costs no more than the name of a file in a reason.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from typing import TYPE_CHECKING

from samix.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

    from samix.plan.sources import Sources

_SUFFIX = ".json.gz"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_LARGEST = 1 << 28


def read_listing(directory: Path, digest: str) -> dict[str, str]:
    """The entries behind a digest of sources; empty if they are not known."""
    if not _DIGEST.fullmatch(digest):
        return {}
    try:
        with gzip.open(directory / f"{digest}{_SUFFIX}") as file:
            content = json.loads(file.read(_LARGEST))
        return {str(path): str(entry) for path, entry in content.items()}
    except (OSError, EOFError, ValueError, AttributeError, RecursionError, zlib.error):
        return {}


def write_listing(directory: Path, sources: Sources) -> None:
    """Keep the entries behind the digest of sources.

    Raises:
        OSError: They cannot be written.
    """
    path = directory / f"{sources.digest}{_SUFFIX}"
    if sources.digest and not path.exists():
        text = json.dumps(dict(sources.entries), separators=(",", ":"))
        write_atomically(path, gzip.compress(text.encode(), mtime=0), mode=0o600)


def prune_listings(directory: Path, digests: Container[str]) -> None:
    """Remove all listings but those of these digests."""
    if directory.is_dir():
        for path in directory.iterdir():
            if path.name.removesuffix(_SUFFIX) not in digests:
                path.unlink(missing_ok=True)
