"""What a unit's sources are before and after it is built."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.around import Around
from support.silent import Silent

from samix.build.planned_build import PlannedBuild
from samix.build.source_watch import Settlement, SourceWatch, settle
from samix.builders.generated import is_generated, is_of_builder
from samix.options.build_type import BuildType, BuildTypeDefault
from samix.plan.places import Turns
from samix.plan.plan import make_plan
from samix.state.layout import Layout
from samix.state.records import Record
from samix.state.source_lists import Sources
from samix.state.store import Store
from samix.template.stacks import load_application
from samix.units.reasons import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from samix.options.merge import BuildOptions
    from samix.template.resources import Resource
    from samix.units.unit import Unit

    Settle = Callable[..., Settlement]

TEMPLATE = """\
Resources:
  One:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: makefile}
    Properties: {CodeUri: one, Runtime: provided.al2023, Handler: a}
  Two:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: makefile}
    Properties: {CodeUri: two, Runtime: provided.al2023, Handler: a}
"""


@dataclass
class Watching:
    """A project that was planned, of which a unit is built."""

    root: Path
    around: Around
    build: PlannedBuild

    def begin(self, name: str = "One", *, looks_again: bool = False, **changes: object) -> SourceWatch:
        planned = replace(self.build.plan.units[name], **changes)  # type: ignore[arg-type]
        watch = SourceWatch(planned, self.build, planned.fingerprint)
        return watch.look() if looks_again else watch

    def replace(self, name: str, text: str = "") -> None:
        """Write a file again, so that it is another one whatever the clock says."""
        path = self.root / name
        new = path.with_name("new")
        new.write_text(text or path.read_text())
        new.replace(path)


@pytest.fixture
def watching(tmp_path: Path, make_options: Callable[..., BuildOptions]) -> Callable[..., Watching]:
    for name in ("One", "Two"):
        (tmp_path / name.lower()).mkdir()
        (tmp_path / name.lower() / "app.py").write_text("app")
        (tmp_path / name.lower() / "Makefile").write_text(f"build-{name}:\n\tcat $(PWD)/lib/x\n")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "x").write_text("x")
    (tmp_path / "template.yaml").write_text(TEMPLATE)

    def make(records: dict[str, Record] | None = None, **values: object) -> Watching:
        options = make_options(tmp_path, **values)
        layout = Layout(options.project, options.build_dir, options.cache_dir)
        store = Store.open(layout)
        store.records.update(records or {})
        around = Around(programs={"make": "4"})
        plan = make_plan(load_application(options.template, {}, raw_paths=False), options, store, around)
        return Watching(tmp_path, around, PlannedBuild(options, {}, Silent(), layout, store, plan, around))

    return make


@pytest.mark.parametrize("looks_again", [True, False])
def test_sources_that_nobody_writes_are_settled(watching: Callable[..., Watching], looks_again: bool) -> None:
    place = watching()
    watch = place.begin(looks_again=looks_again)
    now, settlement = watch.settle()
    assert settlement == Settlement()
    planned = place.build.plan.units["One"].fingerprint
    assert now.with_artifacts({}) == watch.before.with_artifacts({}) == planned


@pytest.mark.parametrize("looks_again", [True, False])
@pytest.mark.parametrize(
    ("name", "text", "path", "what"),
    [
        ("one/app.py", "more", "app.py", "one/app.py changed"),
        ("one/app.py", "", "app.py", "one/app.py was touched"),
        ("lib/x", "more", "../lib/x", "lib/x changed"),
        ("lib/x", "", "../lib/x", "lib/x was touched"),
    ],
)
def test_what_is_written_meanwhile_is_unsettled(
    name: str, text: str, path: str, what: str, watching: Callable[..., Watching], looks_again: bool
) -> None:
    place = watching()
    watch = place.begin(looks_again=looks_again)
    place.replace(name, text)
    now, settlement = watch.settle()
    assert settlement == Settlement(frozenset(), frozenset({path}), what)
    assert (now.sources == watch.before.sources) is (text == "")


@pytest.mark.parametrize(("looks_again", "is_settled"), [(True, True), (False, False)])
def test_what_others_wrote_before_is_their_right(
    looks_again: bool, is_settled: bool, watching: Callable[..., Watching]
) -> None:
    """Where nobody has a right to, it was an editor."""
    place = watching()
    place.replace("lib/x", "more")
    watch = place.begin(looks_again=looks_again)
    now, settlement = watch.settle()
    assert (settlement.unsettled == "") is is_settled
    assert now.sources.entries != place.build.plan.units["One"].fingerprint.sources.entries


@pytest.mark.parametrize(("is_alone", "generated"), [(True, {"../lib/x"}), (False, set())])
def test_a_unit_that_is_built_alone_shows_what_it_makes(
    is_alone: bool, generated: set[str], watching: Callable[..., Watching]
) -> None:
    place = watching()
    watch = place.begin(suspected=("../lib/x",), turns=Turns(is_alone=is_alone))
    place.replace("lib/x")
    now, settlement = watch.settle()
    assert settlement.generated == generated
    assert (settlement.unsettled == "") is is_alone
    # what is made counts for itself, and no more among the rest
    assert any(name == "made ../lib/x" for name in now.parts[Cause.SOURCE]) is is_alone
    assert now.sources.generated == tuple(sorted(generated))


def test_what_is_made_already_is_no_change(watching: Callable[..., Watching]) -> None:
    records = {"One": Record({}, "", "", "", resources=("One",), generated=("../lib/x",))}
    place = watching(records)
    watch = place.begin()
    place.replace("lib/x", "more")
    now, settlement = watch.settle()
    assert settlement == Settlement(frozenset({"../lib/x"}))
    before = watch.before.parts[Cause.SOURCE]
    assert now.parts[Cause.SOURCE][""] == before[""]
    assert now.parts[Cause.SOURCE]["made ../lib/x"] != before["made ../lib/x"]


def test_what_others_of_a_group_make_counts_for_a_unit(watching: Callable[..., Watching]) -> None:
    """The first of them is built when nobody knows what the second makes."""
    place = watching()
    watch = place.begin("Two", looks_again=True, group={"One": "lib/x"})
    place.build.store.records["One"] = Record({}, "", "", "", generated=("../lib/x",))
    now, settlement = watch.settle()
    assert settlement == Settlement()
    assert now.sources.generated == ("../lib/x",)
    assert now.sources.whole


def test_variable_named_in_a_generated_file_does_not_count(watching: Callable[..., Watching]) -> None:
    """What a build writes comes from what is looked at anyway."""
    place = watching()
    place.around.values_if_named = {"STAGE": "dev"}
    watch = place.begin(looks_again=True, places=("made.sh",))
    (place.root / "one" / "made.sh").write_text("STAGE")
    now, settlement = watch.settle()
    assert settlement == Settlement(frozenset({"made.sh"}))
    assert Cause.VARIABLE not in now.parts
    record = Record(now.parts, "", "", "", resources=("One",), generated=("made.sh",))
    again = watching({"One": record})
    again.around.values_if_named = place.around.values_if_named
    assert Cause.VARIABLE not in again.begin().look().before.parts


def test_a_variable_that_nuget_writes_down_is_none_of_a_build(
    watching: Callable[..., Watching], tmp_path: Path
) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE.replace("makefile", "dotnet8"))
    (tmp_path / "one" / "one.csproj").write_text("<Project/>")
    place = watching()
    place.around.values_if_named = {"NuGetRoot": "/x"}
    watch = place.begin(looks_again=True)
    (tmp_path / "one" / "obj").mkdir()
    (tmp_path / "one" / "obj" / "one.csproj.nuget.g.props").write_text("<NuGetRoot>/x</NuGetRoot>")
    now, settlement = watch.settle()
    assert settlement == Settlement(frozenset({"obj"}))
    assert Cause.VARIABLE not in now.parts
    (tmp_path / "one" / "one.csproj").write_text("<Project>$(NuGetRoot)</Project>")
    assert Cause.VARIABLE in watch.settle()[0].parts


def test_a_commit_that_came_meanwhile_is_unsettled(watching: Callable[..., Watching]) -> None:
    place = watching()
    place.around.commit = {"": "a", "work tree": "clean"}
    watch = place.begin(looks_again=True)
    place.around.commit = {"": "b", "work tree": "clean"}
    assert watch.settle()[1].unsettled == "commit stamp a → b"


def test_git_question_of_a_generated_file_does_not_count(watching: Callable[..., Watching]) -> None:
    place = watching()
    watch = place.begin(looks_again=True, places=("made.sh",))
    (place.root / "one" / "made.sh").write_text("git describe")
    place.around.commit = {"": "a"}
    assert watch.settle()[1].unsettled == ""


@pytest.mark.parametrize(
    ("default", "expected"),
    [(BuildType.HOST, "make 4 → 5"), (BuildType.CONTAINER, "")],
)
def test_a_tool_that_is_another_now_is_unsettled(
    default: BuildType, expected: str, watching: Callable[..., Watching]
) -> None:
    """In a container it has no part; that sam pulled its image is no change."""
    place = watching(default_type=BuildTypeDefault(default, "default"))
    place.around.images["default"] = "sha256:1"
    watch = place.begin(looks_again=True)
    place.around.programs = {"make": "5"}
    place.around.images = {"default": "sha256:2"}
    assert watch.settle()[1].unsettled == expected


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
