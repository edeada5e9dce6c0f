"""Templates to text: as sam writes them, or as sam reads them fastest (mirrors `samcli.yamlhelper`)."""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from samix.template.value import Value, ValueMapping

_STRING_TAG = "tag:yaml.org,2002:str"


class _TemplateDumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the signature is PyYAML's
        return True


def _represent_text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    # an account id that starts with 0 must not be read back as an octal number
    style = "'" if value.startswith("0") else None
    return dumper.represent_scalar(_STRING_TAG, value, style=style)


def _represent_in_order(dumper: yaml.SafeDumper, value: OrderedDict[object, object]) -> yaml.MappingNode:
    return dumper.represent_dict(value.items())


_TemplateDumper.add_representer(str, _represent_text)
_TemplateDumper.add_representer(OrderedDict, _represent_in_order)


def dump_template(data: ValueMapping) -> str:
    """The template as sam's YAML: block style, long intrinsics, ASCII.

    A mapping from a file (an OrderedDict) keeps its order; one made by samix (a dict) is sorted by key.
    """
    return yaml.dump(data, Dumper=_TemplateDumper, default_flow_style=False)


def dump_for_sam(data: ValueMapping) -> str:
    """The template as JSON, which sam reads many times faster than YAML, in the order of `dump_template`.

    A template that JSON cannot express, with keys that are not text or with binary values, becomes YAML.
    """
    try:
        return json.dumps(_in_written_order(data))
    except TypeError:
        return dump_template(data)


def _in_written_order(value: Value) -> Value:
    if isinstance(value, list):
        return [_in_written_order(item) for item in value]
    if not isinstance(value, dict):
        return value
    if not all(isinstance(key, str) for key in value):
        raise TypeError("JSON has only keys that are texts")
    keys = value if isinstance(value, OrderedDict) else sorted(value)
    return {key: _in_written_order(value[key]) for key in keys}
