"""Units that can meet: which run side by side, what is noticed, and what is worked on once more.

What ends next is chosen by the test, so that every order of events can be had and had again.
"""

from __future__ import annotations

import threading
from concurrent import futures
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations, product
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.scheduling import ALONE

from samix.build.lookout import Look, Lookout
from samix.build.scheduler import Batches, BatchKind, Ends, Running, Watch, run_units
from samix.plan.places import NO_TURNS, Reach, Turns
from samix.units.outcome import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from samix.plan.planned_unit import PlannedUnit
    from samix.units.unit import Unit


@dataclass(frozen=True)
class Task:
    """What a unit of a test is.

    Attributes:
        needs: The units that it needs.
        turns: What is known to keep it from others.
        shared: Places outside of its own directory that it can reach, as nobody knows beforehand.
        at_start: Those that it writes as soon as it begins.
        at_end: Those that it writes at last.
        fails: Whether it fails.
    """

    needs: tuple[str, ...] = ()
    turns: Turns = NO_TURNS
    shared: frozenset[str] = frozenset()
    at_start: frozenset[str] = frozenset()
    at_end: frozenset[str] = frozenset()
    fails: bool = False

    @property
    def written(self) -> frozenset[str]:
        return self.at_start | self.at_end


@dataclass(eq=False)
class Run:
    """One run of a unit, from its beginning to its end on the clock of the test.

    Attributes:
        beside: The runs that were going on with it at some time.
    """

    name: str
    start: int
    end: int = 0
    beside: list[Run] = field(default_factory=list)


@dataclass(frozen=True)
class Field(Lookout):
    """The places of a test, each with how often it was written."""

    written: dict[str, int] = field(default_factory=dict)

    def look(self, names: Iterable[str]) -> Look:
        places = {place for name in names for found in self.partners.get(name, {}).values() for place in found}
        return {place: (times, 0, 0, 0) for place, times in self.written.items() if place in places}


@dataclass
class Stage:
    """Where the units of a test are worked on, and what was seen there.

    Attributes:
        tasks: The units, in the order of the graph.
        place: Where they can meet.
        choose: Tells which of some units end next.
        runs: All runs, in the order in which they began.
        skipped: Units that were not started, with the reason.
        again: Who was worked on once more, and because of whom.
        believed: Whose outcome was believed, with when and what was written meanwhile.
    """

    tasks: Mapping[str, Task]
    place: Field
    choose: Callable[[list[str]], Sequence[str]]
    runs: list[Run] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    again: list[tuple[str, str, str]] = field(default_factory=list)
    believed: list[tuple[str, int, frozenset[str]]] = field(default_factory=list)
    most: int = 0
    _idle: int = 0
    _clock: int = 0
    _going: dict[str, Run] = field(default_factory=dict)
    _entered: dict[str, threading.Event] = field(default_factory=dict)
    _released: dict[str, threading.Event] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, planned: PlannedUnit) -> Outcome:
        name = planned.unit.name
        task = self.tasks[name]
        entered, released = self._events(name)
        with self._lock:
            run = Run(name, self._tick(), beside=list(self._going.values()))
            for other in run.beside:
                other.beside.append(run)
            self._going[name] = run
            self.runs.append(run)
            self.most = max(self.most, len(self._going))
            self._write(task.at_start)
        entered.set()
        assert released.wait(30)
        with self._lock:
            self._write(task.at_end)
            run.end = self._tick()
            del self._going[name], self._entered[name], self._released[name]
        return Outcome(planned.unit, Result.FAILED if task.fails else Result.BUILT, "")

    def first_ended(self, running: Running) -> list[futures.Future[Ends]]:
        """End some of what runs: nothing more can be started before that."""
        self._idle = 0 if running else self._idle + 1
        assert self._idle < 2, "units are left, and none of them is started"  # the last may have been skipped
        if not running:
            return []
        by_name = {planned.unit.name: future for future, [planned] in running.items()}
        for name, future in by_name.items():
            entered, _ = self._events(name)
            future.add_done_callback(partial(_set, entered))  # something went wrong
            assert entered.wait(30)
        ended = self.choose(sorted(by_name))
        for name in ended:
            released = self._events(name)[1]
            released.set()
            futures.wait([by_name[name]])
        return [by_name[name] for name in ended]

    def skip(self, planned: PlannedUnit, why: str) -> Outcome:
        self.skipped[planned.unit.name] = why
        return Outcome(planned.unit, Result.SKIPPED, "")

    def abort(self) -> None:
        for released in self._released.values():
            released.set()

    def run(self, units: Mapping[str, PlannedUnit], jobs: int, *, fail_fast: bool = False) -> dict[str, Outcome]:
        watch = Watch(
            self.place,
            lambda planned, other, path: self.again.append((planned.unit.name, other.unit.name, path)),
            lambda planned, _, changed, __: self.believed.append((planned.unit.name, self._clock, changed)),
        )
        return run_units(
            units,
            self.work,
            self.skip,
            jobs,
            self.abort,
            ALONE,
            watch,
            first_ended=self.first_ended,
            fail_fast=fail_fast,
        )

    def runs_of(self, name: str) -> list[Run]:
        return [run for run in self.runs if run.name == name]

    def have_met(self, one: Run, other: Run) -> bool:
        """Whether something was written while both runs went on, in part at least, that matters to both."""
        written = self.tasks[one.name].written | self.tasks[other.name].written
        return other in one.beside and bool(self.place.shared_changes(one.name, other.name, written))

    def pairs_that_met(self) -> set[tuple[str, str]]:
        """Pairs of units in the order of the graph of which two runs met."""
        return {
            (one, other)
            for one, other in combinations(self.tasks, 2)
            if any(self.have_met(first, second) for first in self.runs_of(one) for second in self.runs_of(other))
        }

    def _events(self, name: str) -> tuple[threading.Event, threading.Event]:
        with self._lock:
            return (
                self._entered.setdefault(name, threading.Event()),
                self._released.setdefault(name, threading.Event()),
            )

    def _tick(self) -> int:
        self._clock += 1
        return self._clock

    def _write(self, places: frozenset[str]) -> None:
        for place in places:
            self.place.written[place] = self.place.written.get(place, 0) + 1


