"""samix clean beside the real sam: only what samix made goes, and sam goes on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, tree

from samix.state.build_toml import read_definitions

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: api, Handler: app.handler, Runtime: {HOST_PYTHON}}}
  Layer:
    Type: AWS::Serverless::LayerVersion
    Metadata: {{BuildMethod: {HOST_PYTHON}}}
    Properties: {{ContentUri: layer, CompatibleRuntimes: [{HOST_PYTHON}]}}
  Tool:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: makefile}}
    Properties: {{CodeUri: tool, Handler: bootstrap, Runtime: provided.al2023}}
"""
FILES = {
    "template.yaml": TEMPLATE,
    "api/app.py": "def handler(event, context): return 1\n",
    "layer/shared.py": "SHARED = 1\n",
    "layer/requirements.txt": "six==1.16.0\n",
    "tool/Makefile": "build-Tool:\n\tcp tool.sh $(ARTIFACTS_DIR)/bootstrap\n",
    "tool/tool.sh": "#!/bin/sh\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.from_files(tmp_path / "app", FILES)


def test_nothing_is_left_of_a_build_of_samix(project: Project) -> None:
    before = tree(project.path)
    project.samix("build").succeeded()
    told = project.samix("clean", "--dry-run").succeeded().output
    assert "would remove 3 artifacts and 1 template from .aws-sam/build\n" in told
    run = project.samix("clean").succeeded()
    assert run.output == told.replace("would remove", "removed").replace("would be freed", "freed")
    assert "removed 2 definitions from .aws-sam/build.toml\n" in run.output
    assert "removed 2 directories from .aws-sam/cache\n" in run.output
    assert tree(project.path) == before
    assert "Nothing to remove" in project.samix("clean").succeeded().output


def test_what_a_bare_sam_built_since_stays_and_works(project: Project) -> None:
    project.samix("build").succeeded()
    project.write("api/app.py", "def handler(event, context): return 2\n")
    project.sam("build", "--cached", "Api").succeeded()
    project.sam("validate", "--template-file", ".aws-sam/build/template.yaml", AWS_DEFAULT_REGION="eu-west-1")
    before = project.built()

    run = project.samix("clean").succeeded()
    assert "left .aws-sam/build: its template is not the one that samix wrote\n" in run.output
    assert project.built() == before
    assert not (project.path / ".aws-sam" / "samix").exists()

    project.sam("build", "--cached").succeeded()
    whole = project.built()
    assert (project.build_dir / "Api" / "app.py").read_text().endswith("2\n")
    project.samix("build").succeeded()
    assert project.built() == whole


def test_definitions_that_a_bare_sam_made_stay_with_their_caches(project: Project) -> None:
    project.sam("build", "--cached").succeeded()
    theirs = {definition.uuid for definition in read_definitions(project.path / ".aws-sam" / "build.toml")}
    project.samix("build", "Api").succeeded()
    project.samix("clean").succeeded()
    left = {definition.uuid for definition in read_definitions(project.path / ".aws-sam" / "build.toml")}
    assert left
    assert left <= theirs
    assert not (project.build_dir / "Api").exists()
    assert (project.build_dir / "Layer").is_dir()
    run = project.sam("build", "--cached").succeeded()
    assert (project.build_dir / "Api" / "app.py").exists()
    assert "Manifest is not changed for (Layer)" in run.text


def test_clean_finds_the_directories_as_build_does(project: Project) -> None:
    project.write(
        "samconfig.toml", 'version = 0.1\n[ci.build.parameters]\nbuild_dir = "out/built"\ncache_dir = "out/cache"\n'
    )
    before = tree(project.path)
    project.samix("build", "--config-env", "ci").succeeded()
    project.samix("clean", "--config-env", "ci").succeeded()
    assert set(tree(project.path)) - set(before) <= {"out"}


def test_clean_says_what_it_cannot_know(project: Project) -> None:
    project.samix("build").succeeded()
    (project.path / ".aws-sam" / "samix" / "state.json").write_text("{")
    run = project.samix("clean").succeeded()
    assert "state.json cannot be read" in run.output
    assert not (project.path / ".aws-sam" / "samix").exists()
    assert (project.build_dir / "template.yaml").is_file()
    project.samix("build").succeeded()
