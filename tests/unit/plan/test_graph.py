"""The order of units."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.messages.errors import DependencyError
from samix.plan.graph import make_graph, order_units

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.units.unit import Unit

Needs = dict[str, list[str]]


@st.composite
def acyclic_needs(draw: st.DrawFn) -> Needs:
    """Names, each of which needs some of those before it, in any order."""
    count = draw(st.integers(1, 8))
    needs: Needs = {}
    for index in range(count):
        earlier = [f"U{number}" for number in range(index)]
        needs[f"U{index}"] = draw(st.lists(st.sampled_from(earlier), unique=True)) if earlier else []
    return {name: needs[name] for name in draw(st.permutations(list(needs)))}


@st.composite
def cyclic_needs(draw: st.DrawFn) -> Needs:
    """As above, and some of the names in a circle."""
    needs = draw(acyclic_needs())
    circle = draw(st.lists(st.sampled_from(list(needs)), min_size=1, unique=True))
    for waiting, needed in zip(circle, [*circle[1:], circle[0]], strict=True):
        if needed not in needs[waiting]:
            needs[waiting] = [*needs[waiting], needed]
    return needs


@given(needs=acyclic_needs())
def test_an_edge_leads_from_what_is_needed_to_what_waits(needs: Needs, make_unit: Callable[..., Unit]) -> None:
    graph = make_graph([make_unit(name) for name in needs], needs)
    assert set(graph.nodes) == set(needs)
    assert set(graph.edges) == {(needed, waiting) for waiting, all_needed in needs.items() for needed in all_needed}
    order = list(nx.topological_sort(graph))
    assert all(order.index(needed) < order.index(waiting) for waiting in needs for needed in needs[waiting])


@given(needs=acyclic_needs() | st.permutations("ABCD").map(lambda names: {name: [] for name in names}))
def test_units_are_in_order_of_needs_and_else_as_given(needs: Needs, make_unit: Callable[..., Unit]) -> None:
    ordered = order_units([make_unit(name) for name in needs], needs)
    assert ordered == {name: frozenset(needed) for name, needed in needs.items()}
    left = list(needs)
    for name in ordered:
        assert name == next(one for one in left if not set(needs[one]) & set(left))
        left.remove(name)


@given(needs=cyclic_needs())
def test_a_circle_is_refused_and_shown_as_who_waits_for_whom(needs: Needs, make_unit: Callable[..., Unit]) -> None:
    with pytest.raises(DependencyError) as caught:
        make_graph([make_unit(name) for name in needs], needs)
    shown = re.findall(r"U\d+", caught.value.message)
    assert len(shown) > 1
    assert shown[0] == shown[-1]
    assert len(set(shown)) == len(shown) - 1
    for waiting, needed in itertools.pairwise(shown):
        assert needed in needs[waiting]
    assert "waits for" in caught.value.hint
    assert caught.value.exit_code == 2


def test_what_one_resource_needs_its_whole_unit_waits_for(make_unit: Callable[..., Unit]) -> None:
    units = [make_unit("Layer"), make_unit("First", "Second")]
    graph = make_graph(units, {"Second": ["Layer"]})
    assert list(graph.edges) == [("Layer", "First")]


def test_what_needs_a_member_waits_for_the_unit(make_unit: Callable[..., Unit]) -> None:
    units = [make_unit("First", "Second"), make_unit("Other")]
    graph = make_graph(units, {"Other": ["Second"]})
    assert list(graph.edges) == [("First", "Other")]


def test_members_of_one_unit_with_the_same_need_make_one_edge(make_unit: Callable[..., Unit]) -> None:
    units = [make_unit("Layer"), make_unit("First", "Second")]
    graph = make_graph(units, {"First": ["Layer"], "Second": ["Layer"]})
    assert graph.number_of_edges() == 1


def test_a_resource_that_needs_itself_is_a_circle(make_unit: Callable[..., Unit]) -> None:
    with pytest.raises(DependencyError, match="Fn → Fn") as caught:
        make_graph([make_unit("Fn")], {"Fn": ["Fn"]})
    assert caught.value.where == make_unit("Fn").first.location


def test_a_circle_through_two_members_of_one_unit_is_found(make_unit: Callable[..., Unit]) -> None:
    units = [make_unit("First", "Second"), make_unit("Layer")]
    with pytest.raises(DependencyError, match="wait for each other"):
        make_graph(units, {"First": ["Layer"], "Layer": ["Second"]})
