"""The configuration files that sam reads: TOML and YAML by their suffix.

Mirrors `samcli.lib.config.file_manager`. The parsers are sam's own, because their values differ: to YAML 1.2 `yes`
is a text and `012` is twelve, where PyYAML, which reads YAML 1.1, has true and ten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import tomlkit
import tomlkit.exceptions

from samix.errors import OptionError
from samix.location import Location

if TYPE_CHECKING:
    from pathlib import Path

    from samix.template.value import Value

_TOML = ".toml"
SUFFIXES = (_TOML, ".yaml", ".yml")


def read_config_file(path: Path) -> tuple[Value, str]:
    """The content of a file with one of the `SUFFIXES`, None where a YAML file is empty, and its text.

    Raises:
        OptionError: The file cannot be read or parsed.
    """
    try:
        text = path.read_text(encoding="utf-8")
        parsed = tomlkit.parse(text).unwrap() if path.suffix == _TOML else _parse_yaml(text)
    except (OSError, ValueError, RecursionError, tomlkit.exceptions.TOMLKitError) as error:
        raise OptionError(f"Error reading configuration: {error}", where=Location(path)) from error
    return cast("Value", parsed), text


def _parse_yaml(text: str) -> object:
    from ruamel.yaml import YAML  # noqa: PLC0415 - most projects have TOML
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        return YAML().load(text)
    except YAMLError as error:
        raise ValueError(str(error)) from error