def _set(event: threading.Event, _: object) -> None:
    event.set()


@pytest.fixture(scope="session")
def make_stage() -> Callable[..., Stage]:
    """A stage for units; what ends next are all that run, or what is told in turn."""

    def make(tasks: Mapping[str, Task], choose: Callable[[list[str]], Sequence[str]] | None = None) -> Stage:
        reaches = {name: Reach(f"/{name}", tuple(sorted(task.shared)), runs_code=True) for name, task in tasks.items()}
        lookout = Lookout.over(reaches)
        return Stage(tasks, Field(lookout.reaches, lookout.partners), choose or (lambda running: running))

    return make


@pytest.fixture(scope="session")
def make_units(
    make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]
) -> Callable[[Mapping[str, Task]], dict[str, PlannedUnit]]:
    def make(tasks: Mapping[str, Task]) -> dict[str, PlannedUnit]:
        return {
            name: replace(make_planned(make_unit(name), needs=task.needs), turns=task.turns)
            for name, task in tasks.items()
        }

    return make


TURN_PLACES = st.frozensets(st.sampled_from(["/t/0", "/t/1"]), max_size=1)
SHARED = ["/s/0", "/s/1"]


@st.composite
def any_tasks(draw: st.DrawFn, *, can_fail: bool = True) -> dict[str, Task]:
    tasks: dict[str, Task] = {}
    for number in range(draw(st.integers(1, 6))):
        shared = draw(st.frozensets(st.sampled_from(SHARED)))
        places = st.frozensets(st.sampled_from(sorted(shared))) if shared else st.just(frozenset[str]())
        tasks[f"U{number}"] = Task(
            tuple(draw(st.lists(st.sampled_from(list(tasks)), unique=True, max_size=2)) if tasks else ()),
            Turns(draw(TURN_PLACES), draw(TURN_PLACES), is_alone=draw(st.integers(0, 7)) == 7),
            shared,
            draw(places),
            draw(places),
            fails=can_fail and draw(st.integers(0, 7)) == 7,
        )
    return tasks


