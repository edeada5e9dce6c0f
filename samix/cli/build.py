"""`samix build`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from samix.cli.explain import explained

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
        typer.Option("--exclude", "-x", metavar="RESOURCE", help="A name or a glob of what not to build. Repeatable."),
    ] = None,
    template_file: Annotated[
        str | None,
        typer.Option(
            "--template-file",
            "--template",
            "-t",
            metavar="FILE",
            help="The template. [default: template.yaml, .yml or .json]",
        ),
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
        int | None,
        typer.Option("--jobs", "-j", min=1, metavar="N", help="How many units to build side by side. [default: CPUs]"),
    ] = None,
    fail_fast: Annotated[
        bool | None,
        typer.Option(
            "--fail-fast/--no-fail-fast", help="Start nothing more once a unit has failed. [default: build the others]"
        ),
    ] = None,
    timeout: Annotated[
        float | None, typer.Option("--timeout", metavar="SECONDS", help="End a unit that takes longer. [default: none]")
    ] = None,
    retries: Annotated[
        int | None,
        typer.Option("--retries", min=0, help="How many times to try again what the network failed. [default: 0]"),
    ] = None,
    wait: Annotated[
        bool | None,
        typer.Option("--wait/--no-wait", help="Wait for another samix in this directory (the default), or fail."),
    ] = None,
    sam: Annotated[
        str | None, typer.Option("--sam", metavar="PROGRAM", help="The sam to run. Also SAMIX_SAM. [default: sam]")
    ] = None,
    base_dir: Annotated[
        str | None,
        typer.Option(
            "--base-dir",
            "-s",
            metavar="DIR",
            help="What source paths are relative to. [default: the template's directory]",
        ),
    ] = None,
    build_dir: Annotated[
        str | None,
        typer.Option(
            "--build-dir", "-b", metavar="DIR", help="Where the built application goes. [default: .aws-sam/build]"
        ),
    ] = None,
    cache_dir: Annotated[
        str | None,
        typer.Option("--cache-dir", "-cd", metavar="DIR", help="sam's cache. [default: .aws-sam/cache]"),
    ] = None,
    manifest: Annotated[
        str | None,
        typer.Option("--manifest", "-m", metavar="FILE", help="A manifest instead of requirements.txt and so on."),
    ] = None,
    parameter_overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter-overrides",
            metavar="KEY=VALUE",
            help="Values of template parameters, or file://FILE with them (YAML or TOML). Repeatable.",
        ),
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
        bool | None, typer.Option("--skip-pull-image", help="Use build images as they are here.")
    ] = None,
    docker_network: Annotated[
        str | None, typer.Option("--docker-network", metavar="NETWORK", help="The network of build containers.")
    ] = None,
    mount_with: Annotated[
        str | None,
        typer.Option("--mount-with", "-mw", metavar="READ|WRITE", help="How sources are mounted. [default: READ]"),
    ] = None,
    mount_symlinks: Annotated[
        bool | None,
        typer.Option(
            "--mount-symlinks/--no-mount-symlinks", help="Mount what links at the top of a source lead to as well."
        ),
    ] = None,
    use_buildkit: Annotated[
        bool | None, typer.Option("--use-buildkit/--no-use-buildkit", help="Build images with BuildKit.")
    ] = None,
    build_in_source: Annotated[
        bool | None,
        typer.Option(
            "--build-in-source/--no-build-in-source", help="Build on the host in the source directory, where sam can."
        ),
    ] = None,
    cached: Annotated[
        bool | None,
        typer.Option("--cached/--no-cached", "-c", help="Use what was built before (the default), or build all anew."),
    ] = None,
    parallel: Annotated[
        bool | None, typer.Option("--parallel", "-p", help="Accepted for sam's sake: samix always builds side by side.")
    ] = None,
    language_extensions: Annotated[
        bool | None,
        typer.Option(
            "--language-extensions/--no-language-extensions",
            help="Expand Fn::ForEach and the other functions of AWS::LanguageExtensions.",
        ),
    ] = None,
    beta_features: Annotated[
        bool | None, typer.Option("--beta-features/--no-beta-features", help="Allow what sam calls beta features.")
    ] = None,
    hook_name: Annotated[
        str | None,
        typer.Option("--hook-name", metavar="HOOK", help="Hand the build over to sam, for Terraform applications."),
    ] = None,
    skip_prepare_infra: Annotated[
        bool | None, typer.Option("--skip-prepare-infra/--prepare-infra", help="With --hook-name: sam's option.")
    ] = None,
    terraform_project_root_path: Annotated[
        str | None, typer.Option("--terraform-project-root-path", metavar="DIR", help="With --hook-name: sam's option.")
    ] = None,
    output: Annotated[
        Literal["text", "json"] | None,
        typer.Option("--output", help="Print the end as text, or as one JSON document. [default: text]"),
    ] = None,
    region: Annotated[str | None, typer.Option("--region", metavar="NAME", help="The AWS region.")] = None,
    profile: Annotated[str | None, typer.Option("--profile", metavar="NAME", help="The AWS profile.")] = None,
    config_file: Annotated[
        str | None,
        typer.Option(
            "--config-file", metavar="FILE", help="The samconfig to read. [default: samconfig.toml, .yaml or .yml]"
        ),
    ] = None,
    config_env: Annotated[
        str | None, typer.Option("--config-env", metavar="ENV", help="The environment in it. [default: default]")
    ] = None,
    save_params: Annotated[
        bool | None, typer.Option("--save-params", help="Save the options of this command line to samconfig.")
    ] = None,
    debug: Annotated[bool | None, typer.Option("--debug", help="Have sam log what it does.")] = None,
) -> None:
    """Build every function and layer, each on the host or in a container.

    The build type of a resource comes from --build-type, from build_type in samconfig, or from the resource's
    Metadata: BuildType. The default is the host.
    """
    from samix.cli.run import run  # noqa: PLC0415 - so that --help and wrong usage answer at once

    with explained(as_json=output == "json"):
        raise typer.Exit(run(ctx))
