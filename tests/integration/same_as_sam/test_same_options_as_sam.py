"""samix takes its options from the same sources as sam, in the same order, with the same meaning.

What sam's own command line makes of a case is compared with what samix makes of it: command line, environment,
and both tables of samconfig, generated.
"""

from __future__ import annotations

import inspect
import os
from typing import TYPE_CHECKING, cast
from unittest import mock

import pytest
import tomlkit
from click.testing import CliRunner
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from samcli.cli.main import cli as sam
from samcli.commands.build.command import do_cli
from support.command_line import parse_line

from samix.cli.fast.line import read_line
from samix.options.merge import merge_options
from samix.options.parameters import GLOBAL_SCOPE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from samix.options.merge import BuildOptions

_TEMPLATE = "Resources: {Fn: {Type: 'AWS::Serverless::Function', Properties: {CodeUri: src}}}"
_TEXTS = {
    "base_dir": ["src", "./other"],
    "build_dir": ["out/built", "deep/er/built"],
    "cache_dir": ["kept", "out/kept"],
    "manifest": ["needs.txt", "src/../needs.txt"],
    "docker_network": ["net", "host"],
    "region": ["eu-west-1", "cn-north-1"],
    "template_file": ["template.yaml", "other.yaml"],
    "mount_with": ["READ", "WRITE", "write"],
    "output": ["text", "json"],
}
_FLAGS = ["use_container", "cached", "mount_symlinks", "use_buildkit", "build_in_source"]
_SEVERAL = {
    "exclude": ["Fn", "Other"],
    "container_env_var": ["A=1", "B=x=y z", "Fn.A=2", "Fn.C= padded "],
    "build_image": ["image", "image:tag", "Fn=registry/image:tag", " Fn = spaced "],
    "parameter_overrides": ["A=1", "B='x y' C=3", "ParameterKey=D,ParameterValue=4"],
}
_FOR_CONTAINERS = ("--container-env-var", "--build-image", "--mount-with")
_VARIABLES = {
    "SAM_TEMPLATE_FILE": ["other.yaml"],
    "SAM_SKIP_PULL_IMAGE": ["1", "true", "no"],
    "SAM_DOCKER_NETWORK": ["net-of-environment"],
}


@st.composite
def _arguments(draw: st.DrawFn) -> list[str]:
    arguments: list[str] = []
    for name, values in _TEXTS.items():
        value = draw(st.none() | st.sampled_from(values))
        arguments += [f"--{name.replace('_', '-')}", value] if value else []
    for name in _FLAGS:
        flag = name.replace("_", "-")
        arguments += draw(st.sampled_from([[], [], [f"--{flag}"], [f"--no-{flag}"]]))
    arguments += draw(st.sampled_from([[], ["--skip-pull-image"], ["--parallel"]]))
    arguments += draw(st.sampled_from([[], [], ["--config-env", "ci"]]))
    for name, values in _SEVERAL.items():
        chosen = draw(st.lists(st.sampled_from(values), max_size=3))
        if name == "parameter_overrides":
            arguments += ["--parameter-overrides", *chosen] if chosen else []
        else:
            arguments += [part for value in chosen for part in (f"--{name.replace('_', '-')}", value)]
    if any(option in arguments for option in _FOR_CONTAINERS) and "--use-container" not in arguments:
        arguments += ["--use-container"]  # which sam wants to see beside them
    if "--build-in-source" in arguments or "--no-build-in-source" in arguments:
        kept = {"--use-container", "--no-use-container"}  # which sam does not take together
        arguments = [argument for argument in arguments if argument not in kept]
    return [*draw(st.sampled_from([[], [], ["Fn"]])), *arguments]


@st.composite
def _table(draw: st.DrawFn) -> dict[str, object]:
    table: dict[str, object] = {}
    for name, values in _TEXTS.items():
        if name != "template_file" and draw(st.booleans()):
            table[name] = draw(st.sampled_from(values))
    for name in [*_FLAGS, "skip_pull_image", "parallel"]:
        if draw(st.booleans()):
            table[name] = draw(st.sampled_from([True, False, "true", "no"]))
    for name, values in _SEVERAL.items():
        if draw(st.booleans()):
            table[name] = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2))
    if draw(st.booleans()):
        table["parameter_overrides"] = draw(st.sampled_from(["A=5 B=6", {"A": "7", "E": 8}, ["A=9", "F=1"]]))
    if draw(st.booleans()):
        table["resource_logical_id"] = "Fn"
    return table


