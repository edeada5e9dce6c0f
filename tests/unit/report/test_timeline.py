"""What happened when, and the trace of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from samix.report.timeline import Timeline
from samix.report.trace import trace_document
from samix.units.outcome import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.plan.planned_unit import PlannedUnit
    from samix.units.unit import Unit


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_parallel_runs_have_own_lanes_and_steps_appear_once(
    make_unit: Callable[..., Unit], make_planned: Callable[..., PlannedUnit]
) -> None:
    clock = Clock()
    timeline = Timeline(clock)
    first, second, third = (make_planned(make_unit(name)) for name in ("A", "B", "C"))
    timeline.started([first])
    clock.seconds += 1
    timeline.started([second])
    timeline.heard([second], [" Running X:MakeBuild", "cc", " Running X:MakeBuild"], "Step 1/2 : RUN echo half-a-sec")
    clock.seconds += 1
    timeline.finished([first], [Outcome(first.unit, Result.BUILT, "new", 2.0)])
    timeline.started([third])
    timeline.retrying(third, "it may help")
    assert [(run.units, run.lane, run.start, run.end, run.steps, run.retries) for run in timeline.runs] == [
        (("A",), 1, 0.0, 2.0, [], 0),
        (("B",), 2, 1.0, None, [("running make", 1.0)], 0),
        (("C",), 1, 2.0, None, [], 1),
    ]


def test_a_run_of_several_that_failed_is_said_to_have_built_none(
    make_unit: Callable[..., Unit], make_planned: Callable[..., PlannedUnit]
) -> None:
    timeline = Timeline()
    group = [make_planned(make_unit("A")), make_planned(make_unit("B"))]
    timeline.started(group)
    timeline.finished(group, [])
    for planned, result in zip(group, (Result.BUILT, Result.FAILED), strict=True):
        timeline.started([planned])
        timeline.finished([planned], [Outcome(planned.unit, result, "new", 1.0)])
    events = json.loads(trace_document(timeline))["traceEvents"]
    outcomes = [(event["name"], event["args"].get("outcome")) for event in events if event.get("cat") == "unit"]
    assert outcomes == [("A, B", None), ("A", "built"), ("B", "failed")]


def test_a_trace_that_is_cut_off_ends_what_runs(
    make_unit: Callable[..., Unit], make_planned: Callable[..., PlannedUnit]
) -> None:
    clock = Clock()
    timeline = Timeline(clock)
    group = [make_planned(make_unit("A")), make_planned(make_unit("B"))]
    timeline.started(group)
    timeline.heard(group, [" Running X:CopySource"], "")
    clock.seconds += 3
    events = json.loads(trace_document(timeline))["traceEvents"]
    spans = [(event["name"], event["tid"], event["ts"], event["dur"]) for event in events if event["ph"] == "X"]
    assert spans == [("plan", 0, 0, 3_000_000), ("A, B", 1, 0, 3_000_000), ("copying sources", 1, 0, 3_000_000)]
