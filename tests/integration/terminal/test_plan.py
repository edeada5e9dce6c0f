"""samix plan says what samix build then does, and changes nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, tree

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: api, Handler: app.handler, Runtime: {HOST_PYTHON}}}
  Tool:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: makefile}}
    Properties: {{CodeUri: tool, Handler: bootstrap, Runtime: provided.al2023}}
"""
FILES = {
    "template.yaml": TEMPLATE,
    "api/app.py": "def handler(event, context): return 1\n",
    "tool/Makefile": "build-Tool:\n\tcp tool.sh $(ARTIFACTS_DIR)/bootstrap\n",
    "tool/tool.sh": "#!/bin/sh\n",
}
_OF_PLANS_ALONE = {"action", "build_type_overruled", "unit", "waits_for", "dependencies", "key"}
_THEN = {"build": "built", "reuse": "reused", "repair": "repaired"}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.from_files(tmp_path / "app", FILES)


def _resources(text: str) -> dict[str, dict[str, object]]:
    return {one["resource_id"]: one for one in json.loads(text)["resources"]}


def test_a_plan_comes_true(project: Project) -> None:
    def check(expected: dict[str, tuple[str, str]]) -> None:
        before = tree(project.path)
        planned = _resources(project.samix("plan", "--output", "json").succeeded().output)
        assert tree(project.path) == before
        assert {name: (one["action"], one["reason"]) for name, one in planned.items()} == expected
        built = _resources(project.samix("build", "--output", "json").succeeded().output)
        assert {name: one["outcome"] for name, one in built.items()} == {
            name: _THEN[str(one["action"])] for name, one in planned.items()
        }
        for name, one in planned.items():
            of_plan = {key: value for key, value in one.items() if key not in _OF_PLANS_ALONE}
            assert of_plan.items() <= {**built[name], "build_type_reason": one["build_type_reason"]}.items()

    check({"Api": ("build", "not built yet"), "Tool": ("build", "not built yet")})
    check({"Api": ("reuse", "up to date"), "Tool": ("reuse", "up to date")})
    project.write("api/app.py", "def handler(event, context): return 2\n")
    (project.build_dir / "Tool" / "bootstrap").unlink()
    check(
        {
            "Api": ("build", "api/app.py changed"),
            "Tool": ("build", "artifact was altered since the build"),
        }
    )
    (project.build_dir / "Api" / "app.py").unlink()
    check(
        {
            "Api": ("repair", "its artifact in .aws-sam/build was altered since the build"),
            "Tool": ("reuse", "up to date"),
        }
    )
