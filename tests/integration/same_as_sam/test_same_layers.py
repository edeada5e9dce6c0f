"""Whatever `Layers` may be for sam, samix builds: lists, and all that an intrinsic function may lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, differences

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HEAD = "Transform: AWS::Serverless-2016-10-31\n"
ARN = "arn:aws:lambda:us-east-1:123456789012:layer:one:1"
OTHER = "arn:aws:lambda:us-east-1:123456789012:layer:two:2"
PARAMETERS = f"""\
Parameters:
  NoValue: {{Type: CommaDelimitedList}}
  NoText: {{Type: String}}
  NoStrings: {{Type: List<String>}}
  NoSecret: {{Type: 'AWS::SSM::Parameter::Value<List<String>>'}}
  Empty: {{Type: CommaDelimitedList, Default: ''}}
  Two: {{Type: CommaDelimitedList, Default: '{ARN}, {OTHER}'}}
  One: {{Type: String, Default: '{ARN}'}}
  Strings: {{Type: List<String>, Default: '{ARN},{OTHER}'}}
  Stage: {{Type: String, Default: dev}}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
Mappings:
  ByRegion: {{us-east-1: {{layers: ['{ARN}']}}}}
"""
SHAPES = {
    "Lists": f"[{ARN}, !Ref Layer]",
    "EmptyList": "[]",
    "NoText": "!Ref NoText",
    "NoStrings": "!Ref NoStrings",
    "NoSecret": "!Ref NoSecret",
    "NoValue": "!Ref NoValue",
    "Empty": "!Ref Empty",
    "Two": "!Ref Two",
    "One": "!Ref One",
    "Strings": "!Ref Strings",
    "Resource": "!Ref Layer",
    "Unknown": "!Ref Nothing",
    "InList": "[!Ref NoText, !Ref One]",
    "Substituted": "[!Sub 'arn:aws:lambda:${AWS::Region}:123456789012:layer:one:1']",
    "Text": "!Sub 'arn:aws:lambda:${AWS::Region}:123456789012:layer:one:1'",
    "Joined": "[!Join [':', [arn, aws, lambda, us-east-1, '123456789012', layer, one, '1']]]",
    "JoinedText": "!Join [',', [!Ref One, !Ref One]]",
    "Split": "!Split [',', !Ref One]",
    "SplitNothing": "!Split [',', !Ref NoText]",
    "Imported": "!Split [',', !ImportValue SharedLayers]",
    "Chosen": "!If [IsDev, [!Ref Layer], []]",
    "ChosenParameter": "!If [IsDev, !Ref NoValue, [!Ref Layer]]",
    "ChosenNothing": "!If [IsDev, !Ref AWS::NoValue, [!Ref Layer]]",
    "Mapped": "!FindInMap [ByRegion, !Ref AWS::Region, layers]",
    "Output": "!GetAtt Elsewhere.Outputs.Layers",
}
LAYER = f"""\
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {{ContentUri: src, CompatibleRuntimes: !Ref Empty}}
    Metadata: {{BuildMethod: {HOST_PYTHON}}}
"""


def functions(shapes: Mapping[str, str]) -> str:
    properties = f"CodeUri: src, Handler: app.handler, Runtime: {HOST_PYTHON}"
    return "".join(
        f"  {name}Fn:\n    Type: AWS::Serverless::Function\n    Properties: {{{properties}, Layers: {layers}}}\n"
        for name, layers in shapes.items()
    )


def compare(project: Project, *arguments: str) -> None:
    project.sam("build", *arguments).succeeded()
    sams = project.built()
    project.samix("build", *arguments).succeeded()
    assert differences(project.built(), sams) == []


def test_all_shapes_of_layers_are_built_as_with_sam(tmp_path: Path) -> None:
    template = f"{HEAD}{PARAMETERS}Resources:\n{LAYER}{functions(SHAPES)}"
    compare(Project.from_files(tmp_path / "app", {"src/app.py": "", "template.yaml": template}))


CHILD = f"""\
{HEAD}Parameters: {{Common: {{Type: CommaDelimitedList}}}}
Globals: {{Function: {{Runtime: {HOST_PYTHON}, Layers: !Ref Common}}}}
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: ../src, Handler: app.handler}}
  More:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: ../src, Handler: app.handler, Layers: ['{OTHER}']}}
"""
GIVEN = {
    "JoinedOutputs": "!Join [',', [!GetAtt Layers.Outputs.One, !GetAtt Layers.Outputs.Two]]",
    "Output": "!GetAtt Layers.Outputs.One",
    "Arns": f"'{ARN},{OTHER}'",
    "Parameter": "!Ref Two",
    "NoValue": "!Ref NoValue",
    "Resource": "!Ref Layer",
}


def test_layers_that_a_parent_hands_down_are_built_as_with_sam(tmp_path: Path) -> None:
    nested = "".join(
        f"  {name}:\n    Type: AWS::Serverless::Application\n"
        f"    Properties: {{Location: child/template.yaml, Parameters: {{Common: {given}}}}}\n"
        for name, given in GIVEN.items()
    )
    files = {
        "src/app.py": "",
        "template.yaml": f"{HEAD}{PARAMETERS}Resources:\n{LAYER}{nested}",
        "child/template.yaml": CHILD,
    }
    project = Project.from_files(tmp_path / "app", files)
    compare(project)
    compare(project, "--template-file", "child/template.yaml")


def test_of_a_function_of_cloudformation_nobody_looks_at_them(tmp_path: Path) -> None:
    properties = f"{{Code: src, Handler: app.handler, Runtime: {HOST_PYTHON}, Layers: some}}"
    template = f"Resources:\n  Fn:\n    Type: AWS::Lambda::Function\n    Properties: {properties}\n"
    compare(Project.from_files(tmp_path / "app", {"src/app.py": "", "template.yaml": template}))


@pytest.mark.parametrize(
    ("parameters", "given"),
    [
        pytest.param("{Type: CommaDelimitedList, Default: arm64}", (), id="list with a default"),
        pytest.param("{Type: CommaDelimitedList}", ("--parameter-overrides", "Given=arm64"), id="list that is given"),
        pytest.param("{Type: String, Default: unused}", (), id="declared and not used"),
    ],
)
def test_architectures_and_runtimes_by_parameters(parameters: str, given: tuple[str, ...], tmp_path: Path) -> None:
    architectures = "!Ref Given" if "Comma" in parameters else "[arm64]"
    properties = f"CodeUri: src, Handler: app.handler, Runtime: {HOST_PYTHON}, Architectures: {architectures}"
    template = (
        f"{HEAD}Parameters:\n  Given: {parameters}\n  Empty: {{Type: CommaDelimitedList}}\nResources:\n{LAYER}"
        f"  Fn:\n    Type: AWS::Serverless::Function\n    Properties: {{{properties}}}\n"
    )
    project = Project.from_files(tmp_path / "app", {"src/app.py": "", "template.yaml": template})
    compare(project, *given, *(() if given else ("--parameter-overrides", "Undeclared=1")))
