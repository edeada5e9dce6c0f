"""The applications that the commands in the documentation are run in, by page."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from support.pages import Page, Write
from support.project import HOST_PYTHON, REPOSITORY, Project

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_FUNCTION = "exports.handler = async () => 1;\n"
_SHOP = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev}
  Size: {Type: Number, Default: 1}
Globals:
  Function: {Runtime: nodejs22.x, Handler: app.handler}
Resources:
  NativeLayer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: native, CompatibleRuntimes: [provided.al2023]}
    Metadata: {BuildMethod: makefile}
  GoFunction:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: go, Runtime: provided.al2023, Handler: bootstrap}
    Metadata: {BuildMethod: makefile, BuildDependsOn: [NativeLayer]}
  HelloFunction:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: hello, Layers: [!Ref NativeLayer]}
  Api:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: api}
  JobsDaily:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: jobs}
  JobsNightly:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: jobs}
  Legacy:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: legacy}
  Child:
    Type: AWS::Serverless::Application
    Properties: {Location: child/template.yaml}
"""
_CHILD = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: nodejs22.x, Handler: app.handler, CodeUri: src}
Resources:
  Worker: {Type: AWS::Serverless::Function}
  Plain: {Type: AWS::Serverless::Function}
  Native: {Type: AWS::Serverless::Function}
  Legacy: {Type: AWS::Serverless::Function}
"""


def shop(directory: Path) -> None:
    """An application with resources of the names that the pages use, quickly built either way."""
    Project.from_files(
        directory,
        {
            "template.yaml": _SHOP,
            "child/template.yaml": _CHILD,
            "native/Makefile": 'build-NativeLayer:\n\techo "$(CFLAGS)" > "$(ARTIFACTS_DIR)/flags.txt"\n',
            "go/Makefile": 'build-GoFunction:\n\tcp bootstrap "$(ARTIFACTS_DIR)/"\n',
            "go/bootstrap": "#!/bin/sh\n",
            **{f"{name}/app.js": _FUNCTION for name in ("hello", "api", "jobs", "legacy", "child/src")},
        },
    )


def three(directory: Path) -> None:
    """A Python function, a Python layer and a function that a makefile builds."""
    template = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {{ContentUri: layer, CompatibleRuntimes: [{HOST_PYTHON}]}}
    Metadata: {{BuildMethod: {HOST_PYTHON}}}
  Api:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: api, Runtime: {HOST_PYTHON}, Handler: app.handler, Layers: [!Ref Layer]}}
  Tool:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: tool, Runtime: provided.al2023, Handler: bootstrap}}
    Metadata: {{BuildMethod: makefile}}
"""
    Project.from_files(
        directory,
        {
            "template.yaml": template,
            "layer/shared.py": "VALUE = 1\n",
            "layer/requirements.txt": "",
            "api/app.py": "VALUE = 1\n",
            "api/requirements.txt": "",
            "tool/Makefile": 'build-Tool:\n\tcp tool.txt "$(ARTIFACTS_DIR)/"\n',
            "tool/tool.txt": "one\n",
        },
    )


def of_the_tutorial(directory: Path) -> None:
    """The files that the tutorial has its reader write before the first build."""
    for step in Page(REPOSITORY / "docs" / "tutorial.md").steps():
        if isinstance(step, Write) and step.name != "samconfig.toml":
            Project(directory).write(step.name, as_here(step.content))


def checkout(directory: Path) -> None:
    """A checkout of samix that is at the same time the user's own application."""
    for name in ("samix", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"):
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, directory / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, directory)
    shop(directory)


def beside_samix(directory: Path) -> None:
    """An application with a checkout of samix in a directory of it."""
    (directory / "samix").mkdir()
    checkout(directory / "samix")
    shop(directory)


def with_web(directory: Path) -> None:
    """An application with a function that has a manifest of npm."""
    shop(directory)
    project = Project(directory)
    project.write("web/package.json", '{"name": "web", "version": "1.0.0"}')
    project.write("web/app.js", _FUNCTION)
    template = directory / "template.yaml"
    web = "  Web:\n    Type: AWS::Serverless::Function\n    Properties: {CodeUri: web}\n"
    template.write_text(template.read_text() + web)


def example(directory: Path) -> None:
    """The application of the example."""
    shutil.copytree(
        REPOSITORY / "examples" / "mixed",
        directory,
        ignore=shutil.ignore_patterns(".aws-sam", "node_modules"),
        dirs_exist_ok=True,
    )
    template = directory / "template.yaml"
    template.write_text(template.read_text().replace("Default: python3.11", f"Default: {HOST_PYTHON}"))


def nothing(directory: Path) -> None:
    """An empty directory."""
    del directory


def as_here(text: str) -> str:
    """A text of a page with this machine's Python, and with a home of its own, where the reader's would be used."""
    text = text.replace("samix --install-completion", 'HOME="$PWD" samix --install-completion')
    return text.replace("Runtime: python3.11", f"Runtime: {HOST_PYTHON}")


APPLICATIONS: Mapping[str, Callable[[Path], None]] = {
    "README.md": checkout,
    "docs/index.md": checkout,
    "docs/tutorial.md": nothing,
    "docs/how-to/caches.md": three,
    "docs/how-to/github-actions.md": beside_samix,
    "docs/how-to/monorepos.md": nothing,
    "docs/how-to/private-registries.md": with_web,
    "docs/how-to/replace-the-manual-recipe.md": of_the_tutorial,
    "examples/mixed/README.md": example,
}
"""What is there before the commands of a page are run; `shop` for pages that are not named."""
