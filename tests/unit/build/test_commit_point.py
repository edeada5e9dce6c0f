"""What asks to end a build that is complete waits until all is written down."""

from __future__ import annotations

import pytest

from samix.build.commit_point import CommitPoint, Terminated


def test_before_the_point_a_build_is_ended_at_once() -> None:
    point = CommitPoint()
    point.begin()
    with pytest.raises(KeyboardInterrupt):
        point.interrupt(KeyboardInterrupt())
    assert not point.is_reached
    point.release()


def test_after_it_the_build_is_ended_when_that_is_heeded_again() -> None:
    point = CommitPoint()
    point.reach()
    point.interrupt(Terminated(143))
    with pytest.raises(Terminated) as ended:
        point.release()
    assert (ended.value.code, point.is_reached) == (143, True)
    point.release()
    with pytest.raises(KeyboardInterrupt):
        point.interrupt(KeyboardInterrupt())


def test_the_next_build_is_not_complete_yet() -> None:
    point = CommitPoint()
    point.reach()
    point.begin()
    assert not point.is_reached
    with pytest.raises(KeyboardInterrupt):
        point.interrupt(KeyboardInterrupt())
