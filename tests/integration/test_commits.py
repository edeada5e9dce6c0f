"""What is built in a checkout is what sam builds there now: builds write the commit into artifacts.

Each application is built at one commit and then at the next, by samix, and by sam at the second.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from support.project import Project, clean_environment, differences, tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def _template(metadata: str, runtime: str) -> str:
    return (
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Fn:\n    Type: AWS::Serverless::Function\n"
        f"    Metadata: {{{metadata}}}\n"
        f"    Properties: {{CodeUri: src, Runtime: {runtime}, Handler: bootstrap}}\n"
    )


_GO = {
    "src/go.mod": "module made\n\ngo 1.21\n",
    "src/main.go": "package main\n\nfunc main() {}\n",
}
_BY_MAKE = _template("BuildMethod: makefile", "provided.al2023")
_WITH_GO = {"template.yaml": _template("BuildMethod: go1.x", "provided.al2023"), **_GO}


@dataclass(frozen=True)
class _Case:
    """An application of which a commit is part.

    Attributes:
        files: Its files.
        told: What its note says.
    """

    files: Mapping[str, str]
    told: str


CASES = {
    "go": _Case(_WITH_GO, "GOFLAGS=-buildvcs=false"),
    "a makefile that asks git": _Case(
        {
            "template.yaml": _BY_MAKE,
            "src/Makefile": "build-Fn:\n\tgit -C $(ARTIFACTS_DIR) rev-parse HEAD > $(ARTIFACTS_DIR)/version\n",
        },
        "asks git for the commit",
    ),
    "a makefile that runs go": _Case(
        {
            "template.yaml": _BY_MAKE,
            "src/Makefile": "build-Fn:\n\tcd $(ARTIFACTS_DIR)/../../../cmd && go build -trimpath -o $(ARTIFACTS_DIR)\n",
            **{path.replace("src", "cmd"): text for path, text in _GO.items()},
        },
        "GOFLAGS=-buildvcs=false",
    ),
    "a script of npm": _Case(
        {
            "template.yaml": _template("", "nodejs22.x"),
            "src/bootstrap.js": "",
            "src/package.json": '{"name": "a", "version": "1.0.0", "scripts": {"postinstall": "sh version.sh"}}',
            "src/version.sh": 'git -C "$INIT_CWD" show -s --format=%s HEAD > version || echo none > version\n',
        },
        "asks git for the commit",
    ),
}


def _git(project: Project, *arguments: str) -> None:
    who = ("-c", "user.name=x", "-c", "user.email=x@localhost", "-c", "init.defaultBranch=main")
    subprocess.run(
        ["git", *who, *arguments], cwd=project.path, env=clean_environment(), check=True, capture_output=True
    )


def _checkout(path: Path, files: Mapping[str, str], ignored: str = ".aws-sam/\n", **environment: str) -> Project:
    project = Project.from_files(path, {**files, ".gitignore": ignored})
    _git(project, "init", "--quiet")
    _git(project, "add", "--all")
    _git(project, "commit", "--quiet", "--message", "first")
    return Project(path, {"GOFLAGS": "-buildvcs=auto", **environment})  # the user's own settings may say no


@pytest.mark.parametrize("name", CASES)
def test_another_commit_gets_what_sam_builds_of_it(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    project = _checkout(tmp_path / "app", case.files)
    project.samix("build").succeeded()
    assert {result for _, result in project.samix("build").succeeded().results().values()} == {"reused"}
    _git(project, "commit", "--quiet", "--allow-empty", "--message", "second")
    again = project.samix("build").succeeded()
    assert "commit stamp" in again.text
    assert again.text.count(case.told) == 1
    assert {result for _, result in project.samix("build").succeeded().results().values()} == {"reused"}
    built = tree(project.build_dir)
    shutil.rmtree(project.path / ".aws-sam")
    project.sam("build").succeeded()
    assert differences(built, tree(project.build_dir)) == []


def test_go_that_writes_nothing_of_the_commit_is_not_built_for_it(tmp_path: Path) -> None:
    project = _checkout(tmp_path / "app", _WITH_GO, GOFLAGS="-buildvcs=false")
    project.samix("build").succeeded()
    _git(project, "commit", "--quiet", "--allow-empty", "--message", "second")
    run = project.samix("build").succeeded()
    assert {result for _, result in run.results().values()} == {"reused"}
    assert "GOFLAGS" not in run.text


def test_a_build_dir_that_git_does_not_ignore_is_no_change(tmp_path: Path) -> None:
    project = _checkout(tmp_path / "app", _WITH_GO, ignored="")
    project.samix("build").succeeded()
    assert {result for _, result in project.samix("build").succeeded().results().values()} == {"reused"}
    built = tree(project.build_dir)
    project.sam("build").succeeded()
    assert differences(built, tree(project.build_dir)) == []
