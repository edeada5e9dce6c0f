"""The parameters that samconfig holds for `sam build`, and samix's own beside them.

Mirrors `samcli.lib.config.samconfig`: `[<env>.build.parameters]` over `[<env>.global.parameters]`, from
`samconfig.toml`, `.yaml` or `.yml` beside the template, or from the file that `--config-file` names.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import tomlkit
import tomlkit.exceptions
import yaml

from samix.errors import UnusableOptionError
from samix.location import Location
from samix.template.value import as_mapping

if TYPE_CHECKING:
    from samix.template.value import Value, ValueMapping

DEFAULT_ENVIRONMENT = "default"
_DEFAULT_NAMES = ("samconfig.toml", "samconfig.yaml", "samconfig.yml")
_TOML = ".toml"
_YAML = (".yaml", ".yml")


@dataclass(frozen=True)
class Samconfig:
    """The parameters of one environment.

    Attributes:
        path: The file, or None where there is none.
        parameters: What it gives for `sam build`, by parameter name such as `use_container`.
        text: The file's text.
    """

    path: Path | None = None
    parameters: ValueMapping | None = None
    text: str = ""

    def get(self, name: str) -> Value:
        """The value of a parameter, None where the file does not give it."""
        return (self.parameters or {}).get(name)

    def locate(self, name: str) -> Location | None:
        """The line on which a parameter stands; the last one where several environments give it."""
        if self.path is None:
            return None
        line = None
        for number, written in enumerate(self.text.splitlines(), start=1):
            key = written.strip().removeprefix("- ").split("=", 1)[0].split(":", 1)[0].strip(" \"'")
            if key == name:
                line = number
        return Location(self.path, line)


def load_samconfig(directory: Path, file: str | None, environment: str) -> Samconfig:
    """Read samconfig.

    Args:
        directory: Where the template lies; a relative `file` starts from there, as with sam.
        file: What `--config-file` names, or None for the default names.
        environment: What `--config-env` names.

    Raises:
        OptionError: A file that is named is not there, or the file cannot be read.
    """
    path = _find(directory, file)
    if path is None:
        return Samconfig()
    where = Location(path)
    if path.suffix not in (_TOML, *_YAML):
        raise UnusableOptionError(
            f"The config file {path.name} has an unsupported extension.",
            where=where,
            hint="sam reads .toml, .yaml and .yml.",
        )
    try:
        text = path.read_text(encoding="utf-8")
        parsed: object = tomlkit.parse(text).unwrap() if path.suffix == _TOML else yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError, tomlkit.exceptions.TOMLKitError) as error:
        raise UnusableOptionError(f"Error reading configuration: {error}", where=where) from error
    document = as_mapping(cast("Value", parsed))
    if document and not isinstance(document.get("version"), float):
        raise UnusableOptionError(
            "'version' key is not present or is in unrecognized format.", where=where, hint="Add: version = 0.1"
        )
    content = as_mapping(document.get(environment))
    parameters = {
        **as_mapping(as_mapping(content.get("global")).get("parameters")),
        **as_mapping(as_mapping(content.get("build")).get("parameters")),
    }
    return Samconfig(path, parameters, text)


def _find(directory: Path, file: str | None) -> Path | None:
    if file is None:
        return next((directory / name for name in _DEFAULT_NAMES if (directory / name).exists()), None)
    path = Path(os.path.join(directory, file))
    if not path.is_file() and not path.is_fifo():
        raise UnusableOptionError(
            f"Config file {file} does not exist or could not be read!", hint=f"Looked for {path}."
        )
    return path
