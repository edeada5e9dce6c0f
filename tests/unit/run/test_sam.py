"""The user's sam: finding it, and its arguments."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from samix.errors import RequirementError
from samix.plan.build_type import BuildType
from samix.run.sam import find_sam, sam_arguments, sam_environment
from samix.template.resources import Kind, Resource

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.options import BuildOptions
    from samix.plan.units import Unit

SAM = Path("/bin/sam")


@pytest.fixture
def arguments_of(
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
    make_options: Callable[..., BuildOptions],
    tmp_path: Path,
) -> Callable[..., list[str]]:
    def arguments(
        full_path: str = "Fn",
        *,
        kind: Kind = Kind.FUNCTION,
        build_type: BuildType = BuildType.HOST,
        build_image: str | None = None,
        environment: tuple[tuple[str, str], ...] = (),
        **options: object,
    ) -> list[str]:
        unit = make_unit(
            make_resource(full_path, kind=kind), build_type=build_type, build_image=build_image, environment=environment
        )
        return sam_arguments(SAM, unit, make_options(tmp_path, **options))

    return arguments


def _has(arguments: list[str], *expected: str) -> bool:
    """Whether arguments stand in a command line one behind the other."""
    width = len(expected)
    return any(tuple(arguments[at : at + width]) == expected for at in range(len(arguments)))


def test_a_host_unit_is_built_from_its_workspace(arguments_of: Callable[..., list[str]], tmp_path: Path) -> None:
    expected = ["/bin/sam", "build", "--cached", "--template-file", "template.yaml", "--base-dir", str(tmp_path)]
    assert arguments_of() == expected


def test_a_container_unit_gets_what_is_for_containers(arguments_of: Callable[..., list[str]]) -> None:
    arguments = arguments_of(
        build_type=BuildType.CONTAINER,
        build_image="image:tag",
        environment=(("A", "1"), ("B", "x=y z")),
        docker_network="net",
        skip_pull_image=True,
        mount_with="WRITE",
    )
    assert "--use-container" in arguments
    assert "--skip-pull-image" in arguments
    for pair in (
        ("--build-image", "image:tag"),
        ("--container-env-var", "A=1"),
        ("--container-env-var", "B=x=y z"),
        ("--docker-network", "net"),
        ("--mount-with", "WRITE"),
    ):
        assert _has(arguments, *pair)


@pytest.mark.parametrize("kind", [Kind.FUNCTION, Kind.LAYER])
def test_a_host_unit_gets_nothing_that_is_for_containers(kind: Kind, arguments_of: Callable[..., list[str]]) -> None:
    arguments = arguments_of(
        kind=kind,
        build_image="image",
        environment=(("TOKEN", "s3cr3t-value"),),
        docker_network="net",
        skip_pull_image=True,
    )
    assert arguments == arguments_of(kind=kind)


def test_an_image_uses_the_engine_but_no_build_container(arguments_of: Callable[..., list[str]]) -> None:
    arguments = arguments_of(
        kind=Kind.IMAGE,
        build_type=BuildType.CONTAINER,
        environment=(("TOKEN", "s3cr3t-value"),),
        docker_network="net",
        skip_pull_image=True,
    )
    assert _has(arguments, "--docker-network", "net")
    assert "--skip-pull-image" in arguments
    assert "--use-container" not in arguments
    assert "--container-env-var" not in arguments


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"region": "eu-west-1"}, ("--region", "eu-west-1")),
        ({"profile": "dev"}, ("--profile", "dev")),
        ({"manifest": Path("/app/other.txt")}, ("--manifest", "/app/other.txt")),
        ({"debug": True}, ("--debug",)),
        ({"base_dir": Path("/app/code")}, ("--base-dir", "/app/code")),
        ({"parameters": {"Stage": "dev"}}, ("--parameter-overrides", 'ParameterKey=Stage,ParameterValue="dev"')),
        (
            {"parameters": {"A": "1", "AWS::Region": "x", "B": 'say "hi"'}},
            (
                "--parameter-overrides",
                'ParameterKey=A,ParameterValue="1"',
                'ParameterKey=B,ParameterValue="say \\"hi\\""',
            ),
        ),
    ],
    ids=["region", "profile", "manifest", "debug", "base dir", "parameter", "parameters"],
)
def test_options_reach_sam(
    options: dict[str, object], expected: tuple[str, ...], arguments_of: Callable[..., list[str]]
) -> None:
    assert _has(arguments_of(**options), *expected)


@pytest.mark.parametrize("parameters", [{}, {"AWS::Region": "eu-west-1"}], ids=["none", "region alone"])
def test_no_override_is_given_where_there_is_none(
    parameters: dict[str, str], arguments_of: Callable[..., list[str]]
) -> None:
    assert "--parameter-overrides" not in arguments_of(parameters=parameters)


def test_overrides_are_for_the_root_stack(arguments_of: Callable[..., list[str]]) -> None:
    assert "--parameter-overrides" not in arguments_of("Child/Fn", parameters={"Stage": "dev"})


def test_sam_is_found_on_the_path(tmp_path: Path) -> None:
    _program(tmp_path / "bin" / "sam")
    assert find_sam(None, f"{tmp_path / 'empty'}{os.pathsep}{tmp_path / 'bin'}") == tmp_path / "bin" / "sam"


def test_a_named_sam_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = _program(tmp_path / "bin" / "sam-next")
    monkeypatch.chdir(tmp_path)
    assert find_sam("sam-next", str(tmp_path / "bin")) == program
    assert find_sam(str(program), "") == program
    assert find_sam("bin/sam-next", "") == program


def _program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return path


def test_a_sam_beside_the_interpreter_is_found_last(beside: Path, tmp_path: Path) -> None:
    """Where tools are installed in environments of their own, only samix itself is on PATH."""
    own = _program(beside / "sam")
    assert find_sam(None, str(tmp_path / "bin")) == own
    with pytest.raises(RequirementError):
        find_sam("sam-next", str(tmp_path / "bin"))
    assert find_sam(None, str(_program(tmp_path / "bin" / "sam").parent)) == tmp_path / "bin" / "sam"


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of the interpreter, which has no sam."""
    directory = tmp_path / "environment"
    monkeypatch.setattr(sys, "executable", str(directory / "python"))
    return directory


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize("named", [None, "sam-next", "./sam"])
def test_a_missing_sam_is_a_missing_requirement(named: str | None, tmp_path: Path) -> None:
    with pytest.raises(RequirementError, match=named or "not on PATH") as caught:
        find_sam(named, str(tmp_path))
    assert caught.value.exit_code == 3
    assert "SAMIX_SAM" in caught.value.hint


@pytest.mark.usefixtures("beside")
def test_a_file_that_is_no_program_is_no_sam(tmp_path: Path) -> None:
    (tmp_path / "sam").touch(mode=0o644)
    with pytest.raises(RequirementError):
        find_sam(None, str(tmp_path))


def test_the_environment_is_the_users_without_what_would_change_the_run() -> None:
    environ = {
        "PATH": "/bin",
        "AWS_PROFILE": "dev",
        "SAM_TEMPLATE_FILE": "x",
        "SAM_DEBUG": "1",
        "SAM_CLI_TELEMETRY": "1",
    }
    environment = sam_environment(environ, {"Layer": Path("/out/Layer")})
    assert environment == {
        "PATH": "/bin",
        "AWS_PROFILE": "dev",
        "SAM_CLI_TELEMETRY": "0",
        "SAMIX_ARTIFACTS_Layer": "/out/Layer",
    }
    assert environ["SAM_TEMPLATE_FILE"] == "x"
