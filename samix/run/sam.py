"""The user's sam: finding it, and the arguments of one of its runs."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from samix.errors import RequirementError
from samix.observed import observed
from samix.option_sources import EXTENSIONS_VARIABLE, SAM_VARIABLE
from samix.options import OutputFormat
from samix.parameters import GLOBAL_SCOPE
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samix.options import BuildOptions
    from samix.plan.units import Unit

_STANDARD_INPUT = "/dev/stdin"
# what would change the run of a unit behind the back of its arguments
_OVERRIDING_VARIABLES = (
    "SAM_TEMPLATE_FILE",
    "SAM_SKIP_PULL_IMAGE",
    "SAM_DOCKER_NETWORK",
    "SAM_DEBUG",
    EXTENSIONS_VARIABLE,  # a unit's template is expanded already
)


def find_sam(named: str | None, search_path: str | None) -> Path:
    """The sam to run.

    Args:
        named: A name or path that the user gives, None for `sam`.
        search_path: The PATH to look on.

    Raises:
        RequirementError: There is none.
    """
    found = _which(named or "sam", search_path)
    if not found and not named:
        # pipx and uv put the sam of samix's own extra beside its interpreter, and not on PATH
        found = _which("sam", os.path.dirname(sys.executable))
    if found:
        return Path(os.path.abspath(found))
    if named:
        raise RequirementError(f"{named} is not a program that can be run.", hint=f"Check --sam or {SAM_VARIABLE}.")
    raise RequirementError(
        "sam is not on PATH.",
        hint=f"Install the AWS SAM CLI (pip install aws-sam-cli), or name it with --sam or {SAM_VARIABLE}.",
    )


def _which(name: str, search_path: str | None) -> str | None:
    places = [""] if os.path.dirname(name) else (search_path or os.defpath).split(os.pathsep)
    for place in places:
        observed(os.path.join(place, name))
    return shutil.which(name, path=search_path)


def sam_arguments(sam: Path, unit: Unit, options: BuildOptions, *, is_cached: bool = True) -> list[str]:
    """The command line that builds one unit in its workspace, which is the working directory.

    Args:
        sam: The sam to run.
        unit: The unit.
        options: The build's options.
        is_cached: Whether sam is to keep for its cache what it builds.
    """
    arguments = [
        str(sam), "build", "--cached" if is_cached else "--no-cached",
        "--template-file", "template.yaml",
        "--base-dir", str(options.code_root),
    ]  # fmt: skip
    is_nested = bool(unit.first.stack_path)
    for option, value in (
        ("--region", options.region if is_nested else options.parameters.get("AWS::Region", options.region)),
        ("--profile", options.profile),
        ("--manifest", options.manifest),
        ("--docker-network", options.docker_network if unit.needs_engine else None),
        ("--output", "json" if options.output is OutputFormat.JSON else None),
    ):
        if value:
            arguments += [option, str(value)]
    flags = {
        "--debug": options.debug,
        "--beta-features": options.beta_features,
        "--no-beta-features": options.beta_features is False,
        "--build-in-source": unit.is_in_source,
        "--use-buildkit": options.use_buildkit and unit.kind is Kind.IMAGE,
        "--skip-pull-image": options.skip_pull_image and unit.needs_engine,
    }
    arguments += [flag for flag, is_set in flags.items() if is_set]
    return [*arguments, *_container_arguments(unit, options)] if unit.in_container else arguments


def _container_arguments(unit: Unit, options: BuildOptions) -> list[str]:
    arguments = ["--use-container", "--mount-with", options.mount_with]
    if options.mount_symlinks:
        arguments.append("--mount-symlinks")
    if unit.build_image:
        arguments += ["--build-image", unit.build_image]
    if unit.environment:
        arguments += ["--container-env-var-file", _STANDARD_INPUT]
    return arguments


def sam_input(unit: Unit) -> bytes:
    """What one run reads from its standard input: its container environment, which so stands in no file or argument."""
    return json.dumps({GLOBAL_SCOPE: dict(unit.environment)}).encode() if unit.environment else b""


def sam_environment(environ: Mapping[str, str], artifacts: Mapping[str, Path]) -> dict[str, str]:
    """The environment of one run.

    Args:
        environ: The user's environment.
        artifacts: What the unit may use of others, by logical id.
    """
    environment = {name: value for name, value in environ.items() if name not in _OVERRIDING_VARIABLES}
    # one build is one build, not as many as it has units
    environment["SAM_CLI_TELEMETRY"] = "0"
    environment |= {f"SAMIX_ARTIFACTS_{logical_id}": str(path) for logical_id, path in artifacts.items()}
    return environment
