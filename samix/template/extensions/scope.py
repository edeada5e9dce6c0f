"""The meaning of the names in a template while it is expanded.

Mirrors `samcli.lib.cfn_language_extensions.resolvers.base` and `...utils`, in sam's partial mode: what only
CloudFormation can know stays as written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from samix.template.extensions.errors import ExpansionError
from samix.template.value import Value, ValueMapping, as_mapping, as_text, change_inner_values

if TYPE_CHECKING:
    Function: TypeAlias = Callable[["Scope", Value], Value]

PSEUDO_NAMES = frozenset(
    {
        "AWS::AccountId",
        "AWS::NotificationARNs",
        "AWS::NoValue",
        "AWS::Partition",
        "AWS::Region",
        "AWS::StackId",
        "AWS::StackName",
        "AWS::URLSuffix",
    }
)
NO_VALUE: ValueMapping = {"Ref": "AWS::NoValue"}


@dataclass(frozen=True)
class Scope:
    """The names of one template, and the functions that are called with them."""

    parameters: ValueMapping  # as the template declares them
    values: ValueMapping  # of parameters and pseudo parameters, without defaults
    mappings: ValueMapping
    conditions: ValueMapping
    functions: Mapping[str, Function]  # by name; each is called with this scope and its argument
    decided: dict[str, bool] = field(default_factory=dict)  # the values of the conditions that are decided so far
    # the conditions that are being decided, to find those that depend on themselves
    deciding: set[str] = field(default_factory=set)

    def resolve(self, value: Value) -> Value:
        """The value with every function called; those that need a deployment, such as `Fn::GetAtt`, are not among them.

        Raises:
            ExpansionError: A function is called the wrong way.
        """
        name = function_name(value)
        function = self.functions.get(name or "")
        if name is None or function is None or not isinstance(value, dict):
            return change_inner_values(value, self.resolve)
        if name == "Ref" and self._is_resource(value["Ref"]):
            return {name: self.resolve(value[name])}
        return function(self, value[name])

    def given(self, name: str) -> Value:
        """The value of a parameter as it was given, else its default; None for what has neither."""
        if name in self.values:
            return self.values[name]
        return as_mapping(self.parameters.get(name)).get("Default")

    def parameter(self, name: str) -> Value:
        """The value of a parameter; that of a list parameter as a list."""
        value = self.given(name)
        declared = self.parameters.get(name)
        if isinstance(value, list) or not isinstance(declared, dict):
            return value
        if name not in self.values and "Default" not in declared:
            return None
        declared_type = as_text(declared.get("Type", ""))
        if declared_type is None:
            raise ExpansionError(f"The type of the parameter {name} is not a string.")
        is_list = declared_type == "CommaDelimitedList" or "List<" in declared_type
        return [item.strip() for item in value.split(",")] if is_list and isinstance(value, str) else value

    def is_deferred(self, value: Value) -> bool:
        """Whether this refers to a parameter or pseudo parameter that has no value before the deployment."""
        if not isinstance(value, dict) or len(value) != 1:
            return False
        name = value.get("Ref")
        return isinstance(name, str) and (name in PSEUDO_NAMES or name in self.parameters)

    def _is_resource(self, name: Value) -> bool:
        return (
            isinstance(name, str)
            and name not in PSEUDO_NAMES
            and name not in self.parameters
            and name not in self.values
        )


def function_name(value: Value) -> str | None:
    """The name of the function that a value calls, None if it calls none.

    Raises:
        ExpansionError: The only key of a mapping is not text, for which sam ends with a traceback.
    """
    if not isinstance(value, dict) or len(value) != 1:
        return None
    name: object = next(iter(value))
    if not isinstance(name, str):
        raise ExpansionError(f"The key {name!r} is not a string, which language extensions need. Write it in quotes.")
    return name if name.startswith("Fn::") or name in {"Ref", "Condition"} else None


def is_no_value(value: Value) -> bool:
    """Whether a value is a reference to `AWS::NoValue`."""
    return value == NO_VALUE
