"""What sam says of what it does not build from nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.build.reuse import reuse_line
from samix.options.build_type import BuildType
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.template.resources import Resource
    from samix.units.unit import Unit


@pytest.fixture
def make(make_resource: Callable[..., Resource], make_unit: Callable[..., Unit]) -> Callable[..., Unit]:
    def make(
        *names: str,
        kind: Kind = Kind.FUNCTION,
        builder: str = "python3.11",
        build_type: BuildType = BuildType.HOST,
    ) -> Unit:
        is_layer = kind is Kind.LAYER
        metadata = {"BuildMethod": builder} if is_layer else {}
        members = [
            make_resource(name, kind=kind, runtime=None if is_layer else builder, metadata=metadata) for name in names
        ]
        return make_unit(*members, build_type=build_type)

    return make


@pytest.mark.parametrize("builder", ["python3.11", "nodejs20.x", "ruby3.4"])
@pytest.mark.parametrize("kind", [Kind.FUNCTION, Kind.LAYER])
def test_incremental_build_has_an_unchanged_manifest(kind: Kind, builder: str, make: Callable[..., Unit]) -> None:
    unit = make("Fn", "Child/Fn", kind=kind, builder=builder)
    line = reuse_line(unit, has_manifest=True)
    assert line.startswith("Manifest is not changed for (Fn, Child/Fn), ")
    assert "without running incremental build" in line
    assert reuse_line(unit, has_manifest=False) == ""


@pytest.mark.parametrize(
    ("builder", "build_type"),
    [
        ("python3.11", BuildType.CONTAINER),
        ("nodejs20.x", BuildType.CONTAINER),
        ("java21", BuildType.HOST),
        ("provided.al2023", BuildType.HOST),
    ],
)
@pytest.mark.parametrize(("kind", "word"), [(Kind.FUNCTION, "functions"), (Kind.LAYER, "layers")])
@pytest.mark.parametrize("has_manifest", [True, False])
def test_what_sam_takes_from_its_cache_is_reported_in_its_words(
    has_manifest: bool, kind: Kind, word: str, builder: str, build_type: BuildType, make: Callable[..., Unit]
) -> None:
    unit = make("Fn", "Child/Fn", kind=kind, builder=builder, build_type=build_type)
    assert reuse_line(unit, has_manifest=has_manifest) == (
        f"Valid cache found, copying previously built resources for following {word} (Fn, Child/Fn)"
    )


def test_sam_says_nothing_of_an_image(make: Callable[..., Unit]) -> None:
    assert reuse_line(make("Fn", kind=Kind.IMAGE), has_manifest=True) == ""
