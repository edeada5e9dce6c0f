"""What is built in one environment is not what another environment gets.

Each application is built by samix in one environment and then in another, and by sam in the second: the results are the
same. What says nothing of what is built has nothing built again.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, clean_environment, differences, tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class _Case:
    """An application and what may be otherwise around it.

    Attributes:
        files: Its files.
        before: The variables of the first build.
        after: Those of the second.
        programs: What must be there; .ci/setup installs it.
    """

    files: Mapping[str, str]
    before: Mapping[str, str]
    after: Mapping[str, str]
    programs: tuple[str, ...] = ()


def _function(metadata: str, runtime: str, code: str = "src") -> str:
    return (
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Fn:\n    Type: AWS::Serverless::Function\n"
        f"    Metadata: {{{metadata}}}\n"
        f"    Properties: {{CodeUri: {code}, Runtime: {runtime}, Handler: app.handler}}\n"
    )


_MAKE = _function("BuildMethod: makefile", "provided.al2023")
_PACKAGE = """\
from setuptools import setup
import os
with open("acme.py", "w") as file:
    file.write("STAGE = %r\\n" % os.environ.get("STAGE"))
setup(name="acme", version="1.0", py_modules=["acme"])
"""
CASES = {
    "a makefile": _Case(
        {"template.yaml": _MAKE, "src/Makefile": "build-Fn:\n\techo $(STAGE) > $(ARTIFACTS_DIR)/stage\n"},
        {"STAGE": "dev"},
        {"STAGE": "prod"},
    ),
    "a variable that is new": _Case(
        {"template.yaml": _MAKE, "src/Makefile": "build-Fn:\n\techo $${STAGE:-none} > $(ARTIFACTS_DIR)/stage\n"},
        {},
        {"STAGE": "prod"},
    ),
    "a script of a makefile": _Case(
        {
            "template.yaml": _MAKE,
            "src/Makefile": "build-Fn:\n\tsh build.sh\n",
            "src/build.sh": 'echo "$STAGE" > "$ARTIFACTS_DIR/stage"\n',
        },
        {"STAGE": "dev"},
        {"STAGE": "prod"},
    ),
    "a rule that make knows": _Case(
        {
            "template.yaml": _MAKE,
            "src/Makefile": "build-Fn: app.o\n\tcp app.o $(ARTIFACTS_DIR)\n",
            "src/app.c": "#ifdef STAGE\nint stage = STAGE;\n#endif\n",
        },
        {"CFLAGS": "-DSTAGE=1"},
        {"CFLAGS": "-DSTAGE=2"},
        ("cc",),
    ),
    "a local package": _Case(
        {
            "template.yaml": _function("", HOST_PYTHON),
            "src/app.py": "",
            "src/requirements.txt": "./acme\n",
            "acme/setup.py": _PACKAGE,
            "acme/acme.py": "",
        },
        {"STAGE": "dev"},
        {"STAGE": "prod"},
    ),
    "a script of npm": _Case(
        {
            "template.yaml": _function("", "nodejs22.x"),
            "src/app.js": "",
            "src/package.json": '{"name": "a", "version": "1.0.0", "scripts": {"postinstall": "node stage.js"}}',
            "src/stage.js": "require('fs').writeFileSync('stage', process.env.STAGE);\n",
        },
        {"STAGE": "dev"},
        {"STAGE": "prod"},
    ),
    "an option of npm": _Case(
        {
            "template.yaml": _function("", "nodejs22.x"),
            "src/app.js": "",
            "src/package.json": '{"name": "a", "version": "1.0.0", "scripts": {"postinstall": "echo made > made"}}',
        },
        {"npm_config_ignore_scripts": "true"},
        {},
    ),
    "flags of Go": _Case(
        {
            "template.yaml": _function("BuildMethod: go1.x", "provided.al2023"),
            "src/go.mod": "module made\n\ngo 1.21\n",
            "src/main.go": "package main\n\nvar stage string\n\nfunc main() { println(stage) }\n",
        },
        {"GOFLAGS": "-buildvcs=false"},
        {"GOFLAGS": "-buildvcs=false -ldflags=-X=main.stage=prod"},
        ("go",),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_another_environment_gets_what_sam_builds_there(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    missing = [name for name in case.programs if not shutil.which(name, path=clean_environment()["PATH"])]
    assert not missing, f"{missing} must be there: run .ci/setup tools"
    first = Project.from_files(tmp_path / "app", case.files)
    Project(first.path, case.before).samix("build").succeeded()
    project = Project(first.path, case.after)
    reasons = project.samix("build").succeeded()
    assert {result for _, result in reasons.results().values()} == {"built"}
    changed = case.before.keys() | case.after.keys()
    assert any(f"variable {variable} " in reasons.text for variable in changed)
    state = (project.path / ".aws-sam" / "samix" / "state.json").read_text()
    assert not any(value in state for value in case.after.values())
    assert {result for _, result in project.samix("build").succeeded().results().values()} == {"reused"}
    built = tree(project.path / ".aws-sam" / "build")
    shutil.rmtree(project.path / ".aws-sam")
    for path in (project.path / "acme").glob("build"):
        shutil.rmtree(path)
    project.sam("build").succeeded()
    assert differences(built, tree(project.path / ".aws-sam" / "build")) == []


def test_another_place_and_user_find_all_as_it_was(tmp_path: Path) -> None:
    makefile = "ROOT := $(HOME) $(USER) $(PWD) $(CONF)\nbuild-Fn:\n\techo $(STAGE) > $(ARTIFACTS_DIR)/stage\n"
    project = Project.from_files(tmp_path / "one", {"template.yaml": _MAKE, "src/Makefile": makefile})
    stage = {"STAGE": "dev", "LANG": "C"}

    def around(place: Path, user: str) -> dict[str, str]:
        home = tmp_path / user
        home.mkdir(exist_ok=True)
        return {"HOME": str(home), "USER": user, "LOGNAME": user, "CONF": f"{place}/conf:{home}/x", "RUN_ID": user}

    project = Project(project.path, {**stage, **around(project.path, "me")})
    project.samix("build").succeeded()
    shutil.copytree(project.path, tmp_path / "two" / "deep", symlinks=True)
    moved = tmp_path / "two" / "deep"
    path = os.pathsep.join([str(tmp_path / "you"), clean_environment()["PATH"]])
    values = {**stage, "LANG": "C.UTF-8", "TZ": "UTC", "TERM": "dumb", "PATH": path, **around(moved, "you")}
    other = Project(moved, values)
    assert {result for _, result in other.samix("build").succeeded().results().values()} == {"reused"}
