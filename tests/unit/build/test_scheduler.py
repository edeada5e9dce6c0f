"""Units in the order of the graph, side by side."""

from __future__ import annotations

import _thread
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scheduling import ALONE, UNWATCHED, Needs, acyclic_needs

from samix.build.scheduler import Batches, BatchKind, run_units
from samix.plan.places import Turns
from samix.units.outcome import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.plan.planned_unit import PlannedUnit
    from samix.units.unit import Unit


@dataclass
class Site:
    """Where the units of a test are worked on, and what was seen there."""

    failing: set[str] = field(default_factory=set)
    started: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    too_early: list[str] = field(default_factory=list)
    most: int = 0
    aborted: int = 0
    _running: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, planned: PlannedUnit) -> Outcome:
        name = planned.unit.name
        with self._lock:
            self.started.append(name)
            if not planned.needs <= set(self.ended) - self.failing:
                self.too_early.append(name)
            self._running += 1
            self.most = max(self.most, self._running)
        threading.Event().wait(0.0005)
        with self._lock:
            self._running -= 1
            self.ended.append(name)
        return Outcome(planned.unit, Result.FAILED if name in self.failing else Result.BUILT, "")

    def skip(self, planned: PlannedUnit, why: str) -> Outcome:
        self.skipped[planned.unit.name] = why
        return Outcome(planned.unit, Result.SKIPPED, "")

    def abort(self) -> None:
        self.aborted += 1


@given(needs=acyclic_needs(), jobs=st.integers(1, 4), data=st.data())
def test_any_graph_is_worked_through(
    needs: Needs,
    jobs: int,
    data: st.DataObject,
    make_planned: Callable[..., PlannedUnit],
    make_unit: Callable[..., Unit],
) -> None:
    failing = set(data.draw(st.lists(st.sampled_from(list(needs)), unique=True))) if needs else set()
    order = data.draw(st.permutations(list(needs)))
    units = {name: make_planned(make_unit(name), needs=needs[name]) for name in order}
    site = Site(failing)

    outcomes = run_units(units, site.work, site.skip, jobs, site.abort, ALONE, UNWATCHED)

    doomed: set[str] = set()
    for name in needs:  # in an order in which what is needed comes first
        if any(need in doomed | failing for need in needs[name]):
            doomed.add(name)
    assert outcomes.keys() == units.keys()
    assert all(outcome.unit.name == name for name, outcome in outcomes.items())
    assert {name for name, outcome in outcomes.items() if outcome.result is Result.SKIPPED} == doomed
    assert sorted(site.started) == sorted(needs.keys() - doomed)
    assert {name for name, outcome in outcomes.items() if outcome.result is Result.FAILED} == failing - doomed
    assert site.skipped == {
        name: f"needs {', '.join(sorted(need for need in needs[name] if need in doomed | failing))}"
        for name in site.skipped
    }
    assert not site.too_early
    assert site.most <= jobs
    assert not site.aborted


def test_each_slot_gets_as_many_batches_as_there_are_rounds(
    make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]
) -> None:
    units = {name: make_planned(make_unit(name)) for name in (f"U{number}" for number in range(20))}
    groups: list[int] = []

    def together(batch: list[PlannedUnit]) -> dict[str, Outcome]:
        groups.append(len(batch))
        return {planned.unit.name: Outcome(planned.unit, Result.BUILT, "") for planned in batch}

    batches = Batches(lambda _: BatchKind((), is_light=True, rounds=3), together)
    run_units(units, Site().work, Site().skip, 2, Site().abort, batches, UNWATCHED)
    assert sorted(groups) == [4, 4, 4, 4, 4]


def test_independent_units_run_side_by_side(
    make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]
) -> None:
    together = threading.Barrier(3, timeout=30)

    def work(planned: PlannedUnit) -> Outcome:
        together.wait()
        return Outcome(planned.unit, Result.BUILT, "")

    site = Site()
    units = {name: make_planned(make_unit(name)) for name in ("A", "B", "C")}
    outcomes = run_units(units, work, site.skip, 3, site.abort, ALONE, UNWATCHED)
    assert all(outcome.is_good for outcome in outcomes.values())


