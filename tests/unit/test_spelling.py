from __future__ import annotations

import pytest

from samix.spelling import meant, suggestion

KNOWN = {"BuildType", "BuildDependsOn", "BuildMethod"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("BuildTyp", "BuildType"),
        ("buildtype", "BuildType"),
        ("Build_Type", "BuildType"),
        ("BuildDependOn", "BuildDependsOn"),
        ("BuildType", None),
        ("BuildMethod", None),
        ("BuildProperties", None),
        ("BuildArchitecture", None),
        ("DockerContext", None),
        ("", None),
    ],
)
def test_near_misses_are_recognised_and_other_keys_left_alone(written: str, expected: str | None) -> None:
    assert meant(written, KNOWN) == expected


@pytest.mark.parametrize(
    ("written", "guess"),
    [
        ("Fn", "Did you mean Child/Fn? "),
        ("Child", "Did you mean 'Child/*'? "),
        ("Child/Fm", "Did you mean Child/Fn? "),
        ("NativLayer", "Did you mean NativeLayer? "),
        ("Nothing", ""),
    ],
)
def test_a_name_that_was_probably_meant_is_suggested(written: str, guess: str) -> None:
    paths = ["Child/Fn", "Child/Other", "NativeLayer"]
    assert suggestion(written, paths) == f"{guess}What is built: Child/Fn, Child/Other, NativeLayer."
