"""Parameter overrides and container environment values, in the notations that sam takes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from samix.errors import OptionError, UnusableOptionError
from samix.location import Location

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from samix.template.value import Value, ValueMapping

GLOBAL_SCOPE = "Parameters"
_KEY = r"([A-Za-z0-9\"\']+)"
_ITEM = r"""("(?:\\.|[^"\\]+)*"|'(?:\\.|[^'\\]+)*'|(?:\\.|[^ "\\]+)+)"""
_LONG = re.compile(rf"ParameterKey={_KEY},ParameterValue={_ITEM}")
_SHORT = re.compile(rf"(?<= ){_KEY}={_ITEM}")


def parse_overrides(value: Value, *, source: str, where: Location | None = None) -> ValueMapping:
    """Parameter overrides as a mapping of texts.

    Takes `Key=Value ...`, `ParameterKey=Key,ParameterValue=Value ...`, lists of these and mappings. Mirrors
    `samcli.cli.types.CfnParameterOverridesType`.

    Raises:
        OptionError: It is none of these.
    """
    if value in (None, "", [], {}):
        return {}
    if isinstance(value, list):
        merged: ValueMapping = {}
        for item in value:
            merged.update(parse_overrides(item, source=source, where=where))
        return merged
    if isinstance(value, dict):
        if "$include" in value:
            raise OptionError(
                f"{source}: samix does not read parameter files yet: $include",
                where=where,
                hint="Give Key=Value pairs.",
            )
        return {_unquote(str(key)): _unquote(_plain(item)) for key, item in value.items()}
    text = f" {str(value).strip()}"
    if text.strip().startswith("file://"):
        raise OptionError(
            f"{source}: samix does not read parameter files yet: {value}", where=where, hint="Give Key=Value pairs."
        )
    pairs = _LONG.findall(text) or _SHORT.findall(text)
    if not pairs:
        raise OptionError(
            f"{source}: {value!r} is not in a known format.",
            where=where,
            hint="Write Key=Value, or ParameterKey=Key,ParameterValue=Value, several with spaces between.",
        )
    return {_unquote(key): _unquote(item) for key, item in pairs}


def _plain(value: Value) -> str:
    if isinstance(value, list):
        return ",".join(str(item).strip() for item in value if item not in (None, ""))
    return "" if value is None else str(value)


def _unquote(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    return text.replace("\\ ", " ").replace('\\"', '"').replace("\\'", "'")


def format_override(key: str, value: str) -> str | None:
    """One override as an argument of sam's `--parameter-overrides`; None where sam's notation has no form for it.

    It has none for a value with blanks that ends with a backslash, for one.
    """
    escaped = value.replace('"', '\\"')
    for written in (f'"{escaped}"', f'"{value}"', f"'{value}'", value):
        argument = f"ParameterKey={key},ParameterValue={written}"
        if _LONG.fullmatch(argument) and parse_overrides(argument, source="") == {key: value}:
            return argument
    return None


Environments = dict[str, dict[str, str]]


def parse_environment(values: Iterable[str], *, source: str, where: Location | None = None) -> Environments:
    """`--container-env-var` values by the resource they are for, `Parameters` for all of them.

    Raises:
        OptionError: A value is not `Name=Value` or `Resource.Name=Value`. It may be a secret: it is not repeated.
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
    """Both sources by scope; a value of the command line beats the file's."""
    return {scope: {**from_file.get(scope, {}), **inline.get(scope, {})} for scope in {*from_file, *inline}}


def load_environment(path: Path) -> Environments:
    """The content of a `--container-env-var-file`: JSON, values by name by resource or `Parameters`.

    Raises:
        OptionError: The file cannot be read or is not of that form.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
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
    environments = {scope: {name: str(value) for name, value in values.items()} for scope, values in content.items()}
    for scope, values in environments.items():
        for name, value in values.items():
            if not value or value != value.strip():
                raise OptionError(
                    f"{name} of {scope} is empty or has blanks around it, which samix cannot hand on to sam.",
                    where=Location(path),
                )
    return environments
