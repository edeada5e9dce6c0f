"""What resources wait for, and whose artifacts they may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.messages.errors import DependencyError
from samix.plan.dependencies import find_dependencies, find_used_resources
from samix.template.resources import buildable_resources

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.template.resources import Resource
    from samix.template.stacks import Application
    from samix.units.unit import Unit

TEMPLATE = """\
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: makefile}
    Properties: {ContentUri: layer}
  Tool:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: tool, Runtime: provided.al2023, Handler: a, Layers: [!Ref Layer]}
  User:
    Type: AWS::Serverless::Function
    Metadata: {BuildDependsOn: [Tool, Child/Tool]}
    Properties: {CodeUri: user, Runtime: provided.al2023, Handler: a}
  Upper:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: makefile, BuildDependsOn: [Layer]}
    Properties: {ContentUri: layer}
  Child:
    Type: AWS::Serverless::Application
    Properties: {Location: child/template.yaml}
"""
CHILD = """\
Resources:
  Tool:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: ., Runtime: provided.al2023, Handler: a}
"""


@pytest.fixture
def application(make_application: Callable[..., Application], tmp_path: Path) -> Application:
    return make_application(tmp_path, {"template.yaml": TEMPLATE, "child/template.yaml": CHILD})


@pytest.fixture
def resources(application: Application) -> list[Resource]:
    return [resource for stack in application.stacks for resource in buildable_resources(stack)]


def test_a_resource_waits_for_what_it_names_or_refers_to(application: Application, resources: list[Resource]) -> None:
    needs, uses = find_dependencies(application, resources)
    assert needs == {
        "Layer": [],
        "Tool": ["Layer"],
        "User": ["Tool", "Child/Tool"],
        "Upper": ["Layer"],
        "Child/Tool": [],
    }
    # a layer that a function refers to is no part of its artifact
    assert {name: [one.full_path for one in used] for name, used in uses.items() if used} == {
        "User": ["Tool", "Child/Tool"],
        "Upper": ["Layer"],
    }


def test_a_unit_uses_what_its_resources_use(resources: list[Resource], make_unit: Callable[..., Unit]) -> None:
    layer, tool, *_ = resources
    unit = make_unit("One", "Two", "Three")
    assert find_used_resources(unit, {"One": [layer, tool], "Two": [tool], "Three": []}) == (layer, tool)


def test_two_of_one_name_cannot_be_distinguished(resources: list[Resource], make_unit: Callable[..., Unit]) -> None:
    tools = [one for one in resources if one.logical_id == "Tool"]
    with pytest.raises(DependencyError, match="SAMIX_ARTIFACTS_Tool"):
        find_used_resources(make_unit("One", "Two"), {"One": tools[:1], "Two": tools[1:]})
