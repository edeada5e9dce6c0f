"""The applications whose builds are killed, each with two editions."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from support.project import HOST_PYTHON, REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    """

    @property
    def arguments(self) -> tuple[str, ...]: ...

    def write(self, project: Project, edition: int) -> None:
        """Put edition 1 or 2 into a directory, over whatever was there before."""

    def compared(self, tree: Tree) -> Tree:
        """What is compared of a build dir."""


@dataclass(frozen=True)
class HostApp:
    """Python and makefiles, a layer that a function uses, a nested stack; a function of either edition alone."""

    arguments: tuple[str, ...] = ()

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

    def write(self, project: Project, edition: int) -> None:
        if not (project.path / "template.yaml").exists():
            ignored = shutil.ignore_patterns(".aws-sam")
            shutil.copytree(REPOSITORY / "examples" / "mixed", project.path, ignore=ignored, dirs_exist_ok=True)
        for directory in ("greetings", "native-layer"):
            project.write(f"{directory}/edition.txt", f"{edition}\n")

    def compared(self, tree: Tree) -> Tree:
        return {path: entry for path, entry in tree.items() if not path.startswith("NativePythonFunction/netifaces")}


APPS: Mapping[str, App] = {"host": HostApp(), "mixed": MixedApp()}
