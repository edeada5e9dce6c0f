"""What a unit's own build makes among its sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.builders.generated import is_generated, is_of_builder, is_of_builder_alone, known_generated, outermost_new
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.template.resources import Resource
    from samix.units.unit import Unit

    MakeOf = Callable[[str], Unit]


@pytest.fixture(scope="session")
def make_of(make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]) -> MakeOf:
    """A unit of a runtime, or of a runtime and a build method."""

    def make(builder: str) -> Unit:
        runtime, _, method = builder.partition(" ")
        return make_unit(make_resource("Fn", runtime=runtime, metadata={"BuildMethod": method} if method else {}))

    return make


@pytest.mark.parametrize(
    ("builder", "path", "is_known", "is_known_if_new"),
    [
        ("python3.12", "x.egg-info", True, True),
        ("python3.12", "../lib/x.egg-info", True, True),
        ("python3.12", "../lib/build/lib", True, True),
        ("python3.12", "build/bdist.linux-x86_64", True, True),
        ("python3.12", "build/temp.linux-x86_64-cpython-312", True, True),
        ("python3.12", "build", False, True),
        ("python3.12", "build/other", False, False),
        ("python3.12", "app.py", False, False),
        ("python3.12", "uv.lock", False, False),
        ("python3.12 python-uv", "uv.lock", False, True),
        ("python3.12 python-uv", "../uv.lock", False, True),
        ("python3.12 python-uv", "my-uv.lock", False, False),
        ("python3.12 python-uv", "x.egg-info", True, True),
        ("dotnet8", "obj", True, True),
        ("dotnet8", "../lib/bin", True, True),
        ("dotnet8", "objects", False, False),
        ("provided.al2023 rust-cargolambda", "target", True, True),
        ("provided.al2023 rust-cargolambda", "Cargo.lock", False, True),
        ("provided.al2023 rust-cargolambda", "Cargo.toml", False, False),
        ("provided.al2023 makefile", "target", False, False),
        ("nodejs22.x", "node_modules", False, False),
        ("nodejs22.x", "package-lock.json", False, False),
        ("go1.x", "go.sum", False, False),
    ],
)
def test_some_is_known_by_the_builder(
    builder: str, path: str, is_known: bool, is_known_if_new: bool, make_of: MakeOf
) -> None:
    unit = make_of(builder)
    around = ["build", "../lib", "../lib/build"]
    assert known_generated(unit, [path], dict.fromkeys([*around, path], ""), {}) == (
        frozenset({path}) if is_known else frozenset()
    )
    before = [one for one in around if one != path]
    assert known_generated(unit, [path], dict.fromkeys(before, ""), {}) == (
        frozenset({path}) if is_known_if_new else frozenset()
    )
    assert is_of_builder(unit, path) is (is_known or is_known_if_new)


@pytest.mark.parametrize(
    ("builder", "path", "expected"),
    [
        ("dotnet8", "obj/Debug/net8.0/x.cache", "obj"),
        ("dotnet8", "bin/obj/x", "bin"),
        ("provided.al2023 rust-cargolambda", "sub/target/release/x.d", "sub/target"),
        ("python3.12", "../lib/pkg.egg-info/SOURCES.txt", "../lib/pkg.egg-info"),
    ],
)
def test_what_lies_in_something_known_is_of_that(builder: str, path: str, expected: str, make_of: MakeOf) -> None:
    assert known_generated(make_of(builder), [path], {path: ""}, {path: ""}) == {expected}


@pytest.mark.parametrize(
    ("path", "before", "now", "places", "expected"),
    [
        pytest.param("../lib/x", [], ["../lib/x"], ["../lib"], {"../lib/x"}, id="in a place that is named"),
        pytest.param("../lib", [], ["../lib"], ["../lib"], {"../lib"}, id="the place itself"),
        pytest.param("../lib/a/b", [], ["../lib/a", "../lib/a/b"], ["../lib"], {"../lib/a"}, id="what is new around"),
        pytest.param("../lib2/x", [], ["../lib2/x"], ["../lib"], set(), id="beside the place"),
        pytest.param("app.py", ["app.py"], ["app.py"], ["../lib"], set(), id="elsewhere"),
    ],
)
def test_what_texts_say_is_known(
    path: str, before: list[str], now: list[str], places: list[str], expected: set[str], make_of: MakeOf
) -> None:
    found = known_generated(
        make_of("provided makefile"), [path], dict.fromkeys(before, ""), dict.fromkeys(now, ""), places
    )
    assert found == expected


def test_a_layer_is_known_by_its_method(make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]) -> None:
    layer = make_unit(make_resource("Layer", kind=Kind.LAYER, metadata={"BuildMethod": "python3.12"}))
    assert known_generated(layer, ["x.egg-info/PKG-INFO"], {}, {}) == {"x.egg-info"}


@pytest.mark.parametrize(
    ("builder", "path", "expected"),
    [
        ("python3.12", "x.egg-info", True),
        ("python3.12", "../lib/build", True),
        ("python3.12", "app.py", False),
        ("python3.12 python-uv", "uv.lock", False),
        ("provided.al2023 rust-cargolambda", "../Cargo.lock", False),
        ("provided.al2023 rust-cargolambda", "target", True),
        ("dotnet8", "obj", True),
        ("provided.al2023 makefile", "gen.h", False),
    ],
)
def test_people_have_nothing_to_do_with_some_of_it(builder: str, path: str, expected: bool, make_of: MakeOf) -> None:
    """They may write a lock, or whatever a makefile writes."""
    assert is_of_builder_alone(make_of(builder), path) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [("out", True), ("out/a/b", True), ("outer", False), ("a/out", False), ("", False), ("../lib/gen/x", True)],
)
def test_what_is_in_something_generated_is_generated(path: str, expected: bool) -> None:
    assert is_generated(path, ["out", "../lib/gen"]) is expected


PATHS = st.lists(st.sampled_from("ab"), min_size=1, max_size=4).map("/".join)


@given(path=PATHS, before=st.sets(PATHS), now=st.sets(PATHS))
def test_the_outermost_that_is_new_is_around_a_path(path: str, before: set[str], now: set[str]) -> None:
    found = outermost_new(path, before, now)
    assert is_generated(path, [found])
    if found != path:
        assert found in now - before
    for number in range(1, found.count("/") + 1):
        around = "/".join(found.split("/")[:number])
        assert around not in now - before
