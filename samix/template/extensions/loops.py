"""`Fn::ForEach` unrolled (mirrors `samcli.lib.cfn_language_extensions.processors.foreach`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeGuard

from samix.template.extensions.errors import ExpansionError, located
from samix.template.value import Value, ValueMapping, as_mapping

if TYPE_CHECKING:
    from samix.template.extensions.scope import Scope

_PREFIX = "Fn::ForEach::"
_PARTS = 3
_MAX_DEPTH = 5
_DEPLOYED = frozenset({"Fn::GetAtt", "!GetAtt", "Fn::ImportValue", "!ImportValue"})
_SECRET = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):[^}]+\}\}", re.IGNORECASE)
_NOT_PLAIN = re.compile(r"[^a-zA-Z0-9]")


def is_loop(key: object) -> TypeGuard[str]:
    """Whether a key of a template begins a loop."""
    return isinstance(key, str) and key.startswith(_PREFIX)


def loop_name(key: str) -> str:
    """The name of a loop."""
    return key.replace(_PREFIX, "")


def loop_parts(loop: Value, *, exact: bool = True) -> tuple[str, Value, ValueMapping] | None:
    """The variable, the collection and the body of a loop; None if it is not made of them.

    Args:
        loop: What stands under the key of the loop.
        exact: Whether nothing may come after the three.
    """
    if not isinstance(loop, list) or len(loop) < _PARTS or (exact and len(loop) > _PARTS):
        return None
    variable, collection, body = loop[:_PARTS]
    return (variable, collection, body) if isinstance(variable, str) and isinstance(body, dict) else None


def local_web_function(loop: Value) -> str | None:
    """The name of a web function with local code in the body of a loop or of one in it, None if there is none."""
    parts = loop_parts(loop)
    for key, resource in parts[2].items() if parts else ():
        found = local_web_function(resource) if is_loop(key) else None
        if found:
            return found
        if isinstance(resource, dict) and resource.get("Type") == "AWS::Serverless::WebFunction":
            code = as_mapping(resource.get("Properties")).get("CodeUri")
            if code is None or (isinstance(code, str) and not code.startswith("s3://")):
                return key
    return None


def check_depth(section: Value) -> None:
    """Refuse loops that stand too deep in each other.

    Raises:
        ExpansionError: There are more than CloudFormation allows.
    """
    depth = _depth(section, 0)
    if depth > _MAX_DEPTH:
        raise ExpansionError(f"Fn::ForEach stands {depth} deep in itself; {_MAX_DEPTH} are allowed.")


def unroll(section: Value, scope: Scope, outer: tuple[str, ...] = ()) -> Value:
    """A mapping with the loops among its keys unrolled.

    Args:
        section: The mapping; anything else comes back as it is.
        scope: The names of the template.
        outer: The variables of the loops around it.

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
    """The Resources section with all loops unrolled, those among properties too, and the loop of each resource.

    Raises:
        ExpansionError: A loop is invalid.
    """
    unrolled: ValueMapping = {}
    origins: dict[str, str] = {}
    for key, value in resources.items():
        with located("Resources", key):
            if is_loop(key):
                made = _iterations(key, value, scope, ())
                merge(unrolled, {name: _with_properties(item, scope) for name, item in made.items()}, key)
                origins |= dict.fromkeys(made, key)
            else:
                unrolled[key] = _with_properties(value, scope)
    return unrolled, origins


def merge(target: ValueMapping, made: ValueMapping, key: str) -> None:
    """Add what a loop makes.

    Raises:
        ExpansionError: Some of it is there already.
    """
    taken = sorted(str(name) for name in target.keys() & made.keys())
    if taken:
        raise ExpansionError(f"{key} makes what is there already: {', '.join(taken)}.")
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
    for name in (variable, key.removeprefix(_PREFIX)):
        if name in scope.parameters:
            raise ExpansionError(f"{key}: {name} is the name of a parameter too.")
    if variable in outer:
        raise ExpansionError(f"{key}: {variable} is the variable of a loop around it too.")
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
        raise ExpansionError(f"{key}: its collection is no list.")
    return resolved


def _refuse_deployed(key: str, collection: Value) -> None:
    """Only CloudFormation can know what these would be."""
    if isinstance(collection, list):
        for item in collection:
            _refuse_deployed(key, item)
    is_deployed = isinstance(collection, dict) and len(collection) == 1 and next(iter(collection)) in _DEPLOYED
    if is_deployed or (isinstance(collection, str) and _SECRET.search(collection)):
        raise ExpansionError(
            f"{key}: what it iterates over is known only once deployed: {collection}. Take it from a parameter instead."
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
        # YAML has keys that are no texts
        _in_text(key, variable, text) if isinstance(key, str) else key: _with_variable(item, variable, text)  # type: ignore[redundant-expr]
        for key, item in value.items()
    }


def _in_text(value: str, variable: str, text: str) -> str:
    return value.replace(f"${{{variable}}}", text).replace(f"&{{{variable}}}", _NOT_PLAIN.sub("", text))


def _depth(value: Value, depth: int) -> int:
    if isinstance(value, list):
        return max((_depth(item, depth) for item in value), default=depth)
    if not isinstance(value, dict):
        return depth
    deepest = depth
    for key, item in value.items():
        if not is_loop(key):
            deepest = max(deepest, _depth(item, depth))
        elif isinstance(item, list) and len(item) >= _PARTS:
            deepest = max(deepest, _depth(item[2], depth + 1))
        else:
            deepest = max(deepest, depth + 1)
    return deepest
