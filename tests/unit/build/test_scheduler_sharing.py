"""Units that share dependencies: who installs them, who waits for whom, and who is built together."""

from __future__ import annotations

import itertools
import re
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scheduling import ALONE, UNWATCHED, Needs, acyclic_needs

from samix.build.lookout import Look, Lookout
from samix.build.scheduler import Batches, BatchKind, Watch, run_units
from samix.plan.places import Reach, Turns
from samix.plan.share import Share
from samix.units.outcome import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from samix.plan.planned_unit import PlannedUnit
    from samix.units.unit import Unit


def _built(planned: PlannedUnit) -> Outcome:
    return Outcome(planned.unit, Result.BUILT, "")


def _skip(planned: PlannedUnit, why: str) -> Outcome:
    return Outcome(planned.unit, Result.SKIPPED, why)


def _abort() -> None:
    raise AssertionError


def _sharing(units: Mapping[str, PlannedUnit], keys: Mapping[str, str]) -> dict[str, PlannedUnit]:
    """The units, those with a key as `samix.plan.dependency_sets.with_shares` leaves them."""
    first: dict[str, str] = {}
    shared = dict(units)
    for name in [name for name in units if keys.get(name)]:
        installer = first.setdefault(keys[name], name)
        share = Share(keys[name], "", {}, installed_by="" if installer == name else installer)
        shared[name] = replace(units[name], share=share)
    return shared


@given(needs=acyclic_needs(), jobs=st.integers(1, 4), data=st.data())
def test_dependencies_are_installed_once(
    needs: Needs,
    jobs: int,
    data: st.DataObject,
    make_planned: Callable[..., PlannedUnit],
    make_unit: Callable[..., Unit],
) -> None:
    names = st.sampled_from([*needs, ""])
    failing, uninstallable = data.draw(st.sets(names)), data.draw(st.sets(names))
    keys = {name: data.draw(st.sampled_from(["", "one", "two"])) for name in needs}
    units = _sharing({name: make_planned(make_unit(name), needs=needs[name]) for name in needs}, keys)
    installed: list[str] = []  # the keys of what was installed
    installing: list[str] = []
    wrong: list[str] = []
    skipped: dict[str, str] = {}

    def work(planned: PlannedUnit) -> Outcome:
        name, share = planned.unit.name, planned.share
        if share and share.installed_by and share.key not in installed:
            wrong.append(f"{name} starts too early")
        if share and not share.installed_by and share.key in [*installed, *installing]:
            wrong.append(f"{name} installs once more")
        if share and not share.installed_by:
            installing.append(share.key)
            threading.Event().wait(0.0005)
            installing.remove(share.key)
        if name in failing | uninstallable:
            is_of_dependencies = bool(share and not share.installed_by and name in uninstallable)
            return Outcome(planned.unit, Result.FAILED, "", is_of_dependencies=is_of_dependencies)
        installed.extend([share.key] if share else [])
        return Outcome(planned.unit, Result.BUILT, "")

    def skip(planned: PlannedUnit, why: str) -> Outcome:
        skipped[planned.unit.name] = why
        return Outcome(planned.unit, Result.SKIPPED, why)

    outcomes = run_units(units, work, skip, jobs, _abort, ALONE, UNWATCHED)
    assert outcomes.keys() == units.keys()
    assert not wrong
    for why in skipped.values():
        found = re.fullmatch("needs the dependencies of (.*), which could not be installed", why)
        if found:
            assert outcomes[found[1]].is_of_dependencies
        else:
            assert not any(outcomes[name].is_good for name in why.removeprefix("needs ").split(", "))
    assert {outcomes[name].result for name in needs if name not in failing | uninstallable} <= {
        Result.BUILT,
        *([Result.SKIPPED] if skipped else []),
    }


def test_a_unit_that_needs_another_later_installs_its_own(
    make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]
) -> None:
    units = _sharing({name: make_planned(make_unit(name)) for name in "ABC"}, dict.fromkeys("ABC", "one"))
    seen: list[tuple[str, str | None]] = []

    def work(planned: PlannedUnit) -> Outcome | PlannedUnit:
        seen.append((planned.unit.name, planned.share.installed_by if planned.share else None))
        if seen == [("A", "")]:  # it has found out that it needs the artifact of another, which waits for it
            return replace(planned, needs=frozenset("B"))
        return _built(planned)

    outcomes = run_units(units, work, _skip, 1, _abort, ALONE, UNWATCHED)
    assert all(outcome.is_good for outcome in outcomes.values())
    assert seen[1] == ("B", "")
    assert sorted(seen[2:], key=str) == [("A", None), ("C", "B")]


