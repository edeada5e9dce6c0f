"""Units that share a run of sam come out as those that have one each."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, Run, Tree, differences

from samix.state.build_toml import read_definitions

if TYPE_CHECKING:
    from pathlib import Path

    from samix.template.value import ValueMapping

NAMES = [f"Fn{number}" for number in range(6)]
NODE_NAMES = [f"Node{number}" for number in range(4)]
ALIKE = [f"Same{number}" for number in range(4)]


@dataclass(frozen=True)
class Built:
    """An application, and what is left of it where each unit has a run of its own."""

    project: Project
    tree: Tree
    definitions: list[ValueMapping]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Functions of two languages, some of which need the same, and two layers, of which the functions wait for one."""
    resources = ""
    files: dict[str, str] = {}
    for name in NAMES:
        resources += _function(name, HOST_PYTHON)
        files[f"{name.lower()}/app.py"] = f"NAME = {name!r}\n"
        files[f"{name.lower()}/requirements.txt"] = f"# nothing for {name}\n"
    for name in ALIKE:
        resources += _function(name, HOST_PYTHON)
        files[f"{name.lower()}/app.py"] = f"NAME = {name!r}\n"
        files[f"{name.lower()}/requirements.txt"] = "# nothing\n"
    for name in NODE_NAMES:
        resources += _function(name, "nodejs22.x")
        files[f"{name.lower()}/app.js"] = f"exports.name = {name!r};\n"
        files[f"{name.lower()}/package.json"] = f'{{"name": "app", "version": "1.0.0", "config": {{"a": "{name}"}}}}\n'
    for name in ("One", "Two"):
        resources += (
            f"  {name}:\n    Type: AWS::Serverless::LayerVersion\n    Metadata: {{BuildMethod: {HOST_PYTHON}}}\n"
            f"    Properties: {{ContentUri: {name.lower()}, CompatibleRuntimes: [{HOST_PYTHON}]}}\n"
        )
        files[f"{name.lower()}/shared.py"] = f"NAME = {name!r}\n"
        files[f"{name.lower()}/requirements.txt"] = f"# {name}\n"
    files["template.yaml"] = (
        f"Transform: AWS::Serverless-2016-10-31\nGlobals:\n  Function: {{Layers: [!Ref One]}}\nResources:\n{resources}"
    )
    project = Project.from_files(tmp_path_factory.mktemp("batches") / "app", files)
    project.samix("build", "--jobs", "20").succeeded()
    assert _batches(project) == set()
    return Built(project, project.built(), _definitions(project))


def _function(name: str, runtime: str) -> str:
    return (
        f"  {name}:\n    Type: AWS::Serverless::Function\n"
        f"    Properties: {{CodeUri: {name.lower()}, Handler: app.handler, Runtime: {runtime}}}\n"
    )


def _definitions(project: Project) -> list[ValueMapping]:
    found = read_definitions(project.path / ".aws-sam" / "build.toml")
    return sorted((dict(definition.fields) for definition in found), key=str)


def _batches(project: Project) -> set[str]:
    """The first lines of the logs of batches."""
    lines = {log.read_text().partition("\n")[0] for log in (project.path / ".aws-sam/samix/logs").iterdir()}
    return {line for line in lines if line.startswith("One run of sam for ")}


@pytest.mark.parametrize("warm", ["0", ""], ids=["started anew", "forked"])
def test_a_batch_leaves_what_single_runs_leave(built: Built, warm: str) -> None:
    project = built.project
    shutil.rmtree(project.path / ".aws-sam")

    run = project.samix("build", "--jobs", "1", SAMIX_WARM_SAM=warm).succeeded()

    assert _batches(project) == {
        "One run of sam for One; Two:",
        f"One run of sam for {'; '.join([*NAMES, ALIKE[0]])}:",
        f"One run of sam for {'; '.join(ALIKE[1:])}:",
        "One run of sam for Node0; Node1:",
    }
    assert differences(project.built(), built.tree) == []
    assert _definitions(project) == built.definitions
    assert set(run.results().values()) == {("host", "built")}
    again = project.samix("build").succeeded()
    assert set(again.results().values()) == {("host", "reused")}


def test_a_bare_sam_reuses_what_a_batch_built(built: Built) -> None:
    project = built.project
    if not _batches(project):
        project.samix("build", "--jobs", "1", "--no-cached").succeeded()
    definitions = read_definitions(project.path / ".aws-sam" / "build.toml")
    project.sam("build", "--cached").succeeded()
    assert differences(project.built(), built.tree) == []
    known = {definition.uuid: definition.fields["manifest_hash"] for definition in definitions}
    now = read_definitions(project.path / ".aws-sam" / "build.toml")
    assert {definition.uuid: definition.fields["manifest_hash"] for definition in now} == known


def test_a_unit_that_fails_in_a_batch_fails_alone(tmp_path: Path) -> None:
    names = NAMES[:4]
    resources = "".join(_function(name, HOST_PYTHON) for name in names)
    files = {f"{name.lower()}/requirements.txt": "-r more.txt\n" for name in names}
    files |= {f"{name.lower()}/more.txt": "" for name in names}
    files["template.yaml"] = f"Transform: AWS::Serverless-2016-10-31\nResources:\n{resources}"
    project = Project.from_files(tmp_path / "app", files | {"fn1/requirements.txt": "not a requirement!\n"})
    assert _failed(project.samix("build", "--jobs", "20")) == {"Fn1"}
    alone = _log(project, "Fn1")
    shutil.rmtree(project.path / ".aws-sam")

    together = project.samix("build", "--jobs", "1", "--log-order", "stream")

    # what shares a run that fails is built once more
    assert "Fn0 and 1 more | " in together.errors
    assert "\nFn1 | " in together.errors
    assert {name: together.errors.count(f"building {name} ") for name in names} == dict.fromkeys(names, 1)
    assert _failed(together) == {"Fn1"}
    assert _log(project, "Fn1") == alone
    assert "One run of sam" not in alone
    project.write("fn1/requirements.txt", "")
    results = project.samix("build").succeeded().results()
    assert {name for name, (_, result) in results.items() if result == "built"} == {"Fn1"}


def _failed(run: Run) -> set[str]:
    return {name for name, (_, result) in run.failed_with(1).results().items() if result == "failed"}


def _log(project: Project, name: str) -> str:
    text = (project.path / ".aws-sam" / "samix" / "logs" / f"{name}.log").read_text()
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID", text)
    return re.sub(r"/units/\S+|/tmp/tmp\w+|\d\d:\d\d:\d\d", "PLACE", text)
