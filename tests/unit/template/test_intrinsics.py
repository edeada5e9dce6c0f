from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from samix.template.intrinsics import PSEUDO_PARAMETERS, Resolver

if TYPE_CHECKING:
    from samix.template.value import Value, ValueMapping

TEMPLATE: ValueMapping = {
    "Parameters": {
        "Dir": {"Type": "String", "Default": "src"},
        "Flags": {"Type": "CommaDelimitedList", "Default": "a, b"},
        "Empty": {"Type": "String", "Default": ""},
        "Given": {"Type": "String"},
        "Ratio": {"Type": "Number", "Default": 1.5},
    },
    "Mappings": {"Map": {"top": {"second": "found", "list": ["x"], "zero": 0}}},
    "Conditions": {
        "Yes": {"Fn::Equals": [{"Ref": "Dir"}, "src"]},
        "No": {"Fn::Not": [{"Condition": "Yes"}]},
        "Both": {"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]},
        "Either": {"Fn::Or": [{"Condition": "No"}, {"Condition": "Yes"}]},
        "Broken": {"Fn::Equals": [{"Fn::ImportValue": "x"}, "y"]},
        "Text": "true",
    },
    "Resources": {
        "Fn": {"Type": "AWS::Serverless::Function", "Properties": {}},
        "Named": {"Type": "AWS::Serverless::Function", "Properties": {"FunctionName": "own-name"}},
        "Layer": {"Type": "AWS::Serverless::LayerVersion"},
        "Api": {"Type": "AWS::ApiGateway::RestApi"},
        "Odd": {"Type": {"Ref": "Dir"}},
    },
}
DEFAULTS: ValueMapping = {"Dir": "src", "Flags": "a, b", "Empty": "", "Ratio": 1.5}
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"


@pytest.fixture
def resolver() -> Resolver:
    return Resolver(TEMPLATE, {**PSEUDO_PARAMETERS, **DEFAULTS})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("text", "text", id="text"),
        pytest.param(7, 7, id="number"),
        pytest.param({}, {}, id="empty mapping"),
        pytest.param({"Ref": "Dir"}, "src", id="Ref to a parameter"),
        pytest.param({"Ref": "Flags"}, ["a", "b"], id="Ref to a list"),
        pytest.param({"Ref": "Fn"}, "Fn", id="Ref to a resource"),
        pytest.param({"Ref": "Layer"}, {"Ref": "Layer"}, id="Ref to a layer stays"),
        pytest.param({"Ref": "Odd"}, "Odd", id="Ref to what has no type"),
        pytest.param({"Ref": "Given"}, "Given", id="Ref to a parameter without a value"),
        pytest.param({"Ref": "Nowhere"}, "Nowhere", id="Ref to nothing"),
        pytest.param({"Ref": "AWS::Region"}, "us-east-1", id="region"),
        pytest.param({"Ref": "AWS::NoValue"}, None, id="no value"),
        pytest.param({"Fn::GetAtt": ["Fn", "Arn"]}, ARN + "Fn", id="Arn"),
        pytest.param({"Fn::GetAtt": ["Named", "Arn"]}, ARN + "own-name", id="Arn of a named function"),
        pytest.param({"Fn::GetAtt": ["Api", "RootResourceId"]}, "/", id="root of an API"),
        pytest.param({"Fn::Sub": "${Dir}/${AWS::Region}/${Fn.Arn}"}, f"src/us-east-1/{ARN}Fn", id="Sub"),
        pytest.param({"Fn::Sub": "${!Kept}"}, "${!Kept}", id="Sub keeps literals"),
        pytest.param({"Fn::Sub": "${Fn.Other}"}, "$Fn.Other", id="Sub of an unknown attribute"),
        pytest.param({"Fn::Sub": ["${Name}/x", {"Name": {"Ref": "Dir"}}]}, "src/x", id="Sub with variables"),
        pytest.param({"Fn::Sub": ["${Name}", {"Name": "Dir"}]}, "src", id="Sub looks variables up once more"),
        pytest.param({"Fn::Sub": ["${Name}", {"Name": "../up"}]}, "$../up", id="Sub of a variable with dots"),
        pytest.param({"Fn::Join": ["-", ["a", {"Ref": "Dir"}]]}, "a-src", id="Join"),
        pytest.param({"Fn::Join": [",", {"Ref": "Flags"}]}, "a,b", id="Join of a list parameter"),
        pytest.param({"Fn::Split": [",", "a,b"]}, ["a", "b"], id="Split"),
        pytest.param({"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]}, "b", id="Select"),
        pytest.param({"Fn::Base64": {"Ref": "Dir"}}, "c3Jj", id="Base64"),
        pytest.param({"Fn::FindInMap": ["Map", "top", "second"]}, "found", id="FindInMap"),
        pytest.param({"Fn::FindInMap": ["Map", "top", "zero"]}, 0, id="FindInMap of zero"),
        pytest.param({"Fn::If": ["Yes", "a", "b"]}, "a", id="If true"),
        pytest.param({"Fn::If": ["No", "a", {"Ref": "Dir"}]}, "src", id="If false"),
        pytest.param({"Fn::If": ["Both", "a", "b"]}, "b", id="And"),
        pytest.param({"Fn::If": ["Either", "a", "b"]}, "a", id="Or"),
        pytest.param([{"Ref": "Dir"}, "x"], ["src", "x"], id="list"),
        pytest.param({"A": {"B": [{"Ref": "Dir"}]}}, {"A": {"B": ["src"]}}, id="deep"),
    ],
)
def test_resolved(resolver: Resolver, value: Value, expected: Value) -> None:
    assert resolver.resolve(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"Fn::ImportValue": "x"}, id="ImportValue"),
        pytest.param({"Fn::GetAtt": ["Fn", "Other"]}, id="unknown attribute"),
        pytest.param({"Fn::GetAtt": "Fn.Arn"}, id="GetAtt of text"),
        pytest.param({"Fn::GetAtt": ["Fn"]}, id="GetAtt too short"),
        pytest.param({"Ref": "Ratio"}, id="Ref to a float"),
        pytest.param({"Ref": ["Dir"]}, id="Ref to a list of names"),
        pytest.param({"Fn::Join": ["-", ["a", 1]]}, id="Join of a number"),
        pytest.param({"Fn::Join": "x"}, id="Join of text"),
        pytest.param({"Fn::Split": ["", "a"]}, id="Split at nothing"),
        pytest.param({"Fn::Select": [2, ["a", "b"]]}, id="Select too far"),
        pytest.param({"Fn::Select": [-1, ["a", "b"]]}, id="Select from the end"),
        pytest.param({"Fn::Select": ["1", ["a", "b"]]}, id="Select by text"),
        pytest.param({"Fn::Select": [True, ["a", "b"]]}, id="Select by a boolean"),
        pytest.param({"Fn::FindInMap": ["Map", "top", "missing"]}, id="FindInMap of nothing"),
        pytest.param({"Fn::FindInMap": ["Map", "top"]}, id="FindInMap too short"),
        pytest.param({"Fn::If": ["Missing", "a", "b"]}, id="If of an unknown condition"),
        pytest.param({"Fn::If": ["Broken", "a", "b"]}, id="If of an unresolvable condition"),
        pytest.param({"Fn::If": ["Text", "a", "b"]}, id="If of a condition that is text"),
        pytest.param({"Fn::If": ["Yes", "a", {"Ref": "AWS::NoValue"}]}, id="If with no value"),
        pytest.param({"Fn::If": ["Yes", "a"]}, id="If too short"),
        pytest.param({"Fn::Sub": ["${A}"]}, id="Sub too short"),
        pytest.param({"Fn::Sub": ["${A}", "x"]}, id="Sub with variables that are no mapping"),
        pytest.param({"Fn::Sub": ["${A}", {"A": 1}]}, id="Sub with a number"),
        pytest.param({"Fn::Base64": ["x"]}, id="Base64 of a list"),
        pytest.param([{"Fn::ImportValue": "x"}, {"Ref": "Dir"}], id="list with one of them"),
        pytest.param({"Fn::Transform": {"Name": "Other"}}, id="Transform"),
    ],
)
def test_left_as_it_is(resolver: Resolver, value: Value) -> None:
    assert resolver.resolve({"Key": value}) == {"Key": value}


