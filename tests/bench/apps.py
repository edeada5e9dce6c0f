"""The applications that are measured, and the edits between their builds."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from support.project import HOST_PYTHON, REPOSITORY, Project

if TYPE_CHECKING:
    from collections.abc import Mapping

_FUNCTION = """\
  {name}:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: {code}, Runtime: {runtime}, Handler: app.{handler}}}
"""
_HANDLER = "def handler(event, context):\n    return {!r}\n"
_GO = """\
package main

import "net/http"

func main() {
	_, _ = http.Get("https://example.com/VERSION")
}
"""


class App(Protocol):
    """An application.

    Attributes:
        name: What it is.
        arguments: Those with which sam and samix build it.
        sam_can: Whether sam can build it.
    """

    @property
    def name(self) -> str: ...
    @property
    def arguments(self) -> tuple[str, ...]: ...
    @property
    def sam_can(self) -> bool: ...

    def write(self, project: Project, edition: int) -> None:
        """Put one of its editions into a directory, over the one before.

        The second has other code than the first, the third other code again and a function less.
        """


@dataclass(frozen=True)
class Functions:
    """Functions that are alike.

    Attributes:
        name: What the application is.
        runtime: That of each.
        code: The name of the file that changes from edition to edition, and its text.
        files: What else each is made from. NUMBER in their text becomes that of the function.
        count: How many there are.
        data: The size of a file that nothing can compress, beside the code, in bytes.
        metadata: That of each.
        arguments: Those with which it is built.
    """

    name: str
    runtime: str
    code: tuple[str, str]
    files: Mapping[str, str] = field(default_factory=dict)
    count: int = 2
    data: int = 0
    metadata: str = ""
    arguments: tuple[str, ...] = ()
    sam_can: bool = True

    def write(self, project: Project, edition: int) -> None:
        names = [f"Fn{number}" for number in range(self.count)]
        if edition > 2:
            shutil.rmtree(project.path / names.pop())
        template = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
        for number, name in enumerate(names):
            template += _FUNCTION.format(name=name, code=name, runtime=self.runtime, handler="handler")
            template += f"    Metadata: {self.metadata}\n" if self.metadata else ""
            if edition == 1:
                for file, text in self.files.items():
                    project.write(f"{name}/{file}", text.replace("NUMBER", str(number)))
                if self.data:
                    (project.path / name / "data.bin").write_bytes(random.Random(number).randbytes(self.data))  # noqa: S311
            if edition == 1 or number == 0:
                file, text = self.code
                project.write(f"{name}/{file}", text.replace("VERSION", f"{name}.{edition}"))
        project.write("template.yaml", template)


@dataclass(frozen=True)
class Handlers:
    """Functions that share one CodeUri, each with its own handler: sam builds them once."""

    count: int
    arguments: tuple[str, ...] = ()
    sam_can: bool = True

    @property
    def name(self) -> str:
        return f"{self.count:,} handlers sharing one CodeUri"

    def write(self, project: Project, edition: int) -> None:
        count = self.count - (edition > 2)
        project.write("src/requirements.txt", "")
        handlers = (f"def h{number}(event, context):\n    return {edition}\n" for number in range(count))
        project.write("src/app.py", "".join(handlers))
        template = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
        for number in range(count):
            template += _FUNCTION.format(name=f"Fn{number}", code="src", runtime=HOST_PYTHON, handler=f"h{number}")
        project.write("template.yaml", template)


@dataclass(frozen=True)
class Example:
    """The example, whose resources are built in containers and on the host, which no single `sam build` can."""

    name: str = "examples/mixed"
    overrides: tuple[str, ...] = ("--parameter-overrides", f"HostPythonRuntime={HOST_PYTHON}")
    sam_can: bool = False

    @property
    def arguments(self) -> tuple[str, ...]:
        return ("--skip-pull-image", *self.overrides)

    def write(self, project: Project, edition: int) -> None:
        if edition == 1:
            ignored = shutil.ignore_patterns(".aws-sam")
            shutil.copytree(REPOSITORY / "examples" / "mixed", project.path, ignore=ignored, dirs_exist_ok=True)
        project.write("greetings/edition.txt", f"{edition}\n")


_PYTHON = ("app.py", _HANDLER.format("VERSION"))
_REQUIREMENTS = "requests==2.32.3\nboto3==1.35.0\n"
_NODE = ("app.js", "exports.handler = async () => 'VERSION';\n")
_NODE_MANIFEST = '{"name": "app", "version": "1.0.0", "dependencies": {"express": "4.19.2", "lodash": "4.17.21"}}\n'

# what is added, run by run: what the others bring with them in this or another version, so that the size stays
MORE_PYTHON = (("idna", "3.7"), ("certifi", "2024.7.4"), ("urllib3", "2.2.2"))
MORE_NODE = (("ms", "2.1.3"), ("bytes", "3.1.2"), ("depd", "2.0.0"))


def trivial(count: int) -> Functions:
    """Python functions of one line, whose requirements are none."""
    return Functions(f"{count:,} trivial Python functions", HOST_PYTHON, _PYTHON, {"requirements.txt": ""}, count=count)


def same_python(count: int) -> Functions:
    """Python functions that ask for the same packages."""
    return _python(f"{count:,} Python functions, the same requests and boto3", _REQUIREMENTS, count)


def own_python(count: int) -> Functions:
    """Python functions that ask for as many packages, each for another version of one: for 20 at most."""
    requirements = f"{_REQUIREMENTS}idna==3.NUMBER\n"  # there are 3.0 to 3.20, and requests takes all
    return _python(f"{count:,} Python functions, each its own requests, boto3 and idna", requirements, count)


def same_node(count: int) -> Functions:
    """Node.js functions that ask for the same packages."""
    name = f"{count:,} Node.js functions, the same express and lodash"
    return Functions(name, "nodejs22.x", _NODE, {"package.json": _NODE_MANIFEST}, count=count)


def add_requirement(project: Project, number: int) -> None:
    """Add a line to the requirements of all Python functions: one of them for each number."""
    for manifest in project.path.glob("*/requirements.txt"):
        with manifest.open("a") as opened:
            opened.write(f"{'=='.join(MORE_PYTHON[number])}\n")


def add_dependency(project: Project, number: int) -> None:
    """Add a dependency to the manifests of all Node.js functions: one of them for each number."""
    name, version = MORE_NODE[number]
    for manifest in project.path.glob("*/package.json"):
        asked = json.loads(manifest.read_text())
        asked["dependencies"][name] = version
        manifest.write_text(f"{json.dumps(asked)}\n")


def _python(name: str, requirements: str, count: int) -> Functions:
    return Functions(name, HOST_PYTHON, _PYTHON, {"requirements.txt": requirements}, count=count)


APPS: Mapping[str, App] = {
    "python": Functions("Python, boto3", HOST_PYTHON, _PYTHON, {"requirements.txt": "boto3==1.35.0\n"}),
    "node": Functions(
        "Node.js, express and lodash",
        "nodejs22.x",
        _NODE,
        {"package.json": _NODE_MANIFEST},
    ),
    "data": Functions(
        "Python, requests and 20 MB of data",
        HOST_PYTHON,
        _PYTHON,
        {"requirements.txt": "requests==2.32.3\n"},
        data=20 << 20,
    ),
    "container": Functions(
        "Python in a container, requests",
        "python3.11",
        _PYTHON,
        {"requirements.txt": "requests==2.32.3\n"},
        arguments=("--use-container", "--skip-pull-image"),
    ),
    "go": Functions(
        "Go",
        "provided.al2023",
        ("main.go", _GO),
        {"go.mod": "module app\n\ngo 1.19\n"},
        metadata="{BuildMethod: go1.x}",
    ),
    "mixed": Example(),
    "small": Functions("100 Python functions of one line", HOST_PYTHON, _PYTHON, count=100),
}