def test_units_that_are_built_at_one_place_take_turns(
    make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]
) -> None:
    at_work: list[str] = []
    crowded: list[list[str]] = []
    other_started = threading.Event()

    def work(planned: PlannedUnit) -> Outcome:
        if planned.turns.writes:
            at_work.append(planned.unit.name)
            crowded.extend([list(at_work)] if len(at_work) > 1 else [])
            assert other_started.wait(30)
            at_work.remove(planned.unit.name)
        else:
            other_started.set()
        return Outcome(planned.unit, Result.BUILT, "")

    units = {name: make_planned(make_unit(name)) for name in ("One", "Two", "Other")}
    units |= {name: replace(units[name], turns=Turns(frozenset({"/app/target"}))) for name in ("One", "Two")}
    outcomes = run_units(units, work, Site().skip, 3, Site().abort, ALONE, UNWATCHED)
    assert all(outcome.is_good for outcome in outcomes.values())
    assert crowded == []


def test_a_unit_waits_for_nothing_that_it_does_not_need(
    make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]
) -> None:
    """A function of a quick layer starts while a slow layer still builds."""
    function_started = threading.Event()

    def work(planned: PlannedUnit) -> Outcome:
        if planned.unit.name == "Slow":
            assert function_started.wait(30)
        if planned.unit.name == "Fn":
            function_started.set()
        return Outcome(planned.unit, Result.BUILT, "")

    site = Site()
    units = {
        "Slow": make_planned(make_unit("Slow")),
        "Quick": make_planned(make_unit("Quick")),
        "Fn": make_planned(make_unit("Fn"), needs=["Quick"]),
    }
    outcomes = run_units(units, work, site.skip, 2, site.abort, ALONE, UNWATCHED)
    assert all(outcome.is_good for outcome in outcomes.values())


@given(needs=acyclic_needs(), jobs=st.integers(1, 4), data=st.data())
def test_nothing_is_started_after_a_failure_if_one_is_enough(
    needs: Needs,
    jobs: int,
    data: st.DataObject,
    make_planned: Callable[..., PlannedUnit],
    make_unit: Callable[..., Unit],
) -> None:
    failing = set(data.draw(st.lists(st.sampled_from(list(needs)), unique=True))) if needs else set()
    units = {name: make_planned(make_unit(name), needs=needs[name]) for name in needs}
    site = Site(failing)

    outcomes = run_units(units, site.work, site.skip, jobs, site.abort, ALONE, UNWATCHED, fail_fast=True)

    assert outcomes.keys() == units.keys()
    failed = [name for name, outcome in outcomes.items() if outcome.result is Result.FAILED]
    assert len(failed) <= jobs
    assert bool(failed) == bool(failing)
    assert sorted(site.started) == sorted(needs.keys() - site.skipped.keys())
    assert not site.too_early
    if jobs == 1:
        assert site.started[-1:] == failed or not failed


def test_skipped_unit_names_the_failure_that_stopped_it(
    make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]
) -> None:
    units = {name: make_planned(make_unit(name)) for name in ("A", "B", "C")}
    site = Site({"B"})
    run_units(units, site.work, site.skip, 1, site.abort, ALONE, UNWATCHED, fail_fast=True)
    assert site.skipped == {"C": "not started: B has failed"}


def test_failed_layer_skips_its_functions_and_builds_the_rest(
    make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]
) -> None:
    units = {
        "Layer": make_planned(make_unit("Layer")),
        "Fn": make_planned(make_unit("Fn"), needs=["Layer"]),
        "After": make_planned(make_unit("After"), needs=["Fn"]),
        "Other": make_planned(make_unit("Other")),
    }
    site = Site({"Layer"})
    outcomes = run_units(units, site.work, site.skip, 1, site.abort, ALONE, UNWATCHED)
    assert {name: outcome.result for name, outcome in outcomes.items()} == {
        "Layer": Result.FAILED,
        "Fn": Result.SKIPPED,
        "After": Result.SKIPPED,
        "Other": Result.BUILT,
    }
    assert site.skipped == {"Fn": "needs Layer", "After": "needs Fn"}


@pytest.mark.parametrize("error", [RuntimeError("bug"), KeyboardInterrupt(), SystemExit(143)])
def test_what_a_thread_raises_ends_the_others_and_starts_none(
    error: BaseException, make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]
) -> None:
    started: list[str] = []
    both = threading.Barrier(2, timeout=30)
    ended = threading.Event()

    def work(planned: PlannedUnit) -> Outcome:
        started.append(planned.unit.name)
        if planned.unit.name == "Later":
            return Outcome(planned.unit, Result.BUILT, "")
        both.wait()
        if planned.unit.name == "Broken":
            raise error
        assert ended.wait(30)
        return Outcome(planned.unit, Result.FAILED, "")

    units = {
        "Broken": make_planned(make_unit("Broken")),
        "Running": make_planned(make_unit("Running")),
        "Later": make_planned(make_unit("Later"), needs=["Running"]),
    }
    with pytest.raises(type(error)):
        run_units(units, work, Site().skip, 2, ended.set, ALONE, UNWATCHED)
    assert sorted(started) == ["Broken", "Running"]


