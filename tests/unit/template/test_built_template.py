from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from samix.template.built_template import built_template, template_path
from samix.template.value import Value, ValueMapping, as_mapping

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.template.stacks import Application

    Load = Callable[..., Application]


@pytest.fixture
def build_dir(project: Path) -> Path:
    return project / ".aws-sam" / "build"


def resources(data: ValueMapping) -> ValueMapping:
    return as_mapping(data["Resources"])


def properties(data: ValueMapping, logical_id: str) -> ValueMapping:
    return as_mapping(as_mapping(resources(data)[logical_id])["Properties"])


def moved(load: Load, build_dir: Path, resource_type: str, written: str) -> ValueMapping:
    application = load(f"Resources:\n  It: {{Type: 'AWS::{resource_type}', Properties: {written}}}\n")
    return properties(built_template(application, application.root, {}, build_dir), "It")


@pytest.mark.parametrize(
    ("resource_type", "key"),
    [
        ("Serverless::Function", "CodeUri"),
        ("Lambda::Function", "Code"),
        ("Serverless::WebFunction", "CodeUri"),
        ("Serverless::LayerVersion", "ContentUri"),
        ("Lambda::LayerVersion", "Content"),
    ],
)
def test_artifact_is_put_in(load: Load, build_dir: Path, resource_type: str, key: str) -> None:
    metadata = "Metadata: {BuildMethod: python3.12}"
    application = load(f"Resources:\n  It: {{Type: 'AWS::{resource_type}', {metadata}}}\n")
    data = built_template(application, application.root, {"It": build_dir / "It"}, build_dir)
    assert properties(data, "It") == {key: "It"}
    assert as_mapping(resources(data)["It"])["Metadata"] == {"BuildMethod": "python3.12", "SamResourceId": "It"}


@pytest.mark.parametrize(
    ("resource_type", "expected"),
    [("Serverless::Function", {"ImageUri": "it:v1"}), ("Lambda::Function", {"Code": {"ImageUri": "it:v1"}})],
)
def test_image_is_put_in(
    load: Load, build_dir: Path, project: Path, resource_type: str, expected: ValueMapping
) -> None:
    application = load(
        f"Resources:\n  It:\n    Type: AWS::{resource_type}\n    Properties: {{PackageType: Image}}\n"
        "    Metadata: {Dockerfile: D, DockerContext: ./image}\n"
    )
    data = built_template(application, application.root, {"It": "it:v1"}, build_dir)
    assert properties(data, "It") == {"PackageType": "Image", **expected}
    assert as_mapping(as_mapping(resources(data)["It"])["Metadata"])["DockerContext"] == str(project / "image")


def test_nested_stacks_point_at_each_other_in_the_build_dir(load: Load, build_dir: Path) -> None:
    application = load(
        {
            "template.yaml": "Resources:\n"
            "  Child: {Type: AWS::Serverless::Application, Properties: {Location: a/c.yaml}}\n",
            "a/c.yaml": "Resources:\n"
            "  Grand: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ../g.yaml}}\n",
            "g.yaml": "Resources:\n  Fn: {Type: AWS::Serverless::Function, Properties: {CodeUri: src}}\n",
        }
    )
    artifacts = {"Child/Grand/Fn": build_dir / "Child" / "Grand" / "Fn"}
    root, child, grand = (built_template(application, stack, artifacts, build_dir) for stack in application.stacks)
    assert properties(root, "Child")["Location"] == "Child/template.yaml"
    assert properties(child, "Grand")["TemplateURL"] == "Grand/template.yaml"
    assert properties(grand, "Fn")["CodeUri"] == "Fn"


def test_template_lies_in_the_directory_of_its_stack(build_dir: Path) -> None:
    assert template_path(build_dir, "") == build_dir / "template.yaml"
    assert template_path(build_dir, "A/B") == build_dir / "A" / "B" / "template.yaml"


