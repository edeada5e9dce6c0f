"""Intrinsic functions resolved as sam resolves them before it builds.

Mirrors `samcli.lib.intrinsic_resolver`: what cannot be resolved is left as it is, key by key, and the values
of pseudo parameters are sam's stand-ins. A reference to a layer of the template stays a `Ref`, a reference to
any other resource becomes its logical id.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

from samix.template.value import Value, ValueMapping, as_mapping, as_text

if TYPE_CHECKING:
    from collections.abc import Callable

LAYER_TYPES = frozenset({"AWS::Lambda::LayerVersion", "AWS::Serverless::LayerVersion"})

PSEUDO_PARAMETERS: ValueMapping = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "local",
    "AWS::StackId": ("arn:aws:cloudformation:us-east-1:123456789012:stack/local/51af3dc0-da77-11e4-872e-1234567db123"),
    "AWS::URLSuffix": "localhost",
}

# sam's own pattern, odd alternative included
_SUBSTITUTION = re.compile(r"\$\{(AWS::.*?||[a-zA-Z0-9]*?\.?[a-zA-Z0-9]*?)\}")
_REFERENCE = "Ref"


class _UnresolvableError(Exception):
    """An intrinsic that sam leaves as it is."""


def _unresolvable() -> NoReturn:
    raise _UnresolvableError


def _substituted(text: str, name: str, value: str) -> str:
    try:
        return re.sub(rf"\$\{{{name}\}}", value, text)  # backslashes in the value count, as with sam
    except (re.error, IndexError):
        _unresolvable()


@dataclass(frozen=True)
class Resolver:
    """Resolves values within one template.

    Attributes:
        template: The template that the values stand in.
        parameters: Values of the template's parameters and of pseudo parameters.
    """

    template: ValueMapping
    parameters: ValueMapping

    @cached_property
    def _handlers(self) -> dict[str, Callable[[Value], Value]]:
        return {
            "Fn::Join": self._join,
            "Fn::Split": self._split,
            "Fn::Sub": self._substitute,
            "Fn::Select": self._select,
            "Fn::Base64": self._encode,
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAtt": self._get_attribute,
            "Fn::If": self._if,
            "Fn::Equals": self._equals,
            "Fn::Not": self._not,
            "Fn::And": lambda value: self._all(value, wanted=True),
            "Fn::Or": lambda value: not self._all(value, wanted=False),
            _REFERENCE: self._reference,
            # sam has lists of zones for GetAZs, which no property of a build can hold
            "Fn::GetAZs": lambda _: _unresolvable(),
            "Fn::ImportValue": lambda _: _unresolvable(),
            "Fn::Transform": lambda _: _unresolvable(),
        }

    def resolve(self, value: Value) -> Value:
        """The value with everything resolved that can be; what cannot is left as it is."""
        try:
            return self._resolve(value)
        except (_UnresolvableError, RecursionError):
            return value

    def _resolve(self, value: Value) -> Value:
        if value is None:
            _unresolvable()
        if isinstance(value, list):
            return [self._resolve(item) for item in value]
        if not isinstance(value, dict) or not value:
            return value
        first = next(iter(value))
        handler = self._handlers.get(first)
        if handler:
            return handler(value[first])
        resolved: ValueMapping = {}
        for key, item in value.items():
            try:
                resolved[key] = self._resolve(item)
            except (_UnresolvableError, RecursionError):
                resolved[key] = item
        return resolved

    def _arguments(self, value: Value, count: int) -> list[Value]:
        arguments = self._resolve(value)
        if not isinstance(arguments, list) or len(arguments) < count:
            _unresolvable()
        return arguments

    def _exactly(self, count: int, value: Value) -> list[Value]:
        arguments = self._arguments(value, count)
        if len(arguments) != count:
            _unresolvable()
        return arguments

    def _text(self, value: Value) -> str:
        text = self._resolve(value)
        if not isinstance(text, str):
            _unresolvable()
        return text

    def _join(self, value: Value) -> Value:
        delimiter, items, *_ = self._arguments(value, 2)
        resolved = self._resolve(items)
        if not isinstance(resolved, list):
            _unresolvable()
        return self._text(delimiter).join(self._text(item) for item in resolved)

    def _split(self, value: Value) -> Value:
        delimiter, source, *_ = self._arguments(value, 2)
        separator = self._text(delimiter)
        if not separator:
            _unresolvable()
        return list(self._text(source).split(separator))

    def _select(self, value: Value) -> Value:
        position, items, *_ = self._arguments(value, 2)
        resolved = self._resolve(items)
        if not isinstance(position, int) or isinstance(position, bool) or not isinstance(resolved, list):
            _unresolvable()
        if not 0 <= position < len(resolved):
            _unresolvable()
        return self._resolve(resolved[position])

    def _encode(self, value: Value) -> Value:
        return base64.b64encode(self._text(value).encode()).decode()

    def _find_in_map(self, value: Value) -> Value:
        arguments = self._exactly(3, value)
        found: Value = self.template.get("Mappings")
        for argument in arguments:
            found = as_mapping(found).get(self._text(argument))
        if found is None:
            _unresolvable()
        return found

    def _substitute(self, value: Value) -> Value:
        text, variables = (value, {}) if isinstance(value, str) else self._substitution_arguments(value)
        result = self._text(text)
        resolved = as_mapping(self._resolve(variables))
        for name in _SUBSTITUTION.findall(result):
            item = resolved.get(name, name)
            if not isinstance(item, str):
                _unresolvable()
            target, dot, attribute = item.rpartition(".")
            symbol = self._symbol(target, attribute) if dot else self._symbol(item, _REFERENCE)
            if symbol is None and dot:
                symbol = f"${item}"
            result = _substituted(result, name, str(symbol))
        return result

    @staticmethod
    def _substitution_arguments(value: Value) -> tuple[Value, Value]:
        if not isinstance(value, list) or len(value) != 2 or not isinstance(value[1], dict):  # noqa: PLR2004
            _unresolvable()
        return value[0], value[1]

    def _get_attribute(self, value: Value) -> Value:
        arguments = self._exactly(2, value)
        symbol = self._symbol(self._text(arguments[0]), self._text(arguments[1]))
        if symbol is None:
            _unresolvable()
        return symbol

    def _reference(self, value: Value) -> Value:
        return self._symbol(self._text(value), _REFERENCE)

    def _symbol(self, name: str, attribute: str) -> Value:
        """What a reference to an attribute gives; None for no value and for an unknown attribute."""
        if name == "AWS::NoValue":
            return None
        if name in self.parameters:
            translated = self._parameter(name, attribute)
            if translated:
                return translated
        default = as_mapping(as_mapping(self.template.get("Parameters")).get(name)).get("Default")
        if default is not None:
            return default
        resource = as_mapping(as_mapping(self.template.get("Resources")).get(name))
        if attribute == _REFERENCE:
            return {_REFERENCE: name} if resource.get("Type") in LAYER_TYPES else name
        if resource.get("Type") == "AWS::ApiGateway::RestApi" and attribute == "RootResourceId":
            return "/"
        return self._function_arn(name, resource) if attribute == "Arn" else None

    def _parameter(self, name: str, attribute: str) -> Value:
        value = self.parameters[name]
        if isinstance(value, dict):  # a parent stack handed down a reference
            return value.get(attribute)
        if not isinstance(value, str | list | int):  # sam knows no symbol that is a float or null
            _unresolvable()
        if attribute != _REFERENCE:
            return None
        declared = as_mapping(as_mapping(self.template.get("Parameters")).get(name)).get("Type")
        if declared == "CommaDelimitedList" and isinstance(value, str):
            return [item.strip() for item in value.split(",")]
        return value

    def _function_arn(self, name: str, resource: ValueMapping) -> str:
        region = self.parameters.get("AWS::Region") or PSEUDO_PARAMETERS["AWS::Region"]
        partition = "aws"
        if "cn" in str(region):
            partition = "aws-cn"
        elif "gov" in str(region):
            partition = "aws-us-gov"
        account = self.parameters.get("AWS::AccountId") or PSEUDO_PARAMETERS["AWS::AccountId"]
        function_name = as_text(as_mapping(resource.get("Properties")).get("FunctionName")) or name
        return f"arn:{partition}:lambda:{region}:{account}:function:{function_name}"

    def _condition(self, name: Value) -> bool:
        conditions = as_mapping(self.template.get("Conditions"))
        condition = conditions.get(self._text(name))
        if not isinstance(condition, dict):
            _unresolvable()
        return self._truth(condition)

    def _truth(self, value: Value) -> bool:
        if isinstance(value, dict) and list(value) == ["Condition"]:
            return self._condition(value["Condition"])
        truth = self._resolve(value)
        if isinstance(truth, dict) and list(truth) == ["Condition"]:
            return self._condition(truth["Condition"])
        if not isinstance(truth, bool):
            _unresolvable()
        return truth

    def _if(self, value: Value) -> Value:
        arguments = self._exactly(3, value)
        # both branches must be resolvable, so one that is AWS::NoValue leaves the whole as it is
        then, otherwise = (self._resolve(branch) for branch in arguments[1:])
        return then if self._condition(arguments[0]) else otherwise

    def _equals(self, value: Value) -> Value:
        arguments = self._exactly(2, value)
        return arguments[0] == arguments[1]

    def _not(self, value: Value) -> Value:
        if not isinstance(value, list) or len(value) != 1:
            _unresolvable()
        return not self._truth(value[0])

    def _all(self, value: Value, *, wanted: bool) -> bool:
        if not isinstance(value, list):
            _unresolvable()
        return all(self._truth(item) is wanted for item in value)
