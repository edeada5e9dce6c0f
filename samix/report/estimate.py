"""How long a build will still take, guessed from how long its units took the last time."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samix.plan.planned_unit import PlannedUnit

_LEAST = 1.0  # seconds left for a unit that already takes longer than the last time


def remaining(
    waiting: Sequence[PlannedUnit], busy: Sequence[tuple[Sequence[str], float]], took: Mapping[str, float], jobs: int
) -> float | None:
    """The seconds until all is built; None if nothing is known of any unit.

    Args:
        waiting: The units that must be built and were not started, each after those that it waits for.
        busy: For each run of sam that has not ended, the names of the units that it builds, and its seconds so far.
        took: By name, how many seconds units took, now or the last time.
        jobs: How many are built side by side.
    """
    if not took:
        return None
    usual = sum(took.values()) / len(took)
    ends: dict[str, float] = {}
    slots = [0.0] * max(jobs - len(busy), 0)
    for names, seconds in busy:
        end = max(sum(took.get(name, usual) for name in names) - seconds, _LEAST)
        slots.append(end)
        ends |= dict.fromkeys(names, end)
    heapq.heapify(slots)
    for planned in waiting:
        name = planned.unit.name
        ready = max((ends[need] for need in planned.needs if need in ends), default=0.0)
        ends[name] = max(heapq.heappop(slots), ready) + took.get(name, usual)
        heapq.heappush(slots, ends[name])
    return max(ends.values(), default=0.0)


def in_words(seconds: float) -> str:
    """A number of seconds, roughly, as people say it."""
    if round(seconds) < 60:  # noqa: PLR2004 - a minute
        return f"{max(round(seconds), 1)} s"
    minutes, rest = divmod(round(seconds / 10) * 10, 60)
    return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes + (rest >= 30)} min"  # noqa: PLR2004
