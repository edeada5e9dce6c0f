"""The template of a unit: this unit alone, and what it may refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.sam.unit_template import batch_template, unit_template
from samix.template.load import load_template
from samix.template.resources import Kind, buildable_resources
from samix.template.value import ValueMapping, as_mapping

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.template.stacks import Application
    from samix.units.unit import Unit


def _only(template: ValueMapping) -> tuple[str, ValueMapping]:
    [(logical_id, resource)] = as_mapping(template["Resources"]).items()
    return logical_id, as_mapping(resource)


def test_template_holds_one_resource_and_what_it_may_refer_to(units: dict[str, Unit], application: Application) -> None:
    template = unit_template(units["Fn"], application)
    assert set(template) == {
        "AWSTemplateFormatVersion",
        "Transform",
        "Globals",
        "Parameters",
        "Mappings",
        "Conditions",
        "Resources",
    }
    assert _only(template)[0] == "Fn"


def test_nothing_that_is_not_built_with_a_unit_stays(units: dict[str, Unit], application: Application) -> None:
    template = unit_template(units["Fn"], application)
    assert as_mapping(template["Globals"])["Function"] == {"Runtime": "python3.12", "Timeout": 3}
    resource = _only(template)[1]
    assert "DependsOn" not in resource
    assert set(as_mapping(resource["Properties"])) == {"CodeUri", "Handler", "Environment"}
    assert resource["Metadata"] == {"BuildType": "container"}


@pytest.mark.parametrize(
    ("name", "key", "source"),
    [
        ("Fn", "CodeUri", "src"),
        ("Plain", "Code", "plain"),
        ("Layer", "ContentUri", "layer"),
        ("Child/Inner", "CodeUri", "child/src"),
    ],
)
def test_the_source_is_an_absolute_path(
    name: str, key: str, source: str, units: dict[str, Unit], application: Application, tmp_path: Path
) -> None:
    properties = as_mapping(_only(unit_template(units[name], application))[1]["Properties"])
    assert properties[key] == str(tmp_path / source)


def test_the_context_of_an_image_is_an_absolute_path(
    units: dict[str, Unit], application: Application, tmp_path: Path
) -> None:
    assert units["Image"].kind is Kind.IMAGE
    metadata = as_mapping(_only(unit_template(units["Image"], application))[1]["Metadata"])
    assert metadata["DockerContext"] == str(tmp_path / "image")


@pytest.mark.parametrize(("name", "asset"), [("Cdk", "asset"), ("Child/CdkImage", "child/asset")])
def test_an_asset_of_the_cdk_is_an_absolute_path(
    name: str, asset: str, units: dict[str, Unit], application: Application, tmp_path: Path
) -> None:
    metadata = as_mapping(_only(unit_template(units[name], application))[1]["Metadata"])
    assert metadata["aws:asset:path"] == str(tmp_path / asset)


def test_the_root_template_gets_what_the_user_gives_it(
    make_application: Callable[..., Application], make_unit: Callable[..., Unit], tmp_path: Path
) -> None:
    odd = "ends in \\\n\\"
    template = """\
Parameters:
  Stage: {Type: String}
  Left: {Default: own}
Resources:
  Fn: {Type: AWS::Serverless::Function}
"""
    given: ValueMapping = {"Stage": odd, "Left": "", "my_key": "7", "AWS::StackName": "shop"}
    application = make_application(tmp_path, {"template.yaml": template}, given)
    unit = make_unit(buildable_resources(application.root)[0])
    parameters = as_mapping(unit_template(unit, application)["Parameters"])
    assert parameters["Stage"] == {"Type": "String", "Default": odd}
    assert parameters["Left"] == {"Default": "own"}
    assert as_mapping(parameters["my_key"])["Default"] == "7"
    assert as_mapping(parameters["AWS::StackName"])["Default"] == "shop"


def test_a_nested_template_gets_what_its_parent_gives_it(units: dict[str, Unit], application: Application) -> None:
    parameters = as_mapping(unit_template(units["Child/Inner"], application)["Parameters"])
    assert as_mapping(parameters["Name"])["Default"] == "given"
    assert as_mapping(parameters["Left"])["Default"] == "own"
    assert as_mapping(parameters["Unknown"])["Default"] == "x"


def test_the_application_is_left_as_it_was(units: dict[str, Unit], application: Application, tmp_path: Path) -> None:
    for unit in units.values():
        unit_template(unit, application)
    assert application.root.template.data == load_template(tmp_path / "template.yaml").data


def test_the_template_of_a_batch_is_that_of_each_unit(units: dict[str, Unit], application: Application) -> None:
    batch = [units[name] for name in ("Fn", "Layer", "Plain")]
    template = batch_template(batch, application)
    assert list(as_mapping(template["Resources"])) == ["Fn", "Layer", "Plain"]
    for unit in batch:
        name = unit.first.logical_id
        alone = unit_template(unit, application)
        assert as_mapping(template["Resources"])[name] == as_mapping(alone["Resources"])[name]
        assert {**template, "Resources": {}} == {**alone, "Resources": {}}
