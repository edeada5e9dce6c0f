from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from samix.template.globals import merge_globals

if TYPE_CHECKING:
    from samix.template.value import Value, ValueMapping

FUNCTION = "AWS::Serverless::Function"


def merged(shared: ValueMapping, own: ValueMapping, **extra: Value) -> ValueMapping:
    return merge_globals({"Globals": {"Function": shared}}, FUNCTION, {"Properties": own, **extra})


@pytest.mark.parametrize(
    ("shared", "own", "expected"),
    [
        pytest.param({"A": 1}, {}, {"A": 1}, id="shared alone"),
        pytest.param({"A": 1}, {"A": 2}, {"A": 2}, id="own value wins"),
        pytest.param({"A": 1}, {"B": 2}, {"A": 1, "B": 2}, id="both stay"),
        pytest.param({"A": [1]}, {"A": [1, 2]}, {"A": [1, 1, 2]}, id="lists are joined, shared first"),
        pytest.param({"A": {"x": 1, "y": 1}}, {"A": {"y": 2}}, {"A": {"x": 1, "y": 2}}, id="mappings merge"),
        pytest.param({"A": {"L": [1]}}, {"A": {"L": [2]}}, {"A": {"L": [1, 2]}}, id="deeply"),
        pytest.param({"A": {"Ref": "X"}}, {"A": {"x": 1}}, {"A": {"x": 1}}, id="a shared intrinsic is one value"),
        pytest.param({"A": {"x": 1}}, {"A": {"Ref": "X"}}, {"A": {"Ref": "X"}}, id="an own intrinsic is one value"),
        pytest.param({"A": {"Fn::Sub": "x"}}, {"A": {"Ref": "X"}}, {"A": {"Ref": "X"}}, id="two intrinsics"),
        pytest.param(
            {"A": {"Condition": "X"}}, {"A": {"Condition": "Y"}}, {"A": {"Condition": "Y"}}, id="a condition counts too"
        ),
        pytest.param(
            {"A": {"Ref": "X", "k": 1}},
            {"A": {"l": 2}},
            {"A": {"Ref": "X", "k": 1, "l": 2}},
            id="two keys are no intrinsic",
        ),
        pytest.param({"A": [1]}, {"A": "x"}, {"A": "x"}, id="other kind wins"),
        pytest.param({"A": 1}, {"A": None}, {"A": None}, id="own null wins"),
        pytest.param(
            {"Architectures": ["arm64"]}, {"Architectures": ["x86_64"]}, {"Architectures": ["x86_64"]},
            id="Architectures are replaced",
        ),
        pytest.param(
            {"A": {"Architectures": [1]}}, {"A": {"Architectures": [2]}}, {"A": {"Architectures": [1, 2]}},
            id="but not deeper down",
        ),
    ],
)  # fmt: skip
def test_merge(shared: ValueMapping, own: ValueMapping, expected: ValueMapping) -> None:
    assert merged(shared, own) == expected


def test_shared_keys_come_first() -> None:
    assert list(merged({"B": 1, "A": 1}, {"C": 1, "A": 2})) == ["B", "A", "C"]


@pytest.mark.parametrize(
    ("ignored", "expected"),
    [
        pytest.param("*", {"C": 3}, id="all"),
        pytest.param(["A"], {"B": 2, "C": 3}, id="some"),
        pytest.param([], {"A": 1, "B": 2, "C": 3}, id="none"),
        pytest.param(["A", "B"], {"C": 3}, id="all by name"),
    ],
)
def test_ignore_globals(ignored: Value, expected: ValueMapping) -> None:
    assert merged({"A": 1, "B": 2}, {"C": 3}, IgnoreGlobals=ignored) == expected


@pytest.mark.parametrize(
    ("resource_type", "expected"),
    [
        pytest.param("AWS::Serverless::Function", {"A": 1}, id="its own section"),
        pytest.param("AWS::Serverless::LayerVersion", {"B": 2}, id="another section"),
        pytest.param("AWS::Lambda::Function", {}, id="no SAM resource"),
        pytest.param("AWS::Serverless::Api", {}, id="no section"),
    ],
)
def test_sections_are_for_their_type(resource_type: str, expected: ValueMapping) -> None:
    template: ValueMapping = {"Globals": {"Function": {"A": 1}, "LayerVersion": {"B": 2}}}
    assert merge_globals(template, resource_type, {}) == expected


@pytest.mark.parametrize("template", [{}, {"Globals": None}, {"Globals": {"Function": None}}, {"Globals": []}])
def test_missing_globals_change_nothing(template: ValueMapping) -> None:
    assert merge_globals(template, FUNCTION, {"Properties": {"A": 1}}) == {"A": 1}


def test_nothing_is_changed_in_place() -> None:
    template: ValueMapping = {"Globals": {"Function": {"A": {"x": 1}, "L": [1]}}}
    resource: ValueMapping = {"Properties": {"A": {"y": 2}, "L": [2]}}
    before = copy.deepcopy((template, resource))
    merge_globals(template, FUNCTION, resource)
    assert (template, resource) == before
