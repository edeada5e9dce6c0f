"""Values for containers reach sam and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.project import Project

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("container_engine")]

SECRET = "s3cr3t-0f-a-c0nta1ner"
TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Metadata:
      BuildMethod: makefile
      BuildType: container
    Properties:
      ContentUri: layer
      CompatibleRuntimes: [provided.al2023]
"""
MAKEFILE = """\
build-Layer:
\ttest "$$TOKEN" = "{secret}"
\techo "the token is $$TOKEN"
\techo done > $(ARTIFACTS_DIR)/done.txt
"""


@pytest.mark.parametrize("source", ["command line", "file"])
@pytest.mark.parametrize("ends_well", [True, False], ids=["good", "failing"])
def test_no_file_and_no_output_holds_a_value(tmp_path: Path, source: str, *, ends_well: bool) -> None:
    makefile = MAKEFILE.format(secret="$$EXPECTED") + ("" if ends_well else "\tfalse\n")
    project = Project.from_files(tmp_path / "app", {"template.yaml": TEMPLATE, "layer/Makefile": makefile})
    values = {"TOKEN": SECRET, "EXPECTED": SECRET}
    if source == "file":
        file = tmp_path / "values.json"
        file.write_text(f'{{"Parameters": {{"TOKEN": "{SECRET}"}}, "Layer": {{"EXPECTED": "{SECRET}"}}}}')
        arguments = ["--container-env-var-file", str(file)]
    else:
        arguments = [part for name, value in values.items() for part in ("--container-env-var", f"{name}={value}")]

    run = project.samix("build", "--skip-pull-image", "--debug", *arguments).failed_with(0 if ends_well else 1)

    assert SECRET not in run.text
    assert "the token is ***" in (project.path / ".aws-sam/samix/logs/Layer.log").read_text()
    holding = [
        str(path)
        for directory, _, files in os.walk(project.path / ".aws-sam")
        for path in (Path(directory, name) for name in files)
        if SECRET.encode() in path.read_bytes()
    ]
    assert holding == []
    if ends_well:
        assert (project.build_dir / "Layer" / "done.txt").exists()


def test_changed_value_builds_anew(tmp_path: Path) -> None:
    makefile = "build-Layer:\n\techo done > $(ARTIFACTS_DIR)/done.txt\n"
    project = Project.from_files(tmp_path / "app", {"template.yaml": TEMPLATE, "layer/Makefile": makefile})
    arguments = ("build", "--skip-pull-image", "--container-env-var")
    project.samix(*arguments, "TOKEN=one").succeeded()
    assert project.samix(*arguments, "TOKEN=one").succeeded().results() == {"Layer": ("container", "reused")}
    assert project.samix(*arguments, "TOKEN=two").succeeded().results() == {"Layer": ("container", "built")}
