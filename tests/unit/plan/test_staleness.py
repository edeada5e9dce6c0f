"""Units that must be built because others must."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.plan.staleness import spread_staleness
from samix.units.reasons import format_reasons

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samix.plan.planned_unit import PlannedUnit
    from samix.units.unit import Unit

    MakePlanned = Callable[..., dict[str, PlannedUnit]]


@pytest.fixture(scope="session")
def make_all(make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]) -> MakePlanned:
    """The units A to D, of which some are stale, use others, or share a place with others."""

    def make(
        stale: str,
        uses: Mapping[str, str] | None = None,
        neighbours: Mapping[str, str] | None = None,
        groups: Mapping[str, str] | None = None,
    ) -> dict[str, PlannedUnit]:
        return {
            name: replace(
                make_planned(make_unit(name), stale="why" if name in stale else None),
                uses={used: used for used in (uses or {}).get(name, "")},
                neighbours={used: used for used in (neighbours or {}).get(name, "")},
                group=dict.fromkeys((groups or {}).get(name, ""), "lib"),
            )
            for name in "ABCD"
        }

    return make


@pytest.mark.parametrize(
    ("stale", "uses", "neighbours", "groups", "expected"),
    [
        pytest.param("", {"B": "A"}, {}, {"A": "C", "C": "A"}, {}, id="nothing"),
        pytest.param("A", {"B": "A"}, {}, {}, {"A": "why", "B": "A is built again"}, id="who uses it"),
        pytest.param("B", {"B": "A"}, {}, {}, {"B": "why"}, id="not what it uses"),
        pytest.param("A", {}, {"B": "A"}, {}, {"A": "why", "B": "A is built again"}, id="who finds it beside"),
        pytest.param(
            "AC",
            {"B": "AC"},
            {"B": "A"},
            {},
            {"A": "why", "B": "A is built again; C is built again", "C": "why"},
            id="once for each that it uses",
        ),
        pytest.param(
            "A",
            {"B": "A", "C": "B"},
            {},
            {},
            {"A": "why", "B": "A is built again", "C": "B is built again"},
            id="one after the other",
        ),
        pytest.param(
            "A", {}, {}, {"A": "B", "B": "A"}, {"A": "why", "B": "A is built again, and both use lib"}, id="a place"
        ),
        pytest.param(
            "AC",
            {},
            {},
            {"B": "AC"},
            {"A": "why", "B": "A is built again, and both use lib", "C": "why"},
            id="the first that shares a place",
        ),
        pytest.param(
            "A",
            {"B": "A"},
            {},
            {"B": "C", "C": "B"},
            {"A": "why", "B": "A is built again", "C": "B is built again, and both use lib"},
            id="a place of who uses it",
        ),
        pytest.param("A", {"B": "X"}, {}, {"C": "X"}, {"A": "why"}, id="one that is not asked for"),
    ],
)
def test_a_unit_is_built_for_others(
    stale: str,
    uses: dict[str, str],
    neighbours: dict[str, str],
    groups: dict[str, str],
    expected: dict[str, str],
    make_all: MakePlanned,
) -> None:
    spread = spread_staleness(make_all(stale, uses, neighbours, groups))
    assert list(spread) == list("ABCD")
    assert {name: format_reasons(planned.reasons) for name, planned in spread.items() if planned.reasons} == expected


EDGES = st.dictionaries(st.sampled_from("ABCD"), st.text("ABCD", max_size=3), max_size=4)


@given(stale=st.text("ABCD", max_size=2), uses=EDGES, groups=EDGES)
def test_staleness_spreads_as_far_as_it_can_reach(
    stale: str, uses: dict[str, str], groups: dict[str, str], make_all: MakePlanned
) -> None:
    reached, before = set(stale), None
    while before != reached:
        before = set(reached)
        reached |= {name for name in "ABCD" if reached & set(uses.get(name, "") + groups.get(name, ""))}
    planned = make_all(stale, uses, {}, groups)
    spread = spread_staleness(planned)
    assert {name for name, one in spread.items() if one.reasons} == reached
    for name in stale:
        assert spread[name] == planned[name]
    assert spread_staleness(spread) == spread
