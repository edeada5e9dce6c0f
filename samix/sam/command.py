"""The arguments of one run of sam, and what it reads."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from samix.options.parameters import GLOBAL_SCOPE
from samix.template.resources import Kind

if TYPE_CHECKING:
    from samix.options.merge import BuildOptions
    from samix.sam.workspace import Workspace
    from samix.units.unit import Unit

_STANDARD_INPUT = "/dev/stdin"


def sam_arguments(
    sam: Path, unit: Unit, options: BuildOptions, workspace: Workspace, *, is_cached: bool = True
) -> list[str]:
    """The command line that builds a unit in its workspace; the working directory is the user's.

    With `is_cached` sam keeps what it builds in its cache. If samix cannot choose where this sam keeps its state, sam
    keeps none: it builds the unit by its name, without a cache (`samcli.lib.build.build_graph` is then written only for
    what sam knows already).
    """
    arguments = [str(sam), "build"]
    if not workspace.is_hosted:
        arguments += [workspace.resource, "--no-cached"]
    elif is_cached:
        arguments += ["--cached", "--cache-dir", str(workspace.cache_dir)]
    else:
        arguments.append("--no-cached")
    arguments += [
        "--template-file", str(workspace.template),
        "--base-dir", str(options.code_root),
        "--build-dir", str(workspace.build_dir),
    ]  # fmt: skip
    return arguments + option_arguments(unit, options)


def checking_arguments(
    sam: Path, template: Path, names: Iterable[str], options: BuildOptions, state: Path
) -> list[str]:
    """The command line with which sam reads a template and builds nothing of it.

    `names` are all that sam would build of it. The directory `state` is for this run alone, because sam keeps its build
    graph beside its build dir.
    """
    arguments = [str(sam), "build", "--no-cached"]
    arguments += ["--template-file", str(template), "--base-dir", str(options.code_root)]
    arguments += ["--build-dir", str(state / "build")]
    region = options.parameters.get("AWS::Region", options.region)
    for option, value in (("--region", region), ("--profile", options.profile)):
        if value:
            arguments += [option, str(value)]
    return [*arguments, *(f"--exclude={name}" for name in sorted(names))]


def option_arguments(unit: Unit, options: BuildOptions) -> list[str]:
    """The options of one run other than its places; units that share a run have the same."""
    arguments: list[str] = []
    is_nested = bool(unit.first.stack_path)
    for option, value in (
        ("--region", options.region if is_nested else options.parameters.get("AWS::Region", options.region)),
        ("--profile", options.profile),
        ("--manifest", options.manifest),
        ("--docker-network", options.docker_network if unit.needs_engine else None),
        ("--output", "json" if options.reporting.as_json and options.relays_output else None),
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
    """What one run reads from its standard input: its container environment, which no file or argument contains."""
    return json.dumps({GLOBAL_SCOPE: dict(unit.environment)}).encode() if unit.environment else b""
