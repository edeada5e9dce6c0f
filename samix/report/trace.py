"""A build as a trace, in the form that trace viewers read.

Mirrors the Trace Event Format of Chrome's tracing: complete events (`X`) and names of threads (`M`), in microseconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from samix import __version__

if TYPE_CHECKING:
    from samix.report.timeline import Run, Timeline
    from samix.template.value import ValueMapping

_MICROSECONDS = 1_000_000
_PROCESS = 1
_OWN_LANE = 0


def trace_document(timeline: Timeline) -> str:
    """The trace of a build that has come to its end."""
    end = timeline.now()
    lanes = sorted({run.lane for run in timeline.runs})
    events = [_name("process_name", _OWN_LANE, "samix build"), _name("thread_name", _OWN_LANE, "samix")]
    events += [_name("thread_name", lane, f"sam {lane}") for lane in lanes]
    events += _spans(timeline.phases, end, _OWN_LANE, "phase")
    for run in timeline.runs:
        events += _run(run, run.end or end, timeline)
    return json.dumps(
        {"traceEvents": events, "displayTimeUnit": "ms", "otherData": {"samix": __version__}}, separators=(",", ":")
    )


def _run(run: Run, end: float, timeline: Timeline) -> Iterator[ValueMapping]:
    details: ValueMapping = {"units": list(run.units)}
    if run.retries:
        details["retries"] = run.retries
    known = timeline.outcomes.get(run.units[0])
    if known and timeline.run_of(known.unit.name) is run:  # a batch that failed says nothing about its units
        details |= {"build_type": known.unit.place, "outcome": known.result.value, "reason": known.why}
    yield _span(", ".join(run.units), "unit", run.start, end, run.lane, details)
    yield from _spans(run.steps, end, run.lane, "step")


def _spans(starts: Sequence[tuple[str, float]], end: float, lane: int, kind: str) -> list[ValueMapping]:
    """Complete events, of which each lasts until the next begins."""
    marks = [*starts, ("", end)]
    return [_span(name, kind, start, until, lane, {}) for (name, start), (_, until) in pairwise(marks)]


def _span(name: str, kind: str, start: float, end: float, lane: int, details: ValueMapping) -> ValueMapping:
    begin = round(start * _MICROSECONDS)
    return {
        "name": name,
        "cat": kind,
        "ph": "X",
        "ts": begin,
        "dur": round(end * _MICROSECONDS) - begin,
        "pid": _PROCESS,
        "tid": lane,
        "args": details,
    }


def _name(kind: str, lane: int, name: str) -> ValueMapping:
    return {"name": kind, "ph": "M", "pid": _PROCESS, "tid": lane, "args": {"name": name}}
