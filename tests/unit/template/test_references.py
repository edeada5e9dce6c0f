from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.messages.errors import DependencyError
from samix.template.references import named_dependencies, referenced_layers
from samix.template.resources import Kind, buildable_resources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samix.template.resources import Resource
    from samix.template.stacks import Application

    Load = Callable[..., Application]


def layer(name: str = "Layer") -> str:
    return f"  {name}: {{Type: AWS::Serverless::LayerVersion, Metadata: {{BuildMethod: python3.12}}}}\n"


def function(layers: str, metadata: str = "{}") -> str:
    properties = f"{{CodeUri: src, Layers: {layers}}}"
    return f"  Fn: {{Type: AWS::Serverless::Function, Properties: {properties}, Metadata: {metadata}}}\n"


def nested(name: str, parameters: str = "{}") -> str:
    properties = f"{{Location: {name.lower()}.yaml, Parameters: {parameters}}}"
    return f"  {name}: {{Type: AWS::Serverless::Application, Properties: {properties}}}\n"


def built(application: Application) -> dict[str, Resource]:
    return {resource.full_path: resource for stack in application.stacks for resource in buildable_resources(stack)}


def layers_of(application: Application, full_path: str) -> list[str]:
    found = built(application)
    known = {
        (resource.stack_path, resource.logical_id): resource.full_path
        for resource in found.values()
        if resource.kind is Kind.LAYER
    }
    return referenced_layers(application, found[full_path], known)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        pytest.param("[!Ref Layer]", ["Layer"], id="Ref"),
        pytest.param("[!Ref Layer, !Ref Layer]", ["Layer"], id="each once"),
        pytest.param("[!Ref Other, !Ref Layer]", ["Other", "Layer"], id="in order"),
        pytest.param("[!Sub '${Layer}']", ["Layer"], id="Sub"),
        pytest.param("[!Sub ['${X}', {X: !Ref Layer}]]", ["Layer"], id="variable of a Sub"),
        pytest.param("[!Sub ['${Layer}', {Layer: x}]]", [], id="variable in the way"),
        pytest.param("[!Sub '${!Layer}']", [], id="literal in a Sub"),
        pytest.param("[!If [C, !Ref Layer, !Ref Other]]", ["Layer", "Other"], id="both branches"),
        pytest.param("!If [C, [!Ref Layer], !Ref 'AWS::NoValue']", ["Layer"], id="If around the list"),
        pytest.param("['arn:aws:lambda:us-east-1:1:layer:x:1']", [], id="ARN"),
        pytest.param("[!Ref Missing, !Ref Fn]", [], id="what is no layer"),
        pytest.param("[!Ref Unbuilt]", [], id="layer that is not built"),
        pytest.param("[]", [], id="none"),
    ],
)
def test_layers_of_the_same_stack(load: Load, layers: str, expected: list[str]) -> None:
    unbuilt = "  Unbuilt: {Type: AWS::Serverless::LayerVersion}\n"
    application = load("Resources:\n" + layer() + layer("Other") + unbuilt + function(layers))
    assert layers_of(application, "Fn") == expected


def test_layers_of_globals_count(load: Load) -> None:
    application = load(
        "Globals: {Function: {Layers: [!Ref Shared]}}\nResources:\n"
        + layer("Shared")
        + layer()
        + function("[!Ref Layer]")
    )
    assert layers_of(application, "Fn") == ["Shared", "Layer"]


def test_layer_handed_down_is_followed(load: Load) -> None:
    parameter = "Parameters: {L: {Type: String}}\nResources:\n"
    application = load(
        {
            "template.yaml": "Resources:\n" + layer() + nested("Middle", "{L: !Ref Layer}"),
            "middle.yaml": parameter + nested("Inner", "{L: !Sub '${L}'}"),
            "inner.yaml": parameter + function("[!Ref L]"),
        }
    )
    assert layers_of(application, "Middle/Inner/Fn") == ["Layer"]