def test_an_interrupt_while_waiting_ends_what_runs(
    make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]
) -> None:
    ended = threading.Event()

    def work(planned: PlannedUnit) -> Outcome:
        _thread.interrupt_main()
        assert ended.wait(30)
        return Outcome(planned.unit, Result.FAILED, "")

    with pytest.raises(KeyboardInterrupt):
        run_units({"Fn": make_planned(make_unit("Fn"))}, work, Site().skip, 1, ended.set, ALONE, UNWATCHED)
    assert ended.is_set()


@dataclass
class Hall:
    """Where batches are worked on.

    Attributes:
        kinds: What each unit has in common with others; units that are not there are worked on alone.
        refused: Units that come out of no batch.
        batches: Those that were worked on.
    """

    kinds: dict[str, BatchKind]
    refused: set[str] = field(default_factory=set)
    batches: list[list[str]] = field(default_factory=list)

    def of(self, site: Site) -> Batches:
        def work(batch: list[PlannedUnit]) -> dict[str, Outcome]:
            self.batches.append([planned.unit.name for planned in batch])
            return {planned.unit.name: site.work(planned) for planned in batch if planned.unit.name not in self.refused}

        return Batches(lambda planned: self.kinds.get(planned.unit.name), work)


LIGHT, HEAVY = BatchKind(("light",), is_light=True), BatchKind(("heavy",), is_light=False)


@given(needs=acyclic_needs(), jobs=st.integers(1, 3), data=st.data())
def test_any_graph_is_worked_through_in_batches(
    needs: Needs,
    jobs: int,
    data: st.DataObject,
    make_planned: Callable[..., PlannedUnit],
    make_unit: Callable[..., Unit],
) -> None:
    names = st.lists(st.sampled_from(list(needs)), unique=True) if needs else st.just([])
    failing, refused = set(data.draw(names)), set(data.draw(names))
    kinds = {name: data.draw(st.sampled_from([LIGHT, LIGHT, HEAVY])) for name in data.draw(names)}
    units = {name: make_planned(make_unit(name), needs=needs[name]) for name in needs}
    site, hall = Site(failing), Hall(kinds, refused)

    outcomes = run_units(units, site.work, site.skip, jobs, site.abort, hall.of(site), UNWATCHED)

    assert outcomes.keys() == units.keys()
    assert len(site.started) == len(set(site.started))
    assert sorted(site.started) == sorted(name for name in needs if outcomes[name].result is not Result.SKIPPED)
    assert not site.too_early
    for batch in hall.batches:
        assert len({kinds[name] for name in batch}) == 1
        assert len(batch) > 1


@pytest.mark.parametrize(
    ("kind", "count", "jobs", "sizes"),
    [
        (LIGHT, 100, 2, [50, 50]),
        (LIGHT, 100, 1, [50, 50]),
        (LIGHT, 3, 2, [2]),
        (LIGHT, 2, 2, []),
        (LIGHT, 10, 4, [3, 3, 3]),
        (HEAVY, 100, 2, [5] * 17 + [3, 3, 2]),
        (HEAVY, 7, 2, []),
        (None, 100, 2, []),
    ],
)
def test_batches_leave_something_for_each_slot(
    kind: BatchKind | None,
    count: int,
    jobs: int,
    sizes: list[int],
    make_planned: Callable[..., PlannedUnit],
    make_unit: Callable[..., Unit],
) -> None:
    units = {f"U{number}": make_planned(make_unit(f"U{number}")) for number in range(count)}
    site, hall = Site(), Hall(dict.fromkeys(units, kind) if kind else {})
    run_units(units, site.work, site.skip, jobs, site.abort, hall.of(site), UNWATCHED)
    assert sorted(map(len, hall.batches), reverse=True) == sizes


def test_what_comes_out_of_no_batch_is_worked_on_alone(
    make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]
) -> None:
    names = [f"U{number}" for number in range(8)]
    units = {name: make_planned(make_unit(name)) for name in names}
    site, hall = Site({"U1"}), Hall(dict.fromkeys(names, LIGHT), {"U1", "U2"})
    outcomes = run_units(units, site.work, site.skip, 1, site.abort, hall.of(site), UNWATCHED)
    assert hall.batches == [names]
    assert site.started[-2:] == ["U1", "U2"]
    assert [name for name, outcome in outcomes.items() if not outcome.is_good] == ["U1"]
