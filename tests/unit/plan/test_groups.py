"""Units that must be built where another is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.plan.groups import find_groups, made_in_group
from samix.plan.places import Places, Reach
from samix.state.records import Record
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from samix.options.merge import BuildOptions
    from samix.template.resources import Resource
    from samix.units.unit import Unit


def _places(own: str, near: tuple[str, ...] = (), *made: str, wide: tuple[str, ...] = ()) -> Places:
    written = frozenset(made)
    return Places(Reach(own, near, wide, runs_code=bool(made)), written, written)


def _found(root: Path, places: Mapping[str, Places]) -> dict[str, dict[str, str]]:
    """The groups, where all paths lie in the project."""

    def absolute(path: str) -> str:
        return str(root.resolve() / path)

    return find_groups(
        {
            name: replace(
                one,
                reach=one.reach
                and replace(
                    one.reach,
                    own=absolute(one.reach.own),
                    near=tuple(map(absolute, one.reach.near)),
                    wide=tuple(map(absolute, one.reach.wide)),
                ),
                made=frozenset(map(absolute, one.made)),
            )
            for name, one in places.items()
        },
        root,
    )


CASES: Mapping[str, tuple[dict[str, Places], dict[str, dict[str, str]]]] = {
    "one writes and one reads": (
        {"A": _places("a", ("lib/x",), "lib/x"), "B": _places("b", ("lib",))},
        {"A": {"B": "lib/x"}, "B": {"A": "lib/x"}},
    ),
    "both write": (
        {"A": _places("a", ("lib",), "lib"), "B": _places("b", ("lib",), "lib")},
        {"A": {"B": "lib"}, "B": {"A": "lib"}},
    ),
    "both read": ({"A": _places("a", ("lib",)), "B": _places("b", ("lib",))}, {}),
    "each writes elsewhere": ({"A": _places("a", ("x",), "x"), "B": _places("b", ("y",), "y")}, {}),
    "into the source of another": (
        {"A": _places("a", ("b/gen",), "b/gen"), "B": _places("b")},
        {"A": {"B": "b/gen"}, "B": {"A": "b/gen"}},
    ),
    "one may do anything where another writes": (
        {"A": _places("a", ("lib",), "lib"), "B": _places("b", wide=(".",))},
        {"A": {"B": "lib"}, "B": {"A": "lib"}},
    ),
    "all write to one place and one does not": (
        {"A": _places("a", ("o",), "o"), "B": _places("b", ("o",), "o"), "C": _places("c", ("p",), "p")},
        {"A": {"B": "o"}, "B": {"A": "o"}},
    ),
    "the first of several places": (
        {"A": _places("a", ("y", "x"), "y", "x"), "B": _places("b", ("x", "y"))},
        {"A": {"B": "x"}, "B": {"A": "x"}},
    ),
    "an image": ({"A": _places("a", ("lib",), "lib"), "B": Places(named=frozenset({"image b"}))}, {}),
    "not made by code of the project": (
        {"A": replace(_places("a", ("lib",), "lib"), made=frozenset()), "B": _places("b", ("lib",))},
        {},
    ),
}


@pytest.mark.parametrize(("places", "expected"), CASES.values(), ids=CASES)
def test_units_are_built_where_others_write_what_they_use(
    places: dict[str, Places], expected: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    assert _found(tmp_path, places) == expected


PATHS = st.sampled_from(["a", "b", "lib", "lib/x", "o"])
PLACES = st.builds(
    lambda own, near, made: Places(Reach(own, (*near, *made)), frozenset(made), frozenset(made)),
    PATHS,
    st.lists(PATHS, max_size=2),
    st.lists(PATHS, max_size=2),
)


@given(places=st.dictionaries(st.sampled_from("ABCD"), PLACES))
def test_of_two_in_a_group_each_is_in_that_of_the_other(
    places: dict[str, Places], tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = _found(tmp_path_factory.getbasetemp(), places)
    for name, others in found.items():
        assert name not in others
        for other, path in others.items():
            assert found[other][name] == path
            assert path in places[name].made | places[other].made


# what others make among the sources of one


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ((), set()),
        (("Two",), {"../two/out", "gen", "../lib/x"}),
        (("Two", "Three"), {"../two/out", "gen", "../lib/x", "../three/x", "in"}),
        (("Image", "Gone", "Unknown"), set()),
    ],
)
def test_what_a_group_makes_is_relative_to_a_source(
    group: tuple[str, ...],
    expected: set[str],
    tmp_path: Path,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
    make_options: Callable[..., BuildOptions],
) -> None:
    names = ("One", "Two", "Three", "Gone")
    units = {name: make_unit(make_resource(name, code=str(tmp_path / name.lower()))) for name in names}
    units["Image"] = make_unit(make_resource("Image", kind=Kind.IMAGE))
    made = {"Two": ("out", "../one/gen"), "Three": ("x",), "Image": ("y",), "One": ("own",), "Unknown": ("z",)}
    wrote = {"Two": ("lib/x", "lib/many/"), "Three": ("one/in",), "Unknown": ("lib/y",)}
    records = {name: Record({}, "", "", "", generated=paths, wrote=wrote.get(name, ())) for name, paths in made.items()}
    assert made_in_group(units["One"], group, units, make_options(tmp_path), records) == expected


def test_nothing_is_made_in_a_unit_without_a_source(
    tmp_path: Path,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
    make_options: Callable[..., BuildOptions],
) -> None:
    image = make_unit(make_resource("Image", kind=Kind.IMAGE))
    assert made_in_group(image, ["Fn"], {"Fn": image}, make_options(tmp_path), {}) == frozenset()
