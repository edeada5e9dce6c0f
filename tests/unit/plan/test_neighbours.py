"""Whose artifacts a build finds beside its own."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.builders.outside import Outside
from samix.plan.graph import order_units
from samix.plan.neighbours import find_neighbours
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from samix.template.resources import Resource
    from samix.units.unit import Unit

BUILD_DIR = Path("/app/.aws-sam/build")


def _outside(units: Sequence[Unit], named: Mapping[str, Iterable[str]]) -> dict[str, Outside]:
    return {
        unit.name: Outside(neighbours=tuple(BUILD_DIR / path for path in named.get(unit.name, ()))) for unit in units
    }


@pytest.mark.parametrize(
    ("named", "needs", "expected"),
    [
        pytest.param({"Fn": ["Layer"]}, {}, {"Fn": {"Layer": "Layer"}}, id="a layer"),
        pytest.param({"Fn": ["Layer/lib/x"]}, {}, {"Fn": {"Layer": "Layer"}}, id="a file in it"),
        pytest.param({"Fn": ["Twin/x"]}, {}, {}, id="of a later unit"),
        pytest.param({"Last": ["Twin/x", "One"]}, {}, {"Last": {"Twin": "One", "One": "One"}}, id="of one of several"),
        pytest.param({"Layer": ["Fn"]}, {}, {}, id="a function that is built later"),
        pytest.param({"Twin": ["One"], "One": ["Twin"]}, {}, {}, id="its own"),
        pytest.param({"Last": ["Image"]}, {}, {}, id="an image"),
        pytest.param({"Last": ["Child/Fn/x"]}, {}, {"Last": {"Child/Fn": "Child/Fn"}}, id="in another stack"),
        pytest.param({"Last": ["Unknown/x", "Unknown"]}, {}, {}, id="what is nobody's"),
        pytest.param({"Last": ["Child"]}, {}, {"Last": {"Child/Fn": "Child/Fn"}}, id="all of a stack"),
        pytest.param({"One": [""]}, {}, {"One": {"Layer": "Layer", "Fn": "Fn"}}, id="all that was built before"),
        pytest.param({"Last": ["Fn2", "Laye"]}, {}, {}, id="a longer or shorter name"),
        pytest.param({"Fn": ["Layer"]}, {"Fn": ["Layer"]}, {"Fn": {"Layer": "Layer"}}, id="it waits for it anyway"),
        pytest.param({"Fn": ["Layer"]}, {"Layer": ["Fn"]}, {}, id="it is waited for"),
        pytest.param({"Fn": ["Layer"]}, {"Layer": ["Last"], "Last": ["Fn"]}, {}, id="it is waited for by others"),
        pytest.param(
            {"One": ["Layer"], "Last": ["One"]},
            {"Layer": ["Last"]},
            {"One": {"Layer": "Layer"}},
            id="not what would close a circle",
        ),
    ],
)
def test_a_build_finds_what_was_built_before(
    named: dict[str, list[str]],
    needs: dict[str, list[str]],
    expected: dict[str, dict[str, str]],
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    units = [
        make_unit(make_resource("Layer", kind=Kind.LAYER)),
        make_unit("Fn"),
        make_unit("One", "Twin"),
        make_unit(make_resource("Image", kind=Kind.IMAGE)),
        make_unit("Child/Fn"),
        make_unit("Last"),
    ]
    assert find_neighbours(units, _outside(units, named), needs, BUILD_DIR) == expected


@st.composite
def named_and_needed(draw: st.DrawFn) -> tuple[list[list[str]], dict[str, list[str]], dict[str, list[str]]]:
    """Units with their resources, what the build of each names, and what resources wait for without a circle."""
    count = draw(st.integers(1, 6))
    units = [[f"R{number}", *([f"S{number}"] if draw(st.booleans()) else [])] for number in range(count)]
    every = [path for unit in units for path in unit]
    named = {unit[0]: draw(st.lists(st.sampled_from(every), max_size=3)) for unit in units}
    rank = {unit[0]: place for place, unit in enumerate(draw(st.permutations(units)))}
    owner = {path: unit[0] for unit in units for path in unit}
    needs = {}
    for path in every:
        earlier = [one for one in every if rank[owner[one]] < rank[owner[path]]]
        needs[path] = draw(st.lists(st.sampled_from(earlier), max_size=2)) if earlier else []
    return units, named, needs


@given(case=named_and_needed())
def test_neighbours_are_earlier_units_and_close_no_circle(
    case: tuple[list[list[str]], dict[str, list[str]], dict[str, list[str]]], make_unit: Callable[..., Unit]
) -> None:
    members, named, needs = case
    units = [make_unit(*paths) for paths in members]
    names = [unit.name for unit in units]
    found = find_neighbours(units, _outside(units, named), needs, BUILD_DIR)
    all_needs = {path: list(needed) for path, needed in needs.items()}
    for name, neighbours in found.items():
        for path, owner in neighbours.items():
            assert path in named[name] or any(path in found.get(one, {}) for one in neighbours.values())
            assert path in members[names.index(owner)]
            assert names.index(owner) < names.index(name)
        all_needs[name] += neighbours
    order = order_units(units, all_needs)  # raises where there is a circle
    assert order.keys() == set(names)
    # without other needs nothing is left out
    free = find_neighbours(units, _outside(units, named), {}, BUILD_DIR)
    for number, unit in enumerate(units):
        wanted = {path for paths in members[:number] for path in paths} & set(named[unit.name])
        beside = {path for paths in members if wanted & set(paths) for path in free.get(paths[0], {})}
        assert free.get(unit.name, {}).keys() == wanted | beside


def test_in_a_row_each_finds_all_before_it(make_unit: Callable[..., Unit]) -> None:
    """Links in the artifact of one may lead into that of another."""
    units = [make_unit(f"F{number}") for number in range(4)]
    named = {other.name: [one.name] for one, other in pairwise(units)}
    found = find_neighbours(units, _outside(units, named), {}, BUILD_DIR)
    assert {name: list(neighbours) for name, neighbours in found.items()} == {
        "F1": ["F0"],
        "F2": ["F0", "F1"],
        "F3": ["F0", "F1", "F2"],
    }
