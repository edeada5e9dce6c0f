"""The values that a parsed template consists of."""

from __future__ import annotations

from typing import TypeAlias

Value: TypeAlias = "dict[str, Value] | list[Value] | str | int | float | bool | None"
ValueMapping: TypeAlias = "dict[str, Value]"


def as_mapping(value: Value) -> ValueMapping:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Value) -> list[Value]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: Value) -> str | None:
    """The value if it is text, else None."""
    return value if isinstance(value, str) else None
