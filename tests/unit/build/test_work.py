"""What is done with units that share places, and what is told of it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from support.backend import stand_in
from support.model_sam import ModelSam

from samix.build.events import Finished, Planned, Retrying, Started
from samix.build.work import reuse_line
from samix.messages.errors import TemplateError
from samix.messages.note import Note
from samix.options.build_type import BuildType
from samix.state.layout import Layout
from samix.state.store import Store
from samix.template.resources import Kind
from samix.units.outcome import Result
from samix.units.reasons import Cause, format_reasons

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from support.around import Around

    from samix.build.events import Event
    from samix.build.run import Backend
    from samix.options.merge import BuildOptions
    from samix.plan.plan import Plan
    from samix.sam.sam_run import SamRun
    from samix.state.records import Record
    from samix.template.resources import Resource
    from samix.units.unit import Unit


FUNCTION = """\
  {0}:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: makefile}}
    Properties: {{CodeUri: {1}, Runtime: provided.al2023, Handler: a}}
"""


@dataclass
class Told:
    """Keeps the events of a build."""

    notes: list[str] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    retried: list[str] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        match event:
            case Note(text) if "were built together" in text:
                self.notes.append(text)
            case Planned(plan):
                self.plans.append(plan)
            case Started(group):
                self.events += [f"{planned.unit.name} starts" for planned in group]
            case Retrying(planned, why):
                self.events.append(f"{planned.unit.name} again")
                self.retried.append(why)
            case Finished(_, outcomes):
                self.events += [f"{outcome.unit.name} {outcome.result.value}" for outcome in outcomes]


@dataclass
class Scripted(ModelSam):
    """Runs scripts that nobody can read: they write where they are told.

    Attributes:
        writes: By logical id, the files that a build writes.
        together: Where first builds wait for each other at their beginning and at their end.
        runs: What was built, in the order in which it ended.
        fails: Those whose second build fails.
    """

    root: Path | None = None
    writes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    together: threading.Barrier | None = None
    runs: list[str] = field(default_factory=list)
    fails: frozenset[str] = frozenset()
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, run: SamRun) -> int:
        name = run.log.stem
        together = self.together if name not in self.runs else None
        if together:
            together.wait(30)
        with self._lock:
            code = super().run(run)  # sam looks at the source before it runs anything
            for path in self.writes.get(name, ()):
                assert self.root
                (self.root / path).parent.mkdir(parents=True, exist_ok=True)
                earlier = (self.root / path).read_text() if (self.root / path).exists() else ""
                (self.root / path).write_text(f"{earlier}{name}\n")
            code = 1 if name in self.fails and name in self.runs else code
            self.runs.append(name)
        if together:
            together.wait(30)
        return code


@dataclass
class Project:
    """Functions that a makefile builds, by scripts that may do anything."""

    root: Path
    options: BuildOptions
    around: Around
    sam: Scripted

    @property
    def backend(self) -> Backend:
        return stand_in(self.around, self.sam)

    def build(self, **changes: object) -> tuple[Told, dict[str, Result]]:
        told_of = Told()
        result = self.backend.build(replace(self.options, **changes), {}, told_of)  # type: ignore[arg-type]
        return told_of, {outcome.unit.name: outcome.result for outcome in result.outcomes}

    def reasons(self, reporter: Told) -> dict[str, str]:
        return {
            name: format_reasons(planned.reasons)
            for name, planned in reporter.plans[0].units.items()
            if planned.reasons
        }

    def records(self) -> dict[str, Record]:
        return Store.open(Layout(self.root, self.options.build_dir, self.options.cache_dir)).records


@pytest.fixture
def make_project(
    tmp_path: Path,
    make_options: Callable[..., BuildOptions],
    around: Around,
) -> Callable[..., Project]:
    def make(
        *names: str, writes: Mapping[str, Sequence[str]], recipe: str = "bash $(PWD)/build.sh", together: bool = True
    ) -> Project:
        for name in names:
            (tmp_path / name.lower()).mkdir()
            (tmp_path / name.lower() / "Makefile").write_text(f"build-{name}:\n\t{recipe}\n")
        (tmp_path / "build.sh").write_text("unread\n")
        text = "".join(FUNCTION.format(name, name.lower()) for name in names)
        (tmp_path / "template.yaml").write_text(f"Resources:\n{text}")
        barrier = threading.Barrier(len(names)) if together else None
        sam = Scripted(around, root=tmp_path, writes=writes, together=barrier)
        return Project(tmp_path, make_options(tmp_path, jobs=4), around, sam)

    return make


def test_units_that_met_are_built_again_and_reported(make_project: Callable[..., Project]) -> None:
    project = make_project("One", "Two", writes={"One": ["shared/x"], "Two": ["shared/x"]})
    reporter, results = project.build()
    assert results == {"One": Result.BUILT, "Two": Result.BUILT}
    assert project.sam.runs[2:] == ["One", "Two"]
    [note] = reporter.notes
    assert note.startswith("shared/x was written while ")
    assert "--jobs 1" in note
    assert sorted(reporter.events) == sorted([
        "One starts", "Two starts", "One again", "Two again", "One built", "Two built"
    ])  # fmt: skip
    assert reporter.events[-2:] == ["One built", "Two built"]
    assert len(reporter.retried) == 2


def test_what_was_built_before_a_failed_build_is_not_believed(make_project: Callable[..., Project]) -> None:
    """Its artifact may hold what the other wrote."""
    project = make_project("One", "Two", writes={"One": ["shared/x"], "Two": ["shared/x"]})
    project.sam.fails = frozenset({"One"})
    _, results = project.build()
    assert results == {"One": Result.FAILED, "Two": Result.BUILT}
    assert project.records()["One"].unsettled == "samix ended"
    project.sam.fails, project.sam.together = frozenset(), None
    _, results = project.build()
    assert results["One"] is Result.BUILT


def test_units_that_met_take_turns_from_then_on(make_project: Callable[..., Project]) -> None:
    project = make_project("One", "Two", writes={"One": ["shared/x"], "Two": ["shared/x"]})
    project.build()
    records = project.records()
    assert {name: (record.wrote, bool(record.watched)) for name, record in records.items()} == {
        "One": (("shared/x",), True),
        "Two": (("shared/x",), True),
    }
    (project.root / "one" / "Makefile").write_text("build-One:\n\tbash $(PWD)/build.sh more\n")
    project.sam.together = None
    project.sam.runs.clear()
    reporter, results = project.build()
    assert results == {"One": Result.BUILT, "Two": Result.BUILT}
    assert project.reasons(reporter)["Two"] == "One is built again, and both use shared/x"
    assert not reporter.retried
    assert project.sam.runs == ["One", "Two"]


def test_what_a_unit_makes_in_its_source_is_its_own(make_project: Callable[..., Project]) -> None:
    """Also beside one that may do anything in the project: that did not write it."""
    project = make_project("One", "Two", writes={"One": ["one/out"], "Two": []})
    (project.root / "one" / "out").write_text("")
    reporter, results = project.build()
    assert results == {"One": Result.BUILT, "Two": Result.BUILT}
    assert sorted(project.sam.runs) == ["One", "Two"]
    assert (reporter.notes, reporter.retried) == ([], [])
    (project.root / "one" / "app.py").write_text("edited")
    project.sam.together = None
    reporter, _ = project.build()
    assert "One" in project.reasons(reporter)
    assert "Two" not in project.reasons(reporter)


def test_what_a_unit_makes_among_its_sources_is_learnt(make_project: Callable[..., Project]) -> None:
    """In two builds, of which it is alone in the second; the third finds nothing to do."""
    project = make_project("One", "Two", writes={"One": ["one/gen.h"], "Two": []}, recipe="sh gen.sh", together=False)
    (project.root / "one" / "gen.h").write_text("")
    project.build()
    assert project.records()["One"].suspected == ("gen.h",)
    reporter, results = project.build()
    assert project.reasons(reporter) == {"One": "one/gen.h changed while it was built"}
    assert results == {"One": Result.BUILT, "Two": Result.REUSED}
    assert reporter.plans[0].units["One"].turns.is_alone
    record = project.records()["One"]
    assert (record.generated, record.suspected, record.unsettled) == (("gen.h",), (), "")
    reporter, results = project.build()
    assert set(results.values()) == {Result.REUSED}
    assert sorted(project.sam.runs) == ["One", "One", "Two"]


def test_a_change_of_what_is_made_is_a_change(make_project: Callable[..., Project]) -> None:
    """Somebody may write there as well."""
    project = make_project("One", writes={"One": ["one/gen.h"]}, recipe="sh gen.sh", together=False)
    (project.root / "one" / "gen.h").write_text("")
    for _ in range(3):
        project.build()
    (project.root / "one" / "gen.h").write_text("by hand")
    reporter, results = project.build()
    assert results == {"One": Result.BUILT}
    assert project.reasons(reporter) == {"One": "one/gen.h changed"}
    (project.root / "one" / "gen.h").unlink()
    assert project.build()[1] == {"One": Result.REUSED}  # it would be made again


def test_an_edit_while_a_unit_is_built_is_built_after(make_project: Callable[..., Project]) -> None:
    project = make_project("One", writes={"One": ["one/app.py"]}, recipe="sh gen.sh", together=False)
    project.build()
    project.sam.writes = {}
    reporter, _ = project.build()
    assert project.reasons(reporter) == {"One": "one/app.py added while it was built"}
    record = project.records()["One"]
    assert (record.generated, record.suspected, record.unsettled) == ((), (), "")
    (project.root / "one" / "app.py").write_text("edited")
    reporter, _ = project.build()
    assert project.reasons(reporter) == {"One": "one/app.py changed"}


def test_a_build_that_is_ended_before_it_is_believed_is_not(make_project: Callable[..., Project]) -> None:
    """Two is ended while One has been built, and waits for it to be believed."""
    project = make_project("One", "Two", writes={}, together=False)

    class Interrupted(Scripted):
        def run(self, run: SamRun) -> int:
            while run.log.stem == "Two" and "One" not in project.records():
                time.sleep(0.01)
            if run.log.stem == "Two":
                raise KeyboardInterrupt
            return super().run(run)

    project.sam = Interrupted(project.around, root=project.root)
    with pytest.raises(KeyboardInterrupt):
        project.build()
    [record] = project.records().values()
    assert (record.unsettled, record.uuid) == ("samix ended", "")


def test_a_unit_of_a_group_is_spared_if_nothing_is_stale(make_project: Callable[..., Project]) -> None:
    project = make_project("One", "Two", writes={"One": ["shared/x"], "Two": ["shared/x"]})
    project.build()
    reporter, results = project.build()
    assert set(results.values()) == {Result.REUSED}
    assert not reporter.plans
    assert all(Cause.SOURCE in record.parts for record in project.records().values())


def test_a_group_is_the_same_whatever_is_asked_for(make_project: Callable[..., Project]) -> None:
    """What one of it is built for alone is seen by the others in the next build of all."""
    project = make_project("One", "Two", writes={"One": ["shared/x"], "Two": ["shared/x"]})
    project.build()
    (project.root / "one" / "Makefile").write_text("build-One:\n\tbash $(PWD)/build.sh more\n")
    project.sam.together = None
    reporter, results = project.build(resources=("One",))
    assert results == {"One": Result.BUILT}
    assert reporter.plans[0].units["One"].group == {"Two": "shared/x"}
    reporter, results = project.build()
    assert project.reasons(reporter)["Two"] == "One was built without Two, and both use shared/x"
    assert results == {"One": Result.BUILT, "Two": Result.BUILT}
    assert project.sam.runs[-2:] == ["One", "Two"]
    assert set(project.build()[1].values()) == {Result.REUSED}


def test_a_unit_of_a_group_that_fails_is_built_by_the_next_build(make_project: Callable[..., Project]) -> None:
    project = make_project("One", "Two", writes={"One": ["shared/x"], "Two": ["shared/x"]})
    project.build()
    (project.root / "one" / "Makefile").write_text("build-One:\n\tbash $(PWD)/build.sh more\n")
    project.sam.together, project.sam.fails = None, frozenset({"Two"})
    assert project.build()[1] == {"One": Result.BUILT, "Two": Result.FAILED}
    project.sam.fails = frozenset()
    assert project.build()[1]["Two"] is Result.BUILT


@pytest.mark.parametrize("is_slow", [False, True])
def test_refused_definitions_are_raised_instead_of_an_end(
    make_project: Callable[..., Project], *, is_slow: bool
) -> None:
    project = make_project("One", "Two", writes={}, together=False)

    def refuse() -> str:
        while is_slow and len(project.sam.runs) < len(["One", "Two"]):
            time.sleep(0.01)
        return "no such property"

    backend = stand_in(project.around, project.sam, refuse)
    told_of = Told()
    with pytest.raises(TemplateError, match="no such property"):
        backend.build(project.options, {}, told_of)
    assert not [event for event in told_of.events if not event.endswith("starts")]
    assert not project.options.build_dir.exists()


@pytest.fixture
def make(make_resource: Callable[..., Resource], make_unit: Callable[..., Unit]) -> Callable[..., Unit]:
    def make(
        *names: str,
        kind: Kind = Kind.FUNCTION,
        builder: str = "python3.11",
        build_type: BuildType = BuildType.HOST,
    ) -> Unit:
        is_layer = kind is Kind.LAYER
        metadata = {"BuildMethod": builder} if is_layer else {}
        members = [
            make_resource(name, kind=kind, runtime=None if is_layer else builder, metadata=metadata) for name in names
        ]
        return make_unit(*members, build_type=build_type)

    return make


@pytest.mark.parametrize("builder", ["python3.11", "nodejs20.x", "ruby3.4"])
@pytest.mark.parametrize("kind", [Kind.FUNCTION, Kind.LAYER])
def test_incremental_build_has_an_unchanged_manifest(kind: Kind, builder: str, make: Callable[..., Unit]) -> None:
    unit = make("Fn", "Child/Fn", kind=kind, builder=builder)
    line = reuse_line(unit, has_manifest=True)
    assert line.startswith("Manifest is not changed for (Fn, Child/Fn), ")
    assert "without running incremental build" in line
    assert reuse_line(unit, has_manifest=False) == ""


@pytest.mark.parametrize(
    ("builder", "build_type"),
    [
        ("python3.11", BuildType.CONTAINER),
        ("nodejs20.x", BuildType.CONTAINER),
        ("java21", BuildType.HOST),
        ("provided.al2023", BuildType.HOST),
    ],
)
@pytest.mark.parametrize(("kind", "word"), [(Kind.FUNCTION, "functions"), (Kind.LAYER, "layers")])
@pytest.mark.parametrize("has_manifest", [True, False])
def test_what_sam_takes_from_its_cache_is_reported_in_its_words(
    has_manifest: bool, kind: Kind, word: str, builder: str, build_type: BuildType, make: Callable[..., Unit]
) -> None:
    unit = make("Fn", "Child/Fn", kind=kind, builder=builder, build_type=build_type)
    assert reuse_line(unit, has_manifest=has_manifest) == (
        f"Valid cache found, copying previously built resources for following {word} (Fn, Child/Fn)"
    )


def test_sam_says_nothing_of_an_image(make: Callable[..., Unit]) -> None:
    assert reuse_line(make("Fn", kind=Kind.IMAGE), has_manifest=True) == ""
