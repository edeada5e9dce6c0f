"""What samix says of manifests is what sam's builders do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.project import HOST_PYTHON, Project

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = f"""\
Transform: AWS::Serverless-2016-10-31
Globals: {{Function: {{Handler: app.handler, Runtime: {HOST_PYTHON}}}}}
Resources:
  Both:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: python-uv}}
    Properties: {{CodeUri: both}}
  Only:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: python-uv}}
    Properties: {{CodeUri: only}}
"""
PROJECT = """\
[project]
name = "own"
version = "1"
requires-python = ">=3.10"
dependencies = []
"""
FILES = {
    "template.yaml": TEMPLATE,
    "both/app.py": "",
    "both/requirements.txt": "",
    "both/pyproject.toml": PROJECT.replace("[]", '["there-is-no-such-package"]'),
    "only/app.py": "",
    "only/pyproject.toml": PROJECT,
}


def test_what_uv_does_not_install_and_what_it_writes_is_noted(tmp_path: Path) -> None:
    ours, sams = (Project.from_files(tmp_path / name, FILES) for name in ("ours", "sams"))
    sams.sam("build", "--beta-features").succeeded()  # that package would fail
    assert sorted(path.parent.name for path in sams.path.glob("*/uv.lock")) == ["only"]
    plan = ours.samix("plan", "--beta-features").succeeded()
    first, second = (ours.samix("build", "--beta-features").succeeded() for _ in range(2))
    told = (
        "both/pyproject.toml:5: Both: uv installs from both/requirements.txt, and ignores the dependencies in",
        "only/pyproject.toml: Only has no uv.lock, so uv writes only/uv.lock. Commit that file",
    )
    for words in told:
        assert words in plan.errors
        assert first.errors.count(words) == 2  # above the logs, and at the end
        assert words not in second.errors
    assert (ours.path / "only" / "uv.lock").is_file()