def test_a_unit_that_can_start_installs_for_one_that_cannot(
    make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]
) -> None:
    names = ["Slow", "A", "B", "C"]
    units = {name: make_planned(make_unit(name)) for name in names}
    units |= {name: replace(units[name], turns=Turns(frozenset({"/place"}))) for name in ("Slow", "A")}
    units = _sharing(units, dict.fromkeys("ABC", "one"))
    seen: dict[str, str] = {}
    all_others = threading.Event()

    def work(planned: PlannedUnit) -> Outcome:
        if planned.unit.name == "Slow":
            assert all_others.wait(30)
        elif planned.share:
            seen[planned.unit.name] = planned.share.installed_by
        if len(seen) == 2:
            all_others.set()
        return _built(planned)

    outcomes = run_units(units, work, _skip, 2, _abort, ALONE, UNWATCHED)
    assert all(outcome.is_good for outcome in outcomes.values())
    assert list(seen.items()) == [("B", ""), ("C", "B"), ("A", "B")]


def _meeting(*names: str) -> Lookout:
    """Units of which each may write where another reads."""
    return Lookout.over({name: Reach(f"/{name}", ("/nowhere/place",), runs_code=True) for name in names})


def test_nobody_waits_until_what_was_installed_is_accepted(
    make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]
) -> None:
    units = _sharing({name: make_planned(make_unit(name)) for name in ("A", "Slow", "B")}, dict.fromkeys("AB", "one"))
    started = threading.Event()

    def work(planned: PlannedUnit) -> Outcome:
        if planned.unit.name == "B":
            started.set()
        if planned.unit.name == "Slow":  # until it ends, it may yet write what A has read
            assert started.wait(30)
        return _built(planned)

    watch = Watch(_meeting("A", "Slow"), lambda *_: None, lambda *_: None)
    outcomes = run_units(units, work, _skip, 2, _abort, ALONE, watch)
    assert all(outcome.is_good for outcome in outcomes.values())


class Written(Lookout):
    """A lookout that sees another time of writing with each look."""

    def look(self, names: Iterable[str]) -> Look:
        return {"/nowhere/place": (next(_TIMES), 0, 0, 0)} if "Writer" in names else {}


_TIMES = itertools.count()


def test_units_are_built_once_what_they_lacked_is_installed(
    make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]
) -> None:
    units = {name: make_planned(make_unit(name)) for name in ("First", "Writer", "A", "B")}
    units["Writer"] = replace(units["Writer"], needs=frozenset({"First"}))
    units = _sharing(units, dict.fromkeys("AB", "one"))
    is_skipped = threading.Event()
    tries: list[str] = []

    def work(planned: PlannedUnit) -> Outcome:
        name = planned.unit.name
        tries.append(name)
        if name == "First":
            assert is_skipped.wait(30)
        if tries.count("A") == 1 and name == "A":  # it reads what Writer writes later, whose turn was before
            return Outcome(planned.unit, Result.FAILED, "", is_of_dependencies=True)
        return _built(planned)

    def skip(planned: PlannedUnit, why: str) -> Outcome:
        is_skipped.set()
        return _skip(planned, why)

    seen = _meeting("Writer", "A")
    watch = Watch(Written(seen.reaches, seen.partners), lambda *_: None, lambda *_: None)
    outcomes = run_units(units, work, skip, 2, _abort, ALONE, watch)
    assert {name: outcome.result for name, outcome in outcomes.items()} == dict.fromkeys(units, Result.BUILT)
    assert tries.count("A") == 2


def test_units_that_share_dependencies_are_built_together(
    make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]
) -> None:
    names = [f"U{number}" for number in range(7)]
    units = _sharing({name: make_planned(make_unit(name)) for name in names}, dict.fromkeys(names, "one"))
    groups: list[list[str]] = []

    def together(batch: list[PlannedUnit]) -> dict[str, Outcome]:
        groups.append([planned.unit.name for planned in batch])
        return {planned.unit.name: Outcome(planned.unit, Result.BUILT, "") for planned in batch}

    def work(planned: PlannedUnit) -> Outcome:
        groups.append([planned.unit.name])
        return Outcome(planned.unit, Result.BUILT, "")

    batches = Batches(lambda _: BatchKind((), is_light=True), together)
    run_units(units, work, _skip, 2, _abort, batches, UNWATCHED)
    assert groups[0] == ["U0"]
    assert sorted(map(len, groups[1:])) == [3, 3]


@pytest.mark.parametrize(("is_light", "first"), [(True, 7), (False, 1)])
def test_others_do_not_wait_for_a_batch_of_installations(
    is_light: bool, first: int, make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]
) -> None:
    names = [f"U{number}" for number in range(10)]
    keys = dict(zip(names, ["one", *names[1:7], "one", "one", "one"], strict=True))
    units = _sharing({name: make_planned(make_unit(name)) for name in names}, keys)
    groups: list[list[str]] = []

    def together(batch: list[PlannedUnit]) -> dict[str, Outcome]:
        groups.append([planned.unit.name for planned in batch])
        return {planned.unit.name: Outcome(planned.unit, Result.BUILT, "") for planned in batch}

    batches = Batches(lambda one: BatchKind((bool(one.share and one.share.installed_by),), is_light=is_light), together)
    work = lambda one: together([one])[one.unit.name]  # noqa: E731 - the same for one
    run_units(units, work, _skip, 1, _abort, batches, UNWATCHED)
    assert groups[0] == names[:first]
