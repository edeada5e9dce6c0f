"""Parameter overrides and container environment values, in the notations that sam accepts."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from samix.files.access_log import observe
from samix.messages.errors import OptionError, UnusableOptionError
from samix.messages.location import Location
from samix.options.config_files import SUFFIXES, read_config_file

if TYPE_CHECKING:
    from samix.template.value import Value, ValueMapping

GLOBAL_SCOPE = "Parameters"
_KEY = r"([A-Za-z0-9\"\']+)"
_ITEM = r"""("(?:\\.|[^"\\]+)*"|'(?:\\.|[^'\\]+)*'|(?:\\.|[^ "\\]+)+)"""
_LONG = re.compile(rf"ParameterKey={_KEY},ParameterValue={_ITEM}")
_SHORT = re.compile(rf"(?<= ){_KEY}={_ITEM}")
_FILE = "file://"
_INCLUDE = "$include"
_EXAMPLES = (
    "ParameterKey=KeyPairName,ParameterValue=MyKey ParameterKey=InstanceType,ParameterValue=t1.micro",
    "KeyPairName=MyKey InstanceType=t1.micro",
    "file://MyParams.yaml",
)


def parse_overrides(
    value: Value, *, source: str, where: Location | None = None, directory: Path = Path()
) -> ValueMapping:
    """Parameter overrides as a mapping of texts.

    Takes `Key=Value ...`, `ParameterKey=Key,ParameterValue=Value ...`, `file://` paths of TOML and YAML files, mappings
    (whose `$include` names more files), and lists of these. Mirrors `samcli.cli.types.CfnParameterOverridesType`.

    Paths of files start from `directory`; a path in a file starts from that file's directory. `source` is the name of
    the value in messages.

    Raises:
        OptionError: The value has another form, or a file cannot be read.
    """
    if value == [""]:  # from an empty argument
        return {}
    try:
        return {**_Overrides(source, where, directory).read(value)}
    except RecursionError:
        raise OptionError(f"{source}: the value is nested too deeply.", where=where) from None


def takes_newer_sam(value: Value) -> bool:
    """Whether parameter overrides are written in a form that older sams do not know."""
    return any(isinstance(item, dict) or (isinstance(item, str) and item.startswith(_FILE)) for item in _flat(value))


@dataclass(frozen=True)
class _Overrides:
    """Reads parameter overrides from one place: an option, or a file that an option or another file names."""

    source: str
    where: Location | None
    directory: Path  # what the paths of files start from
    open_files: tuple[Path, ...] = ()  # the files that are being read, each named by the one before it

    def read(self, value: Value) -> dict[str, str]:
        """The overrides in a value of any form."""
        if value == "":
            return {}
        found: dict[str, str] = {}
        for item in _flat(value):
            if isinstance(item, dict):
                for key, given in item.items():
                    found.update(self._from_item(key, given))
            elif isinstance(item, str) and item.startswith(_FILE):
                found.update(self._from_file(item))
            elif isinstance(item, str):
                found.update(self._from_text(item))
            elif item is not None:
                raise self._wrong(f"{item} is invalid in a way the code doesn't expect.", "Write Key=Value.")
        # values from a file are unquoted twice, as with sam
        return {_unquote(key): _unquote(text) for key, text in found.items()}

    def _from_text(self, text: str) -> list[tuple[str, str]]:
        spaced = f" {text.strip()}"
        pairs = _LONG.findall(spaced) or _SHORT.findall(spaced)
        if not pairs:
            raise self._wrong(f"{text} is not a valid format.", f"It must look something like {', '.join(_EXAMPLES)}.")
        return pairs

    def _from_item(self, key: object, value: Value) -> dict[str, str]:
        if value is None:
            return {str(key): ""}
        if key == _INCLUDE:
            if not isinstance(value, str | list):
                raise self._wrong(
                    f"{_INCLUDE} must be a string or list of strings, got {type(value).__name__}.",
                    f"Write {_INCLUDE}: {_FILE}parameters.yaml",
                )
            return self.read(value)
        if isinstance(value, list):
            return {str(key): ",".join(str(item).strip() for item in value if item not in (None, ""))}
        return {str(key): str(value)}

    def _from_file(self, written: str) -> dict[str, str]:
        path = self.directory / written.removeprefix(_FILE)
        if not os.path.isfile(observe(path)):
            raise self._wrong(f"{written} was not found or is a directory.", f"Looked for {path}.")
        path = path.resolve()
        if path.suffix not in SUFFIXES:
            raise self._wrong(f"{written} uses an unsupported extension.", f"sam reads {', '.join(SUFFIXES)}.")
        if path in self.open_files:
            raise self._wrong(f"Infinite recursion detected in file references: {path}", "Break the circle.")
        content, _ = read_config_file(path)
        inner = replace(self, where=Location(path), directory=path.parent, open_files=(*self.open_files, path))
        return inner.read(content)

    def _wrong(self, problem: str, hint: str) -> OptionError:
        return OptionError(f"{self.source}: {problem}", where=self.where, hint=hint)


def _flat(value: Value) -> Iterator[Value]:
    if isinstance(value, list):
        for item in value:
            yield from _flat(item)
    else:
        yield value


def _unquote(text: str) -> str:
    if text and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    return text.replace("\\ ", " ").replace('\\"', '"').replace("\\'", "'")


Environments = dict[str, dict[str, str]]


def parse_environment(values: Iterable[str], *, source: str, where: Location | None = None) -> Environments:
    """`--container-env-var` values by their resource; those for all resources are under `Parameters`.

    Raises:
        OptionError: A value is not `Name=Value` or `Resource.Name=Value`. It may be a secret: no message repeats it.
    """
    parsed: Environments = {}
    for written in values:
        key, equals, value = written.partition("=")
        scope, dot, name = key.strip().partition(".")
        if not dot:
            scope, name = GLOBAL_SCOPE, scope
        if not equals or not scope.strip() or not name.strip() or not value.strip():
            raise OptionError(
                f"{source}: {key.strip() if equals and key.strip() else 'a value'} has no name or no value.",
                where=where,
                hint="Write NAME=value or Resource.NAME=value.",
            )
        parsed.setdefault(scope, {})[name] = value.strip()
    return parsed


def merge_environments(from_file: Environments, inline: Environments) -> Environments:
    """The values of both sources by scope; those of the command line beat those of the file."""
    return {scope: {**from_file.get(scope, {}), **inline.get(scope, {})} for scope in {*from_file, *inline}}


def load_environment(path: Path) -> Environments:
    """The content of a `--container-env-var-file` in JSON: values by name, for a resource or for all (`Parameters`).

    Raises:
        OptionError: The file cannot be read or does not have that form.
    """
    try:
        content = json.loads(observe(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UnusableOptionError(
            f"Could not read environment variables overrides from file {path}: {error}", where=Location(path)
        ) from None
    if not isinstance(content, dict) or not all(isinstance(values, dict) for values in content.values()):
        raise UnusableOptionError(
            "Environment variables are not in the expected form.",
            where=Location(path),
            hint='Write {"Parameters": {"NAME": "value"}, "SomeFunction": {"NAME": "value"}}.',
        )
    return {
        scope: {name: str(value) for name, value in values.items() if value is not None}
        for scope, values in content.items()
    }
