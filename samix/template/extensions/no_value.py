"""Values that are absent: below false conditions, and where a template has `AWS::NoValue`.

Mirrors the `_partial_resolve*` and `_remove_no_value` methods of
`samcli.lib.cfn_language_extensions.api.IntrinsicResolverProcessor`, and `...processors.resource_policy`, which refuses
policies without a value.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from samix.template.extensions.errors import InvalidExpressionError
from samix.template.extensions.scope import NO_VALUE, PSEUDO_NAMES, function_name, is_no_value
from samix.template.value import change_inner_values

if TYPE_CHECKING:
    from samix.template.extensions.scope import Scope
    from samix.template.value import Value, ValueMapping

_POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")
_KEYS = 3
# in the arguments of these, `AWS::NoValue` stays
_KEEPING = frozenset(
    {
        "Fn::FindInMap",
        "Fn::Join",
        "Fn::Select",
        "Fn::Split",
        "Fn::Sub",
        "Fn::If",
        "Fn::And",
        "Fn::Or",
        "Fn::Not",
        "Fn::Equals",
        "Fn::GetAtt",
        "Fn::GetAZs",
        "Fn::ImportValue",
        "Fn::Length",
        "Fn::ToJsonString",
        "Fn::Base64",
        "Fn::Cidr",
        "Fn::ForEach",
        "Ref",
        "Condition",
    }
)


def resolve_leniently(scope: Scope, value: Value) -> Value:
    """A value below a false condition, resolved as far as possible instead of raising an error."""
    name = function_name(value)
    if name is None or not isinstance(value, dict):
        return change_inner_values(value, partial(resolve_leniently, scope))
    argument = value[name]
    if name == "Ref" and isinstance(argument, str) and argument not in PSEUDO_NAMES:
        return dict(NO_VALUE)
    try:
        return scope.resolve(value)
    except InvalidExpressionError:
        return _partly(scope, name, argument)


def _partly(scope: Scope, name: str, argument: Value) -> Value:
    """The part of a call without a value that sam keeps."""
    if name in {"Ref", "Fn::ToJsonString"}:
        return dict(NO_VALUE)
    if name != "Fn::FindInMap":
        return {name: resolve_leniently(scope, argument)}
    if not isinstance(argument, list) or len(argument) < _KEYS:
        return {name: argument}
    resolved = [resolve_leniently(scope, item) for item in argument]
    if all(isinstance(key, str) for key in resolved[:_KEYS]):
        with suppress(InvalidExpressionError):
            return scope.resolve({name: resolved})
    return {name: resolved}


def without_absent(value: Value, *, in_policy: bool = False) -> Value:
    """The value without the entries that are absent; policies stay, so that `with_policies` can refuse them by name."""
    if isinstance(value, list):
        return [without_absent(item, in_policy=in_policy) for item in value if not _is_absent(item)]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        name, argument = next(iter(value.items()))
        if name in _KEEPING:
            if isinstance(argument, list):
                return {name: [without_absent(item, in_policy=in_policy) for item in argument]}
            return {name: without_absent(argument, in_policy=in_policy)} if isinstance(argument, dict) else value
    kept = {}
    for key, item in value.items():
        if key in _POLICIES and not in_policy:
            kept[key] = without_absent(item, in_policy=True)
        elif not _is_absent(item):
            kept[key] = without_absent(item, in_policy=in_policy)
    return kept


def _is_absent(value: Value) -> bool:
    return value is None or is_no_value(value)


def with_policies(scope: Scope, resource: ValueMapping) -> ValueMapping:
    """The resource with the values of its policies as texts.

    Raises:
        InvalidExpressionError: A policy has no value before the deployment.
    """
    found = {name: resource[name] for name in _POLICIES if resource.get(name) is not None}
    return {**resource, **{name: _text(scope, name, value) for name, value in found.items()}}


def _text(scope: Scope, name: str, value: Value) -> str:
    target = value.get("Ref") if isinstance(value, dict) and not is_no_value(value) else None
    text = scope.given(target) if isinstance(target, str) else value
    if not isinstance(text, str):
        raise InvalidExpressionError(f"{name} takes a string, or a parameter with a string.")
    return text
