"""Units in the order of the graph: each starts as soon as what it needs is there and a slot is free.

A unit whose prerequisite did not end well is never started. There are no barriers between layers and functions.
Units that are built at one place among the sources take turns. Where many more units are ready than there are slots,
several are worked on together.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from samix.run.outcome import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from samix.plan.plan import PlannedUnit
    from samix.run.outcome import Outcome

_LARGEST_HEAVY, _LARGEST_LIGHT = 5, 50


@dataclass(frozen=True)
class BatchKind:
    """What units of one batch have in common.

    Attributes:
        details: Anything that is equal for them alone.
        is_light: Whether each of them takes about as long as another, and less than a run takes without any.
    """

    details: tuple[object, ...]
    is_light: bool


@dataclass(frozen=True)
class Batches:
    """Which units can be worked on together, and how.

    Attributes:
        kind: What units of one batch have in common; None for a unit that is worked on alone.
        work: Builds several units, in a thread of its own; their outcomes by name, without those that must be worked on
            alone.
    """

    kind: Callable[[PlannedUnit], BatchKind | None]
    work: Callable[[list[PlannedUnit]], Mapping[str, Outcome]]


def run_units(
    units: Mapping[str, PlannedUnit],
    work: Callable[[PlannedUnit], Outcome],
    skip: Callable[[PlannedUnit, str], Outcome],
    jobs: int,
    abort: Callable[[], None],
    batches: Batches | None = None,
    *,
    fail_fast: bool = False,
) -> dict[str, Outcome]:
    """Work through all units, at most `jobs` at a time.

    Args:
        units: By name, each after those that it needs.
        work: Builds one unit, in a thread of its own; it reports failure as an outcome.
        skip: The outcome of a unit that is not started, from it and why.
        jobs: How many may run side by side.
        abort: Ends what runs, so that no thread has to be waited for when the build is interrupted.
        batches: How several units are worked on together, if they may be.
        fail_fast: Whether nothing is started any more once a unit has failed; what runs goes on.

    Returns:
        The outcome of each unit, by name.

    Raises:
        BaseException: Whatever `work` raises, when no unit that has started is running any more.
    """
    schedule = _Schedule(dict(units), jobs, batches, fail_fast=fail_fast)

    def work_on(group: list[PlannedUnit]) -> Mapping[str, Outcome]:
        if batches and len(group) > 1:
            return batches.work(group)
        return {planned.unit.name: work(planned) for planned in group}

    running: dict[Future[Mapping[str, Outcome]], list[PlannedUnit]] = {}
    with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="unit") as pool:
        try:
            while schedule.waiting or running:
                while len(running) < jobs and (group := schedule.take(running.values(), skip)):
                    running[pool.submit(work_on, group)] = group
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    schedule.put_back(running.pop(future), future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            abort()
            raise
    return schedule.outcomes


@dataclass
class _Schedule:
    """What is to be worked on next.

    Attributes:
        waiting: The units that have not been started, by name, each after those that it needs.
        jobs: How many slots there are.
        batches: How several units are worked on together, if they may be.
        fail_fast: Whether nothing is started any more once a unit has failed.
        outcomes: What became of the others.
    """

    waiting: dict[str, PlannedUnit]
    jobs: int
    batches: Batches | None
    fail_fast: bool
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    _kinds: dict[str, BatchKind | None] = field(default_factory=dict)

    def take(
        self, running: Iterable[list[PlannedUnit]], skip: Callable[[PlannedUnit, str], Outcome]
    ) -> list[PlannedUnit]:
        """The next unit that can be started, with those that go with it; none if all wait for what is running."""
        if self.fail_fast:
            self._skip_after_failure(skip)
        workplaces = {planned.unit.workplace for group in running for planned in group} - {None}
        for name, planned in list(self.waiting.items()):
            if not planned.needs <= self.outcomes.keys() or planned.unit.workplace in workplaces:
                continue
            blockers = sorted(need for need in planned.needs if not self.outcomes[need].is_good)
            if blockers:
                del self.waiting[name]
                self.outcomes[name] = skip(planned, f"needs {', '.join(blockers)}")
            else:
                return [self.waiting.pop(each) for each in self._batch(name)]
        return []

    def _skip_after_failure(self, skip: Callable[[PlannedUnit, str], Outcome]) -> None:
        failed = next((name for name, outcome in self.outcomes.items() if outcome.result is Result.FAILED), None)
        if failed is not None:
            why = f"not started: {failed} has failed"
            self.outcomes |= {name: skip(planned, why) for name, planned in self.waiting.items()}
            self.waiting.clear()

    def put_back(self, group: list[PlannedUnit], outcomes: Mapping[str, Outcome]) -> None:
        """Keep what became of a group; what nothing became of is worked on alone, and next."""
        self.outcomes.update(outcomes)
        left = {planned.unit.name: planned for planned in group if planned.unit.name not in outcomes}
        self._kinds.update(dict.fromkeys(left))
        self.waiting = {**left, **self.waiting}

    def _batch(self, name: str) -> list[str]:
        """A unit that is ready, with others, but not so many that a slot would be idle in the end."""
        kind = self._kind(name)
        if kind is None:
            return [name]
        others = (
            other
            for other, planned in self.waiting.items()
            if other != name
            and all(need in self.outcomes and self.outcomes[need].is_good for need in planned.needs)
            and self._kind(other) == kind
        )
        names = [name, *others]
        if kind.is_light:
            size = min(_LARGEST_LIGHT, len(names) // self.jobs)
        else:
            size = min(_LARGEST_HEAVY, len(names) // (2 * self.jobs))
        return names[: max(size, 1)]

    def _kind(self, name: str) -> BatchKind | None:
        if self.batches and name not in self._kinds:
            self._kinds[name] = self.batches.kind(self.waiting[name])
        return self._kinds.get(name)