def test_keys_beside_an_unresolvable_one_are_resolved(resolver: Resolver) -> None:
    value: Value = {"A": {"Fn::ImportValue": "x"}, "B": {"Ref": "Dir"}}
    assert resolver.resolve(value) == {"A": {"Fn::ImportValue": "x"}, "B": "src"}


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_arn_has_the_partition_of_the_region(region: str, partition: str) -> None:
    resolver = Resolver(TEMPLATE, {**PSEUDO_PARAMETERS, "AWS::Region": region})
    assert (
        resolver.resolve({"Fn::GetAtt": ["Fn", "Arn"]}) == f"arn:{partition}:lambda:{region}:123456789012:function:Fn"
    )


def test_given_value_beats_the_default() -> None:
    assert Resolver(TEMPLATE, {"Dir": "given"}).resolve({"Fn::Sub": "${Dir}"}) == "given"


def test_empty_given_value_falls_back_to_the_default() -> None:
    assert Resolver(TEMPLATE, {"Dir": ""}).resolve({"Ref": "Dir"}) == "src"


def test_reference_handed_down_is_followed() -> None:
    resolver = Resolver(TEMPLATE, {"Given": {"Ref": "ParentLayer"}})
    assert resolver.resolve({"Ref": "Given"}) == "ParentLayer"


def test_depth_without_end_is_left_as_it_is(resolver: Resolver) -> None:
    value: Value = {"Ref": "Dir"}
    for _ in range(5000):
        value = [value]
    assert resolver.resolve(value) is value


def test_nothing_is_changed_in_place(resolver: Resolver) -> None:
    value: Value = {"A": [{"Ref": "Dir"}], "B": {"Fn::Sub": "${Dir}"}}
    before = copy.deepcopy(value)
    resolver.resolve(value)
    assert value == before
