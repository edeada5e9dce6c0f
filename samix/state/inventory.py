"""The list of what samix put in place last, as opposed to what sam itself or a person put there.

The records do not show it: they are of what was built last, which a failed build does not put in place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from samix.files.access_log import observe
from samix.files.atomic import write_state
from samix.files.safe_read import read_own_json
from samix.state.records import checked_uuid

_VERSION = 1


@dataclass(frozen=True)
class Inventory:
    """What samix put in place last: digests by path relative to the build dir, and the names of definitions."""

    templates: Mapping[str, str] = field(default_factory=dict)  # the digests of the built templates
    artifacts: Mapping[str, str] = field(default_factory=dict)  # those of the artifacts
    uuids: frozenset[str] = frozenset()  # of samix's definitions, and of its directories in `cache/` and `deps/`
    origins: Mapping[str, str] = field(default_factory=dict)  # the digests of what the templates were written from


def text_digest(content: bytes) -> str:
    """The digest of a built template."""
    return hashlib.sha256(content).hexdigest()


def read_inventory(path: Path) -> Inventory:
    """The inventory in a file; an empty one if it is missing, broken or of another version of samix."""
    return read_own_json(observe(path), _inventory, Inventory(), version=_VERSION)


def _inventory(content: Any) -> Inventory:  # noqa: ANN401 - anything
    return Inventory(
        {_checked_path(name): str(digest) for name, digest in content["templates"].items()},
        {_checked_path(name): str(digest) for name, digest in content["artifacts"].items()},
        frozenset(uuid for value in content["uuids"] if (uuid := checked_uuid(value))),
        {str(name): str(digest) for name, digest in content.get("origins", {}).items()},
    )


def write_inventory(path: Path, inventory: Inventory) -> None:
    """Write an inventory, unless the file has that content already.

    Raises:
        OSError: It cannot be written.
    """
    if path.exists() and read_inventory(path) == inventory:
        return
    content = {
        "version": _VERSION,
        "templates": dict(inventory.templates),
        "artifacts": dict(inventory.artifacts),
        "uuids": sorted(inventory.uuids),
        "origins": dict(inventory.origins),
    }
    write_state(path, json.dumps(content, separators=(",", ":")))


def _checked_path(name: str) -> str:
    """A path below the build dir; raises ValueError for any other."""
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or ".." in path.parts:
        raise ValueError(name)
    return name
