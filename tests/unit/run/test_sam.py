"""The arguments of sam."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from samix.plan.build_type import BuildType
from samix.run.sam import sam_arguments, sam_input
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


def test_sam_keeps_nothing_of_what_it_cannot_hash(
    make_unit: Callable[..., Unit], make_options: Callable[..., BuildOptions], tmp_path: Path
) -> None:
    arguments = sam_arguments(SAM, make_unit("Fn"), make_options(tmp_path), is_cached=False)
    assert "--no-cached" in arguments
    assert "--cached" not in arguments


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
        ("--container-env-var-file", "/dev/stdin"),
        ("--docker-network", "net"),
        ("--mount-with", "WRITE"),
    ):
        assert _has(arguments, *pair)


def test_values_for_a_container_go_through_standard_input(make_unit: Callable[..., Unit]) -> None:
    unit = make_unit("Fn", build_type=BuildType.CONTAINER, environment=(("A", " padded\n"), ("B", "")))
    assert json.loads(sam_input(unit)) == {"Parameters": {"A": " padded\n", "B": ""}}
    assert sam_input(make_unit("Fn")) == b""


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
    ],
    ids=["region", "profile", "manifest", "debug", "base dir"],
)
def test_options_reach_sam(
    options: dict[str, object], expected: tuple[str, ...], arguments_of: Callable[..., list[str]]
) -> None:
    assert _has(arguments_of(**options), *expected)
