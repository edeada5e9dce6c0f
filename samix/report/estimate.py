"""How long a build will still take, guessed from how long its units took the last time."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samix.plan.planned_unit import PlannedUnit

_LEAST = 1.0  # of a unit that takes longer than the last time nobody knows how long


@dataclass(frozen=True)
class Busy:
    """A run of sam.

    Attributes:
        names: The units that it builds.
        seconds: For how long it has been running.
    """

    names: Sequence[str]
    seconds: float


def remaining(
    waiting: Sequence[PlannedUnit], busy: Sequence[Busy], took: Mapping[str, float], jobs: int
) -> float | None:
    """The seconds until all is built.

    Args:
        waiting: What must be built and was not started, each after those that it waits for.
        busy: What runs.
        took: By name, how many seconds units took, now or the last time.
        jobs: How many are built side by side.

    Returns:
        The seconds; None if nothing is known of any unit.
    """
    if not took:
        return None
    usual = sum(took.values()) / len(took)
    ends: dict[str, float] = {}
    slots = [0.0] * max(jobs - len(busy), 0)
    for run in busy:
        end = max(sum(took.get(name, usual) for name in run.names) - run.seconds, _LEAST)
        slots.append(end)
        ends |= dict.fromkeys(run.names, end)
    heapq.heapify(slots)
    for planned in waiting:
        name = planned.unit.name
        ready = max((ends[need] for need in planned.needs if need in ends), default=0.0)
        ends[name] = max(heapq.heappop(slots), ready) + took.get(name, usual)
        heapq.heappush(slots, ends[name])
    return max(ends.values(), default=0.0)


def in_words(seconds: float) -> str:
    """About so many seconds, as people say it."""
    if round(seconds) < 60:  # noqa: PLR2004 - a minute
        return f"{max(round(seconds), 1)} s"
    minutes, rest = divmod(round(seconds / 10) * 10, 60)
    return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes + (rest >= 30)} min"  # noqa: PLR2004
