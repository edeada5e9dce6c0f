"""The arguments of sam."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from samix.options.build_type import BuildType
from samix.sam.command import option_arguments, sam_arguments, sam_input
from samix.sam.workspace import Workspace
from samix.template.resources import Kind, Resource

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.options.merge import BuildOptions
    from samix.units.unit import Unit

SAM = Path("/bin/sam")
STATE, PLACE = Path("/app/.aws-sam/samix/units/Fn.1"), Path("/app/.aws-sam/samix-Fn.1")


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
        is_hosted: bool = True,
        is_cached: bool = True,
        **options: object,
    ) -> list[str]:
        unit = make_unit(
            make_resource(full_path, kind=kind), build_type=build_type, build_image=build_image, environment=environment
        )
        workspace = Workspace(STATE, PLACE, unit.first.stack_path, is_hosted, unit.first.logical_id)
        return sam_arguments(SAM, unit, make_options(tmp_path, **options), workspace, is_cached=is_cached)

    return arguments


def _has(arguments: list[str], *expected: str) -> bool:
    """Whether arguments stand in a command line one behind the other."""
    width = len(expected)
    return any(tuple(arguments[at : at + width]) == expected for at in range(len(arguments)))


def test_a_host_unit_is_built_from_its_workspace(arguments_of: Callable[..., list[str]], tmp_path: Path) -> None:
    assert arguments_of() == [
        *("/bin/sam", "build", "--cached", "--cache-dir", f"{STATE}/cache"),
        *("--template-file", f"{STATE}/template.yaml", "--base-dir", str(tmp_path), "--build-dir", str(PLACE)),
    ]


def test_a_unit_of_a_stack_is_built_in_the_directory_of_that(arguments_of: Callable[..., list[str]]) -> None:
    assert _has(arguments_of("Child/Grand/Fn"), "--build-dir", f"{PLACE}/Child/Grand")


def test_sam_keeps_nothing_of_what_it_cannot_hash(arguments_of: Callable[..., list[str]]) -> None:
    arguments = arguments_of(is_cached=False)
    assert arguments[:3] == ["/bin/sam", "build", "--no-cached"]
    assert "--cached" not in arguments
    assert "--cache-dir" not in arguments


@pytest.mark.parametrize("is_cached", [True, False])
@pytest.mark.parametrize("kind", list(Kind))
def test_a_sam_that_is_not_hosted_builds_by_name_keeps_nothing(
    kind: Kind, is_cached: bool, arguments_of: Callable[..., list[str]], tmp_path: Path
) -> None:
    assert arguments_of("Child/Fn", kind=kind, is_hosted=False, is_cached=is_cached) == [
        *("/bin/sam", "build", "Fn", "--no-cached"),
        *("--template-file", f"{STATE}/template.yaml", "--base-dir", str(tmp_path), "--build-dir", f"{PLACE}/Child"),
    ]


def test_units_that_may_share_a_run_have_options_without_places(
    make_unit: Callable[..., Unit], make_options: Callable[..., BuildOptions], tmp_path: Path
) -> None:
    options = make_options(tmp_path, region="eu-west-1", debug=True)
    assert option_arguments(make_unit("Fn"), options) == ["--region", "eu-west-1", "--debug"]
    assert option_arguments(make_unit("Other"), options) == option_arguments(make_unit("Fn"), options)


@pytest.mark.parametrize("is_hosted", [True, False])
def test_options_stand_behind_the_places(
    is_hosted: bool,
    arguments_of: Callable[..., list[str]],
    make_unit: Callable[..., Unit],
    make_options: Callable[..., BuildOptions],
    tmp_path: Path,
) -> None:
    given = {"region": "eu-west-1", "profile": "dev", "mount_with": "WRITE"}
    expected = option_arguments(
        make_unit("Fn", build_type=BuildType.CONTAINER, build_image="image:tag"), make_options(tmp_path, **given)
    )
    arguments = arguments_of(build_type=BuildType.CONTAINER, build_image="image:tag", is_hosted=is_hosted, **given)
    assert arguments[-len(expected) :] == expected
    assert arguments[-len(expected) - 2 : -len(expected)] == ["--build-dir", str(PLACE)]


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
