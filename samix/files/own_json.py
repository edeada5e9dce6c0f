"""Reads the JSON files that samix keeps; a file that cannot be used counts as missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from samix.files.safe_read import read_bytes

if TYPE_CHECKING:
    from samix.files.safe_read import AnyPath

_Found = TypeVar("_Found")


def read_own_json(
    path: AnyPath, parse: Callable[[Any], _Found], otherwise: _Found, *, version: int | None = None
) -> _Found:
    """Read a JSON file that samix keeps; `otherwise` is returned where it is missing, is not JSON, or makes no sense.

    `parse` makes the result from the content. It raises ValueError, KeyError, TypeError or AttributeError where that
    makes no sense. With a `version`, a file that another version of samix wrote makes none.
    """
    try:
        content = json.loads(read_bytes(path))
        return parse(content) if version is None or content["version"] == version else otherwise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return otherwise
