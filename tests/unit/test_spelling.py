from __future__ import annotations

import pytest

from samix.spelling import meant

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
