"""What is known of what was written among a unit's sources while it was built."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.build.source_watch import Settlement, settle
from samix.builders.generated import is_generated, is_of_builder
from samix.state.source_lists import Sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from samix.template.resources import Resource
    from samix.units.unit import Unit

    Settle = Callable[..., Settlement]

ONE, TWO, DIRECTORY = "file 644 0000000000000001", "file 644 0000000000000002", "directory 755"
TREE = {"": DIRECTORY, "app.py": ONE, "sub": DIRECTORY, "sub/x": ONE}


@pytest.fixture(scope="session")
def settled(make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]) -> Settle:
    """What is known after a build of a unit whose source lies in `app/src`."""

    def run(
        now: Mapping[str, str],
        before: Mapping[str, str] = TREE,
        *,
        builder: str = "provided.al2023 makefile",
        touched: Iterable[str] = (),
        places: Iterable[str] = (),
        known: Iterable[str] = (),
        suspected: Iterable[str] | None = None,
    ) -> Settlement:
        runtime, _, method = builder.partition(" ")
        unit = make_unit(make_resource(runtime=runtime, metadata={"BuildMethod": method} if method else {}))
        return settle(
            unit,
            Sources("", "app/src", before),
            Sources("", "app/src", now),
            [*touched],
            [*places],
            [*known],
            None if suspected is None else [*suspected],
        )

    return run


FIRST: Mapping[str, tuple[dict[str, str], tuple[str, ...], set[str], str]] = {
    "nothing": (TREE, (), set(), ""),
    "an edit": (TREE | {"app.py": TWO}, ("app.py",), {"app.py"}, "app/src/app.py changed"),
    "a save of the same": (TREE, ("app.py",), {"app.py"}, "app/src/app.py was touched"),
    "a new file": (TREE | {"gen.h": ONE}, (), {"gen.h"}, "app/src/gen.h added"),
    "a new directory": (
        TREE | {"out": DIRECTORY, "out/a": DIRECTORY, "out/a/b": ONE},
        (),
        {"out"},
        "app/src/out added",
    ),
    "a file less": ({"": DIRECTORY, "sub": DIRECTORY, "sub/x": ONE}, (), {"app.py"}, "app/src/app.py removed"),
    "a directory less": ({"": DIRECTORY, "app.py": ONE}, (), {"sub"}, "app/src/sub removed"),
    "another mode": (TREE | {"app.py": ONE.replace("644", "755")}, (), {"app.py"}, "app/src/app.py mode 644 → 755"),
    "several": (
        TREE | {"app.py": TWO, "new": ONE},
        ("app.py", "sub/x"),
        {"app.py", "new", "sub/x"},
        "app/src/app.py changed and 1 more",
    ),
    "outside": (TREE | {"../lib": DIRECTORY, "../lib/x": ONE}, (), {"../lib"}, "app/lib added"),
    "in a tree around the source": (TREE | {"../src/new": ONE}, (), {"new"}, "app/src/new added"),
}


@pytest.mark.parametrize(("now", "touched", "suspected", "unsettled"), FIRST.values(), ids=FIRST)
def test_nobody_knows_who_wrote_at_first(
    now: dict[str, str], touched: tuple[str, ...], suspected: set[str], unsettled: str, settled: Settle
) -> None:
    """An editor's save looks the same as what the build makes."""
    assert settled(now, touched=touched) == Settlement(frozenset(), frozenset(suspected), unsettled)


GENERATED = TREE | {"gen.h": ONE}


@pytest.mark.parametrize(
    ("written", "suspected", "expected"),
    [
        pytest.param(["gen.h"], ["gen.h"], Settlement(frozenset({"gen.h"})), id="the same again, alone"),
        pytest.param(
            ["gen.h"], ["gen.h", "sub/x"], Settlement(frozenset({"gen.h"})), id="less: the rest was an editor"
        ),
        pytest.param(
            ["gen.h"],
            None,
            Settlement(frozenset(), frozenset({"gen.h"}), "app/src/gen.h was touched"),
            id="the same again, not alone",
        ),
        pytest.param(
            ["gen.h", "app.py"],
            ["gen.h"],
            Settlement(frozenset(), frozenset({"app.py", "gen.h"}), "app/src/app.py was touched and 1 more"),
            id="more",
        ),
        pytest.param(
            ["app.py"],
            ["gen.h"],
            Settlement(frozenset(), frozenset({"app.py"}), "app/src/app.py was touched"),
            id="something else",
        ),
        pytest.param([], ["gen.h"], Settlement(), id="nothing"),
        pytest.param(["gen.h"], [], Settlement(frozenset(), frozenset({"gen.h"}), "app/src/gen.h was touched"),
                     id="nothing was suspected"),
    ],
)  # fmt: skip
def test_what_is_written_again_by_it_alone_is_its_own(
    written: list[str], suspected: list[str] | None, expected: Settlement, settled: Settle
) -> None:
    assert settled(GENERATED, GENERATED, touched=written, suspected=suspected) == expected


def test_what_is_made_in_a_new_directory_is_learnt_in_two_runs(settled: Settle) -> None:
    """The directory is new in the first run alone."""
    made = TREE | {"out": DIRECTORY, "out/x": ONE}
    first = settled(made)
    assert first.suspected == {"out"}
    second = settled(made, made, touched=["out/x"], suspected=first.suspected)
    assert second.unsettled == ""
    assert is_generated("out/x", second.generated)


