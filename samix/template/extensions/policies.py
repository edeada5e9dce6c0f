"""What becomes of a resource that is deleted or replaced.

Mirrors `samcli.lib.cfn_language_extensions.processors.resource_policy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samix.template.extensions.errors import InvalidExpressionError
from samix.template.extensions.scope import is_no_value

if TYPE_CHECKING:
    from samix.template.extensions.scope import Scope
    from samix.template.value import Value, ValueMapping

POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")


def with_policies(scope: Scope, resource: ValueMapping) -> ValueMapping:
    """The resource with the values of its policies as texts.

    Raises:
        InvalidExpressionError: A policy has no value before the deployment.
    """
    found = {name: resource[name] for name in POLICIES if resource.get(name) is not None}
    return {**resource, **{name: _text(scope, name, value) for name, value in found.items()}}


def _text(scope: Scope, name: str, value: Value) -> str:
    target = value.get("Ref") if isinstance(value, dict) and not is_no_value(value) else None
    text = scope.given(target) if isinstance(target, str) else value
    if not isinstance(text, str):
        raise InvalidExpressionError(f"{name} takes a string, or a parameter with a string.")
    return text
