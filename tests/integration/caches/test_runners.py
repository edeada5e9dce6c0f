"""Who runs samix says nothing of what is built: what runners set for what they run has nothing built again."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, Run, clean_environment

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Python:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: python, Runtime: {HOST_PYTHON}, Handler: app.handler}}
  Uv:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: python-uv}}
    Properties: {{CodeUri: python, Runtime: {HOST_PYTHON}, Handler: app.handler}}
  Node:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: node, Runtime: nodejs22.x, Handler: app.handler}}
  Made:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: makefile}}
    Properties: {{CodeUri: made, Runtime: provided.al2023, Handler: app.handler}}
"""
FILES = {
    "template.yaml": TEMPLATE,
    "python/app.py": "",
    "python/requirements.txt": "",
    "node/app.js": "",
    "node/package.json": '{"name": "a", "version": "1.0.0", "scripts": {"postinstall": "echo made > made"}}',
    "made/Makefile": "UV ?= uv\nNODE ?= node\nbuild-Made:\n\t# pip npm\n\t$(UV) --version > $(ARTIFACTS_DIR)/made\n",
    "package.json": json.dumps({"name": "app", "private": True, "scripts": {"build": "samix build --beta-features"}}),
    "Makefile": "build:\n\tsamix build --beta-features\n",
    "pyproject.toml": '[project]\nname = "app"\nversion = "1.0.0"\n',
}
RUNNERS = {
    "make": ("make", "build"),
    "make with jobs": ("make", "--jobs=2", "build"),
    "npm": ("npm", "run", "build"),
    "uv": ("uv", "run", "--no-project", "samix", "build", "--beta-features"),
}


@pytest.mark.parametrize("runner", RUNNERS)
def test_what_one_runner_built_is_up_to_date_for_others(tmp_path: Path, runner: str) -> None:
    project = Project.from_files(tmp_path / "app", FILES)

    def directly() -> Run:
        return project.samix("build", "--beta-features").succeeded()

    def by_runner() -> Run:
        command, environment = RUNNERS[runner], clean_environment()
        assert shutil.which(command[0], path=environment["PATH"]), f"{command[0]} must be there: run .ci/setup tools"
        done = subprocess.run(command, cwd=project.path, env=environment, capture_output=True, check=False, text=True)
        return Run(done.returncode, done.stdout, done.stderr).succeeded()

    for first, second in ((directly, by_runner), (by_runner, directly)):
        assert {result for _, result in first().results().values()} == {"built"}
        assert {result for _, result in second().results().values()} == {"reused"}
        shutil.rmtree(project.path / ".aws-sam")
