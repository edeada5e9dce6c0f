"""What keeps a template from being expanded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class ExpansionError(Exception):
    """A template cannot be expanded, by sam neither.

    Attributes:
        keys: The keys of the template that lead to the problem; empty where they are not known yet.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.keys: tuple[str, ...] = ()


class InvalidExpressionError(ExpansionError):
    """An expression has no value; below a false condition sam leaves it out instead."""


@contextmanager
def locate_errors(*keys: object) -> Iterator[None]:
    """Say of an expansion error raised inside that it is about what stands under these keys."""
    try:
        yield
    except ExpansionError as error:
        error.keys = error.keys or tuple(str(key) for key in keys)
        raise
