"""What happened when in a build."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from samix.build.events import Finished, Heard, Placing, Planned, Retrying, Started, Stopping, Waiting
from samix.messages.note import Note
from samix.sam.step import begun_step_of, step_of

if TYPE_CHECKING:
    from samix.build.events import Event
    from samix.plan.planned_unit import PlannedUnit
    from samix.units.outcome import Outcome

_PHASES = {Waiting: "wait", Planned: "build", Stopping: "end what runs", Placing: "put in place"}


@dataclass
class Run:
    """A run of sam. Times are seconds since the build began."""

    units: tuple[str, ...]  # the names of the units that it builds
    lane: int  # which of the runs side by side it is: the lowest number that was free, from 1
    start: float
    end: float | None = None  # when it ended; None if it has not
    steps: list[tuple[str, float]] = field(default_factory=list)  # the steps that it reported, and since when
    retries: int = 0  # how often it was tried again


class Timeline:
    """Records the events of a build, and when each happened.

    Attributes:
        began: When the build began, in seconds since the epoch.
        runs: The runs of sam, in the order in which they started.
        phases: The phases of the build besides these, and since when.
        outcomes: By the name of each unit that has ended, its outcome.
        waits_for: By the name of a unit, the names of those that it waited for.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.began = time.time()
        self.notes: list[Note] = []
        self.runs: list[Run] = []
        self.phases: list[tuple[str, float]] = [("plan", 0.0)]
        self.outcomes: dict[str, Outcome] = {}
        self.waits_for: dict[str, tuple[str, ...]] = {}
        self._clock = clock
        self._zero = clock()
        self._running: dict[str, Run] = {}  # by the first unit of each
        self._lock = threading.Lock()

    def now(self) -> float:
        """The seconds since the build began."""
        return self._clock() - self._zero

    @property
    def running(self) -> list[str]:
        """The names of the units that are being built, in the order in which they were started."""
        with self._lock:
            return [name for run in self._running.values() for name in run.units]

    def run_of(self, name: str) -> Run | None:
        """The last run in which a unit was built."""
        return next((run for run in reversed(self.runs) if name in run.units), None)

    def __call__(self, event: Event) -> None:
        """Record an event."""
        match event:
            case Note():
                self.notes.append(event)
            case Started(group):
                self._start(group)
            case Heard(group, lines, rest):
                self._hear(group, lines, rest)
            case Retrying(planned):
                with self._lock:
                    self._running[planned.unit.name].retries += 1
            case Finished(group, outcomes):
                self._finish(group, outcomes)
            case _:
                with self._lock:
                    self.phases.append((_PHASES[type(event)], self.now()))

    def _start(self, group: Sequence[PlannedUnit]) -> None:
        with self._lock:
            taken = {run.lane for run in self._running.values()}
            lane = next(lane for lane in range(1, len(taken) + 2) if lane not in taken)
            run = Run(tuple(planned.unit.name for planned in group), lane, self.now())
            self.runs.append(run)
            self._running[run.units[0]] = run

    def _hear(self, group: Sequence[PlannedUnit], lines: Sequence[str], rest: str) -> None:
        steps = [step for step in (*map(step_of, lines), begun_step_of(rest)) if step]
        with self._lock:
            run = self._running[group[0].unit.name]
            for step in steps:
                if not run.steps or run.steps[-1][0] != step:
                    run.steps.append((step, self.now()))

    def _finish(self, group: Sequence[PlannedUnit], outcomes: Sequence[Outcome]) -> None:
        with self._lock:
            self.outcomes |= {outcome.unit.name: outcome for outcome in outcomes}
            self.waits_for |= {planned.unit.name: tuple(sorted(planned.needs)) for planned in group}
            run = self._running.pop(group[0].unit.name, None)
            if run:
                run.end = self.now()
