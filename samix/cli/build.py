"""`samix build`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from samix.cli.explain import explained

if TYPE_CHECKING:
    from types import FrameType

    from samix.template.value import Value

EXAMPLES = """\b
Examples:
  samix build
  samix build --build-type NativeLayer=container --build-type 'Child/*=container'
  samix build --use-container --build-type GoFunction=host
"""
_UNLIMITED_WIDTH = 400
_SIGNAL_EXIT = 128


def build(
    template_file: Annotated[
        str | None, typer.Option("--template-file", "--template", "-t", help="The template to build.", metavar="FILE")
    ] = None,
    build_type: Annotated[
        list[str] | None,
        typer.Option(
            "--build-type",
            metavar="[NAME=]host|container",
            help="Where to build a resource, such as NativeLayer=container. A name may be a glob of full paths, such"
            " as 'Child/*'; an exact name beats a glob. Without a name: the default for all. Repeatable.",
        ),
    ] = None,
    use_container: Annotated[
        bool | None,
        typer.Option("--use-container/--no-use-container", "-u", help="The same as --build-type container, or host."),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="How many units to build side by side. [default: CPUs]")
    ] = None,
    sam: Annotated[
        str | None, typer.Option("--sam", metavar="PROGRAM", help="The sam to run. Also SAMIX_SAM. [default: sam]")
    ] = None,
    base_dir: Annotated[
        str | None, typer.Option("--base-dir", "-s", metavar="DIR", help="What source paths are relative to.")
    ] = None,
    build_dir: Annotated[
        str | None, typer.Option("--build-dir", "-b", metavar="DIR", help="Where the built application goes.")
    ] = None,
    cache_dir: Annotated[
        str | None, typer.Option("--cache-dir", "-cd", metavar="DIR", help="Where sam's cache lies.")
    ] = None,
    manifest: Annotated[
        str | None, typer.Option("--manifest", "-m", metavar="FILE", help="A manifest instead of the default one.")
    ] = None,
    parameter_overrides: Annotated[
        list[str] | None,
        typer.Option("--parameter-overrides", metavar="KEY=VALUE", help="Values of template parameters. Repeatable."),
    ] = None,
    container_env_var: Annotated[
        list[str] | None,
        typer.Option(
            "--container-env-var", "-e", metavar="[NAME.]VAR=VALUE", help="Environment of build containers. Repeatable."
        ),
    ] = None,
    container_env_var_file: Annotated[
        str | None,
        typer.Option("--container-env-var-file", "-ef", metavar="FILE", help="The same, from a JSON file."),
    ] = None,
    build_image: Annotated[
        list[str] | None,
        typer.Option("--build-image", "-bi", metavar="[NAME=]IMAGE", help="The image to build in. Repeatable."),
    ] = None,
    skip_pull_image: Annotated[
        bool, typer.Option("--skip-pull-image", help="Use build images as they are here.")
    ] = False,
    docker_network: Annotated[
        str | None, typer.Option("--docker-network", metavar="NETWORK", help="The network of build containers.")
    ] = None,
    mount_with: Annotated[
        str | None,
        typer.Option("--mount-with", "-mw", metavar="READ|WRITE", help="How sources are mounted. [default: READ]"),
    ] = None,
    cached: Annotated[
        bool | None,
        typer.Option("--cached/--no-cached", "-c", help="Use what was built before (the default), or build all anew."),
    ] = None,
    _parallel: Annotated[
        bool, typer.Option("--parallel", "-p", help="Accepted for sam's sake: samix always builds side by side.")
    ] = False,
    language_extensions: Annotated[
        bool | None,
        typer.Option(
            "--language-extensions/--no-language-extensions", help="Expand AWS::LanguageExtensions, as Fn::ForEach."
        ),
    ] = None,
    region: Annotated[str | None, typer.Option("--region", help="The AWS region.")] = None,
    profile: Annotated[str | None, typer.Option("--profile", help="The AWS profile.")] = None,
    config_file: Annotated[
        str | None, typer.Option("--config-file", metavar="FILE", help="The samconfig to read.")
    ] = None,
    config_env: Annotated[
        str | None, typer.Option("--config-env", metavar="ENV", help="The environment in it. [default: default]")
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Have sam log what it does.")] = False,
) -> None:
    """Build every function and layer, each on the host or in a container.

    The build type of a resource comes from --build-type, from build_type in samconfig, or from the resource's
    Metadata: BuildType. The default is the host.
    """
    given: dict[str, Value] = {
        "template_file": template_file,
        "build_type": list(build_type or []),
        "use_container": use_container,
        "jobs": jobs,
        "sam": sam,
        "base_dir": base_dir,
        "build_dir": build_dir,
        "cache_dir": cache_dir,
        "manifest": manifest,
        "parameter_overrides": list(parameter_overrides or []),
        "container_env_var": list(container_env_var or []),
        "container_env_var_file": container_env_var_file,
        "build_image": list(build_image or []),
        "skip_pull_image": skip_pull_image or None,
        "docker_network": docker_network,
        "mount_with": mount_with,
        "cached": cached,
        "language_extensions": language_extensions,
        "region": region,
        "profile": profile,
        "config_file": config_file,
        "config_env": config_env,
        "debug": debug or None,
    }
    with explained():
        raise typer.Exit(_build(given))


def _build(given: dict[str, Value]) -> int:
    """Run a build and print its end; the exit code."""
    # imported here so that --help and wrong usage answer at once
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from samix.build import run_build  # noqa: PLC0415
    from samix.options import DEFAULT_BUILD_DIR, merge_options  # noqa: PLC0415
    from samix.report.lines import LineReporter  # noqa: PLC0415
    from samix.report.summary import print_failures, print_table, success_lines  # noqa: PLC0415

    project = Path.cwd()
    options = merge_options(given, os.environ, project)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _terminate)
    errors = Console(stderr=True, highlight=False)
    output_is_terminal = sys.stdout is not None and sys.stdout.isatty()
    # lines that no window cuts are easier to read, and to search, as they are
    output = Console(highlight=False, width=None if output_is_terminal else _UNLIMITED_WIDTH)
    result = run_build(options, os.environ, LineReporter(errors))
    print_table(output, result.outcomes)
    if not result.is_complete:
        output.file.flush()
        print_failures(errors, result.outcomes)
        output.print(Text("\nBuild Failed", style="red"))
        return 1
    output.print(Text("\nBuild Succeeded", style="green"))
    is_default = result.build_dir == project / DEFAULT_BUILD_DIR
    closing = success_lines(result.build_dir, result.template, is_default=is_default)
    output.print(Text(closing, style="yellow"), soft_wrap=True)
    return 0


def _terminate(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(_SIGNAL_EXIT + number)
