"""What is wrong fails with samix as it does with sam: the same exit code, and sam's own words where sam was asked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TRANSFORM = "Transform: AWS::Serverless-2016-10-31\n"
HEAD = TRANSFORM + "Resources:\n"
FUNCTION = {"CodeUri": "src", "Handler": "app.handler", "Runtime": HOST_PYTHON}
CONTAINER = ("--use-container", "--skip-pull-image")


def function(metadata: str = "", **changed: str) -> str:
    """A template with one function; an empty value leaves a property out."""
    written = "".join(f"      {name}: {value}\n" for name, value in {**FUNCTION, **changed}.items() if value)
    text = f"{HEAD}  Fn:\n    Type: AWS::Serverless::Function\n    Properties:\n{written}"
    return text + (f"    Metadata: {metadata}\n" if metadata else "")


def layer(metadata: str) -> str:
    text = f"{HEAD}  Layer:\n    Type: AWS::Serverless::LayerVersion\n    Metadata: {metadata}\n"
    return f"{text}    Properties: {{ContentUri: src}}\n"


def nested(location: str) -> str:
    return f"{HEAD}  Child: {{Type: AWS::Serverless::Application, Properties: {{Location: {location}}}}}\n"


@dataclass(frozen=True)
class Failure:
    """What is wrong.

    Attributes:
        template: The template; None for none.
        arguments: Of `build`.
        files: Beside the template.
        says: What samix says, for one who has to mend it.
        sams: Whether sam's own error stands in what samix prints, which is so where sam was run.
    """

    template: str | None
    says: str
    arguments: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    sams: bool = False


FAILURES: Mapping[str, Failure] = {
    # the template
    "missing template": Failure(None, "Template file not found at"),
    "missing named template": Failure(
        function(), "Template file not found at", ("--template-file", "other.yaml"), sams=True
    ),
    "broken YAML": Failure("Resources: ]\n", "template.yaml:1: Failed to parse template"),
    "unknown alias": Failure("Resources: {A: *b}\n", "template.yaml:1: Failed to parse template: found"),
    "empty template": Failure("", "template.yaml: The template is not a mapping."),
    "a list for a template": Failure("- a\n", "template.yaml: The template is not a mapping."),
    "no resources": Failure(TRANSFORM, "template.yaml:1: 'Resources' section is required"),
    "empty resources": Failure(f"{TRANSFORM}Resources: {{}}\n", "template.yaml:2: 'Resources' section is required"),
    "a text for a resource": Failure(
        f"{function()}  Bad: text\n", "template.yaml:9: The resource Bad is not a mapping"
    ),
    "nothing for a resource": Failure(f"{function()}  Bad:\n", "template.yaml:9: The resource Bad is not a mapping"),
    "nothing for properties": Failure(
        f"{function()}  Bad:\n    Type: AWS::SNS::Topic\n    Properties:\n",
        "template.yaml:11: The Properties of Bad are not a mapping",
    ),
    "a text for metadata": Failure(function("text"), "template.yaml:9: The Metadata of Fn are not a mapping"),
    "a text for layers": Failure(function(Layers="some"), "template.yaml:9: The Layers of Fn are not a list"),
    "a number for layers": Failure(function(Layers="5"), "template.yaml:9: The Layers of Fn are not a list"),
    "a number among layers": Failure(function(Layers="[5]"), "template.yaml:9: The Layers of Fn are not a list"),
    "layers that become a number": Failure(
        function(Layers="!Select [0, [5]]"), "template.yaml:9: The Layers of Fn are not a list"
    ),
    "a text for layers in Globals": Failure(
        f"Globals: {{Function: {{Layers: some}}}}\n{function()}", "template.yaml:1: The Layers of Fn are not a list"
    ),
    "unknown section of Globals": Failure(f"Globals: {{Nonsense: {{A: b}}}}\n{function()}", "Nonsense", sams=True),
    "unknown property of Globals": Failure(
        f"Globals: {{Function: {{Nonsense: b}}}}\n{function()}", "Nonsense", sams=True
    ),
    "unknown property": Failure(function(Nonsense="1"), "Nonsense", sams=True),
    # what is to be built
    "unknown runtime": Failure(function(Runtime="cobol85"), "'cobol85' runtime is not supported", sams=True),
    "runtime of the future": Failure(
        function(Runtime="python3.99"),
        "'python3.99' runtime is not supported",
        files={"src/requirements.txt": "six\n"},
        sams=True,
    ),
    "runtime of the future, of .NET": Failure(
        function(Runtime="dotnet99"), "'dotnet99' runtime is not supported", sams=True
    ),
    "runtime of the future, of Ruby": Failure(
        function(Runtime="ruby9.9"), "'ruby9.9' runtime is not supported", sams=True
    ),
    "build method of the future": Failure(
        function("{BuildMethod: python3.99}"), "'python3.99' does not have a supported builder", sams=True
    ),
    "build method of another language": Failure(
        function("{BuildMethod: java17}"),
        f"Unable to find a supported build workflow for runtime '{HOST_PYTHON}'",
        ("--manifest", "src/requirements.txt"),
        files={"src/requirements.txt": "six\n"},
        sams=True,
    ),
    "runtime of the past": Failure(function(Runtime="python3.6"), "python3.6"),
    "missing runtime": Failure(function(Runtime=""), "template.yaml:5: The Runtime of Fn is missing"),
    "misspelt runtime": Failure(
        function(Runtime="", Runtme="python3.11"), "template.yaml:8: The Runtime of Fn is missing."
    ),
    "misspelt path": Failure(
        function(CodeUri="", CodeURI="src"), "template.yaml:8: Did you mean CodeUri, not CodeURI?", sams=True
    ),
    "runtime that nobody knows": Failure(
        function(Runtime="!ImportValue X"),
        'template.yaml:8: The Runtime of Fn cannot be resolved: {"Fn::ImportValue": "X"}',
    ),
    "missing handler": Failure(function(Handler=""), "Could not find handler for function: Fn", sams=True),
    "unknown build method": Failure(function("{BuildMethod: nonsense}"), "nonsense", sams=True),
    "unknown build method of a layer": Failure(layer("{BuildMethod: nonsense}"), "nonsense", sams=True),
    "build method that nobody knows": Failure(
        layer("{BuildMethod: !ImportValue X}"), "template.yaml:5: The BuildMethod of Layer cannot be resolved"
    ),
    "architecture by a parameter": Failure(
        f"Parameters: {{Arch: {{Type: String}}}}\n{function(Architectures='[!Ref Arch]')}",
        f"Architecture fake is not supported for runtime {HOST_PYTHON}",
        ("--parameter-overrides", "Arch=fake"),
        sams=True,
    ),
    "architecture without a value": Failure(
        f"Parameters: {{Arch: {{Type: CommaDelimitedList}}}}\n{function(Architectures='!Ref Arch')}",
        "list of length 1",
        sams=True,
    ),
    "unknown architecture": Failure(function(Architectures="[sparc]"), "Architecture sparc is not", sams=True),
    "two architectures": Failure(function(Architectures="[arm64, x86_64]"), "list of length 1", sams=True),
    "missing makefile": Failure(function("{BuildMethod: makefile}"), "Makefile not found", sams=True),
    "missing target of a makefile": Failure(
        function("{BuildMethod: makefile}"), "build-Fn", files={"src/Makefile": "other:\n\ttrue\n"}, sams=True
    ),
    "failing makefile": Failure(
        function("{BuildMethod: makefile}"),
        "the compiler says no",
        files={"src/Makefile": "build-Fn:\n\t@echo the compiler says no >&2; exit 3\n"},
        sams=True,
    ),
    "esbuild without an entry": Failure(
        function("{BuildMethod: esbuild}", Runtime="nodejs22.x", Handler="missing.handler"),
        "Fn",
        files={"src/package.json": "{}"},
        sams=True,
    ),
    # nested stacks
    "nested in itself": Failure(nested("template.yaml"), "template.yaml:3: The stack Child is nested in itself"),
    "missing nested template": Failure(nested("nowhere.yaml"), "template.yaml:3: The nested template of Child"),
    "broken nested template": Failure(
        nested("child.yaml"), "child.yaml:1: Failed to parse template", files={"child.yaml": "Resources: ]\n"}
    ),
    "empty nested template": Failure(
        nested("child.yaml"), "child.yaml: The template is not a mapping", files={"child.yaml": ""}
    ),
    "nested template without a location": Failure(
        f"{HEAD}  Child: {{Type: AWS::Serverless::Application, Properties: {{}}}}\n",
        "template.yaml:3: The Location of Child is missing",
    ),
    "a number for a path": Failure(function(CodeUri="5"), "template.yaml:6: The CodeUri of Fn is not a path"),
    # options
    "parameters in no format": Failure(function(), "nonsense", ("--parameter-overrides", "nonsense")),
    "build image in no format": Failure(function(), "Fn=", (*CONTAINER, "--build-image", "Fn=")),
    "missing file of variables": Failure(
        function(), "nowhere.json", (*CONTAINER, "--container-env-var-file", "nowhere.json")
    ),
    "broken file of variables": Failure(
        function(),
        "env.json",
        (*CONTAINER, "--container-env-var-file", "env.json"),
        files={"env.json": "{"},
    ),
    "unknown option": Failure(function(), "--nonsense", ("--nonsense",)),
    "option without its value": Failure(function(), "--region", ("--region",)),
    "unknown way to mount": Failure(function(), "NONSENSE", (*CONTAINER, "--mount-with", "NONSENSE")),
    "unknown output": Failure(function(), "xml", ("--output", "xml")),
    "unknown resource": Failure(function(), "Nothing", ("Nothing",)),
    "build dir is the project": Failure(function(), "would remove everything in that directory", ("--build-dir", ".")),
    "build dir holds the project": Failure(
        function(), "would remove everything in that directory", ("--build-dir", "..")
    ),
    "wrong version of samconfig": Failure(function(), "samconfig.toml", files={"samconfig.toml": "version = 9\n"}),
    "broken samconfig": Failure(function(), "samconfig.toml", files={"samconfig.toml": "version = \n"}),
    "samconfig in no known format": Failure(
        function(), "config.json", ("--config-file", "config.json"), files={"config.json": "{}"}
    ),
    "missing samconfig": Failure(function(), "nowhere.toml", ("--config-file", "nowhere.toml")),
}


IN_CONTAINERS: Mapping[str, Failure] = {
    "runtime of the future": Failure(
        function(Runtime="python3.99"), "'python3.99' runtime is not supported", CONTAINER, sams=True
    ),
    "build method of another language": Failure(
        function("{BuildMethod: java17}", Runtime="python3.11"), "None of the supported manifests", CONTAINER, sams=True
    ),
    ".NET that may not write": Failure(
        function(Runtime="dotnet8"), "template.yaml:3: Building Fn in a container needs to write", CONTAINER
    ),
}


@pytest.mark.container
@pytest.mark.usefixtures("container_engine")
@pytest.mark.parametrize("failure", IN_CONTAINERS.values(), ids=IN_CONTAINERS)
def test_the_same_failure_in_a_container(tmp_path: Path, failure: Failure) -> None:
    _compare(tmp_path, failure)


@pytest.mark.parametrize("failure", [pytest.param(failure, id=name) for name, failure in FAILURES.items()])
def test_the_same_failure(tmp_path: Path, failure: Failure) -> None:
    _compare(tmp_path, failure)


def _compare(tmp_path: Path, failure: Failure) -> None:
    files = {"src/app.py": "def handler(event, context): return 1\n", **failure.files}
    if failure.template is not None:
        files["template.yaml"] = failure.template
    project = Project.from_files(tmp_path / "in" / "app", files)
    sam = project.sam("build", "--cached", *failure.arguments)
    assert sam.code != 0

    samix = project.samix("build", *failure.arguments).failed_with(sam.code)

    assert failure.says in samix.text
    assert not re.search(r'File ".*/samix/', samix.text)  # no traceback of its own
    if failure.sams:
        assert _words(_error(sam.text)) in _words(samix.text)
    else:
        assert "Traceback" not in samix.text


def _error(text: str) -> str:
    """The last line in which sam says what is wrong."""
    lines = [line for line in text.splitlines() if line.startswith("Error: ")]
    assert lines, text
    return lines[-1]


def _words(text: str) -> str:
    """The words, without the names of sam's temporary directories."""
    return " ".join(re.sub(r"tmp\w{8}/", "", text).split())
