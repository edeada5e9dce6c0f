"""What expands to what; that it is what sam makes of it is shown with sam itself in the integration tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from samix.template.extensions.errors import ExpansionError
from samix.template.extensions.expand import expand, uses_extensions
from samix.template.value import Value, ValueMapping, as_mapping

if TYPE_CHECKING:
    from samix.template.extensions.expand import Expanded

HEAD: ValueMapping = {
    "Parameters": {
        "Names": {"Type": "CommaDelimitedList", "Default": "A, B"},
        "Stage": {"Type": "String", "Default": "dev"},
        "Open": {"Type": "String"},
    },
    "Mappings": {"Map": {"dev": {"Size": 1}}},
    "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
}


def expanded(resources: str, **values: Value) -> Expanded:
    return expand({**HEAD, "Resources": yaml.safe_load(resources)}, values)


def properties(text: str, **values: Value) -> ValueMapping:
    made = expanded(f"R: {{Type: T, Properties: {text}}}", **values)
    return as_mapping(as_mapping(as_mapping(made.data["Resources"])["R"])["Properties"])


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        ("AWS::LanguageExtensions", True),
        (["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"], True),
        ("AWS::Serverless-2016-10-31", False),
        ([{"Name": "AWS::LanguageExtensions"}], False),
        (None, False),
    ],
)
def test_the_transform_asks_for_extensions(transform: Value, expected: bool) -> None:
    assert uses_extensions({"Transform": transform}) is expected


def test_a_loop_makes_a_resource_for_each_item() -> None:
    made = expanded("Fn::ForEach::L: [N, {Ref: Names}, {'F${N}': {Type: '${N}', Properties: {Own: {Ref: N}}}}]")
    assert made.data["Resources"] == {
        "FA": {"Type": "A", "Properties": {"Own": "A"}},
        "FB": {"Type": "B", "Properties": {"Own": "B"}},
    }
    assert made.origins == {"FA": "Fn::ForEach::L", "FB": "Fn::ForEach::L"}


def test_loops_stand_in_loops() -> None:
    inner = "'Fn::ForEach::M': [O, [c], {'F${N}&{O}': {Type: T}}]"
    made = expanded(f"Fn::ForEach::L: [N, [1, true], {{{inner}}}]")
    assert list(as_mapping(made.data["Resources"])) == ["F1c", "Ftruec"]


def test_given_values_beat_defaults() -> None:
    made = expanded("Fn::ForEach::L: [N, {Ref: Names}, {'F${N}': {Type: T}}]", Names="X")
    assert list(made.origins) == ["FX"]


def test_the_template_is_left_as_it_is() -> None:
    template: ValueMapping = {**HEAD, "Resources": {"R": {"Type": "T", "Properties": {"P": {"Ref": "Stage"}}}}}
    before = yaml.safe_dump(template)
    expand(template, {})
    assert yaml.safe_dump(template) == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{Fn::Length: {Ref: Names}}", 2),
        ("{Fn::ToJsonString: {a: {Ref: Stage}}}", '{"a":"dev"}'),
        ("{Fn::FindInMap: [Map, absent, Size, {DefaultValue: 7}]}", 7),
        ("{Fn::FindInMap: [Map, {Ref: Open}, Size]}", {"Fn::FindInMap": ["Map", {"Ref": "Open"}, "Size"]}),
        ("{Fn::Sub: '${Stage}-${R.Arn}-${!x}'}", "dev-${R.Arn}-${x}"),
        ("{Fn::If: [IsProd, {Fn::Select: [9, []]}, other]}", "other"),
        ("{Fn::GetAtt: [R, {Ref: Stage}]}", {"Fn::GetAtt": ["R", "dev"]}),
        ("{Ref: Other}", {"Ref": "Other"}),
    ],
)
def test_functions_are_called_where_they_can_be(text: str, expected: Value) -> None:
    assert properties(f"{{P: {text}}}") == {"P": expected}


def test_what_has_no_value_goes() -> None:
    no_value = "{Ref: 'AWS::NoValue'}"
    text = f"{{P: {{'Fn::If': [IsProd, a, {no_value}]}}, Q: {no_value}, R: [{no_value}, 1], S: {{'Fn::Sub': x}}}}"
    assert properties(text) == {"R": [1], "S": "x"}


def test_below_a_false_condition_nothing_is_wrong() -> None:
    text = "R: {Type: T, Condition: IsProd, Properties: {P: {Ref: Stage}, Q: {Fn::FindInMap: [Absent, a, b]}}}"
    resources = as_mapping(expanded(text).data["Resources"])
    assert as_mapping(resources["R"])["Properties"] == {"Q": {"Fn::FindInMap": ["Absent", "a", "b"]}}
    with pytest.raises(ExpansionError):
        expanded(text, Stage="prod")


@pytest.mark.parametrize(
    ("resources", "keys", "problem"),
    [
        ("Fn::ForEach::L: [N, [a]]", ("Resources", "Fn::ForEach::L"), "not a list of a variable"),
        ("Fn::ForEach::L: [N, a, {}]", ("Resources", "Fn::ForEach::L"), "is not a list"),
        ("Fn::ForEach::L: [N, {Ref: [a]}, {}]", ("Resources", "Fn::ForEach::L"), "takes a name"),
        ("Fn::ForEach::Stage: [N, [a], {}]", ("Resources", "Fn::ForEach::Stage"), "name of a parameter"),
        ("Fn::ForEach::L: [N, {Fn::GetAtt: [A, B]}, {}]", ("Resources", "Fn::ForEach::L"), "after the deployment"),
        ("Fn::ForEach::L: [N, [a, b], {F: {Type: T}}]", ("Resources", "Fn::ForEach::L"), "already exist: F"),
        ("Fn::ForEach::L: [N, [a], {'F${N}': text}]", ("Resources", "Fn::ForEach::L"), "not a resource"),
        ("Fn::ForEach::L: [N, [a], {'F${N}': {P: {Ref: [a]}}}]", ("Resources", "Fn::ForEach::L"), "Ref takes"),
        ("R: {Type: T, P: {200: a}}", ("Resources", "R"), "200 is not a string"),
        ("R: {Type: T, P: {Fn::Select: [2, [a]]}}", ("Resources", "R"), "no item 2"),
        ("R: {Type: T, Condition: Absent}", ("Resources", "R"), "which does not exist"),
        ("R: {Type: T, Condition: {Ref: Stage}}", ("Resources", "R"), "name of a condition"),
        ("R: {Type: T, DeletionPolicy: [a]}", ("Resources", "R"), "DeletionPolicy takes"),
        ("R: text", ("Resources", "R"), "not a resource"),
        ("[1]", ("Resources",), "not a mapping"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(resources: str, keys: tuple[str, ...], problem: str) -> None:
    with pytest.raises(ExpansionError, match=problem) as caught:
        expanded(resources)
    assert caught.value.keys == keys


def test_conditions_in_a_circle_are_named() -> None:
    conditions: ValueMapping = {"A": {"Fn::Not": [{"Condition": "B"}]}, "B": {"Fn::Not": [{"Condition": "A"}]}}
    with pytest.raises(ExpansionError, match="in a circle: A -> B -> A") as caught:
        expand({"Conditions": conditions, "Resources": {"R": {"Type": "T"}}}, {})
    assert caught.value.keys == ("Conditions", "A")


def test_loops_go_five_deep() -> None:
    body: Value = {"R": {"Type": "T"}}
    for name in "ABCDE":
        body = {f"Fn::ForEach::L{name}": [name, ["a"], body]}
    assert expand({"Resources": body}, {}).data["Resources"] == {"R": {"Type": "T"}}
    with pytest.raises(ExpansionError, match="6 levels deep"):
        expand({"Resources": {"Fn::ForEach::L": ["F", ["a"], body]}}, {})
