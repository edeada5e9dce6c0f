"""What happened when in a build."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from samix.sam.step import begun_step_of, step_of

if TYPE_CHECKING:
    from samix.messages.note import Note
    from samix.plan.plan import Plan
    from samix.plan.planned_unit import PlannedUnit
    from samix.units.outcome import Outcome


@dataclass
class Run:
    """A run of sam. Times are seconds since the build began.

    Attributes:
        units: The names of the units that it builds.
        lane: Which of the runs side by side it is: the lowest number that was free, from 1.
        end: When it ended; None if it has not.
        steps: The steps that it reported, and since when.
        retries: How often it was tried again.
    """

    units: tuple[str, ...]
    lane: int
    start: float
    end: float | None = None
    steps: list[tuple[str, float]] = field(default_factory=list)
    retries: int = 0


class Timeline:
    """A `Reporter` that records what happens, and when.

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

    def note(self, note: Note) -> None:
        """Something that the user should know."""
        self.notes.append(note)

    def waiting(self, holder: str) -> None:
        """Another samix holds the project."""
        del holder
        self._enter("wait")

    def planned(self, plan: Plan) -> None:
        """The build starts."""
        del plan
        self._enter("build")

    def started(self, group: Sequence[PlannedUnit]) -> None:
        """The sam of a group starts."""
        with self._lock:
            taken = {run.lane for run in self._running.values()}
            lane = next(lane for lane in range(1, len(taken) + 2) if lane not in taken)
            run = Run(tuple(planned.unit.name for planned in group), lane, self.now())
            self.runs.append(run)
            self._running[run.units[0]] = run

    def heard(self, group: Sequence[PlannedUnit], lines: Sequence[str], rest: str) -> None:
        """The sam of a group says something."""
        steps = [step for step in (*map(step_of, lines), begun_step_of(rest)) if step]
        with self._lock:
            run = self._running[group[0].unit.name]
            for step in steps:
                if not run.steps or run.steps[-1][0] != step:
                    run.steps.append((step, self.now()))

    def retrying(self, planned: PlannedUnit, why: str) -> None:
        """A unit is built once more."""
        del why
        with self._lock:
            self._running[planned.unit.name].retries += 1

    def finished(self, group: Sequence[PlannedUnit], outcomes: Sequence[Outcome]) -> None:
        """What became of the units of a group."""
        with self._lock:
            self.outcomes |= {outcome.unit.name: outcome for outcome in outcomes}
            self.waits_for |= {planned.unit.name: tuple(sorted(planned.needs)) for planned in group}
            run = self._running.pop(group[0].unit.name, None)
            if run:
                run.end = self.now()

    def ending(self) -> None:
        """What runs is being ended."""
        self._enter("end what runs")

    def placing(self) -> None:
        """The build dir is made."""
        self._enter("put in place")

    def _enter(self, phase: str) -> None:
        with self._lock:
            self.phases.append((phase, self.now()))
