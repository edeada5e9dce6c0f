"""Files and directories have the modes that sam gives them, also where only the source is built again."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, differences

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NODE = "nodejs22.x"
_PACKAGE = '{"name": "app", "version": "1.0.0"%s}\n'
# by name, the runtime, and the files besides those of all
FUNCTIONS = {
    "Py": (HOST_PYTHON, {"requirements.txt": "six==1.16.0\n"}),
    "PyEmpty": (HOST_PYTHON, {"requirements.txt": ""}),
    "Js": (NODE, {"package.json": _PACKAGE % ', "dependencies": {"ms": "2.1.3"}'}),
}
LAYERS = {
    "PyLayer": (HOST_PYTHON, {"requirements.txt": "# nothing\n"}),
    "JsLayer": (NODE, {"package.json": _PACKAGE % ""}),
}
MODES = {"": 0o775, "own": 0o700, "own/deep": 0o750, "all": 0o777, "group": 0o2775, "own/f": 0o600, "all/f": 0o555}


@pytest.fixture(params=[0o022, 0o002], ids=["022", "002"])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """A umask for all that a test makes and starts."""
    earlier = os.umask(request.param)
    try:
        yield
    finally:
        os.umask(earlier)


def _application(path: Path) -> Project:
    template = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
    for name, (runtime, _) in FUNCTIONS.items():
        template += (
            f"  {name}:\n    Type: AWS::Serverless::Function\n"
            f"    Properties: {{CodeUri: {name}, Runtime: {runtime}, Handler: app.handler}}\n"
        )
    for name, (runtime, _) in LAYERS.items():
        template += (
            f"  {name}:\n    Type: AWS::Serverless::LayerVersion\n    Metadata: {{BuildMethod: {runtime}}}\n"
            f"    Properties: {{ContentUri: {name}, CompatibleRuntimes: [{runtime}]}}\n"
        )
    project = Project.from_files(path, {"template.yaml": template})
    for name, (_, own) in {**FUNCTIONS, **LAYERS}.items():
        files = {"app.py": "", "app.js": "", "own/f": "", "own/deep/f": "", "all/f": "", "group/f": "", **own}
        for file, text in files.items():
            project.write(f"{name}/{file}", text)
        for below, mode in MODES.items():
            (path / name / below).chmod(mode)
    return project


@pytest.mark.usefixtures("umask")
def test_a_changed_source_has_the_modes_of_a_whole_build(tmp_path: Path) -> None:
    project = _application(tmp_path / "app")
    project.samix("build").succeeded()
    for directory in sorted(project.path.iterdir()):
        if directory.is_dir() and not directory.name.startswith("."):
            (directory / "all" / "new").write_text("new")
    assert {result for _, result in project.samix("build").succeeded().results().values()} == {"built"}
    built = project.built()
    shutil.rmtree(project.path / ".aws-sam")
    project.sam("build").succeeded()
    assert differences(_without_bytecode(built), _without_bytecode(project.built())) == []


def _without_bytecode(built: dict[str, tuple[str, str, bytes]]) -> dict[str, tuple[str, str, bytes]]:
    return {path: one for path, one in built.items() if not path.endswith(".pyc")}
