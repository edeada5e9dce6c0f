"""Intrinsic functions resolved as sam resolves them before it builds.

Mirrors `samcli.lib.intrinsic_resolver`: what cannot be resolved stays as written, key by key, and pseudo parameters
have sam's sample values. A reference to a layer of the template stays a `Ref`, a reference to any other resource
becomes its logical id.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NoReturn, cast

from samix.messages.errors import TemplateError
from samix.template.load import read_value
from samix.template.types import LAYER_TYPES
from samix.template.value import Value, ValueMapping, as_mapping, as_text, value_at

PSEUDO_PARAMETERS: ValueMapping = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "local",
    "AWS::StackId": ("arn:aws:cloudformation:us-east-1:123456789012:stack/local/51af3dc0-da77-11e4-872e-1234567db123"),
    "AWS::URLSuffix": "localhost",
}

# the zones that sam knows, by region
_ZONES = {
    "ap-northeast-1": "acd",
    "ap-northeast-2": "abc",
    "ap-northeast-3": "a",
    "ap-south-1": "abc",
    "ap-southeast-1": "abc",
    "ap-southeast-2": "abc",
    "ca-central-1": "ab",
    "cn-north-1": "",
    "eu-central-1": "abc",
    "eu-north-1": "abc",
    "eu-west-1": "abc",
    "eu-west-2": "abc",
    "eu-west-3": "abc",
    "sa-east-1": "ac",
    "us-east-1": "abcdef",
    "us-east-2": "abc",
    "us-gov-west-1": "",
    "us-west-1": "bc",
    "us-west-2": "abcd",
}
# sam's own pattern, with its empty alternative
_SUBSTITUTION = re.compile(r"\$\{(AWS::.*?||[a-zA-Z0-9]*?\.?[a-zA-Z0-9]*?)\}")
_REFERENCE = "Ref"
_NO_VALUE = "AWS::NoValue"


class _UnresolvableError(Exception):
    """An intrinsic that sam leaves as written."""


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

    It must get all resources in their order, each once: sam resolves only the first AWS::NoValue.
    """

    template: ValueMapping
    parameters: ValueMapping  # values of the template's parameters and of pseudo parameters
    _seen: list[str] = field(default_factory=list, init=False, repr=False)

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
            "Fn::GetAZs": self._zones,
            "Fn::ImportValue": lambda _: _unresolvable(),
            "Fn::Transform": self._include,
        }

    def resolve(self, value: Value) -> Value:
        """The value with everything resolved that can be; the rest stays as written."""
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
                # sam resolves only values whose keys are texts
                resolved[key] = self._resolve(item) if isinstance(cast("object", key), str) else item
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

    def _zones(self, value: Value) -> Value:
        region = self._text(value) or str(self._region)
        if region not in _ZONES:
            _unresolvable()
        return [f"{region}{letter}" for letter in _ZONES[region]]

    def _include(self, value: Value) -> Value:
        """The content of the file that an AWS::Include names; its path is relative to the working directory."""
        location = value_at(value, "Parameters", "Location")
        if self._resolve(value_at(value, "Name")) != "AWS::Include":
            _unresolvable()
        try:
            return read_value(Path(self._text(location)))
        except (TemplateError, OSError):
            _unresolvable()

    def _encode(self, value: Value) -> Value:
        return base64.b64encode(self._text(value).encode()).decode()

    def _find_in_map(self, value: Value) -> Value:
        keys = [self._text(argument) for argument in self._exactly(3, value)]
        found = value_at(self.template, "Mappings", *keys)
        if found is None:
            _unresolvable()
        return found

    def _substitute(self, value: Value) -> Value:
        arguments: Value = [value, {}] if isinstance(value, str) else value
        if not isinstance(arguments, list) or len(arguments) != 2 or not isinstance(arguments[1], dict):  # noqa: PLR2004
            _unresolvable()
        text, variables = arguments
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

    def _get_attribute(self, value: Value) -> Value:
        name, attribute = (self._text(argument) for argument in self._exactly(2, value))
        symbol = self._symbol(name, attribute)
        if symbol is None:
            _unresolvable()
        return symbol

    def _reference(self, value: Value) -> Value:
        return self._symbol(self._text(value), _REFERENCE)

    def _symbol(self, name: str, attribute: str) -> Value:
        """The value of a reference to an attribute; None for no value and for an unknown attribute."""
        if name == _NO_VALUE:
            # sam resolves only the first one of a template
            if self._seen:
                _unresolvable()
            self._seen.append(name)
            return None
        if name in self.parameters:
            translated = self._parameter(name, attribute)
            if translated:
                return translated
        default = value_at(self.template, "Parameters", name, "Default")
        if default is not None:
            return default
        resource = as_mapping(value_at(self.template, "Resources", name))
        if attribute == _REFERENCE:
            return self._resource_reference(name, resource)
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
        declared = value_at(self.template, "Parameters", name, "Type")
        if declared == "CommaDelimitedList" and isinstance(value, str):
            return [item.strip() for item in value.split(",")]
        return value

    def _resource_reference(self, name: str, resource: ValueMapping) -> Value:
        resource_type = as_text(resource.get("Type"))
        if resource_type == "AWS::Lambda::Alias":
            function = self._text(value_at(resource, "Properties", "FunctionName", _REFERENCE))
            aliased = as_text(self._symbol(function, _REFERENCE)) or _unresolvable()
            return self._function_arn(aliased, as_mapping(value_at(self.template, "Resources", aliased)))
        return {_REFERENCE: name} if resource_type in LAYER_TYPES else name

    @property
    def _region(self) -> Value:
        return self.parameters.get("AWS::Region") or PSEUDO_PARAMETERS["AWS::Region"]

    def _function_arn(self, name: str, resource: ValueMapping) -> str:
        region = self._region
        partition = "aws"
        if "cn" in str(region):
            partition = "aws-cn"
        elif "gov" in str(region):
            partition = "aws-us-gov"
        account = self.parameters.get("AWS::AccountId") or PSEUDO_PARAMETERS["AWS::AccountId"]
        function_name = value_at(resource, "Properties", "FunctionName") or name
        if isinstance(function_name, dict | list):  # sam does not resolve the name first
            _unresolvable()
        function_name = self.parameters.get(str(function_name)) or function_name
        return f"arn:{partition}:lambda:{region}:{account}:function:{function_name}"

    def _condition(self, name: Value) -> bool:
        condition = value_at(self.template, "Conditions", self._text(name))
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
        # both branches must be resolvable: if one is AWS::NoValue, the whole stays as written
        then, otherwise = (self._resolve(branch) for branch in arguments[1:])
        return then if self._condition(arguments[0]) else otherwise

    def _equals(self, value: Value) -> Value:
        one, other = self._exactly(2, value)
        return one == other

    def _not(self, value: Value) -> Value:
        if not isinstance(value, list) or len(value) != 1:
            _unresolvable()
        return not self._truth(value[0])

    def _all(self, value: Value, *, wanted: bool) -> bool:
        if not isinstance(value, list):
            _unresolvable()
        return all(self._truth(item) is wanted for item in value)