def _chooser(data: st.DataObject) -> Callable[[list[str]], Sequence[str]]:
    return lambda running: data.draw(st.lists(st.sampled_from(running), min_size=1, unique=True))


@settings(max_examples=150)
@given(tasks=any_tasks(), jobs=st.integers(1, 4), data=st.data())
def test_units_that_exclude_each_other_never_run_at_once(
    tasks: dict[str, Task],
    jobs: int,
    data: st.DataObject,
    make_stage: Callable[..., Stage],
    make_units: Callable[..., dict[str, PlannedUnit]],
) -> None:
    stage = make_stage(tasks, _chooser(data))
    stage.run(make_units(tasks), jobs)
    assert stage.most <= jobs
    for run in stage.runs:
        for other in run.beside:
            assert not tasks[run.name].turns.excludes(tasks[other.name].turns)


@settings(max_examples=150)
@given(tasks=any_tasks(), jobs=st.integers(1, 4), data=st.data())
def test_units_that_meet_run_in_the_order_given(
    tasks: dict[str, Task],
    jobs: int,
    data: st.DataObject,
    make_stage: Callable[..., Stage],
    make_units: Callable[..., dict[str, PlannedUnit]],
) -> None:
    stage = make_stage(tasks, _chooser(data))
    stage.run(make_units(tasks), jobs)
    for one, other in combinations(tasks, 2):
        if tasks[one].turns.meets(tasks[other].turns):
            for first, second in product(stage.runs_of(one)[:1], stage.runs_of(other)[:1]):
                assert first.end < second.start


@settings(max_examples=150)
@given(tasks=any_tasks(), jobs=st.integers(1, 4), data=st.data())
def test_every_unit_ends_with_one_outcome(
    tasks: dict[str, Task],
    jobs: int,
    data: st.DataObject,
    make_stage: Callable[..., Stage],
    make_units: Callable[..., dict[str, PlannedUnit]],
) -> None:
    stage = make_stage(tasks, _chooser(data))
    outcomes = stage.run(make_units(tasks), jobs)
    doomed: set[str] = set()
    for name, task in tasks.items():
        if any(need in doomed or tasks[need].fails for need in task.needs):
            doomed.add(name)
    assert {name: outcome.result for name, outcome in outcomes.items()} == {
        name: Result.SKIPPED if name in doomed else Result.FAILED if task.fails else Result.BUILT
        for name, task in tasks.items()
    }
    assert stage.skipped.keys() == doomed
    assert {run.name for run in stage.runs} == tasks.keys() - doomed
    watched = {name for name in tasks if stage.place.watches(name)} - doomed
    believed = {name: (moment, changed) for name, moment, changed in stage.believed}
    assert believed.keys() == watched
    for name, (moment, changed) in believed.items():
        *_, last = stage.runs_of(name)
        # all that it was built beside has ended
        assert all(run.end <= moment for run in (last, *last.beside) if run.name in stage.place.partners[name])
        assert tasks[name].written & stage.place.look([name]).keys() <= changed
    for run in stage.runs:
        for need in tasks[run.name].needs:
            assert stage.runs_of(need)[0].end < run.start
            assert need not in {other.name for other in run.beside}


@settings(max_examples=300)
@given(tasks=any_tasks(), jobs=st.integers(1, 4), data=st.data())
def test_units_that_met_run_again_once_and_in_order(
    tasks: dict[str, Task],
    jobs: int,
    data: st.DataObject,
    make_stage: Callable[..., Stage],
    make_units: Callable[..., dict[str, PlannedUnit]],
) -> None:
    stage = make_stage(tasks, _chooser(data))
    stage.run(make_units(tasks), jobs)
    met = stage.pairs_that_met()
    for one, other in met:
        first, second = stage.runs_of(one), stage.runs_of(other)
        assert sum(stage.have_met(run, another) for run in first for another in second) == 1
        assert first[-1].end < second[-1].start
        assert not stage.have_met(first[-1], second[-1])
    for name in tasks:
        runs = stage.runs_of(name)
        assert max(len(runs) - 1, 0) == sum(again == name for again, *_ in stage.again)
        if any(name in pair for pair in met):
            assert len(runs) > 1
    for name, other, path in stage.again:
        assert name != other
        assert path in tasks[other].shared


