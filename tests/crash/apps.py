"""The applications whose builds are killed, each with two editions."""

from __future__ import annotations

import shutil
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol

from support.package_index import package_index
from support.project import HOST_PYTHON, REPOSITORY
from support.sharing import ENVIRONMENT, function, template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from support.package_index import PackageIndex
    from support.project import Project, Tree

_HOST = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Metadata: {{BuildMethod: makefile}}
    Properties: {{ContentUri: layer, CompatibleRuntimes: [provided.al2023]}}
  Made:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: makefile, BuildDependsOn: [Layer]}}
    Properties: {{CodeUri: made, Runtime: provided.al2023, Handler: bootstrap}}
  Code:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: code, Runtime: {python}, Handler: app.handler}}
  Same:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: same, Runtime: {python}, Handler: app.handler}}
  Only{edition}:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: code, Runtime: {python}, Handler: app.other}}
  Child:
    Type: AWS::Serverless::Application
    Properties: {{Location: child.yaml}}
"""
_CHILD = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: child, Runtime: {python}, Handler: app.handler}}
"""
_LAYER = "build-Layer:\n\tcp edition.txt $(ARTIFACTS_DIR)\n"
_MADE = "build-Made:\n\tcat $(SAMIX_ARTIFACTS_Layer)/edition.txt > $(ARTIFACTS_DIR)/bootstrap\n"


class App(Protocol):
    """An application of which every build is the same, as far as it is compared.

    Attributes:
        arguments: Those with which it is built.
        environment: Variables with which it is built.
    """

    @property
    def arguments(self) -> tuple[str, ...]: ...

    @property
    def environment(self) -> Mapping[str, str]: ...

    def write(self, project: Project, edition: int) -> None:
        """Put edition 1 or 2 into a directory, over whatever was there before."""

    def compared(self, tree: Tree) -> Tree:
        """What is compared of a build dir."""


@dataclass(frozen=True)
class HostApp:
    """Python and makefiles, a layer that a function uses, a nested stack; a function of either edition alone."""

    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def write(self, project: Project, edition: int) -> None:
        texts: Mapping[str, str] = {
            "template.yaml": _HOST.format(python=HOST_PYTHON, edition=edition),
            "child.yaml": _CHILD.format(python=HOST_PYTHON),
            "layer/Makefile": _LAYER,
            "layer/edition.txt": f"{edition}\n",
            "made/Makefile": _MADE,
            "code/app.py": f"EDITION = {edition}\n",
            "same/app.py": "",
            "child/app.py": f"EDITION = {edition}\n",
        }
        for name, text in texts.items():
            file = project.path / name
            if not file.exists() or file.read_text() != text:
                project.write(name, text)

    def compared(self, tree: Tree) -> Tree:
        return tree


@dataclass(frozen=True)
class MixedApp:
    """The example; a library that pip compiles is no two times the same."""

    arguments: tuple[str, ...] = field(
        default=("--skip-pull-image", "--parameter-overrides", f"HostPythonRuntime={HOST_PYTHON}")
    )
    environment: Mapping[str, str] = field(default_factory=dict)

    def write(self, project: Project, edition: int) -> None:
        if not (project.path / "template.yaml").exists():
            ignored = shutil.ignore_patterns(".aws-sam")
            shutil.copytree(REPOSITORY / "examples" / "mixed", project.path, ignore=ignored, dirs_exist_ok=True)
        for directory in ("greetings", "native-layer"):
            project.write(f"{directory}/edition.txt", f"{edition}\n")

    def compared(self, tree: Tree) -> Tree:
        return {path: entry for path, entry in tree.items() if not path.startswith("NativePythonFunction/netifaces")}


@dataclass(frozen=True)
class SharingApp:
    """Functions that install the same, in each edition something else, from an index on this machine."""

    index: PackageIndex
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=lambda: ENVIRONMENT)

    def write(self, project: Project, edition: int) -> None:
        shared = self.index.requirements("many==1.0", f"alpha=={edition}.0")
        other = self.index.requirements(f"alpha=={edition}.0")
        texts = {"template.yaml": template(*map(function, "ABCDEF"))}
        for name in "abcdef":
            texts[f"{name}/app.py"] = f"# {name}\n"
            texts[f"{name}/requirements.txt"] = other if name in "ef" else shared
        for name, text in texts.items():
            file = project.path / name
            if not file.exists() or file.read_text() != text:
                project.write(name, text)

    def compared(self, tree: Tree) -> Tree:
        return tree


@contextmanager
def _sharing() -> Iterator[App]:
    with TemporaryDirectory() as directory, package_index(Path(directory)) as index:
        index.publish("many", "1.0", modules=[f"many_data/{number}.txt" for number in range(400)])
        for edition in (1, 2):
            index.publish("alpha", f"{edition}.0")
        yield SharingApp(index)


APPS: Mapping[str, Callable[[], AbstractContextManager[App]]] = {
    "host": lambda: nullcontext(HostApp()),
    "mixed": lambda: nullcontext(MixedApp()),
    "sharing": _sharing,
}
"""What gives each application, which can be built while the context lasts."""