@pytest.mark.parametrize(
    "reference",
    ["!GetAtt Maker.Outputs.Out", "!Sub '${Maker.Outputs.Out}'", "{Fn::GetAtt: [Maker, Outputs.Out]}"],
)
def test_layer_from_an_output_is_followed(load: Load, reference: str) -> None:
    application = load(
        {
            "template.yaml": "Resources:\n" + nested("Maker") + nested("User", f"{{L: {reference}}}"),
            "maker.yaml": "Resources:\n" + layer() + "Outputs: {Out: {Value: !Ref Layer}}\n",
            "user.yaml": "Parameters: {L: {Type: String}}\nResources:\n" + function("[!Ref L]"),
        }
    )
    assert layers_of(application, "User/Fn") == ["Maker/Layer"]


def test_parameter_of_the_root_leads_nowhere(load: Load) -> None:
    application = load("Parameters: {L: {Type: String}}\nResources:\n" + layer() + function("[!Ref L]"))
    assert layers_of(application, "Fn") == []


def test_references_in_a_circle_end(load: Load) -> None:
    application = load(
        {
            "template.yaml": "Resources:\n" + nested("A", "{L: !GetAtt A.Outputs.Out}"),
            "a.yaml": "Parameters: {L: {Type: String}}\nResources:\n"
            + function("[!Ref L]")
            + "Outputs: {Out: {Value: !Ref L}}\n",
        }
    )
    assert layers_of(application, "A/Fn") == []


def dependencies(load: Load, files: Mapping[str, str], full_path: str) -> list[str]:
    found = built(load(files))
    return named_dependencies(found[full_path], found)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("{}", [], id="nothing"),
        pytest.param("{BuildDependsOn: Layer}", ["Layer"], id="one name"),
        pytest.param("{BuildDependsOn: [Layer, Child/Fn]}", ["Layer", "Child/Fn"], id="names in order"),
        pytest.param("{BuildDependsOn: []}", [], id="empty list"),
        pytest.param("{BuildDependsOn: [!Ref Name]}", ["Layer"], id="intrinsics are resolved"),
    ],
)
def test_named_dependencies(load: Load, written: str, expected: list[str]) -> None:
    parameter = "Parameters: {Name: {Type: String, Default: Layer}}\nResources:\n"
    files = {
        "template.yaml": parameter + layer() + nested("Child") + function("[]", written),
        "child.yaml": "Resources:\n" + function("[]"),
    }
    assert dependencies(load, files, "Fn") == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("Layer", "Child/Layer", id="own stack first"),
        pytest.param("Root", "Root", id="then from the root"),
        pytest.param("Child/Layer", "Child/Layer", id="full path"),
    ],
)
def test_names_in_a_nested_stack(load: Load, name: str, expected: str) -> None:
    files = {
        "template.yaml": "Resources:\n" + layer() + layer("Root") + nested("Child"),
        "child.yaml": "Resources:\n" + layer() + function("[]", f"{{BuildDependsOn: {name}}}"),
    }
    assert dependencies(load, files, "Child/Fn") == [expected]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        pytest.param("7", "is not a list of resource names", id="number"),
        pytest.param("[Layer, 7]", "is not a list of resource names", id="number in the list"),
        pytest.param("{Layer: x}", "is not a list of resource names", id="mapping"),
        pytest.param("[Missing]", "names Missing", id="unknown name"),
        pytest.param("[Topic]", "names Topic", id="what is not built"),
    ],
)
def test_wrong_names_are_located(load: Load, written: str, message: str) -> None:
    files = {
        "template.yaml": "Resources:\n"
        + layer()
        + "  Topic: {Type: AWS::SNS::Topic}\n  Fn:\n    Type: AWS::Serverless::Function\n    Metadata:\n"
        + f"      BuildDependsOn: {written}\n"
    }
    with pytest.raises(DependencyError, match=message) as caught:
        dependencies(load, files, "Fn")
    assert caught.value.where is not None
    assert caught.value.where.line == 7
    assert caught.value.hint