@settings(max_examples=100)
@given(tasks=any_tasks(), jobs=st.integers(1, 4), data=st.data())
def test_nothing_is_started_after_a_believed_failure(
    tasks: dict[str, Task],
    jobs: int,
    data: st.DataObject,
    make_stage: Callable[..., Stage],
    make_units: Callable[..., dict[str, PlannedUnit]],
) -> None:
    stage = make_stage(tasks, _chooser(data))
    outcomes = stage.run(make_units(tasks), jobs, fail_fast=True)
    assert outcomes.keys() == tasks.keys()
    failed = [name for name, outcome in outcomes.items() if outcome.result is Result.FAILED]
    believed = {name: moment for name, moment, _ in stage.believed}
    for name in failed:
        moment = believed.get(name, stage.runs_of(name)[-1].end)
        assert all(run.start <= moment for run in stage.runs)
    if not failed:
        assert not stage.skipped


# single cases


def _meeting(*names: str, writes: bool = True, **values: object) -> dict[str, Task]:
    place = frozenset({"/s/0"})
    return {
        name: replace(Task(shared=place, at_end=place if writes else frozenset()), **values)  # type: ignore[arg-type]
        for name in names
    }


@pytest.mark.parametrize("first", ["A", "B"])
def test_two_that_met_are_worked_on_again_in_turns(
    first: str, make_stage: Callable[..., Stage], make_units: Callable[..., dict[str, PlannedUnit]]
) -> None:
    stage = make_stage(_meeting("A", "B"), lambda running: [first] if first in running else running)
    outcomes = stage.run(make_units(stage.tasks), 2)
    assert [run.name for run in stage.runs] == ["A", "B", "A", "B"]
    assert [set(pair) for *pair, _ in stage.again] == [{"A", "B"}] * 2
    assert [path for *_, path in stage.again] == ["/s/0"] * 2
    assert all(outcome.is_good for outcome in outcomes.values())


def test_units_that_only_could_meet_are_worked_on_once(
    make_stage: Callable[..., Stage], make_units: Callable[..., dict[str, PlannedUnit]]
) -> None:
    stage = make_stage(_meeting("A", "B", writes=False))
    stage.run(make_units(stage.tasks), 2)
    assert [run.name for run in stage.runs] == ["A", "B"]
    assert not stage.again
    assert {name for name, *_ in stage.believed} == {"A", "B"}


def test_one_slot_has_nothing_meet(
    make_stage: Callable[..., Stage], make_units: Callable[..., dict[str, PlannedUnit]]
) -> None:
    stage = make_stage(_meeting("A", "B", "C"))
    stage.run(make_units(stage.tasks), 1)
    assert [run.name for run in stage.runs] == ["A", "B", "C"]
    assert not stage.again


def test_who_needs_a_unit_waits_until_that_is_believed(
    make_stage: Callable[..., Stage], make_units: Callable[..., dict[str, PlannedUnit]]
) -> None:
    tasks = _meeting("A", "B") | {"After": Task(needs=("A",))}
    stage = make_stage(tasks, lambda running: running[:1])
    stage.run(make_units(tasks), 3)
    assert [run.name for run in stage.runs] == ["A", "B", "A", "B", "After"]


def test_a_failure_of_two_that_met_is_not_believed(
    make_stage: Callable[..., Stage], make_units: Callable[..., dict[str, PlannedUnit]]
) -> None:
    """What failed may have failed for want of what the other had half written."""
    stage = make_stage(_meeting("A", "B"))
    good = stage.work

    def work(planned: PlannedUnit) -> Outcome:
        outcome = good(planned)
        is_first = len(stage.runs_of(planned.unit.name)) == 1
        return replace(outcome, result=Result.FAILED) if is_first else outcome

    with patch.object(stage, "work", work):
        outcomes = stage.run(make_units(stage.tasks), 2, fail_fast=True)
    assert {outcome.result for outcome in outcomes.values()} == {Result.BUILT}


