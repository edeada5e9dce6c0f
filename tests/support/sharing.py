"""Applications of Python functions whose requirements come from an index on this machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from support.project import HOST_PYTHON, Project, differences

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from support.project import Tree

_SHARED = re.compile(r"Manifest is not changed for \((.+?)\), running incremental build")
# each installation asks the index
ENVIRONMENT = {"PIP_NO_CACHE_DIR": "1", "PIP_RETRIES": "0"}


def function(name: str, **properties: str) -> str:
    """The text of a function in a template, whose code lies in a directory of its name in small letters."""
    values = {"CodeUri": name.lower(), "Handler": "app.handler", "Runtime": HOST_PYTHON, **properties}
    text = ", ".join(f"{key}: {value}" for key, value in values.items())
    return f"  {name}:\n    Type: AWS::Serverless::Function\n    Properties: {{{text}}}\n"


def template(*resources: str) -> str:
    return "\n".join(["Transform: AWS::Serverless-2016-10-31", "Resources:", *resources])


def sharing_project(path: Path, requirements: Mapping[str, str]) -> Project:
    """An application with a function of each name, and the text of its requirements."""
    project = Project.from_files(path, {"template.yaml": template(*map(function, requirements))})
    for name, text in requirements.items():
        add_code(project, name, text)
    return Project(project.path, environment=ENVIRONMENT)


def add_function(project: Project, name: str, requirements: str) -> None:
    """Add a function to an application."""
    file = project.path / "template.yaml"
    file.write_text(file.read_text() + function(name))
    add_code(project, name, requirements)


def add_code(project: Project, name: str, requirements: str) -> None:
    """Write the code of a function."""
    project.write(f"{name.lower()}/app.py", f"# {name}\n")
    project.write(f"{name.lower()}/requirements.txt", requirements)


def shared_in_last_builds(project: Project) -> set[str]:
    """The units whose last build installed nothing, as sam says in their logs."""
    logs = (project.path / ".aws-sam" / "samix" / "logs").rglob("*.log")
    return {name for log in logs for name in _SHARED.findall(log.read_text(errors="replace"))}


def from_nothing(project: Project, place: Path, *arguments: str) -> Tree:
    """The build dir that sam makes of a copy of the application, which is made at a place."""
    fresh = Project(Project.copy_of(project.path, place).path, environment=project.environment)
    fresh.sam("build", *arguments).succeeded()
    return fresh.built()


def assert_like_from_nothing(project: Project, place: Path, *arguments: str) -> None:
    """Assert that the build dir is what sam makes of a copy of the application."""
    assert differences(project.built(), from_nothing(project, place, *arguments)) == []
