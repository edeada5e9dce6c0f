"""Units that share a run of sam come out as those that have one each."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, Run, differences

from samix.state.build_toml import read_definitions

if TYPE_CHECKING:
    from pathlib import Path

    from samix.template.value import ValueMapping

NAMES = [f"Fn{number}" for number in range(6)]
NODE_NAMES = [f"Node{number}" for number in range(4)]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Functions of two languages, and two layers, of which the functions wait for one."""
    resources = ""
    files: dict[str, str] = {}
    for name in NAMES:
        resources += (
            f"  {name}:\n    Type: AWS::Serverless::Function\n"
            f"    Properties: {{CodeUri: {name.lower()}, Handler: app.handler, Runtime: {HOST_PYTHON}}}\n"
        )
        files[f"{name.lower()}/app.py"] = f"NAME = {name!r}\n"
        files[f"{name.lower()}/requirements.txt"] = "# nothing\n"
    for name in NODE_NAMES:
        resources += (
            f"  {name}:\n    Type: AWS::Serverless::Function\n"
            f"    Properties: {{CodeUri: {name.lower()}, Handler: app.handler, Runtime: nodejs22.x}}\n"
        )
        files[f"{name.lower()}/app.js"] = f"exports.name = {name!r};\n"
        files[f"{name.lower()}/package.json"] = f'{{"name": "{name.lower()}", "version": "1.0.0"}}\n'
    for name in ("One", "Two"):
        resources += (
            f"  {name}:\n    Type: AWS::Serverless::LayerVersion\n    Metadata: {{BuildMethod: {HOST_PYTHON}}}\n"
            f"    Properties: {{ContentUri: {name.lower()}, CompatibleRuntimes: [{HOST_PYTHON}]}}\n"
        )
        files[f"{name.lower()}/shared.py"] = f"NAME = {name!r}\n"
        files[f"{name.lower()}/requirements.txt"] = ""
    files["template.yaml"] = (
        f"Transform: AWS::Serverless-2016-10-31\nGlobals:\n  Function: {{Layers: [!Ref One]}}\nResources:\n{resources}"
    )
    return Project.from_files(tmp_path / "app", files)


def _definitions(project: Project) -> list[ValueMapping]:
    found = read_definitions(project.path / ".aws-sam" / "build.toml")
    return sorted((dict(definition.fields) for definition in found), key=str)


def _batches(project: Project) -> set[str]:
    """The first lines of the logs of batches."""
    lines = {log.read_text().partition("\n")[0] for log in (project.path / ".aws-sam/samix/logs").iterdir()}
    return {line for line in lines if line.startswith("One run of sam for ")}


@pytest.mark.parametrize("warm", ["0", ""], ids=["started anew", "forked"])
def test_a_batch_leaves_what_single_runs_leave(project: Project, warm: str) -> None:
    project.samix("build", "--jobs", "20").succeeded()
    alone = project.built(), _definitions(project)
    assert _batches(project) == set()
    shutil.rmtree(project.path / ".aws-sam")

    run = project.samix("build", "--jobs", "1", SAMIX_WARM_SAM=warm).succeeded()

    assert _batches(project) == {
        "One run of sam for One; Two:",
        f"One run of sam for {'; '.join(NAMES)}:",
        "One run of sam for Node0; Node1:",
    }
    assert differences(project.built(), alone[0]) == []
    assert _definitions(project) == alone[1]
    assert set(run.results().values()) == {("host", "built")}
    again = project.samix("build").succeeded()
    assert set(again.results().values()) == {("host", "reused")}


def test_a_bare_sam_reuses_what_a_batch_built(project: Project) -> None:
    project.samix("build", "--jobs", "1").succeeded()
    built = project.built()
    definitions = read_definitions(project.path / ".aws-sam" / "build.toml")
    project.sam("build", "--cached").succeeded()
    assert differences(project.built(), built) == []
    known = {definition.uuid: definition.fields["manifest_hash"] for definition in definitions}
    now = read_definitions(project.path / ".aws-sam" / "build.toml")
    assert {definition.uuid: definition.fields["manifest_hash"] for definition in now} == known


def test_a_unit_that_fails_in_a_batch_fails_alone(project: Project) -> None:
    project.write("fn2/requirements.txt", "not a requirement!\n")
    project.write("fn4/requirements.txt", "-r nowhere.txt\n")
    alone = _failed(project.samix("build", "--jobs", "20"))
    logs = {name: _log(project, name) for name in ("Fn2", "Fn4")}
    shutil.rmtree(project.path / ".aws-sam")

    together = _failed(project.samix("build", "--jobs", "1"))

    assert together == alone == {"Fn2", "Fn4"}
    assert {name: _log(project, name) for name in logs} == logs
    assert "One run of sam" not in "".join(logs.values())
    project.write("fn2/requirements.txt", "")
    project.write("fn4/requirements.txt", "")
    results = project.samix("build").succeeded().results()
    assert {name for name, (_, result) in results.items() if result == "built"} == {"Fn2", "Fn4"}


def _failed(run: Run) -> set[str]:
    return {name for name, (_, result) in run.failed_with(1).results().items() if result == "failed"}


def _log(project: Project, name: str) -> str:
    text = (project.path / ".aws-sam" / "samix" / "logs" / f"{name}.log").read_text()
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID", text)
    return re.sub(r"/units/\S+|/tmp/tmp\w+|\d\d:\d\d:\d\d", "PLACE", text)