def test_two_that_met_keep_their_order_beside_a_third(
    make_stage: Callable[..., Stage], make_units: Callable[..., dict[str, PlannedUnit]]
) -> None:
    """The first of them is not believed yet when the second already is to be worked on again."""
    ab, ac = frozenset({"/s/0"}), frozenset({"/s/1"})
    tasks = {
        "A": Task(shared=ab | ac, at_end=ab),
        "B": Task(shared=ab),
        "C": Task(shared=ac),
    }
    stage = make_stage(tasks, lambda running: [name for name in ("A", "B", "C") if name in running][:1])
    stage.run(make_units(tasks), 3)
    *_, last = (run.name for run in stage.runs if run.name != "C")
    assert last == "B"
    assert [run.name for run in stage.runs_of("A")] == ["A", "A"]


def test_what_comes_later_in_a_place_is_worked_on_later(
    make_stage: Callable[..., Stage], make_units: Callable[..., dict[str, PlannedUnit]]
) -> None:
    """Also where the first is worked on again, because what it had left elsewhere was written once more."""
    known, unknown = Turns(frozenset({"/t/0"})), frozenset({"/s/0"})
    tasks = {
        "A": Task(turns=known, shared=unknown, at_end=unknown),
        "Other": Task(),
        "B": Task(shared=unknown, at_end=unknown),
        "C": Task(shared=unknown),
        "D": Task(turns=known),
    }
    first_ends = iter([["A", "Other"], ["B"], ["D"], ["C"]])
    stage = make_stage(tasks, lambda running: next(first_ends, running))
    stage.run(make_units(tasks), 2)
    assert stage.runs_of("A")[-1].end < stage.runs_of("D")[-1].start


def test_who_ran_before_its_turn_is_noticed(
    make_stage: Callable[..., Stage], make_units: Callable[..., dict[str, PlannedUnit]]
) -> None:
    """B was ready first, and left in a shared place what A, which comes before it, then found there."""
    tasks = {"Layer": Task()} | _meeting("A", needs=("Layer",)) | _meeting("B")
    stage = make_stage(tasks, lambda running: [name for name in ("B", "Layer", "A") if name in running][:1])
    stage.run(make_units(tasks), 2)
    assert stage.runs_of("A")[-1].end < stage.runs_of("B")[-1].start


def test_failed_batch_that_met_a_unit_is_built_alone(
    make_stage: Callable[..., Stage], make_units: Callable[..., dict[str, PlannedUnit]]
) -> None:
    """Each of its units once, after what it met, and the batch is not tried again."""
    place = frozenset({"/s/0"})
    tasks = {name: Task(shared=place) for name in ("A", "B", "C", "D", "E")}
    stage, begun, written = make_stage(tasks), threading.Barrier(2), threading.Barrier(2)
    worked_on: list[str] = []

    def write(label: str) -> None:
        is_first = label in {"A", "B+C"} and label not in worked_on
        if is_first:
            begun.wait(30)
        worked_on.append(label)
        stage.place.written["/s/0"] = len(worked_on)
        if is_first:
            written.wait(30)

    def work(planned: PlannedUnit) -> Outcome:
        write(planned.unit.name)
        return Outcome(planned.unit, Result.BUILT, "")

    def work_on_batch(group: list[PlannedUnit]) -> dict[str, Outcome]:
        write("+".join(planned.unit.name for planned in group))
        return {}

    kind = BatchKind((), is_light=True)
    batches = Batches(lambda planned: None if planned.unit.name == "A" else kind, work_on_batch)
    watch = Watch(stage.place, lambda *_: None, lambda *_: None)
    outcomes = run_units(make_units(tasks), work, stage.skip, 2, stage.abort, batches, watch)
    assert {name for name, outcome in outcomes.items() if outcome.is_good} == set(tasks)
    together = [label for label in worked_on if "+" in label]
    assert together in (["B+C"], ["B+C", "D+E"])  # D and E as well, if they start before the meeting is known
    assert worked_on[-5:] == ["A", "B", "C", "D", "E"]
