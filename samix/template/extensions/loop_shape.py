"""The form of `Fn::ForEach` in a template, before anything is unrolled.

Mirrors `samcli.lib.cfn_language_extensions.utils`, and the checks of `...processors.foreach` that need no values.
"""

from __future__ import annotations

from typing import TypeGuard

from samix.template.extensions.errors import ExpansionError
from samix.template.value import Value, ValueMapping, as_mapping

_PREFIX = "Fn::ForEach::"
_PARTS = 3
_MAX_DEPTH = 5


def is_loop(key: object) -> TypeGuard[str]:
    """Whether a key of a template begins a loop."""
    return isinstance(key, str) and key.startswith(_PREFIX)


def loop_name(key: str) -> str:
    """The name of a loop."""
    return key.replace(_PREFIX, "")


def loop_parts(loop: Value, *, exact: bool = True) -> tuple[str, Value, ValueMapping] | None:
    """The variable, the collection and the body of a loop, from the value of its key; None if they are not there.

    `exact` says whether nothing may come after the three.
    """
    if not isinstance(loop, list) or len(loop) < _PARTS or (exact and len(loop) > _PARTS):
        return None
    variable, collection, body = loop[:_PARTS]
    return (variable, collection, body) if isinstance(variable, str) and isinstance(body, dict) else None


def local_web_function(loop: Value) -> str | None:
    """The name of a web function with local code in the body of a loop or of an inner one, None if there is none."""
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
    """Refuse loops that are nested too deeply.

    Raises:
        ExpansionError: They are nested more deeply than CloudFormation allows.
    """
    depth = _depth(section, 0)
    if depth > _MAX_DEPTH:
        raise ExpansionError(f"Fn::ForEach is nested {depth} levels deep; at most {_MAX_DEPTH} are allowed.")


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
