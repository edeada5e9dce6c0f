"""Reading the JSON files that samix keeps: what cannot be used is as if it were not there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from samix.files.safe_read import read_bytes

if TYPE_CHECKING:
    from samix.files.safe_read import AnyPath

_Found = TypeVar("_Found")


def read_own_json(path: AnyPath, parse: Callable[[Any], _Found], otherwise: _Found) -> _Found:
    """What a file holds, if it is there, is JSON, and makes sense.

    Args:
        path: The file.
        parse: Makes a value of what the file holds; raises ValueError, KeyError, TypeError or AttributeError where
            that makes no sense, or where another version of samix wrote it.
        otherwise: What there is if not.
    """
    try:
        return parse(json.loads(read_bytes(path)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return otherwise
