"""`--save-params`: the options of a command line, saved to samconfig for the next one."""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from samix.options.parameters import parse_overrides
from samix.options.samconfig import DEFAULT_ENVIRONMENT, samconfig_to_write, save_parameters
from samix.options.table import OPTION

if TYPE_CHECKING:
    from samix.options.merge import BuildOptions
    from samix.template.value import Value, ValueMapping

_DEFAULT_REGION = "us-east-1"


def save(given: Mapping[str, Value], options: BuildOptions) -> str:
    """Save the options that a command line gives, and return what was saved where, without values, which may be secret.

    Raises:
        OptionError: The file is not a TOML file, or cannot be read or written.
    """
    parameters: ValueMapping = {name: value for name, value in given.items() if OPTION[name].is_saved}
    if "template_file" in parameters:
        parameters["template_file"] = str(options.template)
    if "parameter_overrides" in parameters:
        parameters["parameter_overrides"] = parse_overrides(
            parameters["parameter_overrides"], source="--parameter-overrides"
        )
    if len(options.resources) == 1 and "resource_logical_id" in parameters:
        parameters["resource_logical_id"] = options.resources[0]  # as sam, which takes only one, writes it
    named, environment = given.get("config_file"), str(given.get("config_env") or DEFAULT_ENVIRONMENT)
    path = samconfig_to_write(options.template.parent, str(named) if named else None)
    save_parameters(path, environment, parameters, options.region or _default_region(os.environ))
    names = ", ".join([*parameters, "region"])
    return f"Saved parameters to config file '{path.name}' under environment '{environment}': {names}"


def _default_region(environ: Mapping[str, str]) -> str:
    """The region that the AWS tools would take: that of the environment, that of the profile, or sam's default."""
    if environ.get("AWS_DEFAULT_REGION"):
        return environ["AWS_DEFAULT_REGION"]
    profile = environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE") or "default"
    file = Path(environ.get("AWS_CONFIG_FILE") or "~/.aws/config").expanduser()
    config = configparser.ConfigParser(interpolation=None)
    try:
        config.read(file, encoding="utf-8")
    except (configparser.Error, OSError, UnicodeDecodeError):
        return _DEFAULT_REGION
    section = next((name for name in (f"profile {profile}", profile) if config.has_section(name)), "")
    return config.get(section, "region", fallback=_DEFAULT_REGION) if section else _DEFAULT_REGION
