"""The functions that sam calls when it expands a template, except those of conditions.

Mirrors `samcli.lib.cfn_language_extensions.resolvers`, one function for each `fn_*` module. Each is called
with the scope and its argument, and raises InvalidExpressionError for an argument that it does not take.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from samix.template.extensions.conditions import OPERATORS, choose, decide
from samix.template.extensions.errors import InvalidExpressionError
from samix.template.extensions.scope import Scope, function_name
from samix.template.value import Value, inner_values, value_at

if TYPE_CHECKING:
    from samix.template.extensions.scope import Function

_PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")
_PAIR = 2
_KEYS = 3


def reference(scope: Scope, argument: Value) -> Value:
    """`Ref`: the value of a parameter; a reference to anything else stays."""
    name = scope.resolve(argument) if isinstance(argument, dict) else argument
    if not isinstance(name, str):
        raise InvalidExpressionError("Ref takes a name.")
    value = scope.parameter(name)
    return {"Ref": name} if value is None else value


def substitute(scope: Scope, argument: Value) -> str:
    """`Fn::Sub`: a text with its placeholders filled in; those of resources stay."""
    text, variables = argument if isinstance(argument, list) and len(argument) == _PAIR else (argument, {})
    if not isinstance(text, str) or not isinstance(variables, dict):
        raise InvalidExpressionError("Fn::Sub takes a string, or a list of a string and a mapping.")
    empty = next((name for name, value in variables.items() if value is None), None)
    if empty is not None:
        raise InvalidExpressionError(f"Fn::Sub: {empty} has no value.")
    resolved = {name: scope.resolve(value) for name, value in variables.items()}

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if name.startswith("!"):
            return f"${{{name[1:]}}}"
        found = resolved[name] if name in resolved else None if "." in name else scope.given(name)
        return match[0] if found is None else _text(found, nothing="None")

    return _PLACEHOLDER.sub(fill, text)


def join(scope: Scope, argument: Value) -> Value:
    """`Fn::Join`: the items of a list in one text."""
    delimiter, items = (scope.resolve(item) for item in _pair("Fn::Join", argument))
    if scope.is_deferred(delimiter) or scope.is_deferred(items):
        return {"Fn::Join": [delimiter, items]}
    if not isinstance(delimiter, str) or not isinstance(items, list):
        raise InvalidExpressionError("Fn::Join takes a string and a list.")
    return delimiter.join(_text(item, nothing="") for item in items)


def split(scope: Scope, argument: Value) -> Value:
    """`Fn::Split`: the parts of a text."""
    delimiter, source = _pair("Fn::Split", argument)
    delimiter = scope.resolve(delimiter)
    if not isinstance(delimiter, str) or not delimiter:
        raise InvalidExpressionError("Fn::Split takes a delimiter that is not empty.")
    source = scope.resolve(source)
    if function_name(source):
        return {"Fn::Split": [delimiter, source]}
    if not isinstance(source, str):
        raise InvalidExpressionError("Fn::Split takes a delimiter and a string.")
    return list(source.split(delimiter))


def select(scope: Scope, argument: Value) -> Value:
    """`Fn::Select`: one item of a list."""
    position, items = _pair("Fn::Select", argument)
    position = scope.resolve(position)
    if scope.is_deferred(position):
        return {"Fn::Select": [position, scope.resolve(items)]}
    if isinstance(position, str):
        try:
            position = int(position)
        except ValueError:
            raise InvalidExpressionError(f"Fn::Select: {position!r} is not a number.") from None
    if not isinstance(position, int):
        raise InvalidExpressionError("Fn::Select takes a number and a list.")
    items = scope.resolve(items)
    if function_name(items):
        return {"Fn::Select": [position, items]}
    if not isinstance(items, list):
        raise InvalidExpressionError("Fn::Select takes a number and a list.")
    if not 0 <= position < len(items):
        raise InvalidExpressionError(f"Fn::Select: the list has no item {position}.")
    return items[position]


def length(scope: Scope, argument: Value) -> Value:
    """`Fn::Length`: the number of items in a list."""
    items = scope.resolve(argument)
    if function_name(items):
        return {"Fn::Length": items}
    if not isinstance(items, list):
        raise InvalidExpressionError("Fn::Length takes a list.")
    return len(items)


def encode(scope: Scope, argument: Value) -> Value:
    """`Fn::Base64`: a text in Base64."""
    text = scope.resolve(argument)
    if scope.is_deferred(text):
        return {"Fn::Base64": text}
    if not isinstance(text, str):
        raise InvalidExpressionError("Fn::Base64 takes a string.")
    return base64.b64encode(text.encode()).decode()


def find_in_map(scope: Scope, argument: Value) -> Value:
    """`Fn::FindInMap`: a value of a mapping, or the `DefaultValue` if there is none."""
    if not isinstance(argument, list) or len(argument) < _KEYS:
        raise InvalidExpressionError("Fn::FindInMap takes the name of a mapping and two keys.")
    keys = [scope.resolve(item) for item in argument[:_KEYS]]
    if not all(isinstance(key, str) for key in keys):
        if not all(isinstance(key, str) or scope.is_deferred(key) for key in keys):
            raise InvalidExpressionError("Fn::FindInMap takes the name of a mapping and two keys, all of them strings.")
        return {"Fn::FindInMap": [*keys, *argument[_KEYS : _KEYS + 1]]}
    options = argument[_KEYS] if len(argument) > _KEYS else None
    if not isinstance(options, dict | None):
        raise InvalidExpressionError("Fn::FindInMap takes a mapping with DefaultValue after its keys.")
    found = value_at(scope.mappings, *map(str, keys))
    if found is not None:
        return found
    if options is None or "DefaultValue" not in options:
        raise InvalidExpressionError(f"The mappings have no value under {' / '.join(map(str, keys))}.")
    return scope.resolve(options["DefaultValue"])


def to_json(scope: Scope, argument: Value) -> str:
    """`Fn::ToJsonString`: a mapping or list as JSON."""
    if not isinstance(argument, list | dict):
        raise InvalidExpressionError("Fn::ToJsonString takes a mapping or a list.")
    _refuse_in_json(argument)
    resolved = scope.resolve(argument)
    if _has_open_split(resolved) or not isinstance(resolved, list | dict):
        raise InvalidExpressionError("Fn::ToJsonString: its argument has no value before the deployment.")
    try:
        return json.dumps(resolved, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise InvalidExpressionError(f"Fn::ToJsonString: {error}.") from error


FUNCTIONS: Mapping[str, Function] = {
    **OPERATORS,
    "Condition": decide,
    "Fn::If": choose,
    "Ref": reference,
    "Fn::Base64": encode,
    "Fn::Join": join,
    "Fn::Split": split,
    "Fn::Sub": substitute,
    "Fn::Select": select,
    "Fn::Length": length,
    "Fn::FindInMap": find_in_map,
    "Fn::ToJsonString": to_json,
}


def _pair(name: str, argument: Value) -> tuple[Value, Value]:
    if not isinstance(argument, list) or len(argument) != _PAIR:
        raise InvalidExpressionError(f"{name} takes two arguments.")
    return argument[0], argument[1]


def _text(value: Value, *, nothing: str) -> str:
    """A value as part of a text."""
    if value is None:
        return nothing
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(_text(item, nothing=nothing) for item in value)
    return str(value)


def _refuse_in_json(value: Value) -> None:
    if isinstance(value, dict) and len(value) == 1:
        name, argument = next(iter(value.items()))
        if name in OPERATORS or (name == "Ref" and argument == "AWS::NotificationARNs"):
            raise InvalidExpressionError(f"Fn::ToJsonString cannot write {name} of {argument}.")
    for item in inner_values(value):
        _refuse_in_json(item)


def _has_open_split(value: Value) -> bool:
    if isinstance(value, dict) and len(value) == 1 and isinstance(value.get("Fn::Split"), list):
        return True
    return any(_has_open_split(item) for item in inner_values(value))
