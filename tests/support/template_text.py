"""Templates as text, put together from short pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PARAMETERS = """\
Parameters:
  Dir: {Type: String, Default: src}
  Version: {Type: String, Default: python3.11}
  Number: {Type: Number, Default: 7}
  Ratio: {Type: Number, Default: 1.5}
  Empty: {Type: String, Default: ''}
  Flags: {Type: CommaDelimitedList, Default: 'arm64, x86_64'}
  Given: {Type: String}
  Stage: {Type: String, Default: dev}
"""
MAPPINGS = """\
Mappings:
  ByStage:
    dev: {Dir: src/dev, Runtime: python3.12}
    prod: {Dir: src/prod, Runtime: python3.13}
"""
CONDITIONS = """\
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [!Condition IsProd]
  IsBoth: !And [!Condition IsProd, !Condition IsDev]
  IsAny: !Or [!Condition IsProd, !Equals [!Ref Dir, src]]
"""
ALL_SECTIONS = PARAMETERS + MAPPINGS + CONDITIONS
IMAGE = "PackageType: Image"
IMAGE_METADATA = "Dockerfile: Dockerfile\nDockerContext: ./image\nDockerTag: v1"


def function(body: str = "", *, resource_type: str = "AWS::Serverless::Function", metadata: str = "") -> str:
    """The text of a Python function, indented to stand below a logical id."""
    defaults = {"Handler": "app.handler", "Runtime": "python3.12"}
    lines = [f"{key}: {value}" for key, value in defaults.items() if f"{key}:" not in body]
    text = f"    Type: {resource_type}\n    Properties:\n"
    text += "".join(f"      {line}\n" for line in [*lines, *body.strip("\n").splitlines()])
    if metadata:
        text += "    Metadata:\n" + "".join(f"      {line}\n" for line in metadata.strip("\n").splitlines())
    return text


def stack(resources: Mapping[str, str], *, before: str = "") -> str:
    """The text of a template with these resources."""
    head = "AWSTemplateFormatVersion: 2010-09-09\nTransform: AWS::Serverless-2016-10-31\n"
    return head + before + "Resources:\n" + "".join(f"  {name}:\n{text}" for name, text in resources.items())


def nested(location: str, parameters: str = "") -> str:
    text = f"    Type: AWS::Serverless::Application\n    Properties:\n      Location: {location}\n"
    return text + (f"      Parameters: {parameters}\n" if parameters else "")


def layer(body: str = "ContentUri: layer", *, metadata: str = "BuildMethod: python3.12") -> str:
    text = function(body, resource_type="AWS::Serverless::LayerVersion", metadata=metadata)
    return text.replace("      Handler: app.handler\n      Runtime: python3.12\n", "")
