"""The arguments of one run of sam, and what it reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from samix.parameters import GLOBAL_SCOPE
from samix.template.resources import Kind

if TYPE_CHECKING:
    from pathlib import Path

    from samix.options import BuildOptions
    from samix.plan.units import Unit

_STANDARD_INPUT = "/dev/stdin"


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
        ("--output", "json" if options.reporting.as_json else None),
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
