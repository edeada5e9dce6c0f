"""Which resources a build is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.messages.errors import SelectionError
from samix.messages.note import Note
from samix.plan.selection import select
from samix.template.resources import Kind, Resource

if TYPE_CHECKING:
    from collections.abc import Callable

NEEDS = {"User": ["Library"], "Child/User": ["Child/Middle"], "Child/Middle": ["Library"]}


@pytest.fixture(scope="session")
def resources(make_resource: Callable[..., Resource]) -> list[Resource]:
    return [
        make_resource("Library", kind=Kind.LAYER),
        make_resource("Child/Middle", kind=Kind.LAYER),
        make_resource("User", properties={"FunctionName": "the-user"}),
        make_resource("Child/User"),
        make_resource("Alone"),
        make_resource("Child/Alone"),
    ]


def _chosen(resources: list[Resource], names: list[str], exclude: list[str] | None = None) -> set[str]:
    return set(select(resources, NEEDS, names, exclude or []).chosen)


def test_without_names_all_is_built(resources: list[Resource]) -> None:
    assert _chosen(resources, []) == {resource.full_path for resource in resources}


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["Alone"], {"Alone"}),
        (["Child/Alone"], {"Child/Alone"}),
        (["the-user"], {"User", "Library"}),
        (["Child/User"], {"Child/User", "Child/Middle", "Library"}),
        (["Middle"], {"Child/Middle", "Library"}),
        (["Child/*"], {"Child/User", "Child/Alone", "Child/Middle", "Library"}),
        (["Alone", "Library"], {"Alone", "Library"}),
        (["A?one"], {"Alone"}),
    ],
)
def test_names_and_globs_choose_what_they_name_and_its_needs(
    names: list[str], chosen: set[str], resources: list[Resource]
) -> None:
    assert _chosen(resources, names) == chosen


def test_of_several_functions_with_a_name_the_first_is_built(make_resource: Callable[..., Resource]) -> None:
    twins = [make_resource("b/Fn"), make_resource("A/Fn")]
    selection = select(twins, {}, ["Fn"], [])
    assert selection.chosen == {"A/Fn"}
    assert selection.notes == (Note("Fn is the name of A/Fn and b/Fn: A/Fn is built."),)


def test_a_function_and_a_layer_of_one_name_are_both_built(make_resource: Callable[..., Resource]) -> None:
    twins = [make_resource("A/X"), make_resource("B/X", kind=Kind.LAYER)]
    assert select(twins, {}, ["X"], []).chosen == {"A/X", "B/X"}


def test_what_is_excluded_is_not_built(resources: list[Resource]) -> None:
    selection = select(resources, NEEDS, [], ["Child/*", "Alone"])
    assert selection.chosen == {"Library", "User"}
    assert selection.excluded == {"Child/Middle", "Child/User", "Child/Alone", "Alone"}


def test_what_is_needed_is_built_though_it_is_excluded(resources: list[Resource]) -> None:
    selection = select(resources, NEEDS, ["User"], ["Library"])
    assert selection.chosen == {"User", "Library"}
    assert selection.excluded == frozenset()


def test_exclusion_thins_out_a_glob(resources: list[Resource]) -> None:
    assert _chosen(resources, ["Child/*"], ["Child/User"]) == {"Child/Alone", "Child/Middle", "Library"}


def test_a_name_that_is_excluded_as_well_is_built(resources: list[Resource]) -> None:
    selection = select(resources, NEEDS, ["Alone"], ["Alone"])
    assert "Alone" in selection.chosen
    assert selection.notes == (Note("Alone is both requested and excluded: it is built."),)


def test_an_exclusion_of_nothing_is_reported(resources: list[Resource]) -> None:
    assert select(resources, NEEDS, [], ["Nobody"]).notes == (
        Note("--exclude Nobody has no effect: nothing that is built has this name."),
    )


@pytest.mark.parametrize("name", ["Nobody", "No*", "Child", "child/user", ""])
def test_an_unknown_name_is_an_error_that_names_the_others(name: str, resources: list[Resource]) -> None:
    with pytest.raises(SelectionError, match="Unable to find") as caught:
        select(resources, NEEDS, [name], [])
    assert "Child/User" in caught.value.hint


@given(data=st.data())
def test_a_selection_is_closed_under_needs(resources: list[Resource], data: st.DataObject) -> None:
    paths = [resource.full_path for resource in resources]
    needs = {path: data.draw(st.lists(st.sampled_from(paths))) for path in paths}
    names = data.draw(st.lists(st.sampled_from(paths), min_size=1))
    exclude = data.draw(st.lists(st.sampled_from(paths)))
    selection = select(resources, needs, names, exclude)
    assert set(names) <= selection.chosen  # a full path that is asked for is built, whatever is excluded
    assert all(set(needs[path]) <= selection.chosen for path in selection.chosen)
    assert not selection.chosen & selection.excluded
