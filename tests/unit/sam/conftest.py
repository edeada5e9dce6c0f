"""An application of which units are taken, of many kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.options.build_type import BuildType
from samix.template.resources import buildable_resources
from samix.units.decision import Decision
from samix.units.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.template.stacks import Application

ROOT = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Description: left out
Globals:
  Function:
    Runtime: python3.12
    Layers: [!Ref Layer]
    Timeout: 3
Parameters:
  Stage: {Type: String, Default: dev}
Mappings:
  Map: {One: {two: three}}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: makefile}
    Properties: {ContentUri: layer}
  Fn:
    Type: AWS::Serverless::Function
    DependsOn: Layer
    Condition: IsDev
    Metadata: {BuildType: container}
    Properties:
      CodeUri: src
      Handler: app.handler
      Layers: [!Ref Layer]
      Events: {Api: {Type: HttpApi}}
      Environment: {Variables: {STAGE: !Ref Stage}}
  Plain:
    Type: AWS::Lambda::Function
    Properties: {Code: plain, Runtime: python3.12, Handler: app.handler}
  Image:
    Type: AWS::Serverless::Function
    Metadata: {Dockerfile: Dockerfile, DockerContext: image}
    Properties: {PackageType: Image}
  Cdk:
    Type: AWS::Lambda::Function
    Metadata: {"aws:asset:path": asset, "aws:asset:property": Code}
    Properties: {Code: {S3Bucket: b, S3Key: k}, Runtime: python3.12, Handler: app.handler}
  Child:
    Type: AWS::Serverless::Application
    Properties:
      Location: child/template.yaml
      Parameters: {Name: given, Other: !GetAtt Layer.Arn, Unknown: x}
Outputs:
  Arn: {Value: !GetAtt Fn.Arn}
"""
CHILD = """\
Parameters:
  Name: {Type: String, Default: own}
  Left: {Type: String, Default: own}
Resources:
  Inner:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Runtime: python3.12, Handler: !Ref Name}
  CdkImage:
    Type: AWS::Lambda::Function
    Metadata:
      aws:asset:path: asset
      aws:asset:dockerfile-path: Dockerfile
      aws:asset:property: Code.ImageUri
    Properties: {Code: {ImageUri: {"Fn::Sub": "${AWS::AccountId}"}}, PackageType: Image}
"""


@pytest.fixture
def application(make_application: Callable[..., Application], tmp_path: Path) -> Application:
    return make_application(tmp_path, {"template.yaml": ROOT, "child/template.yaml": CHILD})


@pytest.fixture
def units(application: Application) -> dict[str, Unit]:
    resources = [resource for stack in application.stacks for resource in buildable_resources(stack)]
    decision = Decision(BuildType.HOST, "default")
    return {resource.full_path: Unit((resource,), decision, None, ()) for resource in resources}