@pytest.mark.parametrize(
    ("builder", "now", "touched", "expected"),
    [
        pytest.param("python3.12", {"x.egg-info": DIRECTORY, "x.egg-info/PKG": ONE}, [], {"x.egg-info"}, id="pip"),
        pytest.param("python3.12", {"build": DIRECTORY, "build/lib": DIRECTORY}, [], {"build"}, id="pip in build"),
        pytest.param("dotnet8", {"obj": DIRECTORY, "obj/x": ONE}, [], {"obj"}, id=".NET"),
        pytest.param("dotnet8", {}, ["bin/x.dll"], {"bin"}, id=".NET again"),
        pytest.param("provided.al2023 rust-cargolambda", {"target": DIRECTORY}, [], {"target"}, id="cargo"),
        pytest.param("provided.al2023 rust-cargolambda", {"Cargo.lock": ONE}, [], {"Cargo.lock"}, id="a new lock"),
        pytest.param("python3.12 python-uv", {"uv.lock": ONE}, [], {"uv.lock"}, id="a new lock of uv"),
    ],
)
def test_what_a_builder_is_known_to_make_is_known_at_once(
    builder: str, now: dict[str, str], touched: list[str], expected: set[str], settled: Settle
) -> None:
    assert settled(TREE | now, builder=builder, touched=touched) == Settlement(frozenset(expected))


@pytest.mark.parametrize("builder", ["python3.12 python-uv", "provided.al2023 rust-cargolambda"])
def test_a_lock_that_was_there_is_anybodys(builder: str, settled: Settle) -> None:
    name = "uv.lock" if "uv" in builder else "Cargo.lock"
    found = settled(TREE | {name: TWO}, TREE | {name: ONE}, builder=builder, touched=[name])
    assert found == Settlement(frozenset(), frozenset({name}), f"app/src/{name} changed")


def test_where_texts_say_that_it_writes_it_does(settled: Settle) -> None:
    now = TREE | {"../lib": DIRECTORY, "../lib/x": ONE, "../lib2": DIRECTORY}
    found = settled(now, places=["../lib"])
    assert found == Settlement(frozenset({"../lib"}), frozenset({"../lib2"}), "app/lib2 added")


@pytest.mark.parametrize(
    ("builder", "written", "known", "expected"),
    [
        pytest.param("provided makefile", ["gen.h"], ["gen.h"], {"gen.h"}, id="written again"),
        pytest.param("provided makefile", ["out/x"], ["out"], {"out"}, id="in it is written again"),
        pytest.param("provided makefile", [], ["gen.h"], set(), id="written no more"),
        pytest.param("dotnet8", [], ["obj", "gen.h"], {"obj"}, id="known by the builder"),
    ],
)
def test_what_was_learnt_is_known_as_long_as_it_is_made(
    builder: str, written: list[str], known: list[str], expected: set[str], settled: Settle
) -> None:
    assert settled(TREE, builder=builder, touched=written, known=known) == Settlement(frozenset(expected))


def test_a_directory_comes_again_with_what_is_made_in_it(settled: Settle) -> None:
    """As in a fresh checkout, which has no directory that would be empty."""
    found = settled(TREE | {"out": DIRECTORY, "out/x": ONE}, known=["out/x"])
    assert found.unsettled == ""
    assert is_generated("out/x", found.generated)


BUILDERS = st.sampled_from(["provided.al2023 makefile", "python3.12", "dotnet8", "nodejs22.x"])
NAMES = st.sampled_from(["app.py", "sub/x", "sub/y", "gen", "out/a/b", "out/c", "obj/x", "x.egg-info/y", "../lib/z"])
FILES = st.dictionaries(NAMES, st.sampled_from([ONE, TWO]))


def _tree(files: Mapping[str, str]) -> dict[str, str]:
    """All entries of a source with such files."""
    entries = {"": DIRECTORY, **files}
    for path in files:
        steps = path.split("/")
        around = ("/".join(steps[:number]) for number in range(1, len(steps)))
        entries |= {one: DIRECTORY for one in around if one != ".."}
    return entries


@given(builder=BUILDERS, before=FILES, after=FILES, touched=st.sets(NAMES), known=st.sets(NAMES, max_size=2))
def test_nothing_else_is_believed_in_the_first_run(
    builder: str,
    before: dict[str, str],
    after: dict[str, str],
    touched: set[str],
    known: set[str],
    settled: Settle,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    unit = make_unit(make_resource(runtime=builder.partition(" ")[0]))
    seen = touched & after.keys()
    found = settled(_tree(after), _tree(before), builder=builder, touched=seen, known=known)
    assert all(path in known or is_of_builder(unit, path) for path in found.generated)
    written = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)} | seen
    unknown = {path for path in written if not is_generated(path, found.generated)}
    assert bool(found.unsettled) is bool(found.suspected) is bool(unknown)
    assert all(is_generated(path, found.suspected) for path in unknown)


@given(builder=BUILDERS, before=FILES, made=FILES, edited=NAMES)
def test_what_is_made_twice_is_learnt_and_no_edit_is(
    builder: str, before: dict[str, str], made: dict[str, str], edited: str, settled: Settle
) -> None:
    """The same build, on its own the second time; beside the first a person saves a file, beside a third another."""
    after = _tree({**before, **made, edited: TWO})
    first = settled(after, _tree(before), builder=builder, touched={*made, edited})
    second = settled(after, after, builder=builder, touched=made, known=first.generated, suspected=first.suspected)
    assert second.unsettled == ""
    assert all(is_generated(path, second.generated) for path in made)
    third = settled(after, after, builder=builder, touched=made, known=second.generated)
    assert third == second
    if not is_generated(edited, second.generated):
        saved = settled(after, after, builder=builder, touched={*made, edited}, known=second.generated)
        assert saved.suspected == {edited}
        assert saved.unsettled
