"""What one run of sam builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.options.build_type import BuildType
from samix.template.artifact import relative_artifact
from samix.template.resources import Kind, Resource
from samix.units.decision import Decision
from samix.units.unit import Unit, make_units

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.options.merge import BuildOptions

SECRET = "s3cr3t-value"
HOST = Decision(BuildType.HOST, "default")
CONTAINER = Decision(BuildType.CONTAINER, "--build-type Fn=container")


def _names(units: tuple[Unit, ...]) -> list[list[str]]:
    return [[resource.full_path for resource in unit.resources] for unit in units]


def test_functions_of_one_definition_are_one_unit(
    make_resource: Callable[..., Resource], make_options: Callable[..., BuildOptions], tmp_path: Path
) -> None:
    resources = [make_resource("One"), make_resource("Other", code="/app/other"), make_resource("Two")]
    units = make_units(resources, dict.fromkeys(["One", "Other", "Two"], HOST), make_options(tmp_path))
    assert _names(units) == [["One", "Two"], ["Other"]]
    assert units[0].name == "One"
    assert units[0].label == "One, Two"


@pytest.mark.parametrize(
    ("runtime", "method", "expected"),
    [
        ("python3.12", None, "python3.12"),
        ("python3.99", "makefile", "makefile"),
        ("python3.12", "python-uv", "python-uv"),
        (None, None, ""),
    ],
)
def test_a_build_method_goes_before_a_runtime(
    runtime: str | None,
    method: str | None,
    expected: str,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    metadata = {"BuildMethod": method} if method else {}
    assert make_unit(make_resource(runtime=runtime, metadata=metadata)).workflow == expected


@pytest.mark.parametrize(
    "changed",
    [
        {"decisions": {"Two": CONTAINER}},
        {"build_images": {"Two": "image"}, "decisions": {"One": CONTAINER, "Two": CONTAINER}},
        {"environments": {"Two": {"NAME": "value"}}, "decisions": {"One": CONTAINER, "Two": CONTAINER}},
    ],
    ids=["build type", "build image", "environment"],
)
def test_functions_that_are_built_differently_are_separate_units(
    changed: dict[str, dict[str, object]],
    make_resource: Callable[..., Resource],
    make_options: Callable[..., BuildOptions],
    tmp_path: Path,
) -> None:
    decisions = {"One": HOST, "Two": HOST} | changed.pop("decisions")
    units = make_units(
        [make_resource("One"), make_resource("Two")],
        decisions,  # type: ignore[arg-type]
        make_options(tmp_path, **changed),
    )
    assert _names(units) == [["One"], ["Two"]]


@pytest.mark.parametrize(
    ("kind", "metadata"),
    [(Kind.LAYER, {"BuildMethod": "python3.12"}), (Kind.FUNCTION, {"BuildMethod": "makefile"})],
    ids=["layers", "makefile functions"],
)
def test_what_sam_never_builds_together_stays_apart(
    kind: Kind,
    metadata: dict[str, str],
    make_resource: Callable[..., Resource],
    make_options: Callable[..., BuildOptions],
    tmp_path: Path,
) -> None:
    resources = [make_resource(name, kind=kind, metadata=metadata) for name in ("One", "Two")]
    units = make_units(resources, {"One": HOST, "Two": HOST}, make_options(tmp_path))
    assert _names(units) == [["One"], ["Two"]]


@given(data=st.data())
def test_every_resource_is_in_one_unit_and_units_keep_the_order(
    data: st.DataObject,
    make_resource: Callable[..., Resource],
    make_options: Callable[..., BuildOptions],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    codes = data.draw(st.lists(st.sampled_from(["/a", "/b", "/c"]), max_size=8))
    resources = [make_resource(f"F{index}", code=code) for index, code in enumerate(codes)]
    decisions = {
        resource.full_path: Decision(data.draw(st.sampled_from(BuildType)), "default") for resource in resources
    }
    units = make_units(resources, decisions, make_options(tmp_path_factory.getbasetemp()))
    paths = [path for members in _names(units) for path in members]
    assert sorted(paths) == sorted(resource.full_path for resource in resources)
    firsts = [resources.index(unit.first) for unit in units]
    assert firsts == sorted(firsts)
    for unit in units:
        assert {decisions[resource.full_path].build_type for resource in unit.resources} == {unit.decision.build_type}


@pytest.mark.parametrize(
    ("kind", "build_type", "in_container", "needs_engine"),
    [
        (Kind.FUNCTION, BuildType.HOST, False, False),
        (Kind.FUNCTION, BuildType.CONTAINER, True, True),
        (Kind.LAYER, BuildType.CONTAINER, True, True),
        (Kind.IMAGE, BuildType.HOST, False, True),
        (Kind.IMAGE, BuildType.CONTAINER, False, True),
    ],
)
def test_an_image_needs_the_engine_but_no_build_container(
    kind: Kind,
    build_type: BuildType,
    in_container: bool,
    needs_engine: bool,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    unit = make_unit(make_resource("Fn", kind=kind), build_type=build_type)
    assert (unit.in_container, unit.needs_engine) == (in_container, needs_engine)


def test_a_host_unit_has_no_container_environment(
    make_resource: Callable[..., Resource], make_options: Callable[..., BuildOptions], tmp_path: Path
) -> None:
    """Its sam never gets the values, so they must not keep its definition out of build.toml."""
    options = make_options(tmp_path, environments={"Parameters": {"TOKEN": SECRET}}, build_images={"": "image"})
    [unit] = make_units([make_resource("Fn")], {"Fn": HOST}, options)
    assert unit.environment == ()
    assert unit.build_image is None


def test_container_unit_has_its_own_environment_and_image(
    make_resource: Callable[..., Resource], make_options: Callable[..., BuildOptions], tmp_path: Path
) -> None:
    options = make_options(
        tmp_path,
        environments={"Parameters": {"B": "all", "A": "all"}, "Fn": {"A": "own"}, "Other": {"A": "no"}},
        build_images={"": "common", "Fn": "special"},
    )
    [unit] = make_units([make_resource("Fn")], {"Fn": CONTAINER}, options)
    assert unit.environment == (("A", "own"), ("B", "all"))
    assert unit.build_image == "special"


def test_no_repr_shows_a_secret(
    make_resource: Callable[..., Resource], make_options: Callable[..., BuildOptions], tmp_path: Path
) -> None:
    options = make_options(tmp_path, environments={"Parameters": {"TOKEN": SECRET}})
    [unit] = make_units([make_resource("Fn")], {"Fn": CONTAINER}, options)
    assert SECRET in dict(unit.environment).values()
    assert SECRET not in repr(options)
    assert SECRET not in repr(unit)


def test_shared_artifact_is_in_the_place_of_the_first_function(
    make_resource: Callable[..., Resource], make_options: Callable[..., BuildOptions], tmp_path: Path
) -> None:
    names = ["Child/One", "Two", "Three"]
    resources = [*(make_resource(name) for name in names), make_resource("Lone", code="/app/other")]
    options = make_options(tmp_path, shares_artifacts=True)
    unit, lone = make_units(resources, dict.fromkeys([*names, "Lone"], HOST), options)
    assert {relative_artifact(one).as_posix() for one in unit.resources} == {"Child/One-Shared"}
    assert relative_artifact(lone.first).as_posix() == "Lone"
    two = unit.restricted_to({"Two", "Three"})
    one = unit.restricted_to({"Three"})
    assert two
    assert one
    assert {relative_artifact(each).as_posix() for each in two.resources} == {"Two-Shared"}
    assert relative_artifact(one.first).as_posix() == "Three"


@pytest.mark.parametrize("kind", [Kind.IMAGE, Kind.LAYER])
def test_nothing_but_zip_functions_shares_an_artifact(
    kind: Kind, make_resource: Callable[..., Resource], make_options: Callable[..., BuildOptions], tmp_path: Path
) -> None:
    resources = [make_resource("One", kind=kind), make_resource("Two", kind=kind)]
    units = make_units(resources, dict.fromkeys(["One", "Two"], HOST), make_options(tmp_path, shares_artifacts=True))
    assert [one.shares_with for unit in units for one in unit.resources] == [None, None]
