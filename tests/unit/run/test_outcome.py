"""What became of a unit, in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.run.outcome import Outcome, Result, SamError

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.plan.units import Unit


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            "Builder - Make Failed: greet.c: In function 'f':\ngreet.c:3:5: error: expected ';'\nmake: *** Error 1",
            "greet.c:3:5: error: expected ';'",
        ),
        (
            "Builder - WARNING: an old wrapper\nERROR: Invalid requirement: 'import ('",
            "ERROR: Invalid requirement: 'import ('",
        ),
        ("Builder - Failed: Compiling one\n  error[E0425]: cannot find value", "error[E0425]: cannot find value"),
        (
            "Builder - Make Failed: cc1: fatal error: gret.c: No such file\na.c: error: more",
            "Builder - Make Failed: cc1: fatal error: gret.c: No such file",
        ),
        (
            "Builder - Make Failed: go: not found\nmake: *** [Makefile:19] Error 127",
            "Builder - Make Failed: go: not found",
        ),
        (" \n", "sam build exited with 1"),
    ],
)
def test_the_line_that_tells_what_is_wrong_is_the_reason(make_unit: Callable[..., Unit], said: str, why: str) -> None:
    assert Outcome(make_unit("Fn"), Result.FAILED, "sam build exited with 1", error=SamError("E", said)).why == why


def test_the_first_line_of_another_reason_is_shown(make_unit: Callable[..., Unit]) -> None:
    assert Outcome(make_unit("Fn"), Result.FAILED, "not there\nerror: no").why == "not there"