_environment = st.fixed_dictionaries({}, optional={name: st.sampled_from(v) for name, v in _VARIABLES.items()})
_config = st.fixed_dictionaries(
    {},
    optional={
        environment: st.fixed_dictionaries(
            {}, optional={command: st.fixed_dictionaries({"parameters": _table()}) for command in ("global", "build")}
        )
        for environment in ("default", "ci")
    },
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("options")
    for name in ("template.yaml", "other.yaml"):
        (path / name).write_text(_TEMPLATE)
    for name in ("src", "other"):
        (path / name).mkdir()
    return path


def _sams(arguments: list[str], environment: Mapping[str, str]) -> dict[str, object] | None:
    """The values that sam's command line arrives at, None where it refuses them."""
    seen: list[dict[str, object]] = []

    def keep(*values: object) -> None:
        seen.append(dict(zip(inspect.signature(do_cli).parameters, values, strict=True)))

    with mock.patch("samcli.commands.build.command.do_cli", keep):
        outcome = CliRunner().invoke(sam, ["build", *arguments], env={**environment, "SAM_CLI_TELEMETRY": "0"})
    return seen[0] if outcome.exit_code == 0 else None


def _ours(arguments: list[str], environment: Mapping[str, str], project: Path) -> BuildOptions:
    line = read_line(["build", *arguments]) or parse_line(["build", *arguments])
    return merge_options(line.given, environment, project)


def _absolute(project: Path, value: object) -> str | None:
    return os.path.normpath(os.path.join(project, str(value))) if value else None


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(arguments=_arguments(), environment=_environment, config=_config)
def test_every_source_counts_as_with_sam(
    project: Path, arguments: list[str], environment: dict[str, str], config: dict[str, object]
) -> None:
    (project / "samconfig.toml").write_text(tomlkit.dumps({"version": 0.1, **config}))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        for name in _VARIABLES:
            patch.delenv(name, raising=False)
        sams = _sams(arguments, environment)
    assume(sams is not None)
    assert sams is not None
    options = _ours(arguments, environment, project)
    own: dict[str, object] = {
        "template": str(options.template),
        "base_dir": str(options.base_dir) if options.base_dir else None,
        "build_dir": str(options.build_dir),
        "cache_dir": str(options.cache_dir),
        "manifest_path": str(options.manifest) if options.manifest else None,
        "skip_pull_image": options.skip_pull_image,
        "docker_network": options.docker_network,
        "parameter_overrides": {key: value for key, value in options.parameters.items() if key != "AWS::Region"},
        "mount_with": options.mount_with,
        "mount_symlinks": options.mount_symlinks,
        "use_buildkit": options.use_buildkit,
        "build_in_source": bool(options.build_in_source),
        "output": "json" if options.reporting.as_json else "text",
        "exclude": list(options.exclude),
        "function_identifier": next(iter(options.resources), None),
        "use_container": options.default_type.build_type.value == "container",
    }
    expected = dict(sams)
    for name in ("template", "base_dir", "build_dir", "cache_dir", "manifest_path"):
        expected[name] = _absolute(project, expected[name])
    expected["exclude"] = list(cast("tuple[str, ...]", expected["exclude"] or ()))
    expected["build_in_source"] = bool(expected["build_in_source"])
    assert own == {name: expected[name] for name in own}
    assert options.region == cast("mock.Mock", sams["click_ctx"]).region
    assert options.build_images == _images(sams)
    assert options.environments == _environments(sams)


def _images(sams: Mapping[str, object]) -> dict[str, str]:
    pairs = (value.rpartition("=") for value in cast("tuple[str, ...]", sams["build_image"] or ()))
    return {name.strip(): image.strip() for name, _, image in pairs}


def _environments(sams: Mapping[str, object]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for value in cast("tuple[str, ...]", sams["container_env_var"] or ()):
        key, _, text = value.partition("=")
        scope, dot, name = key.partition(".")
        found.setdefault(scope if dot else GLOBAL_SCOPE, {})[name if dot else scope] = text.strip()
    return found
