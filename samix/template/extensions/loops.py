"""`Fn::ForEach` unrolled (mirrors `samcli.lib.cfn_language_extensions.processors.foreach`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from samix.template.extensions.errors import ExpansionError, locate_errors
from samix.template.extensions.loop_shape import is_loop, loop_name, loop_parts
from samix.template.value import Value, ValueMapping, as_mapping

if TYPE_CHECKING:
    from samix.template.extensions.scope import Scope

_DEPLOYED = frozenset({"Fn::GetAtt", "!GetAtt", "Fn::ImportValue", "!ImportValue"})
_SECRET = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):[^}]+\}\}", re.IGNORECASE)
_NOT_PLAIN = re.compile(r"[^a-zA-Z0-9]")


def unroll(section: Value, scope: Scope, outer: tuple[str, ...] = ()) -> Value:
    """A mapping with the loops among its keys unrolled; anything else is returned unchanged.

    `outer` are the variables of the loops around it.

    Raises:
        ExpansionError: A loop is invalid.
    """
    if not isinstance(section, dict):
        return section
    unrolled: ValueMapping = {}
    for key, value in section.items():
        if is_loop(key):
            merge(unrolled, _iterations(key, value, scope, outer), key)
        else:
            unrolled[key] = value
    return unrolled


def unroll_resources(resources: ValueMapping, scope: Scope) -> tuple[ValueMapping, dict[str, str]]:
    """The Resources section with all loops unrolled, those in properties too, and the loop of each resource.

    Raises:
        ExpansionError: A loop is invalid.
    """
    unrolled: ValueMapping = {}
    origins: dict[str, str] = {}
    for key, value in resources.items():
        with locate_errors("Resources", key):
            if is_loop(key):
                made = _iterations(key, value, scope, ())
                merge(unrolled, {name: _with_properties(item, scope) for name, item in made.items()}, key)
                origins |= dict.fromkeys(made, key)
            else:
                unrolled[key] = _with_properties(value, scope)
    return unrolled, origins


def merge(target: ValueMapping, made: ValueMapping, key: str) -> None:
    """Add what the loop of a key makes.

    Raises:
        ExpansionError: A name exists already.
    """
    taken = sorted(str(name) for name in target.keys() & made.keys())
    if taken:
        raise ExpansionError(f"{key} makes names that already exist: {', '.join(taken)}.")
    target.update(made)


def _with_properties(resource: Value, scope: Scope) -> Value:
    if not isinstance(resource, dict) or "Properties" not in resource:
        return resource
    return {**resource, "Properties": unroll(resource["Properties"], scope)}


def _iterations(key: str, loop: Value, scope: Scope, outer: tuple[str, ...]) -> ValueMapping:
    parts = loop_parts(loop)
    if parts is None or not parts[0]:
        raise ExpansionError(f"{key} is not a list of a variable, a collection and a mapping.")
    variable, collection, body = parts
    for name in (variable, loop_name(key)):
        if name in scope.parameters:
            raise ExpansionError(f"{key}: {name} is also the name of a parameter.")
    if variable in outer:
        raise ExpansionError(f"{key}: {variable} is also the variable of a loop around it.")
    made: ValueMapping = {}
    for item in _items(key, collection, scope):
        text = str(item).lower() if isinstance(item, bool) else str(item)
        once = unroll(_with_variable(body, variable, text), scope, (*outer, variable))
        merge(made, as_mapping(once), key)
    return made


def _items(key: str, collection: Value, scope: Scope) -> list[Value]:
    _refuse_deployed(key, collection)
    if isinstance(collection, list):
        return collection
    if isinstance(collection, dict) and isinstance(collection.get("Ref"), list | dict):
        raise ExpansionError(f"{key}: the Ref in its collection takes a name.")
    resolved = scope.resolve(collection)
    if isinstance(resolved, str) and "," in resolved:
        return [item.strip() for item in resolved.split(",")]
    if not isinstance(resolved, list):
        raise ExpansionError(f"{key}: its collection is not a list.")
    return resolved


def _refuse_deployed(key: str, collection: Value) -> None:
    """Refuse a collection that only CloudFormation can know."""
    if isinstance(collection, list):
        for item in collection:
            _refuse_deployed(key, item)
    name = next(iter(collection)) if isinstance(collection, dict) and len(collection) == 1 else None
    if name in _DEPLOYED or (isinstance(collection, str) and _SECRET.search(collection)):
        raise ExpansionError(
            f"{key}: the items that {name or collection} gives are known only after the deployment."
            " Take it from a parameter instead."
        )


def _with_variable(value: Value, variable: str, text: str) -> Value:
    if isinstance(value, str):
        return _in_text(value, variable, text)
    if isinstance(value, list):
        return [_with_variable(item, variable, text) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and value.get("Ref") == variable:
        return text
    return {
        # in YAML a key need not be a text
        _in_text(key, variable, text) if isinstance(key, str) else key: _with_variable(item, variable, text)  # type: ignore[redundant-expr]
        for key, item in value.items()
    }


def _in_text(value: str, variable: str, text: str) -> str:
    return value.replace(f"${{{variable}}}", text).replace(f"&{{{variable}}}", _NOT_PLAIN.sub("", text))