@pytest.mark.parametrize(
    ("resource_type", "written", "expected"),
    [
        pytest.param(
            "Serverless::Api", "{DefinitionUri: api.yaml}", {"DefinitionUri": "../../api.yaml"}, id="API definition"
        ),
        pytest.param("Serverless::Function", "{CodeUri: ./a/../b/}", {"CodeUri": "../../b"}, id="function not built"),
        pytest.param("Serverless::Function", "{CodeUri: s3://b/k}", {"CodeUri": "s3://b/k"}, id="S3"),
        pytest.param("Serverless::Function", "{CodeUri: /abs}", {"CodeUri": "/abs"}, id="absolute path"),
        pytest.param("Serverless::Function", "{CodeUri: {Bucket: b}}", {"CodeUri": {"Bucket": "b"}}, id="mapping"),
        pytest.param("Serverless::HttpApi", "{DefinitionUri: http://h/x}", {"DefinitionUri": "http://h/x"}, id="URL"),
        pytest.param(
            "Glue::Job", "{Command: {ScriptLocation: job.py}}", {"Command": {"ScriptLocation": "../../job.py"}},
            id="path below another key",
        ),
        pytest.param("Glue::Job", "{Command: text}", {"Command": "text"}, id="other key is no mapping"),
        pytest.param(
            "Serverless::GraphQLApi",
            "{SchemaUri: s, Functions: {f: {CodeUri: f.js}}, Resolvers: {Q: {r: {CodeUri: r.js}}}}",
            {
                "SchemaUri": "../../s",
                "Functions": {"f": {"CodeUri": "../../f.js"}},
                "Resolvers": {"Q": {"r": {"CodeUri": "../../r.js"}}},
            },
            id="GraphQL code at any depth",
        ),
        pytest.param(
            "Serverless::Function", "{PackageType: Image, ImageUri: name:tag}",
            {"PackageType": "Image", "ImageUri": "name:tag"}, id="image name",
        ),
        pytest.param("SNS::Topic", "{CodeUri: a}", {"CodeUri": "a"}, id="other resource"),
        pytest.param(
            "SNS::Topic",
            "{Body: [{'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: a.yaml}}}]}",
            {"Body": [{"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "../../a.yaml"}}}]},
            id="include anywhere",
        ),
        pytest.param(
            "SNS::Topic",
            "{Body: {'Fn::Transform': {Name: Other, Parameters: {Location: a.yaml}}}}",
            {"Body": {"Fn::Transform": {"Name": "Other", "Parameters": {"Location": "a.yaml"}}}},
            id="another macro",
        ),
    ],
)  # fmt: skip
def test_local_paths_move_along(load: Load, build_dir: Path, resource_type: str, written: str, expected: Value) -> None:
    assert moved(load, build_dir, resource_type, written) == expected


def test_paths_of_the_application_repository_move_along(load: Load, build_dir: Path) -> None:
    application = load(
        "Metadata:\n  AWS::ServerlessRepo::Application: {LicenseUrl: LICENSE, ReadmeUrl: s3://b/r, Name: n}\n"
        "  Other: {LicenseUrl: LICENSE}\nResources: {T: {Type: AWS::SNS::Topic}}\n"
    )
    assert built_template(application, application.root, {}, build_dir)["Metadata"] == {
        "AWS::ServerlessRepo::Application": {"LicenseUrl": "../../LICENSE", "ReadmeUrl": "s3://b/r", "Name": "n"},
        "Other": {"LicenseUrl": "LICENSE"},
    }


def test_asset_path_moves_along(load: Load, build_dir: Path) -> None:
    application = load(
        "Resources:\n  It:\n    Type: AWS::Lambda::Function\n    Properties: {Code: {S3Bucket: b}}\n"
        "    Metadata: {'aws:asset:path': asset.1, 'aws:asset:property': Code}\n"
    )
    data = built_template(application, application.root, {"It": build_dir / "It"}, build_dir)
    assert as_mapping(as_mapping(resources(data)["It"])["Metadata"])["aws:asset:path"] == "../../asset.1"


def test_what_is_not_built_keeps_its_metadata(load: Load, build_dir: Path) -> None:
    application = load("Resources:\n  It: {Type: AWS::Serverless::Function, Metadata: {SkipBuild: true}}\n")
    data = built_template(application, application.root, {}, build_dir)
    assert resources(data)["It"] == {"Type": "AWS::Serverless::Function", "Metadata": {"SkipBuild": True}}


def test_intrinsics_stay_but_in_metadata(load: Load, build_dir: Path) -> None:
    application = load(
        "Parameters: {P: {Type: String, Default: value}}\n"
        "Resources:\n  It:\n    Type: AWS::Serverless::Function\n    Properties: {Handler: !Ref P}\n"
        "    Metadata: {Note: !Ref P}\n"
    )
    data = built_template(application, application.root, {"It": build_dir / "It"}, build_dir)
    assert properties(data, "It") == {"Handler": {"Ref": "P"}, "CodeUri": "It"}
    assert as_mapping(resources(data)["It"])["Metadata"] == {"Note": "value", "SamResourceId": "It"}


def test_build_dir_elsewhere_is_pointed_at(load: Load, project: Path) -> None:
    application = load("Resources: {It: {Type: AWS::Serverless::Api, Properties: {DefinitionUri: api/a.yaml}}}\n")
    data = built_template(application, application.root, {}, project / "deep" / "er" / "out")
    assert properties(data, "It") == {"DefinitionUri": "../../../api/a.yaml"}


def test_template_of_the_application_is_left_alone(load: Load, build_dir: Path) -> None:
    application = load("Resources: {It: {Type: AWS::Serverless::Function, Properties: {CodeUri: src}}}\n")
    before = copy.deepcopy(application.root.template.data)
    built_template(application, application.root, {"It": build_dir / "It"}, build_dir)
    assert application.root.template.data == before


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "Outputs: text\nResources: {It: {Type: AWS::Serverless::Api}}\n", id="outputs that are no mapping"
        ),
        pytest.param("Metadata: text\nResources: {It: {Type: AWS::SNS::Topic}}\n", id="metadata that is no mapping"),
    ],
)
def test_odd_templates_stay_as_they_are(load: Load, build_dir: Path, text: str) -> None:
    application = load(text)
    assert built_template(application, application.root, {}, build_dir) == application.root.template.data
