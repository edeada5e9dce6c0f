"""`samix build`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from samix.cli.errors import explained
from samix.cli.help import panels

EXAMPLES = """\b
Examples:
  samix build
  samix build --build-type NativeLayer=container --build-type 'Child/*=container'
  samix build --use-container --build-type GoFunction=host
  samix build Api 'Child/*' --exclude Child/Legacy
"""


def build(
    ctx: typer.Context,
    resource_logical_id: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RESOURCE",
            show_default=False,
            help="What to build, with what it needs: names, or globs of full paths such as 'Child/*'. The rest stays"
            " as the last build left it. [default: all]",
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            "--exclude",
            "-x",
            metavar="RESOURCE",
            help="A name or a glob of what not to build. Repeatable.",
            rich_help_panel=panels.STRATEGY,
        ),
    ] = None,
    template_file: Annotated[
        str | None,
        typer.Option(
            "--template-file",
            "--template",
            "-t",
            metavar="FILE",
            help="The template. [default: template.yaml, .yml or .json]",
            rich_help_panel=panels.TEMPLATE,
        ),
    ] = None,
    build_type: Annotated[
        list[str] | None,
        typer.Option(
            "--build-type",
            metavar="[NAME=]host|container",
            help="Where to build a resource, such as NativeLayer=container. A name may be a glob of full paths, such"
            " as 'Child/*'; an exact name beats a glob. Without a name: the default for all. Repeatable.",
            rich_help_panel=panels.BUILD_TYPE,
        ),
    ] = None,
    use_container: Annotated[
        bool | None,
        typer.Option(
            "--use-container/--no-use-container",
            "-u",
            help="The same as --build-type container, or host.",
            rich_help_panel=panels.BUILD_TYPE,
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            min=1,
            metavar="N",
            help="How many units to build side by side. [default: CPUs]",
            rich_help_panel=panels.STRATEGY,
        ),
    ] = None,
    fail_fast: Annotated[
        bool | None,
        typer.Option(
            "--fail-fast/--no-fail-fast",
            help="Start nothing more once a unit has failed. [default: build the others]",
            rich_help_panel=panels.STRATEGY,
        ),
    ] = None,
    strict: Annotated[
        bool | None,
        typer.Option(
            "--strict/--no-strict",
            help="Fail where a source does not exist. [default: as sam's builder does]",
            rich_help_panel=panels.STRATEGY,
        ),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            metavar="SECONDS",
            help="End a unit that takes longer. [default: none]",
            rich_help_panel=panels.STRATEGY,
        ),
    ] = None,
    retries: Annotated[
        int | None,
        typer.Option(
            "--retries",
            min=0,
            metavar="N",
            help="How many times to try again what the network failed. [default: 0]",
            rich_help_panel=panels.STRATEGY,
        ),
    ] = None,
    wait: Annotated[
        bool | None,
        typer.Option(
            "--wait/--no-wait",
            help="Wait for another samix in this directory (the default), or fail.",
            rich_help_panel=panels.STRATEGY,
        ),
    ] = None,
    sam: Annotated[
        str | None,
        typer.Option(
            "--sam",
            metavar="PROGRAM",
            help="Which sam to run; the variable SAMIX_SAM says the same. [default: sam]",
            rich_help_panel=panels.STRATEGY,
        ),
    ] = None,
    base_dir: Annotated[
        str | None,
        typer.Option(
            "--base-dir",
            "-s",
            metavar="DIR",
            help="What source paths are relative to. [default: the template's directory]",
            rich_help_panel=panels.LOCATION,
        ),
    ] = None,
    build_dir: Annotated[
        str | None,
        typer.Option(
            "--build-dir",
            "-b",
            metavar="DIR",
            help="Where the built application goes. [default: .aws-sam/build]",
            rich_help_panel=panels.LOCATION,
        ),
    ] = None,
    cache_dir: Annotated[
        str | None,
        typer.Option(
            "--cache-dir",
            "-cd",
            metavar="DIR",
            help="sam's cache. [default: .aws-sam/cache]",
            rich_help_panel=panels.LOCATION,
        ),
    ] = None,
    manifest: Annotated[
        str | None,
        typer.Option(
            "--manifest",
            "-m",
            metavar="FILE",
            help="A manifest instead of requirements.txt and so on.",
            rich_help_panel=panels.STRATEGY,
        ),
    ] = None,
    parameter_overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter-overrides",
            metavar="KEY=VALUE",
            help="Values of template parameters, or file://FILE with them (YAML or TOML). Repeatable.",
            rich_help_panel=panels.TEMPLATE,
        ),
    ] = None,
    container_env_var: Annotated[
        list[str] | None,
        typer.Option(
            "--container-env-var",
            "-e",
            metavar="[NAME.]VAR=VALUE",
            help="Environment of build containers. Repeatable.",
            rich_help_panel=panels.CONTAINER,
        ),
    ] = None,
    container_env_var_file: Annotated[
        str | None,
        typer.Option(
            "--container-env-var-file",
            "-ef",
            metavar="FILE",
            help="The same, from a JSON file.",
            rich_help_panel=panels.CONTAINER,
        ),
    ] = None,
    build_image: Annotated[
        list[str] | None,
        typer.Option(
            "--build-image",
            "-bi",
            metavar="[NAME=]IMAGE",
            help="The image to build in. Repeatable.",
            rich_help_panel=panels.CONTAINER,
        ),
    ] = None,
    skip_pull_image: Annotated[
        bool | None,
        typer.Option(
            "--skip-pull-image",
            help="Use build images as they are here.",
            rich_help_panel=panels.CONTAINER,
        ),
    ] = None,
    docker_network: Annotated[
        str | None,
        typer.Option(
            "--docker-network",
            metavar="NETWORK",
            help="The network of build containers.",
            rich_help_panel=panels.CONTAINER,
        ),
    ] = None,
    mount_with: Annotated[
        str | None,
        typer.Option(
            "--mount-with",
            "-mw",
            metavar="READ|WRITE",
            help="How sources are mounted. [default: READ]",
            rich_help_panel=panels.CONTAINER,
        ),
    ] = None,
    mount_symlinks: Annotated[
        bool | None,
        typer.Option(
            "--mount-symlinks/--no-mount-symlinks",
            help="Mount what links at the top of a source lead to as well.",
            rich_help_panel=panels.CONTAINER,
        ),
    ] = None,
    use_buildkit: Annotated[
        bool | None,
        typer.Option(
            "--use-buildkit/--no-use-buildkit",
            help="Build images with BuildKit.",
            rich_help_panel=panels.CONTAINER,
        ),
    ] = None,
    build_in_source: Annotated[
        bool | None,
        typer.Option(
            "--build-in-source/--no-build-in-source",
            help="Build on the host in the source directory, where sam can.",
            rich_help_panel=panels.STRATEGY,
        ),
    ] = None,
    cached: Annotated[
        bool | None,
        typer.Option(
            "--cached/--no-cached",
            "-c",
            help="Use what was built before (the default), or build all anew.",
            rich_help_panel=panels.STRATEGY,
        ),
    ] = None,
    parallel: Annotated[
        bool | None,
        typer.Option(
            "--parallel",
            "-p",
            help="Accepted for sam's sake: samix always builds side by side.",
            rich_help_panel=panels.STRATEGY,
        ),
    ] = None,
    language_extensions: Annotated[
        bool | None,
        typer.Option(
            "--language-extensions/--no-language-extensions",
            help="Expand Fn::ForEach and the other functions of AWS::LanguageExtensions.",
            rich_help_panel=panels.TEMPLATE,
        ),
    ] = None,
    beta_features: Annotated[
        bool | None,
        typer.Option(
            "--beta-features/--no-beta-features",
            help="Allow what sam calls beta features.",
            rich_help_panel=panels.BETA,
        ),
    ] = None,
    hook_name: Annotated[
        str | None,
        typer.Option(
            "--hook-name",
            metavar="HOOK",
            help="Hand the build over to sam, for Terraform applications.",
            rich_help_panel=panels.EXTENSION,
        ),
    ] = None,
    skip_prepare_infra: Annotated[
        bool | None,
        typer.Option(
            "--skip-prepare-infra/--prepare-infra",
            help="With --hook-name: sam's option.",
            rich_help_panel=panels.EXTENSION,
        ),
    ] = None,
    terraform_project_root_path: Annotated[
        str | None,
        typer.Option(
            "--terraform-project-root-path",
            metavar="DIR",
            help="With --hook-name: sam's option.",
            rich_help_panel=panels.TERRAFORM,
        ),
    ] = None,
    output: Annotated[
        Literal["text", "json"] | None,
        typer.Option(
            "--output",
            metavar="text|json",
            help="Print the end as text, or as one JSON document. [default: text]",
            rich_help_panel=panels.OUTPUT,
        ),
    ] = None,
    log_order: Annotated[
        Literal["grouped", "stream"] | None,
        typer.Option(
            "--log-order",
            metavar="grouped|stream",
            help="Show the log of each unit when it ends, or as it comes with the unit's name in front."
            " [default: grouped; on a terminal none]",
            rich_help_panel=panels.OUTPUT,
        ),
    ] = None,
    quiet: Annotated[
        bool | None,
        typer.Option("--quiet/--no-quiet", "-q", help="Print only what went wrong.", rich_help_panel=panels.OUTPUT),
    ] = None,
    verbose: Annotated[
        bool | None,
        typer.Option(
            "--verbose/--no-verbose",
            "-v",
            help="Tell of what is reused as well, and show logs anywhere.",
            rich_help_panel=panels.OUTPUT,
        ),
    ] = None,
    summary: Annotated[
        str | None,
        typer.Option(
            "--summary",
            metavar="FILE",
            help="Write a summary of the build, as JSON.",
            rich_help_panel=panels.OUTPUT,
        ),
    ] = None,
    trace: Annotated[
        str | None,
        typer.Option(
            "--trace",
            metavar="FILE",
            help="Write where the time went, for trace viewers such as Perfetto.",
            rich_help_panel=panels.OUTPUT,
        ),
    ] = None,
    region: Annotated[
        str | None,
        typer.Option(
            "--region",
            metavar="NAME",
            help="The AWS region.",
            rich_help_panel=panels.CREDENTIALS,
        ),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile",
            metavar="NAME",
            help="The AWS profile.",
            rich_help_panel=panels.CREDENTIALS,
        ),
    ] = None,
    config_file: Annotated[
        str | None,
        typer.Option(
            "--config-file",
            metavar="FILE",
            help="The samconfig to read. [default: samconfig.toml, .yaml or .yml]",
            rich_help_panel=panels.CONFIGURATION,
        ),
    ] = None,
    config_env: Annotated[
        str | None,
        typer.Option(
            "--config-env",
            metavar="ENV",
            help="The environment in it. [default: default]",
            rich_help_panel=panels.CONFIGURATION,
        ),
    ] = None,
    save_params: Annotated[
        bool | None,
        typer.Option(
            "--save-params",
            help="Save the options of this command line to samconfig.",
            rich_help_panel=panels.CONFIGURATION,
        ),
    ] = None,
    debug: Annotated[
        bool | None,
        typer.Option(
            "--debug",
            help="Have sam log what it does.",
            rich_help_panel=panels.OTHER,
        ),
    ] = None,
) -> None:
    """Build every function and layer, each on the host or in a container.

    The build type of a resource comes from --build-type, from build_type in samconfig, or from the resource's
    Metadata: BuildType. The default is the host.
    """
    from samix.cli.run_build import run  # noqa: PLC0415 - so that --help and wrong usage answer at once

    with explained(as_json=output == "json"):
        code = run(ctx)
    raise typer.Exit(code)
