"""What a piece of code asks the file system, whoever asks for it."""

from __future__ import annotations

import io
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_ASKING = ("stat", "lstat", "access", "readlink", "listdir", "scandir", "open")


@contextmanager
def watching(names: Sequence[str] = _ASKING) -> Iterator[set[str]]:
    """Collect the absolute paths that `open` and the functions of `os` with these names are called with."""
    asked: set[str] = set()

    def watched(function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            path = arguments[0] if arguments else "."
            if isinstance(path, str | bytes | os.PathLike):
                asked.add(os.path.join(os.getcwd(), os.fsdecode(path)))
            return function(*arguments, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setattr(os, name, watched(getattr(os, name)))
        patch.setattr(io, "open", watched(io.open))
        patch.setattr("builtins.open", watched(open))
        yield asked
