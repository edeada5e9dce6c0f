"""Errors for templates that cannot be expanded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class ExpansionError(Exception):
    """A template cannot be expanded; sam fails, too.

    Attributes:
        keys: The keys of the template that lead to the problem; empty while they are not known.
    """

    def __init__(self, problem: str, *keys: object) -> None:
        super().__init__(problem)
        self.keys = tuple(str(key) for key in keys)


class InvalidExpressionError(ExpansionError):
    """An expression has no value; below a false condition sam leaves it out instead."""


@contextmanager
def locate_errors(*keys: object) -> Iterator[None]:
    """Add these keys to an expansion error raised inside that has none."""
    try:
        yield
    except ExpansionError as error:
        error.keys = error.keys or tuple(str(key) for key in keys)
        raise
