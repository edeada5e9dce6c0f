from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from samix.template.metadata import normalize, resource_id
from samix.template.sam_rules import SamRules
from samix.template.value import as_mapping

if TYPE_CHECKING:
    from samix.template.value import ValueMapping

STACK = "AWS::CloudFormation::Stack"


@pytest.mark.parametrize(
    ("metadata", "resource_type", "expected"),
    [
        pytest.param({}, "", "Logical", id="logical id"),
        pytest.param({"SamResourceId": "Custom"}, "", "Custom", id="custom id"),
        pytest.param({"SamResourceId": ""}, "", "Logical", id="empty custom id"),
        pytest.param({"SamResourceId": "Custom", "aws:cdk:path": "S/Fn/Resource"}, "", "Custom", id="custom id first"),
        pytest.param({"aws:cdk:path": "S/Fn/Resource"}, "", "Fn", id="construct"),
        pytest.param({"aws:cdk:path": "S/Fn"}, "", "Fn", id="construct of two parts"),
        pytest.param({"aws:cdk:path": "S/Fn/Other"}, "", "Other", id="last part otherwise"),
        pytest.param({"aws:cdk:path": "A/B/Fn/Resource"}, "", "Logical", id="too long a path"),
        pytest.param({"aws:cdk:path": "Fn"}, "", "Logical", id="too short a path"),
        pytest.param({"aws:cdk:path": ""}, "", "Logical", id="empty path"),
        pytest.param({"aws:cdk:path": ["S", "Fn"]}, "", "Logical", id="path that is no text"),
        pytest.param({"aws:cdk:path": "A/In.NestedStack/In.NestedStackResource"}, STACK, "In", id="nested stack"),
        pytest.param({"aws:cdk:path": "A/In.NestedStack"}, STACK, "In", id="short nested stack"),
        pytest.param({"aws:cdk:path": "A/In.NestedStack"}, "", "In.NestedStack", id="suffix elsewhere"),
    ],
)
def test_resource_id(metadata: ValueMapping, resource_type: str, expected: str) -> None:
    assert resource_id("Logical", {"Type": resource_type, "Metadata": metadata}) == expected


@pytest.mark.parametrize(("version", "expected"), [("1.130.0", "Fn"), ("1.143.0", "Fn"), ("1.144.0", "Logical")])
@pytest.mark.parametrize("path", ["App/Stack/Inner/Fn/Resource", "App/Stack/Inner/Fn"])
def test_a_long_path_is_the_rule_of_the_installed_sam(path: str, version: str, expected: str) -> None:
    resource: ValueMapping = {"Type": "T", "Metadata": {"aws:cdk:path": path}}
    assert resource_id("Logical", resource, SamRules(lambda: version)) == expected


@pytest.mark.parametrize(("version", "expected"), [("1.158.0", False), ("1.159.1", True), ("1.170.0", True)])
def test_parameters_of_an_image_are_added_by_versions_with_them(version: str, expected: bool) -> None:
    metadata: ValueMapping = {"aws:asset:path": "image", "aws:asset:property": "Code.ImageUri"}
    found = as_mapping(normalize("Fn", {"Metadata": metadata}, SamRules(lambda: version))["Metadata"])
    assert ("DockerBuildExtraParams" in found) is expected


def test_an_ordinary_resource_needs_no_version() -> None:
    def ask() -> str:
        raise AssertionError

    normalize("Fn", {"Type": "T", "Metadata": {"aws:cdk:path": "Stack/Fn/Resource"}}, SamRules(ask))


def test_each_resource_gets_its_id() -> None:
    assert normalize("Fn", {"Type": "T"}) == {"Type": "T", "Metadata": {"SamResourceId": "Fn"}}


def test_asset_becomes_the_code() -> None:
    found = normalize(
        "Fn",
        {
            "Properties": {"Code": {"S3Bucket": "b"}, "Handler": "h"},
            "Metadata": {"aws:asset:path": "asset.1", "aws:asset:property": "Code"},
        },
    )
    assert found["Properties"] == {"Code": "asset.1", "Handler": "h"}
    assert found["Metadata"] == {
        "aws:asset:path": "asset.1",
        "aws:asset:property": "Code",
        "SamNormalized": True,
        "SamResourceId": "Fn",
    }


def test_image_asset_becomes_docker_metadata() -> None:
    found = normalize(
        "Fn1A",
        {
            "Properties": {"Code": {"ImageUri": "x", "Other": 1}},
            "Metadata": {
                "aws:asset:path": "./asset.1/",
                "aws:asset:property": "Code.ImageUri",
                "aws:asset:dockerfile-path": "./Dockerfile.dev",
                "aws:asset:docker-build-args": {"A": "b"},
            },
        },
    )
    assert found["Properties"] == {"Code": {"ImageUri": "fn1a"}}
    metadata = found["Metadata"]
    assert isinstance(metadata, dict)
    assert {key: value for key, value in metadata.items() if not key.startswith("aws:")} == {
        "Dockerfile": "Dockerfile.dev",
        "DockerContext": "asset.1",
        "DockerBuildArgs": {"A": "b"},
        "DockerBuildExtraParams": [],
        "SamNormalized": True,
        "SamResourceId": "Fn1A",
    }


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param({"aws:asset:path": "a"}, id="path alone"),
        pytest.param({"aws:asset:property": "Code"}, id="property alone"),
        pytest.param({"aws:asset:path": "a", "aws:asset:property": "Code", "SamNormalized": True}, id="done before"),
    ],
)
def test_code_stays(metadata: ValueMapping) -> None:
    found = normalize("Fn", {"Properties": {"Code": "src"}, "Metadata": metadata})
    assert found["Properties"] == {"Code": "src"}


@pytest.mark.parametrize(("bundled", "skipped"), [(True, True), (False, None)])
def test_bundled_asset_is_not_built(bundled: bool, skipped: bool | None) -> None:
    found = normalize("Fn", {"Metadata": {"aws:asset:is-bundled": bundled}})["Metadata"]
    assert isinstance(found, dict)
    assert found.get("SkipBuild") is skipped


def test_nothing_is_changed_in_place() -> None:
    resource: ValueMapping = {
        "Properties": {"Code": {"ImageUri": "x"}},
        "Metadata": {"aws:asset:path": "a", "aws:asset:property": "Code.ImageUri", "aws:asset:dockerfile-path": "D"},
    }
    before = copy.deepcopy(resource)
    normalize("Fn", resource)
    assert resource == before
