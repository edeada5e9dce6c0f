"""Units that share dependencies: who installs them, who waits for whom, and who is built together."""

from __future__ import annotations

import itertools
import re
import threading
from dataclasses import dataclass, field, replace
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
    from collections.abc import Callable, Iterable, Iterator, Mapping

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


@dataclass
class Site:
    """Where units are built that share dependencies, and what was seen there."""

    failing: set[str]
    uninstallable: set[str]
    alone: set[str]  # units that come out of no batch
    installed: list[str] = field(default_factory=list)  # the keys of what was installed
    installing: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)

    def work(self, planned: PlannedUnit) -> Outcome:
        name, share = planned.unit.name, planned.share
        if share and share.installed_by and share.key not in self.installed:
            self.wrong.append(f"{name} starts too early")
        if share and not share.installed_by:
            self._install(name, share)
        if name in self.failing | self.uninstallable:
            is_of_dependencies = bool(share and not share.installed_by and name in self.uninstallable)
            return Outcome(planned.unit, Result.FAILED, "", is_of_dependencies=is_of_dependencies)
        self.installed.extend([share.key] if share else [])
        return _built(planned)

    def _install(self, name: str, share: Share) -> None:
        if share.key in [*self.installed, *self.installing]:
            self.wrong.append(f"{name} installs once more")
        self.installing.append(share.key)
        threading.Event().wait(0.0005)
        self.installing.remove(share.key)

    def work_together(self, batch: list[PlannedUnit]) -> dict[str, Outcome]:
        ends = {planned.unit.name: self.work(planned) for planned in batch if planned.unit.name not in self.alone}
        return {name: end for name, end in ends.items() if end.is_good}

    def kind(self, planned: PlannedUnit) -> BatchKind | None:
        share = planned.share
        if share and not share.installed_by:  # what failed in a batch would be installed once more
            return None
        return BatchKind((share and share.key,), is_light=bool(share))

    def skip(self, planned: PlannedUnit, why: str) -> Outcome:
        self.skipped[planned.unit.name] = why
        return _skip(planned, why)


def _is_true(why: str, outcomes: Mapping[str, Outcome]) -> bool:
    """Whether a reason not to start a unit holds."""
    if found := re.fullmatch("needs the dependencies of (.*), which could not be installed", why):
        return outcomes[found[1]].is_of_dependencies
    if found := re.fullmatch("not started: (.*) has failed", why):
        return outcomes[found[1]].result is Result.FAILED
    return not any(outcomes[name].is_good for name in why.removeprefix("needs ").split(", "))


@given(needs=acyclic_needs(), jobs=st.integers(1, 4), fail_fast=st.booleans(), data=st.data())
def test_dependencies_are_installed_once(
    needs: Needs,
    jobs: int,
    fail_fast: bool,
    data: st.DataObject,
    make_planned: Callable[..., PlannedUnit],
    make_unit: Callable[..., Unit],
) -> None:
    names = st.sets(st.sampled_from([*needs, ""]))
    keys = {name: data.draw(st.sampled_from(["", "one", "two"])) for name in needs}
    units = _sharing({name: make_planned(make_unit(name), needs=needs[name]) for name in needs}, keys)
    site = Site(data.draw(names), data.draw(names), data.draw(names))
    batches = Batches(site.kind, site.work_together)

    outcomes = run_units(units, site.work, site.skip, jobs, _abort, batches, UNWATCHED, fail_fast=fail_fast)

    assert outcomes.keys() == units.keys()
    assert not site.wrong
    assert fail_fast or not any(why.startswith("not started") for why in site.skipped.values())
    assert {name: why for name, why in site.skipped.items() if not _is_true(why, outcomes)} == {}
    for name in needs.keys() - site.skipped.keys():
        has_failed = name in site.failing | site.uninstallable
        assert outcomes[name].result is (Result.FAILED if has_failed else Result.BUILT)


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


@pytest.mark.parametrize("name", ["A", "B"])
def test_a_unit_that_finds_artifacts_of_others_shares_nothing(
    name: str, make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]
) -> None:
    units = {one: make_planned(make_unit(one)) for one in ("Other", "A", "B")}
    units = _sharing(units, {"A": "one", "B": "one" if name == "B" else ""})
    seen: list[tuple[str, bool]] = []

    def work(planned: PlannedUnit) -> Outcome | PlannedUnit:
        seen.append((planned.unit.name, planned.share is not None))
        is_first = [one for one, _ in seen].count(name) == 1
        if planned.unit.name == name and is_first:
            return replace(planned, needs=frozenset({"Other"}))
        return _built(planned)

    run_units(units, work, _skip, 1, _abort, ALONE, UNWATCHED)
    assert [is_sharing for one, is_sharing in seen if one == name] == [True, False]


def test_a_unit_that_is_skipped_installs_for_nobody(
    make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]
) -> None:
    units = {name: make_planned(make_unit(name)) for name in ("Slow", "Bad", "A", "B", "C")}
    units |= {name: replace(units[name], turns=Turns(frozenset({"/place"}))) for name in ("Slow", "A")}
    units["B"] = replace(units["B"], needs=frozenset({"Bad"}))
    units = _sharing(units, dict.fromkeys("ABC", "one"))
    seen: dict[str, str] = {}
    installed = threading.Event()

    def work(planned: PlannedUnit) -> Outcome:
        if planned.unit.name == "Slow":
            assert installed.wait(30)
        if planned.share:
            seen[planned.unit.name] = planned.share.installed_by
            installed.set()
        return Outcome(planned.unit, Result.FAILED, "") if planned.unit.name == "Bad" else _built(planned)

    outcomes = run_units(units, work, _skip, 2, _abort, ALONE, UNWATCHED)
    assert outcomes["B"].result is Result.SKIPPED
    assert seen == {"C": "", "A": "C"}


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


def test_a_unit_does_not_install_nothing_for_others(
    make_planned: Callable[..., PlannedUnit], make_unit: Callable[..., Unit]
) -> None:
    units = {name: make_planned(make_unit(name)) for name in ("Layer", "A", "B")}
    units["A"] = replace(units["A"], needs=frozenset({"Layer"}))
    units = _sharing(units, dict.fromkeys("AB", "one"))
    units = {
        name: replace(one, share=replace(one.share, is_empty=True)) if one.share else one for name, one in units.items()
    }
    seen: list[str] = []

    def work(planned: PlannedUnit) -> Outcome:
        seen.append(planned.unit.name)
        return _built(planned)

    run_units(units, work, _skip, 2, _abort, ALONE, UNWATCHED)
    assert seen == ["Layer", "A", "B"]


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


@dataclass(frozen=True)
class Written(Lookout):
    """A lookout that sees another time of writing with each look."""

    times: Iterator[int] = field(default_factory=itertools.count)

    def look(self, names: Iterable[str]) -> Look:
        return {"/nowhere/place": (next(self.times), 0, 0, 0)} if "Writer" in names else {}


def test_units_are_built_after_all_if_their_installer_then_can(
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
