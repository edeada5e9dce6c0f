"""Templates from files, as sam reads them, with line numbers.

Mirrors `samcli.yamlhelper.yaml_parse`: JSON if the text is JSON, else YAML with CloudFormation's short
intrinsics written out. The names of the intrinsics come from cfn-flip; PyYAML's C loader parses if it is
installed. A mapping of the file becomes an OrderedDict, any other a dict: the dumper treats them differently, as
sam's does.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from samix.files.access_log import observe
from samix.files.safe_read import read_text
from samix.messages.errors import TemplateError
from samix.messages.location import Location

if TYPE_CHECKING:
    from samix.template.value import Value, ValueMapping

    _BaseLoader = yaml.SafeLoader
else:
    _BaseLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STRING_TAG = "tag:yaml.org,2002:str"
_TIMESTAMP_TAG = "tag:yaml.org,2002:timestamp"


class _TemplateLoader(_BaseLoader):
    """A YAML loader that knows CloudFormation's tags."""


def _construct_mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> OrderedDict[object, object]:
    loader.flatten_mapping(node)
    return OrderedDict(loader.construct_pairs(node))


def _construct_intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[object, object]:
    from cfn_tools.yaml_loader import multi_constructor  # noqa: PLC0415 - for templates with tags alone

    # cfn-flip reads the items of a !GetAtt list as plain text, which loses intrinsics among them
    if suffix == "GetAtt" and isinstance(node, yaml.SequenceNode):
        return {"Fn::GetAtt": loader.construct_sequence(node)}
    return dict(multi_constructor(loader, suffix, node))


_TemplateLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)
_TemplateLoader.add_multi_constructor("!", _construct_intrinsic)
# a date such as a template's version stays text
_TemplateLoader.add_constructor(_TIMESTAMP_TAG, _TemplateLoader.yaml_constructors[_STRING_TAG])


@dataclass(frozen=True)
class Template:
    """A parsed template."""

    path: Path  # absolute
    data: ValueMapping  # read-only: it is shared
    text: str  # line numbers are found in it

    def locate(self, *keys: str) -> Location:
        """The place of the value under these keys, or of its nearest parent that has a line."""
        node, line = self._root, 1
        for key in keys:
            found = self._below(node).get(key)
            if found is None:
                break
            node, line = found
        return Location(self.path, line)

    def _below(self, node: yaml.Node | None) -> Mapping[object, tuple[yaml.Node, int]]:
        """The node under each key of a mapping, and the line of the key."""
        if not isinstance(node, yaml.MappingNode):
            return {}
        found = self._indexed.get(id(node))
        if found is None:
            pairs = reversed(node.value)  # of two with the same key, the first counts
            scalars = [(key, value) for key, value in pairs if isinstance(key, yaml.ScalarNode)]
            found = {key.value: (value, key.start_mark.line + 1) for key, value in scalars}
            self._indexed[id(node)] = found
        return found

    @cached_property
    def _indexed(self) -> dict[int, Mapping[object, tuple[yaml.Node, int]]]:
        """The results of `_below` by a node's identity, so that locating many resources takes linear time."""
        return {}

    @cached_property
    def _root(self) -> yaml.Node | None:
        try:
            return yaml.compose(self.text, Loader=_TemplateLoader)
        except yaml.YAMLError:  # JSON with tabs is not YAML
            return None


def load_template(path: Path) -> Template:
    """Read a template; its path is absolute.

    Raises:
        TemplateError: The file is missing, unreadable, not YAML or JSON, or not a mapping.
    """
    text = _read(path)
    data = _parse(text, path)
    if not isinstance(data, dict):
        raise TemplateError("The template is not a mapping.", where=Location(path))
    return Template(path, data, text)


def read_value(path: Path) -> Value:
    """The content of a file of JSON or YAML, such as a part of a template.

    Raises:
        TemplateError: The file is missing, unreadable, or not YAML or JSON.
    """
    return _parse(_read(path), path)


def check_template(path: Path) -> None:
    """Check that a template's file exists, without reading it.

    Raises:
        TemplateError: There is no such file.
    """
    try:
        observe(path).stat()
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError):
        return  # reading it fails too, with a better message


def _missing(path: Path) -> TemplateError:
    return TemplateError(
        f"Template file not found at {path}",
        hint="Run samix where the template lies, or name it with --template-file.",
    )


def _read(path: Path) -> str:
    try:
        return read_text(observe(path))
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a name that no file can have
        raise TemplateError(f"The template cannot be read: {error}", where=Location(path)) from error


def _parse(text: str, path: Path) -> Value:
    try:
        value: Value = json.loads(text, object_pairs_hook=OrderedDict)
    except ValueError:
        try:
            value = yaml.load(text, Loader=_TemplateLoader)  # noqa: S506 - derived from the safe loader
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else None
            problem = getattr(error, "problem", None) or str(error)
            raise TemplateError(f"Failed to parse template: {problem}", where=Location(path, line)) from error
        except (ValueError, TypeError, RecursionError) as error:
            raise TemplateError(f"Failed to parse template: {error}", where=Location(path)) from error
    except RecursionError as error:
        raise TemplateError("The template is nested too deeply.", where=Location(path)) from error
    return value
