"""Applications of functions that make builds: in no time, or as slowly and as badly as a test needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COPY = "cp Makefile $(ARTIFACTS_DIR)"
"""A recipe that builds something."""

_FUNCTION = """\
  {name}:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: makefile{more}}}
    Properties: {{CodeUri: {name}, Runtime: provided.al2023, Handler: bootstrap}}
"""


def made(path: Path, recipes: Mapping[str, str], **more: str) -> Project:
    """An application.

    Args:
        path: Where it is put.
        recipes: By name of a function, the one line that builds it.
        more: By name of a function, what its metadata has besides, such as `BuildDependsOn: Other`.
    """
    resources = (_FUNCTION.format(name=name, more=f", {more[name]}" if name in more else "") for name in recipes)
    files = {"template.yaml": f"Transform: AWS::Serverless-2016-10-31\nResources:\n{''.join(resources)}"}
    files |= {f"{name}/Makefile": makefile(name, recipe) for name, recipe in recipes.items()}
    return Project.from_files(path, files)


def makefile(name: str, recipe: str) -> str:
    """The makefile of a function that is built by a recipe of one line."""
    return f"build-{name}:\n\t{recipe}\n"
