"""What a unit's sources are before and after it is built."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from support.around import Around

from samix.build.settlement import Settlement
from samix.build.source_watch import SourceWatch
from samix.options.build_type import BuildType, BuildTypeDefault
from samix.plan.places import Turns
from samix.plan.plan import Plan, make_plan
from samix.state.layout import Layout
from samix.state.records import Record
from samix.state.store import Store
from samix.template.stacks import load_application
from samix.units.reasons import Cause

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.options.merge import BuildOptions

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
    options: BuildOptions
    around: Around
    store: Store
    plan: Plan

    def begin(self, name: str = "One", *, looks_again: bool = False, **changes: object) -> SourceWatch:
        planned = replace(self.plan.units[name], **changes)  # type: ignore[arg-type]
        watch = SourceWatch(planned, self.plan, self.options, self.store, self.around, planned.fingerprint)
        return watch.look() if looks_again else watch

    def replace(self, name: str, text: str = "") -> None:
        """Write a file anew, so that it is another one whatever the clock says."""
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
        store = Store.open(Layout(options.project, options.build_dir, options.cache_dir))
        store.records.update(records or {})
        around = Around(programs={"make": "4"})
        plan = make_plan(load_application(options.template, {}, raw_paths=False), options, store, around)
        return Watching(tmp_path, options, around, store, plan)

    return make


@pytest.mark.parametrize("looks_again", [True, False])
def test_sources_that_nobody_writes_are_settled(watching: Callable[..., Watching], looks_again: bool) -> None:
    place = watching()
    watch = place.begin(looks_again=looks_again)
    now, settlement = watch.settle()
    assert settlement == Settlement()
    planned = place.plan.units["One"].fingerprint
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
    assert now.sources.entries != place.plan.units["One"].fingerprint.sources.entries


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
    place.store.records["One"] = Record({}, "", "", "", generated=("../lib/x",))
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
