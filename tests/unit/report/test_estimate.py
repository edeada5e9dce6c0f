"""How long a build will still take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.report.estimate import Busy, in_words, remaining

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.plan.planned_unit import PlannedUnit
    from samix.units.unit import Unit


def test_nothing_is_guessed_where_nothing_is_known(
    make_unit: Callable[..., Unit], make_planned: Callable[..., PlannedUnit]
) -> None:
    assert remaining([make_planned(make_unit("A"))], [], {}, 2) is None


@pytest.mark.parametrize(
    ("jobs", "seconds"), [pytest.param(1, 9.0, id="one after the other"), pytest.param(3, 4.0, id="side by side")]
)
def test_units_take_as_long_as_the_last_time(
    jobs: int, seconds: float, make_unit: Callable[..., Unit], make_planned: Callable[..., PlannedUnit]
) -> None:
    waiting = [make_planned(make_unit(name)) for name in "ABC"]
    assert remaining(waiting, [], {"A": 2.0, "B": 3.0, "C": 4.0}, jobs) == seconds


def test_a_unit_waits_for_what_it_needs(
    make_unit: Callable[..., Unit], make_planned: Callable[..., PlannedUnit]
) -> None:
    waiting = [make_planned(make_unit("A")), make_planned(make_unit("B"), needs=["A", "done before"])]
    assert remaining(waiting, [], {"A": 5.0, "B": 2.0}, 4) == 7.0


def test_what_runs_has_run_for_some_time_already(
    make_unit: Callable[..., Unit], make_planned: Callable[..., PlannedUnit]
) -> None:
    took = {"A": 5.0, "B": 2.0, "C": 3.0}
    assert remaining([make_planned(make_unit("C"), needs=["B"])], [Busy(["A", "B"], 4.0)], took, 2) == 6.0


def test_unknown_unit_is_estimated_like_the_others(
    make_unit: Callable[..., Unit], make_planned: Callable[..., PlannedUnit]
) -> None:
    assert remaining([make_planned(make_unit("New"))], [], {"A": 2.0, "B": 4.0}, 1) == 3.0


def test_unit_slower_than_last_time_is_not_estimated_as_done() -> None:
    left = remaining([], [Busy(["A"], 100.0)], {"A": 2.0}, 1)
    assert left is not None
    assert left > 0


@given(
    seconds=st.lists(st.floats(0.1, 100), min_size=1, max_size=20),
    jobs=st.integers(1, 8),
)
def test_the_guess_lies_between_the_best_and_the_worst(
    seconds: list[float],
    jobs: int,
    make_unit: Callable[..., Unit],
    make_planned: Callable[..., PlannedUnit],
) -> None:
    took = {f"U{number}": each for number, each in enumerate(seconds)}
    left = remaining([make_planned(make_unit(name)) for name in took], [], took, jobs)
    assert left is not None
    assert max(sum(seconds) / jobs, *seconds) <= left * 1.000001
    assert left <= sum(seconds) * 1.000001


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "1 s"),
        (59.4, "59 s"),
        (59.9, "1 min"),
        (61.0, "1 min"),
        (66.0, "1 min 10 s"),
        (599.0, "10 min"),
        (740.0, "12 min"),
    ],
)
def test_a_time_is_said_roughly(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
