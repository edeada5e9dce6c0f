"""Shows on a terminal what runs, and prints the other events of a build as lines above that."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from samix.build.events import Finished, Heard, Placing, Planned, Started
from samix.report.console import RichConsole
from samix.report.estimate import remaining
from samix.report.line import draw as draw_line
from samix.report.line_reporter import LineReporter, Printer, group_label
from samix.report.live.region import Region
from samix.report.live.screen import FINE_SIGNS, PLAIN_SIGNS, Running, View, draw
from samix.sam.step import begun_step_of, step_of

if TYPE_CHECKING:
    from rich.console import Console

    from samix.build.events import Event
    from samix.options.reporting import LogOrder, Verbosity
    from samix.plan.plan import Plan
    from samix.plan.planned_unit import PlannedUnit
    from samix.report.line import Line
    from samix.units.outcome import Result

_FRAME_SECONDS = 0.125


@contextmanager
def live_reporter(
    console: Console, jobs: int, log_order: LogOrder | None, verbosity: Verbosity
) -> Iterator[LiveReporter]:
    """A reporter whose display is removed at the end, even after an error; see `LineReporter` for its arguments."""
    reporter = LiveReporter(Region(console, reflows=_reflows()), console, jobs, log_order, verbosity)
    try:
        with _leaving_when_stopped(reporter):
            yield reporter
    finally:
        reporter.close()


@contextmanager
def _leaving_when_stopped(reporter: LiveReporter) -> Iterator[None]:
    """Remove the display while the user has stopped the build (Ctrl-Z), because the shell uses the terminal then."""

    def stop(number: int, _frame: FrameType | None) -> None:
        with reporter.hide_display():
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)  # goes on from here with SIGCONT
            signal.signal(number, stop)

    before = signal.signal(signal.SIGTSTP, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, before)


def _reflows() -> bool:
    """Whether the terminal breaks lines again when it becomes narrower, as all but two do."""
    return "XTERM_VERSION" not in os.environ and os.environ.get("TERM") != "linux"


@dataclass
class _Run:
    """A run of sam: its units, when it started, and the step that it reported last."""

    group: Sequence[PlannedUnit]
    since: float
    step: str = ""


class LiveReporter(LineReporter):
    """Shows what runs while units are built, until the build dir is made; see `live_reporter` for its arguments."""

    def __init__(
        self, region: Region, console: Console, jobs: int, log_order: LogOrder | None, verbosity: Verbosity
    ) -> None:
        self._display_lock = threading.RLock()
        super().__init__(_Above(console, region, self._display_lock), log_order, verbosity, prints_starts=False)
        self._region = region
        self._console = console
        self._signs = FINE_SIGNS if console.encoding.lower().startswith("utf") else PLAIN_SIGNS
        self._jobs = jobs
        self._order: dict[str, int] = {}
        self._waiting: dict[str, PlannedUnit] = {}
        self._runs: dict[str, _Run] = {}
        self._took: dict[str, float] = {}
        self._results: dict[str, Result] = {}
        self._total = 0
        self._widths = (0, 0)
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def __call__(self, event: Event) -> None:
        """Print or show what an event says."""
        if isinstance(event, Finished):
            self._end_run(event)
        super().__call__(event)
        match event:
            case Planned(plan):
                self._show(plan)
            case Started(group):
                self._start_run(group)
            case Heard(group, lines, rest):
                step = begun_step_of(rest) or next((step for line in reversed(lines) if (step := step_of(line))), None)
                if step:
                    with self._display_lock:
                        self._runs[group[0].unit.name].step = step
            case Placing():
                self.close()

    def _show(self, plan: Plan) -> None:
        with self._display_lock:
            self._total = len(plan.units)
            self._order = {name: number for number, name in enumerate(plan.units)}
            units = [planned.unit for planned in plan.to_build]
            self._widths = max(cell_len(unit.label) for unit in units), max(len(unit.place) for unit in units)
            self._waiting = {planned.unit.name: planned for planned in plan.to_build}
            self._took = {name: planned.expected for name, planned in self._waiting.items() if planned.expected}
        self._thread = threading.Thread(target=self._keep_drawing, name="display", daemon=True)
        self._thread.start()

    def _start_run(self, group: Sequence[PlannedUnit]) -> None:
        with self._display_lock:
            for planned in group:
                self._waiting.pop(planned.unit.name, None)
                self._results.pop(planned.unit.name, None)  # it may have ended before, and is built once more
            self._runs[group[0].unit.name] = _Run(group, time.monotonic())

    def _end_run(self, end: Finished) -> None:
        with self._display_lock:
            self._runs.pop(end.group[0].unit.name, None)
            self._waiting |= {planned.unit.name: planned for planned in end.group if planned.reasons}
            for outcome in end.outcomes:
                self._waiting.pop(outcome.unit.name, None)
                self._results[outcome.unit.name] = outcome.result
                if outcome.seconds:
                    self._took[outcome.unit.name] = outcome.seconds

    def close(self) -> None:
        """Remove the display."""
        self._stopped.set()
        if self._thread:
            self._thread.join()
        with self._display_lock, suppress(OSError):  # the terminal may have gone
            self._region.close()

    @contextmanager
    def hide_display(self) -> Iterator[None]:
        """Hide the display as long as the context lasts; other threads that would print wait."""
        with self._display_lock:
            self._region.close()
            yield

    def _keep_drawing(self) -> None:
        frame = 0
        while not self._stopped.is_set():
            with self._display_lock:
                try:
                    if self._is_in_background():
                        self._region.close()
                    else:
                        self._region.draw(partial(draw, self._view(frame), signs=self._signs))
                except OSError:  # the terminal has gone
                    return
            frame += 1
            self._stopped.wait(_FRAME_SECONDS)

    def _is_in_background(self) -> bool:
        """Whether the shell has the terminal (`samix build &`, or `bg` after Ctrl-Z)."""
        try:
            return os.tcgetpgrp(self._console.file.fileno()) != os.getpgrp()
        except (OSError, ValueError):  # not a terminal with a foreground process group
            return False

    def _view(self, frame: int) -> View:
        now = time.monotonic()
        # in the order of the plan: runs that start together report that in any order
        runs = [self._runs[name] for name in sorted(self._runs, key=self._order.__getitem__)]
        running = [Running(group_label(run.group), run.group[0].unit.place, run.step, now - run.since) for run in runs]
        busy = [([planned.unit.name for planned in run.group], now - run.since) for run in runs]
        left = remaining(list(self._waiting.values()), busy, self._took, self._jobs)
        return View(
            running, len(self._waiting), dict(Counter(self._results.values())), self._total, left, *self._widths, frame
        )


class _Above(Printer):
    """Prints above the display."""

    def __init__(self, console: Console, region: Region, lock: threading.RLock) -> None:
        super().__init__(RichConsole(console))
        self._region = region
        self._lock = lock

    def print(self, *lines: Line) -> None:
        """Print lines together."""
        with self._lock:
            self._region.print_above(Text("\n").join(map(draw_line, lines)))
