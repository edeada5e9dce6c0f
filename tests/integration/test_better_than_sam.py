"""Where sam goes wrong in silence, and samix does not; what sam does is told too, so that a changed sam is noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
APP = "def handler(event, context): return 1\n"


def function(name: str, code: str) -> str:
    return (
        f"  {name}:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        f"      CodeUri: {code}\n      Handler: app.handler\n      Runtime: {HOST_PYTHON}\n"
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "app"


def test_a_template_that_is_a_link_is_built(root: Path) -> None:
    files = {"real/template.yaml": HEAD + function("Fn", "src"), "real/src/app.py": APP}
    project = Project.from_files(root, files)
    (root / "template.yaml").symlink_to("real/template.yaml")
    project.sam("build").succeeded()
    assert not (project.build_dir / "Fn" / "app.py").exists()

    run = project.samix("build").succeeded()

    assert (project.build_dir / "Fn" / "app.py").read_text() == APP
    assert "template.yaml:1: This template is a link." in run.errors


def test_a_nested_template_that_is_a_link_is_built(root: Path) -> None:
    nested = "  Child: {Type: AWS::Serverless::Application, Properties: {Location: child/template.yaml}}\n"
    files = {
        "deploy/template.yaml": HEAD + nested,
        "deploy/real/child.yaml": HEAD + function("Fn", "src"),
        "deploy/real/src/app.py": APP,
    }
    project = Project.from_files(root, files)
    (root / "deploy" / "child").mkdir()
    (root / "deploy" / "child" / "template.yaml").symlink_to("../real/child.yaml")
    template = ("--template-file", "deploy/template.yaml")
    project.sam("build", *template).succeeded()
    assert not (project.build_dir / "Child" / "Fn" / "app.py").exists()

    run = project.samix("build", *template).succeeded()

    assert (project.build_dir / "Child" / "Fn" / "app.py").read_text() == APP
    assert "deploy/child/template.yaml:1: This template is a link." in run.errors


def test_link_from_the_template_directory_is_as_with_sam(root: Path) -> None:
    nested = "  Child: {Type: AWS::Serverless::Application, Properties: {Location: child.yaml}}\n"
    files = {"template.yaml": HEAD + nested, "real/child.yaml": HEAD + function("Fn", "src"), "real/src/app.py": APP}
    project = Project.from_files(root, files)
    (root / "child.yaml").symlink_to("real/child.yaml")
    project.sam("build").succeeded()
    assert (project.build_dir / "Child" / "Fn" / "app.py").exists()

    run = project.samix("build").succeeded()

    assert (project.build_dir / "Child" / "Fn" / "app.py").exists()
    assert "is a link" not in run.errors


def test_an_application_of_the_repository_needs_no_region(root: Path) -> None:
    store = (
        "  Store:\n    Type: AWS::Serverless::Application\n    Properties:\n"
        "      Location: {ApplicationId: 'arn:aws:serverlessrepo:us-east-1:012345678901:applications/x',"
        " SemanticVersion: 1.0.0}\n"
    )
    project = Project.from_files(root, {"template.yaml": HEAD + function("Fn", "src") + store, "src/app.py": APP})
    assert "AWS Region cannot be found" in project.sam("build").failed_with(1).text

    run = project.samix("build").succeeded()

    assert "Store is a nested stack whose template is not a local file" in run.errors
    assert "ApplicationId: arn:aws" in (project.build_dir / "template.yaml").read_text()


def test_a_resource_that_is_included_as_a_whole_is_refused(root: Path) -> None:
    """sam builds its code, and leaves a built template that does not name what was built."""
    included = "  Fn:\n    Fn::Transform: {Name: AWS::Include, Parameters: {Location: fn.yaml}}\n"
    resource = f"Type: AWS::Serverless::Function\nProperties: {{CodeUri: src, Handler: a.b, Runtime: {HOST_PYTHON}}}\n"
    project = Project.from_files(root, {"template.yaml": HEAD + included, "fn.yaml": resource, "src/app.py": APP})
    project.sam("build").succeeded()
    assert "CodeUri" not in (project.build_dir / "template.yaml").read_text()

    run = project.samix("build").failed_with(1)

    assert "template.yaml:3: The resource Fn is included as a whole" in run.errors
