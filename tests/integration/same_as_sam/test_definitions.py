"""What sam refuses of a definition samix refuses too, also where it builds nothing of it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, differences

if TYPE_CHECKING:
    from collections.abc import Mapping

TRANSFORM = "Transform: AWS::Serverless-2016-10-31\n"
FUNCTION = {"CodeUri": "src", "Handler": "app.handler", "Runtime": HOST_PYTHON}
LAYER = {"ContentUri": "layer"}
FILES = {"src/app.py": "def handler(event, context): return 1\n", "layer/lib.py": "A = 1\n"}
SERVERLESS, PLAIN = "AWS::Serverless::Function", "AWS::Lambda::Function"


def resource(name: str, kind: str, properties: Mapping[str, str], metadata: str = "") -> str:
    written = "".join(f"      {key}: {value}\n" for key, value in properties.items() if value)
    text = f"  {name}:\n    Type: {kind}\n    Properties:\n{written}"
    return text + (f"    Metadata: {metadata}\n" if metadata else "")


def application(second: str, *, head: str = "", layer: str = "") -> str:
    """A function and a layer, and a second function, which shares the unit of the first."""
    first = resource("One", SERVERLESS, FUNCTION)
    return f"{TRANSFORM}{head}Resources:\n{first}{layer or a_layer()}{second}"


def twin(**changed: str) -> str:
    return resource("Two", SERVERLESS, {**FUNCTION, **changed})


def a_layer(metadata: str = f"{{BuildMethod: {HOST_PYTHON}}}", **changed: str) -> str:
    return resource("Layer", "AWS::Serverless::LayerVersion", {**LAYER, **changed}, metadata)


def nested(**changed: str) -> dict[str, str]:
    child = resource("Child", "AWS::Serverless::Application", {"Location": "child.yaml"})
    return {"template.yaml": application(twin() + child), "child.yaml": f"{TRANSFORM}Resources:\n{twin(**changed)}"}


def alone(*second: str, head: str = "", layer: str = "") -> dict[str, str]:
    return {"template.yaml": application("".join(second), head=head, layer=layer)}


def plain(**changed: str) -> str:
    return resource("Two", PLAIN, {"Code": "src", "Handler": "app.handler", "Runtime": HOST_PYTHON, **changed})


def an_api(**properties: str) -> str:
    return resource("Api", "AWS::Serverless::Api", {"StageName": "prod", **properties})


VALID = alone(twin())
REFUSED: Mapping[str, dict[str, str]] = {
    # a function
    "no handler": alone(twin(Handler="")),
    "unknown property": alone(twin(Foo="5")),
    "events of a wrong type": alone(twin(Events="5")),
    "event of an API without a path": alone(twin(Events="{Get: {Type: Api, Properties: {Method: get}}}")),
    "environment of a wrong type": alone(twin(Environment="5")),
    "layers that are a text": alone(twin(Layers="text")),
    "layers that are a number": alone(twin(Layers="5")),
    "number among layers": alone(twin(Layers="[5]")),
    "function for a layer, and an import": alone(twin(Layers="[!Ref One, !ImportValue b]")),
    "plain function without a handler": alone(plain(Handler="")),
    "attribute of a function for a layer, and an import": alone(
        twin(Layers="[!GetAtt One.Arn, !ImportValue b, !Ref One]")
    ),
    "layers of a plain function that are a number": alone(plain(Layers="5")),
    "text for dead letters": alone(twin(DeadLetterQueue="text")),
    # in a nested stack
    "unknown property in a nested stack": nested(Foo="5"),
    "no handler in a nested stack": nested(Handler=""),
    # a layer
    "unknown property of a layer": alone(twin(), layer=a_layer(Foo="5")),
    "runtimes of a layer that are a number": alone(twin(), layer=a_layer(CompatibleRuntimes="5")),
    "description of a layer that is a list": alone(twin(), layer=a_layer(Description="[a]")),
    # Globals
    "unknown property in Globals": alone(twin(), head="Globals: {Function: {Foo: 5}}\n"),
    "unknown section of Globals": alone(twin(), head="Globals: {Nonsense: {A: b}}\n"),
    "text for a section of Globals": alone(twin(), head="Globals: {Function: text}\n"),
    "environment in Globals that is a number": alone(twin(), head="Globals: {Function: {Environment: 5}}\n"),
    # what belongs to no function
    "unknown property of an API": alone(twin(), an_api(Foo="5")),
    "tags that are a text": alone(twin(Tags="text")),
}

# what sam accepts, though not all of it looks as if it did
ACCEPTED: Mapping[str, dict[str, str]] = {
    "memory": alone(twin(MemorySize="256")),
    "events": alone(twin(Events="{Get: {Type: Api, Properties: {Method: get, Path: /}}}")),
    "a layer": alone(twin(Layers="[!Ref Layer]")),
    "a layer and an import": alone(twin(Layers="[!Ref Layer, !ImportValue b]")),
    "a function for a layer": alone(twin(Layers="[!Ref One]")),
    "a list for a handler": alone(twin(Handler="[a, b]")),
    "an event of an unknown type": alone(twin(Events="{Get: {Type: Nonsense}}")),
    "memory in Globals": alone(twin(), head="Globals: {Function: {MemorySize: 256}}\n"),
    "another resource": alone(twin(), an_api()),
    "memory in a nested stack": nested(MemorySize="256"),
}


def valid_for(files: Mapping[str, str]) -> Mapping[str, str]:
    """The application before it was changed."""
    return nested() if "child.yaml" in files else VALID


@pytest.mark.parametrize("files", REFUSED.values(), ids=REFUSED.keys())
def test_a_first_build_refuses_what_sam_refuses(tmp_path: Path, files: Mapping[str, str]) -> None:
    of_sam = Project.from_files(tmp_path / "sam", {**FILES, **files}).sam("build").failed_with(1)
    project = Project.from_files(tmp_path / "samix", {**FILES, **files})
    run = project.samix("build").failed_with(1)
    said = next(line for line in of_sam.text.splitlines() if line.startswith("Error: "))
    assert said in run.text or "Layers of Two are not a list" in run.text
    assert not project.build_dir.exists()


@pytest.mark.parametrize("files", REFUSED.values(), ids=REFUSED.keys())
def test_a_change_of_a_definition_alone_is_refused_each_time(tmp_path: Path, files: Mapping[str, str]) -> None:
    project = Project.from_files(tmp_path, {**FILES, **valid_for(files)})
    project.samix("build").succeeded()
    built = project.built()
    for name, text in files.items():
        project.write(name, text)
    for _ in range(2):
        project.samix("build").failed_with(1)
    assert project.built() == built
    for name, text in valid_for(files).items():
        project.write(name, text)
    assert set(project.samix("build").succeeded().results().values()) == {("host", "reused")}


@pytest.mark.parametrize("files", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_a_change_that_sam_accepts_builds_nothing(tmp_path: Path, files: Mapping[str, str]) -> None:
    of_sam = Project.from_files(tmp_path / "sam", {**FILES, **files})
    of_sam.sam("build").succeeded()
    project = Project.from_files(tmp_path / "samix", {**FILES, **valid_for(files)})
    project.samix("build").succeeded()
    for name, text in files.items():
        project.write(name, text)
    assert set(project.samix("build").succeeded().results().values()) == {("host", "reused")}
    assert differences(project.built(), of_sam.built()) == []


def test_sam_reads_each_state_of_the_definitions_once(tmp_path: Path) -> None:
    started, shim = tmp_path / "started", tmp_path / "sam"
    real = shlex.quote(str(Path(sys.executable).parent / "sam"))
    shim.write_text(f'#!/bin/sh\necho "$1" >> {shlex.quote(str(started))}\n{real} "$@"\n')
    shim.chmod(0o755)
    project = Project.from_files(tmp_path / "app", {**FILES, **VALID})

    def runs(*arguments: str) -> int:
        started.unlink(missing_ok=True)
        project.samix("build", "--sam", str(shim), *arguments).succeeded()
        return started.read_text().splitlines().count("build") if started.exists() else 0

    assert runs() == 3  # a layer and a function are built
    assert runs() == 0
    project.write("src/app.py", "# new\n")
    assert runs() == 1
    project.write("template.yaml", alone(twin(MemorySize="256"))["template.yaml"])
    assert runs() == 1
    assert runs() == 0


@pytest.mark.parametrize("head", ["", "Globals: {{Function: {{Layers: {0}}}}}\n"], ids=["own", "Globals"])
@pytest.mark.parametrize("written", ["!Ref AWS::NoValue", "null"])
def test_layers_that_are_nothing_are_none(tmp_path: Path, written: str, head: str) -> None:
    """sam ends with a traceback there; CloudFormation takes them."""
    second = twin() if head else twin(Layers=written)
    files = {**FILES, **alone(second, head=head.format(written))}
    assert "'NoneType'" in Project.from_files(tmp_path / "sam", files).sam("build").failed_with(1).text
    Project.from_files(tmp_path / "samix", files).samix("build").succeeded()
