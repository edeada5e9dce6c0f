"""The values that a parsed template consists of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

Value: TypeAlias = "dict[str, Value] | list[Value] | str | int | float | bool | None"
ValueMapping: TypeAlias = "dict[str, Value]"


def as_mapping(value: Value) -> ValueMapping:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Value) -> list[Value]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def value_at(value: Value, *keys: str) -> Value:
    """The value under these keys, each in the mapping under the one before it; None if there is none."""
    for key in keys:
        value = as_mapping(value).get(key)
    return value


def inner_values(value: Value) -> Iterable[Value]:
    """The values in a list or mapping; none if it is neither."""
    return value.values() if isinstance(value, dict) else as_list(value)


def change_inner_values(value: Value, change: Callable[[Value], Value]) -> Value:
    """A copy of a list or mapping with each value in it changed; anything else unchanged."""
    if isinstance(value, list):
        return [change(item) for item in value]
    return {key: change(item) for key, item in value.items()} if isinstance(value, dict) else value


def as_text(value: Value) -> str | None:
    """The value if it is text, else None."""
    return value if isinstance(value, str) else None
