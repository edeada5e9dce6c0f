from __future__ import annotations

import pytest

from samix.messages.suggestions import hint_for_name, suggest

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
    assert suggest(written, KNOWN) == expected


@pytest.mark.parametrize(
    ("written", "guess"),
    [
        ("Fn", "Did you mean Child/Fn? "),
        ("Child", "Did you mean 'Child/*'? "),
        ("Child/Fm", "Did you mean Child/Fn? "),
        ("NativLayer", "Did you mean NativeLayer? "),
    ],
)
def test_a_name_that_was_probably_meant_is_suggested(written: str, guess: str) -> None:
    paths = ["Child/Fn", "Child/Other", "NativeLayer"]
    assert hint_for_name(written, paths) == f"{guess}Resources that sam builds: Child/Fn, Child/Other, NativeLayer."


def test_no_glob_is_suggested_where_none_is_taken() -> None:
    assert "*" not in hint_for_name("Child", ["Child/Fn", "Child/Other"], takes_globs=False)
    assert "Did you mean Child/Fn?" in hint_for_name("Fn", ["Child/Fn", "Child/Other"], takes_globs=False)


@pytest.mark.parametrize(("paths", "listed"), [(["Child/Fn", "Api"], "Child/Fn, Api"), ([], "none")])
def test_unlike_name_may_be_of_a_layer_that_is_not_built(paths: list[str], listed: str) -> None:
    hint = f"Resources that sam builds: {listed}. (A layer needs a BuildMethod in its Metadata.)"
    assert hint_for_name("Layer", paths) == hint
