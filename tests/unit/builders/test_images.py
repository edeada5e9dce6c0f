"""The image in which a container unit is built; that sam asks for the same is for an integration test to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.builders.images import build_image_name
from samix.options.build_type import BuildType
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.template.resources import Resource
    from samix.template.value import ValueMapping
    from samix.units.unit import Unit

DEFAULT = "public.ecr.aws/sam/build-"


def test_the_runtime_and_the_architecture_name_a_functions_image(
    make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    one = make_resource(runtime="python3.11")
    other = make_resource(
        runtime="provided.al2", properties={"Architectures": ["arm64"]}, metadata={"BuildMethod": "makefile"}
    )
    assert build_image_name(make_unit(one, build_type=BuildType.CONTAINER)) == f"{DEFAULT}python3.11:latest-x86_64"
    assert build_image_name(make_unit(other, build_type=BuildType.CONTAINER)) == f"{DEFAULT}provided.al2:latest-arm64"


def test_few_build_methods_have_images_of_their_own(
    make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    names = [
        build_image_name(
            make_unit(
                make_resource(runtime="dotnet8", metadata={"BuildMethod": method}), build_type=BuildType.CONTAINER
            )
        )
        for method in ("dotnet7", "dotnet")
    ]
    assert names == [f"{DEFAULT}dotnet7:latest-x86_64", f"{DEFAULT}dotnet8:latest-x86_64"]


@pytest.mark.parametrize(
    ("metadata", "runtimes", "name"),
    [
        ({"BuildMethod": "python3.12"}, ["python3.11"], f"{DEFAULT}python3.12:latest-x86_64"),
        (
            {"BuildMethod": "makefile", "BuildArchitecture": "arm64"},
            ["python3.11", "python3.12"],
            f"{DEFAULT}python3.11:latest-arm64",
        ),
        ({"BuildMethod": "makefile"}, [], f"{DEFAULT}provided:latest-x86_64"),
        ({"BuildMethod": "makefile"}, None, f"{DEFAULT}provided:latest-x86_64"),
        ({"BuildMethod": "makefile"}, [{"Ref": "Runtime"}], None),
    ],
    ids=["method", "makefile", "no runtimes", "runtimes not given", "runtime not known"],
)
def test_the_build_method_names_a_layers_image(
    metadata: ValueMapping,
    runtimes: list[object] | None,
    name: str | None,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    layer = make_resource(kind=Kind.LAYER, metadata=metadata, properties={"CompatibleRuntimes": runtimes})
    assert build_image_name(make_unit(layer, build_type=BuildType.CONTAINER)) == name


def test_the_users_image_comes_first(make_unit: Callable[..., Unit]) -> None:
    assert build_image_name(make_unit(build_type=BuildType.CONTAINER, build_image="own:1")) == "own:1"


def test_what_is_built_in_no_container_has_no_build_image(
    make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    image = make_resource(kind=Kind.IMAGE, runtime=None)
    assert build_image_name(make_unit(build_type=BuildType.HOST)) is None
    assert build_image_name(make_unit(image, build_type=BuildType.CONTAINER)) is None
