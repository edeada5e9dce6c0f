"""Units in the order of the graph: each starts as soon as what it needs is there and a slot is free.

A unit whose prerequisite did not end well is never started. There are no barriers between layers and functions.
Units that are built at one place among the sources take turns.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samix.plan.plan import PlannedUnit
    from samix.run.outcome import Outcome


def run_units(
    units: Mapping[str, PlannedUnit],
    work: Callable[[PlannedUnit], Outcome],
    skip: Callable[[PlannedUnit, list[str]], Outcome],
    jobs: int,
    abort: Callable[[], None],
) -> dict[str, Outcome]:
    """Work through all units, at most `jobs` at a time.

    Args:
        units: By name, each after those that it needs.
        work: Builds one unit, in a thread of its own; it reports failure as an outcome.
        skip: The outcome of a unit that cannot be started, from it and the names of those that let it down.
        jobs: How many may run side by side.
        abort: Ends what runs, so that no thread has to be waited for when the build is interrupted.

    Returns:
        The outcome of each unit, by name.

    Raises:
        BaseException: Whatever `work` raises, when no unit that has started is running any more.
    """
    outcomes: dict[str, Outcome] = {}
    running: dict[Future[Outcome], str] = {}
    waiting = dict(units)
    with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="unit") as pool:
        try:
            while waiting or running:
                for name, planned in list(waiting.items()):
                    if len(running) >= jobs:
                        break
                    workplaces = {units[other].unit.workplace for other in running.values()} - {None}
                    if not planned.needs <= outcomes.keys() or planned.unit.workplace in workplaces:
                        continue
                    del waiting[name]
                    blockers = sorted(need for need in planned.needs if not outcomes[need].is_good)
                    if blockers:
                        outcomes[name] = skip(planned, blockers)
                    else:
                        running[pool.submit(work, planned)] = name
                if running:
                    finished, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in finished:
                        outcomes[running.pop(future)] = future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            abort()
            raise
    return outcomes
