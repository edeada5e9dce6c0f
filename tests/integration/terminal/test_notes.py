"""What is legal and does nothing, or not what it seems to: samix says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  NoMethod:
    Type: AWS::Serverless::LayerVersion
    Metadata: {{BuildType: container}}
    Properties: {{ContentUri: src}}
  Child:
    Type: AWS::Serverless::Application
    Metadata:
      BuildType: container
    Properties: {{Location: child.yaml}}
  Fn:
    Type: AWS::Serverless::Function
    Metadata:
      BuildTyp: container
    Properties: {{CodeUri: src, Handler: app.handler, Runtime: {HOST_PYTHON}}}
"""
CHILD = """\
Resources:
  Bucket: {Type: AWS::S3::Bucket}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    files = {"template.yaml": TEMPLATE, "child.yaml": CHILD, "src/app.py": "def handler(event, context): return 1\n"}
    return Project.from_files(tmp_path / "app", files)


def test_keys_that_do_nothing_are_named_with_their_lines(project: Project) -> None:
    project.write("samconfig.toml", 'version = 0.1\n[default.build.parameters]\nbuild-typ = ["Fn=container"]\n')
    errors = project.samix("build").succeeded().errors
    assert "samconfig.toml:3: Did you mean build_type, not build-typ?" in errors
    assert (
        "template.yaml:5: BuildType has no effect: sam does not build NoMethod. A layer needs a BuildMethod" in errors
    )
    assert "template.yaml:10: BuildType has no effect: sam does not build Child." in errors
    assert "template.yaml:15: Did you mean BuildType, not BuildTyp?" in errors


@pytest.mark.parametrize("build_dir", ["src", ".", "..", "child.yaml"])
def test_build_dir_that_holds_what_is_built_is_refused(project: Project, build_dir: str) -> None:
    before = sorted(path.name for path in project.path.rglob("*"))
    run = project.samix("build", "--build-dir", build_dir).failed_with(1)
    assert "--build-dir" in run.errors
    after = sorted(path.name for path in project.path.rglob("*") if ".aws-sam" not in path.parts)
    assert after == before


def test_nothing_to_build_is_said(project: Project) -> None:
    run = project.samix("build", "--template-file", "child.yaml").succeeded()
    assert "Nothing to build." in run.errors


def test_no_colours_where_none_are_wanted(project: Project) -> None:
    run = project.samix("build", NO_COLOR="1", FORCE_COLOR="1").succeeded()
    assert "\x1b[3" not in run.text
