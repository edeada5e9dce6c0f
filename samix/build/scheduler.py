"""Units in the order of the graph: each starts as soon as what it needs is there and a slot is free.

A unit whose prerequisite did not end well is never started. A unit that is built on the dependencies of another waits
until that one has installed them. If that one cannot start yet, or fails for another reason than its dependencies, the
next unit that needs them installs them. There are no barriers between layers and functions. Units that write in one
place take turns, in the order of the graph, which is the template's. Where many more units are ready than there are
slots, several are worked on together.

The result of a unit that can meet another is provisional until every unit that ran at the same time has ended. If a
path that concerns both was written meanwhile, both are built again, one after the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from samix.build.lookout import Lookout, changes
from samix.plan.dependency_sets import reassign_installation
from samix.plan.planned_unit import PlannedUnit
from samix.units.outcome import Outcome, Result

if TYPE_CHECKING:
    from samix.plan.places import Turns

# what became of a unit, or the unit as it is to be worked on once more
End: TypeAlias = "Outcome | PlannedUnit"
# what became of a group, by name, and what was written meanwhile where its units can meet others
Ends: TypeAlias = tuple[Mapping[str, End], frozenset[str]]
Running: TypeAlias = Mapping[Future[Ends], list[PlannedUnit]]

_LARGEST_HEAVY, _LARGEST_LIGHT = 5, 50


@dataclass(frozen=True)
class BatchKind:
    """What units of one batch have in common."""

    details: tuple[object, ...]  # anything that is equal for them alone
    is_light: bool  # whether each of them takes about as long as another, and no batch is too large
    rounds: int = 1  # of those, how many batches each slot gets


@dataclass(frozen=True)
class Batches:
    """Which units can be worked on together, and how."""

    # what units of one batch have in common; None for a unit that is worked on alone
    kind: Callable[[PlannedUnit], BatchKind | None]
    # builds several units, in a thread of its own; their outcomes by name, without those that must be worked on alone
    work: Callable[[list[PlannedUnit]], Mapping[str, Outcome]]


@dataclass(frozen=True)
class Watch:
    """How units that can meet are watched."""

    lookout: Lookout
    # called with a unit that is worked on once more, the other unit because of which, and a path that was written
    again: Callable[[PlannedUnit, PlannedUnit, str], None]
    # called with a unit and what became of it, once that is accepted, what was written meanwhile where it can meet
    # others, and the names of the others that were worked on meanwhile
    accept: Callable[[PlannedUnit, Outcome, frozenset[str], frozenset[str]], None]


def _first_ended(running: Running) -> Collection[Future[Ends]]:
    return wait(running, return_when=FIRST_COMPLETED)[0]


def run_units(
    units: Mapping[str, PlannedUnit],
    work: Callable[[PlannedUnit], End],
    skip: Callable[[PlannedUnit, str], Outcome],
    jobs: int,
    abort: Callable[[], None],
    batches: Batches,
    watch: Watch,
    first_ended: Callable[[Running], Collection[Future[Ends]]] = _first_ended,
    *,
    fail_fast: bool = False,
) -> dict[str, Outcome]:
    """Work through all units, at most `jobs` at a time; the outcome of each, by name.

    Args:
        units: By name, each after those that it needs.
        work: Builds one unit, in a thread of its own; a failure is an outcome, too. It may also return
            the unit as it is to be worked on once more.
        skip: The outcome of a unit that is not started, from it and why.
        jobs: How many may run at the same time.
        abort: Ends what runs, so that no thread has to be waited for when the build is interrupted.
        batches: How several units are worked on together.
        watch: How units that can meet are watched.
        first_ended: Waits until something ends of what runs, and returns that.
        fail_fast: Whether nothing is started any more once a unit has failed; what runs goes on.

    Raises:
        BaseException: What `work` raises, once no unit that has started is running any more.
    """
    schedule = _Schedule(dict(units), jobs, batches, watch, fail_fast=fail_fast)

    def work_on(group: list[PlannedUnit]) -> Ends:
        names = [planned.unit.name for planned in group]
        before = watch.lookout.look(names)
        ends = batches.work(group) if group[1:] else {names[0]: work(group[0])}
        return ends, changes(before, watch.lookout.look(names))

    running: dict[Future[Ends], list[PlannedUnit]] = {}
    with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="unit") as pool:
        try:
            while schedule.is_going or running:
                while len(running) < jobs and (group := schedule.take(skip)):
                    running[pool.submit(work_on, group)] = group
                for future in first_ended(running):
                    schedule.put_back(running.pop(future), *future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            abort()
            raise
    return schedule.outcomes


def _installer(planned: PlannedUnit) -> str:
    """The unit that installs the dependencies of another; empty if that is the unit itself or was done before."""
    return planned.share.installed_by if planned.share else ""


@dataclass(eq=False)
class _Run:
    """A unit that is worked on, or whose outcome is not accepted yet."""

    planned: PlannedUnit
    beside: list[_Run]  # the runs of units that it can meet which were worked on at the same time, or before their turn
    meanwhile: set[str]  # the units among those that were worked on at the same time
    has_ended: bool = False
    # what became of it, if anything did: a unit of a batch that failed is worked on alone
    outcome: Outcome | None = None
    changed: frozenset[str] = frozenset()  # what was written meanwhile where it can meet others

    @property
    def name(self) -> str:
        return self.planned.unit.name


@dataclass
class _Schedule:
    """What is to be worked on next. The first five fields are as for `run_units`."""

    units: dict[str, PlannedUnit]
    jobs: int
    batches: Batches
    watch: Watch
    fail_fast: bool
    # the units that are not worked on yet, in the order of `units`
    waiting: dict[str, PlannedUnit] = field(default_factory=dict)
    runs: dict[str, _Run] = field(default_factory=dict)  # by name, the units that are worked on or not accepted yet
    outcomes: dict[str, Outcome] = field(default_factory=dict)  # by name, what became of the other units
    # by name, the runs of those among the others that can meet other units
    past: dict[str, _Run] = field(default_factory=dict)
    # the units that are being made from something that is made once more
    outdated: set[str] = field(default_factory=set)
    _installed: set[str] = field(default_factory=set)  # the keys of what units of this build have installed
    _position: dict[str, int] = field(default_factory=dict)
    _met: dict[str, set[str]] = field(default_factory=dict)
    _kinds: dict[str, BatchKind | None] = field(default_factory=dict)
    _portions: dict[BatchKind, int] = field(default_factory=dict)  # how many units of a kind have been one slot's part

    def __post_init__(self) -> None:
        self.waiting = dict(self.units)
        self._position = {name: number for number, name in enumerate(self.units)}

    @property
    def is_going(self) -> bool:
        """Whether something is left."""
        return bool(self.waiting or self.runs)

    def take(self, skip: Callable[[PlannedUnit, str], Outcome]) -> list[PlannedUnit]:
        """The next unit that can be started, with those that go with it; none if all wait for what is running."""
        if self.fail_fast:
            self._skip_after_failure(skip)
        running = [self._turns(run.planned) for run in self.runs.values()]
        first: list[Turns] = []  # of units whose turn comes before
        for name in list(self.waiting):
            self._replace_failed_installer(self.waiting[name])
            planned = self.waiting[name]
            turns = self._turns(planned)
            # what needs it is worked on: it was accepted before, and is to be worked on once more
            is_in_use = any(name in run.planned.needs for run in self.runs.values())
            is_next = not any(turns.meets(one) for one in first) and not any(turns.excludes(one) for one in running)
            can_start = is_next and not is_in_use and planned.needs <= self.outcomes.keys()
            blockers = sorted(need for need in planned.needs if can_start and not self.outcomes[need].is_good)
            if can_start and not blockers and self._may_install(planned):
                self._make_installer(name)
                planned = self.waiting[name]
            if not can_start or not (blockers or self._is_ready(planned)):
                first += [turns] if turns.writes or turns.reads else []
                continue
            if blockers:
                del self.waiting[name]
                self.outcomes[name] = skip(planned, f"needs {', '.join(blockers)}")
            elif self._lacks_dependencies(planned):
                del self.waiting[name]
                why = f"needs the dependencies of {_installer(planned)}, which could not be installed"
                self.outcomes[name] = skip(planned, why)
            else:
                return self._start([self.waiting.pop(each) for each in self._batch(name)])
        return []

    def _is_ready(self, planned: PlannedUnit) -> bool:
        """Whether nothing that a unit waits for is still to come."""
        is_decided = not _installer(planned) or self._is_installed(planned) or self._lacks_dependencies(planned)
        return is_decided and planned.needs <= self.outcomes.keys()

    def _is_installed(self, planned: PlannedUnit) -> bool:
        """Whether a unit of this build has installed what a unit needs; its outcome need not be accepted yet."""
        return planned.share is not None and planned.share.key in self._installed

    def _lacks_dependencies(self, planned: PlannedUnit) -> bool:
        """Whether the dependencies that a unit is to be built on could not be installed."""
        outcome = self.outcomes.get(_installer(planned))
        return outcome is not None and outcome.is_of_dependencies

    def _replace_failed_installer(self, planned: PlannedUnit) -> None:
        """If the unit that was to install the dependencies of another has not, make the next one install them."""
        installer = _installer(planned)
        if installer in self.outcomes and not self._is_installed(planned) and not self._lacks_dependencies(planned):
            self._update(reassign_installation(self.waiting.values(), installer))

    def _may_install(self, planned: PlannedUnit) -> bool:
        """Whether a unit can install in place of its installer, which cannot start yet."""
        share = planned.share
        if share is None or share.is_empty:  # that takes no time; not every unit leaves a set that has nothing in it
            return False
        return share.installed_by in self.waiting and not self._is_installed(planned)

    def _make_installer(self, name: str) -> None:
        """Let a unit that can start install in place of its installer, which cannot start yet and waits for it then."""
        self._update(reassign_installation(self.waiting.values(), _installer(self.waiting[name]), name))

    def _update(self, changed: Iterable[PlannedUnit]) -> None:
        """Change units that wait."""
        for planned in changed:
            name = planned.unit.name
            self.waiting[name] = self.units[name] = planned
            if self._kinds.get(name):  # a kind depends on who installs; None stays: the unit is worked on alone
                del self._kinds[name]

    def _turns(self, planned: PlannedUnit) -> Turns:
        met = self._met.get(planned.unit.name)
        return planned.turns.and_also(met) if met else planned.turns

    def _start(self, group: list[PlannedUnit]) -> list[PlannedUnit]:
        for planned in group:
            partners = self.watch.lookout.partners.get(planned.unit.name, {})
            beside = [run for run in self.runs.values() if run.name in partners and not run.has_ended]
            later = [
                run for run in self.past.values() if run.name in partners and self._is_before(planned, run.planned)
            ]
            run = _Run(planned, [*beside, *later], {other.name for other in beside})
            self.runs[planned.unit.name] = run
            for other in beside:
                other.beside.append(run)
                other.meanwhile.add(run.name)
        return group

    def _is_before(self, one: PlannedUnit, other: PlannedUnit) -> bool:
        """Whether a unit has its turn before another."""
        return self._position[one.unit.name] < self._position[other.unit.name]

    def _skip_after_failure(self, skip: Callable[[PlannedUnit, str], Outcome]) -> None:
        failed = next((name for name, outcome in self.outcomes.items() if outcome.result is Result.FAILED), None)
        if failed is not None:
            why = f"not started: {failed} has failed"
            self.outcomes |= {name: skip(planned, why) for name, planned in self.waiting.items()}
            self.waiting.clear()

    def put_back(
        self, group: list[PlannedUnit], ends: Mapping[str, End], changed: frozenset[str] = frozenset()
    ) -> None:
        """Keep what became of a group; units without an outcome are worked on alone, and next."""
        left = {planned.unit.name: planned for planned in group if planned.unit.name not in ends}
        left |= {name: end for name, end in ends.items() if isinstance(end, PlannedUnit)}
        outcomes = {name: end for name, end in ends.items() if isinstance(end, Outcome)}
        for planned in group:
            run = self.runs[planned.unit.name]
            run.has_ended, run.outcome, run.changed = True, outcomes.get(run.name), changed
            if planned.share and run.outcome and run.outcome.result is Result.BUILT:
                self._installed.add(planned.share.key)
        for name in left:
            del self.runs[name]
        self._kinds.update(dict.fromkeys(left))
        self.waiting = {**left, **self.waiting}
        for name, planned in left.items():
            if planned is not self.units[name]:
                # a unit that finds artifacts of others shares nothing; it may wait now for one that waited for it
                self._update(reassign_installation(self.waiting.values(), name))
                self._put_after_needs(replace(planned, share=None))
        for run in [run for run in self.runs.values() if all(one.has_ended for one in (run, *run.beside))]:
            self._judge(run)

    def _put_after_needs(self, planned: PlannedUnit) -> None:
        """Put a unit that has more needs now behind them."""
        name = planned.unit.name
        units = {**self.units, name: planned}
        order = [other for other in units if other != name]
        needs = (order.index(need) for need in planned.needs if need in units)
        order.insert(max([self._position[name], *(place + 1 for place in needs)]), name)
        self.units = {other: units[other] for other in order}
        self._position = {other: number for number, other in enumerate(order)}
        waiting = {**self.waiting, name: planned}
        self.waiting = {other: waiting[other] for other in self.units if other in waiting}

    def _judge(self, run: _Run) -> None:
        """Accept the outcome of a unit, or schedule the unit again."""
        del self.runs[run.name]
        met = self._meetings(run)
        if met or run.name in self.outdated:
            paths = {path for found in met.values() for path in found}
            others = self._affected({name for name in met if name in self.past}, paths)
            self.outdated -= {run.name}
            done = self._done() & others
            for name in others:
                del self.outcomes[name]
                self.past.pop(name, None)
            self._separate({run.name, *met, *others}, paths)
            self._report_again(run, met, done)
            again = {*self.waiting, run.name, *others}
            self._kinds.update(dict.fromkeys([run.name, *others]))
            self.waiting = {name: planned for name, planned in self.units.items() if name in again}
        elif run.outcome:
            self.outcomes[run.name] = run.outcome
            if self.watch.lookout.watches(run.name):
                self.past[run.name] = run
                self.watch.accept(run.planned, run.outcome, run.changed, frozenset(run.meanwhile))

    def _affected(self, names: set[str], paths: set[str]) -> set[str]:
        """The units that are to be worked on once more although they were accepted.

        These are `names`, which ran before their turn, those that wrote to `paths`, where something is written once
        more, so that each finds what it is to find there, and those that were made from what these made.
        """
        found, grown = set(names), True
        while grown:
            paths |= {path for name in found if name in self.past for path in self.past[name].changed}
            wrote = {name for name, past in self.past.items() if not paths.isdisjoint(past.changed)}
            uses = {name for name, planned in self.units.items() if not found.isdisjoint(planned.used_names)}
            self.outdated |= uses & self.runs.keys()
            more = wrote | self._after(found) | (uses & self._done()) | self._skipped_for(found)
            grown = not more <= found
            found |= more
        return found

    def _skipped_for(self, names: set[str]) -> set[str]:
        """The units that were skipped and wait for one of these or its dependencies, or for what was skipped itself."""
        skipped = (self.units[name] for name, outcome in self.outcomes.items() if outcome.result is Result.SKIPPED)
        return {one.unit.name for one in skipped if not names.isdisjoint({*one.needs, _installer(one)})}

    def _done(self) -> set[str]:
        """The units that were worked on and accepted."""
        outcomes = self.outcomes.items()
        return {name for name, one in outcomes if one.result is not Result.SKIPPED and self.units[name].reasons}

    def _after(self, names: Collection[str]) -> set[str]:
        """The units that were worked on, and whose turn is after that of one of these."""
        units = [self.units[name] for name in names]
        done = (self.units[name] for name in self._done())
        return {
            one.unit.name
            for one in done
            if any(self._is_before(unit, one) and self._turns(unit).meets(self._turns(one)) for unit in units)
        }

    def _report_again(self, run: _Run, met: Mapping[str, list[str]], others: Iterable[str]) -> None:
        """Report why units are worked on once more."""
        other, paths = next(iter(met.items()), (run.name, [""]))
        path = max(paths, key=lambda path: path.count("/"))
        self.watch.again(run.planned, self.units[other], path)
        for name in others:
            self.watch.again(self.units[name], run.planned, path)

    def _separate(self, names: Iterable[str], paths: Collection[str]) -> None:
        """Never run these units at the same time again, nor at the same time as others that use these paths."""
        others = (name for name in self.waiting if self.watch.lookout.matters(name, paths))
        for name in {*names, *others} if paths else ():
            self._met.setdefault(name, set()).add(min(paths))
            self._kinds[name] = None

    def _meetings(self, run: _Run) -> dict[str, list[str]]:
        """By name, the units that ran at the same time, with the paths written meanwhile that matter to both."""
        found = {
            other.name: self.watch.lookout.shared_changes(run.name, other.name, run.changed | other.changed)
            for other in run.beside
        }
        return {name: paths for name, paths in found.items() if paths}

    def _batch(self, name: str) -> list[str]:
        """A unit that is ready, with others, but not so many that a slot would be idle in the end."""
        kind = self._kind(name)
        installers = {_installer(planned) for planned in self.waiting.values()}
        if kind is None or (name in installers and not kind.is_light):  # others wait for it
            return [name]
        others = (
            other
            for other, planned in self.waiting.items()
            if other != name
            and self._is_ready(planned)
            and all(self.outcomes[need].is_good for need in planned.needs)
            and not self._lacks_dependencies(planned)
            and (kind.is_light or other not in installers)
            and self._kind(other) == kind
        )
        names = [name, *others]
        if kind.is_light:
            # as many as when they were most, so that there are as many batches for each slot
            self._portions[kind] = max(self._portions.get(kind, 0), math.ceil(len(names) / (self.jobs * kind.rounds)))
            size = min(_LARGEST_LIGHT, self._portions[kind])
        else:
            size = min(_LARGEST_HEAVY, len(names) // (2 * self.jobs))
        return names[: max(size, 1)]

    def _kind(self, name: str) -> BatchKind | None:
        if name not in self._kinds:
            self._kinds[name] = self.batches.kind(self.waiting[name])
        return self._kinds[name]
