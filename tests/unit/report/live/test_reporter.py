"""What the display is told, and what it shows of that."""

from __future__ import annotations

import io
import re
import threading
import time
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from samix.options.reporting import Verbosity
from samix.plan.plan import Plan
from samix.plan.selection import Selection
from samix.report.live.reporter import live_reporter
from samix.units.outcome import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from samix.plan.planned_unit import PlannedUnit
    from samix.report.live.reporter import LiveReporter
    from samix.units.unit import Unit

_SECONDS = 20


class Window(io.StringIO):
    """A terminal that can go."""

    has_gone = False

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.has_gone:
            raise OSError(5, "Input/output error")
        return super().write(text)


@pytest.fixture
def window() -> Window:
    return Window()


@pytest.fixture
def reporter(window: Window) -> Iterator[LiveReporter]:
    console = Console(file=window, width=100, height=20, force_terminal=True, color_system=None, _environ={})
    with live_reporter(console, 2, None, Verbosity.NORMAL) as made:
        yield made


@pytest.fixture
def planned(make_unit: Callable[..., Unit], make_planned: Callable[..., PlannedUnit]) -> dict[str, PlannedUnit]:
    return {name: make_planned(make_unit(name)) for name in ("A", "B", "C")}


def _plan(planned: dict[str, PlannedUnit]) -> Plan:
    return Plan(planned, {}, Selection(frozenset(), frozenset()), None, ())  # type: ignore[arg-type]


def _wait_for(window: Window, text: str) -> None:
    deadline = time.monotonic() + _SECONDS
    while text not in window.getvalue():
        assert time.monotonic() < deadline, window.getvalue()
        time.sleep(0.01)


def test_a_group_that_failed_waits_again_each_alone(
    window: Window, reporter: LiveReporter, planned: dict[str, PlannedUnit]
) -> None:
    group = [planned["A"], planned["B"]]
    reporter.planned(_plan(planned))
    _wait_for(window, "0 running, 3 waiting")
    reporter.started(group)
    _wait_for(window, "1 running, 1 waiting")
    _wait_for(window, "A and 1 more")
    reporter.heard(group, [" Running X:ResolveDependencies"], "")
    _wait_for(window, "resolving dependencies")
    reporter.finished(group, [Outcome(planned["A"].unit, Result.BUILT, "new", 2.0)])
    _wait_for(window, "0 running, 2 waiting, 1 built")
    _wait_for(window, "1 of 3, about 2 s left")


def test_running_units_are_shown_in_the_order_of_the_plan(
    window: Window, reporter: LiveReporter, planned: dict[str, PlannedUnit]
) -> None:
    reporter.planned(_plan(planned))
    for name in ("C", "A"):
        reporter.started([planned[name]])
    _wait_for(window, "2 running, 1 waiting")
    frame = window.getvalue()[: window.getvalue().index("2 running, 1 waiting")]
    rows = [line.split()[2] for line in frame.splitlines() if re.search(r"\d:\d\d", line)]
    assert rows[-2:] == ["A", "C"]


def test_nothing_is_drawn_after_the_build_is_put_in_place(
    window: Window, reporter: LiveReporter, planned: dict[str, PlannedUnit]
) -> None:
    reporter.planned(_plan(planned))
    _wait_for(window, "0 of 3")
    reporter.placing()
    assert window.getvalue().endswith("\x1b[?25h")
    assert not [thread for thread in threading.enumerate() if thread.name == "display"]


def test_a_terminal_that_has_gone_is_no_error(
    window: Window, reporter: LiveReporter, planned: dict[str, PlannedUnit]
) -> None:
    reporter.planned(_plan(planned))
    _wait_for(window, "0 of 3")
    window.has_gone = True
    reporter.close()
