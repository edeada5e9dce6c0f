"""The graphs of a plan, as the programs read them that draw them."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, REPOSITORY, Project

if TYPE_CHECKING:
    from collections.abc import Callable

READER = REPOSITORY / "tests" / "support" / "read_mermaid.mjs"
HOSTILE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Metadata:
      BuildMethod: makefile
      SamResourceId: 'end"]; click x "javascript:alert(1)" %%{init: {}}%% <img src=x> #quot; \\\\'
    Properties: {ContentUri: layer, CompatibleRuntimes: [python3.11]}
  end:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: makefile}
    Properties: {CodeUri: src, Runtime: provided.al2023, Handler: bootstrap, Layers: [!Ref Layer]}
"""


@pytest.fixture(scope="module")
def mermaid(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, list[list[str]]]]:
    """Reads a graph with mermaid's own parser."""
    place = tmp_path_factory.mktemp("mermaid")
    packages = ["mermaid@11", "jsdom@24"]
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(place)]
    subprocess.run(["npm", "install", *options, *packages], check=True, capture_output=True, timeout=600)
    reader = shutil.copy(READER, place)

    def read(text: str) -> dict[str, list[list[str]]]:
        done = subprocess.run(["node", reader], input=text, stdout=subprocess.PIPE, text=True, check=True, timeout=120)
        found: dict[str, list[list[str]]] = json.loads(done.stdout)
        return found

    return read


@pytest.fixture(params=["mixed", "hostile"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    if request.param == "mixed":
        return Project.copy_of(REPOSITORY / "examples" / "mixed", tmp_path / "app")
    files = {"template.yaml": HOSTILE, "layer/Makefile": "", "src/Makefile": ""}
    return Project.from_files(tmp_path / "app", files)


def _plan(project: Project, form: str) -> str:
    runtime = ["--parameter-overrides", f"HostPythonRuntime={HOST_PYTHON}"]
    return project.samix("plan", "--format", form, *runtime).succeeded().output


def _edges(project: Project) -> tuple[list[str], set[tuple[str, str]]]:
    """The names of the resources of each unit, and who waits for whom, as the JSON document has them."""
    units: dict[str, list[str]] = {}
    edges = set()
    for resource in json.loads(_plan(project, "json"))["resources"]:
        units.setdefault(resource["unit"], []).append(resource["resource_id"])
        edges |= {(need, resource["unit"]) for need in resource["waits_for"]}
    return list(units), edges


def test_mermaid_reads_the_graph_as_the_plan_has_it(
    project: Project, mermaid: Callable[[str], dict[str, list[list[str]]]]
) -> None:
    units, edges = _edges(project)
    graph = mermaid(_plan(project, "mermaid"))
    names = {node: html.unescape(re.sub("#(\\w+);", "&\\1;", text)).split("<br")[0] for node, text in graph["nodes"]}
    assert len(names) == len(units)
    assert {name.strip() for name in names.values()} >= {unit for unit in units if unit.replace("/", "").isalnum()}
    assert len({tuple(edge) for edge in graph["edges"]}) == len(edges)
    plain = {edge for edge in edges if all(end.replace("/", "").isalnum() for end in edge)}
    assert {(names[start], names[end]) for start, end in graph["edges"]} >= plain
    assert not any("<img" in text for _, text in graph["nodes"])


def test_graphviz_draws_the_graph_as_the_plan_has_it(project: Project) -> None:
    units, edges = _edges(project)
    text = _plan(project, "dot")
    done = subprocess.run(["dot", "-Tjson"], input=text, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    graph = json.loads(done.stdout)
    assert len(graph["objects"]) == len(units)
    assert len(graph.get("edges", [])) == len(edges)
