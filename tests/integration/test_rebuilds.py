"""What is built again and what is not, when things happen at the wrong moment."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, clean_environment

from samix.state.build_toml import read_definitions

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Library:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: makefile}
    Properties: {ContentUri: library, CompatibleRuntimes: [provided.al2023]}
  User:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: makefile, BuildDependsOn: [Library]}
    Properties: {CodeUri: user, Runtime: provided.al2023, Handler: bootstrap}
"""
PLAIN_ALONE = f"""\
  Plain:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: plain, Runtime: {HOST_PYTHON}, Handler: app.handler}}
"""
PLAIN = f"{PLAIN_ALONE}    Metadata: {{BuildDependsOn: [Library]}}\n"
LIBRARY = "build-Library:\n\tcp version.txt $(ARTIFACTS_DIR)\n"
USER = "build-User:\n\tcp $(SAMIX_ARTIFACTS_Library)/version.txt $(ARTIFACTS_DIR)/bootstrap\n"
# a run that reads the definitions and builds nothing
ONLY_READS = 'case "$*" in *--exclude*) exec sam "$@" ;; esac'


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.from_files(
        tmp_path / "app",
        {
            "template.yaml": TEMPLATE,
            "library/Makefile": LIBRARY,
            "library/version.txt": "one\n",
            "user/Makefile": USER,
        },
    )


def _used(project: Project) -> str:
    return (project.build_dir / "User" / "bootstrap").read_text()


def test_dependent_is_built_again_with_its_dependency(project: Project) -> None:
    project.samix("build").succeeded()
    assert _used(project) == "one\n"
    project.write("library/version.txt", "two\n")
    run = project.samix("build").succeeded()
    assert run.results() == {"Library": ("host", "built"), "User": ("host", "built")}
    assert _used(project) == "two\n"


def test_makefile_functions_are_reused_like_everything_else(project: Project) -> None:
    project.samix("build").succeeded()
    (project.path / "user" / "Makefile").touch()
    run = project.samix("build", PATH="").succeeded()  # there is neither sam nor make
    assert run.results() == {"Library": ("host", "reused"), "User": ("host", "reused")}
    assert _used(project) == "one\n"


def test_dependent_is_built_again_after_a_failure_in_between(project: Project) -> None:
    project.samix("build").succeeded()
    project.write("library/version.txt", "two\n")
    project.write("user/Makefile", "build-User:\n\tfalse\n")
    project.samix("build").failed_with(1)
    project.write("user/Makefile", USER)
    run = project.samix("build").succeeded()
    assert run.results() == {"Library": ("host", "reused"), "User": ("host", "built")}
    assert _used(project) == "two\n"


def test_source_that_changes_while_it_is_built_is_built_again(project: Project) -> None:
    source = project.path / "library" / "version.txt"
    project.write("library/Makefile", f"{LIBRARY}\techo two > {source}\n")
    project.samix("build").succeeded()
    assert _used(project) == "one\n"
    assert read_definitions(project.path / ".aws-sam" / "build.toml") == []
    run = project.samix("build").succeeded()
    assert "building Library (host): library/version.txt changed while it was built" in run.errors
    assert _used(project) == "two\n"


@pytest.mark.parametrize("how", ["written", "away", "replaced"])
def test_source_that_sam_saw_as_another_is_built_again(project: Project, tmp_path: Path, how: str) -> None:
    project.write("template.yaml", f"Transform: AWS::Serverless-2016-10-31\nResources:\n{PLAIN_ALONE}")
    source = project.write("plain/app.py", "one\n")
    change, restore = {
        "written": (f"echo two > {source}", f"echo one > {source}"),
        "away": (f"mv {source} {tmp_path}/kept", f"mv {tmp_path}/kept {source}"),
        "replaced": (f"mv {source} {tmp_path}/kept; echo two > {source}", f"mv {tmp_path}/kept {source}"),
    }[how]
    sam = tmp_path / "sam"
    sam.write_text(f'#!/bin/sh\n{ONLY_READS}\n{change}\nsam "$@"\ncode=$?\n{restore}\nexit $code\n')
    sam.chmod(0o755)
    project.samix("build", "--sam", str(sam)).succeeded()
    run = project.samix("build").succeeded()
    assert "building Plain (host): plain/app.py was touched while it was built" in run.errors
    assert (project.build_dir / "Plain" / "app.py").read_text() == "one\n"
    assert project.samix("build").succeeded().results() == {"Plain": ("host", "reused")}


def test_what_a_makefile_says_that_it_writes_is_no_change(project: Project) -> None:
    source = project.path / "library" / "version.txt"
    project.write("library/Makefile", f"{LIBRARY}\techo one > {source}\n")
    project.samix("build", "Library").succeeded()
    assert project.samix("build", "Library").succeeded().results() == {"Library": ("host", "reused")}
    project.write("library/version.txt", "two\n")
    run = project.samix("build", "Library").succeeded()
    assert "building Library (host): library/version.txt changed" in run.errors
    assert (project.build_dir / "Library" / "version.txt").read_text() == "two\n"


def test_what_a_script_writes_each_time_is_learnt_in_two_builds(project: Project) -> None:
    project.write("library/tool.sh", f"echo one > {project.path}/library/version.txt\n")
    project.write("library/Makefile", f"{LIBRARY}\tsh tool.sh\n")
    project.samix("build", "Library").succeeded()
    run = project.samix("build", "Library").succeeded()
    assert "building Library (host): library/version.txt was touched while it was built" in run.errors
    assert project.samix("build", "Library").succeeded().results() == {"Library": ("host", "reused")}


@pytest.mark.parametrize(
    ("gone", "messages"),
    [
        ("library", ["Library failed: template.yaml:6: The source of Library does not exist"]),
        ("user", ["User failed: ", "The source of User does not exist: ", "(template.yaml:"]),
        ("plain", ["Plain failed: ", "The source of Plain does not exist: ", "(template.yaml:"]),
        (".aws-sam", ["Library failed: "]),
    ],
)
def test_what_vanishes_during_a_build_fails_what_needs_it(project: Project, gone: str, messages: list[str]) -> None:
    project.write("plain/app.py", "def handler(event, context): return 1\n")
    project.write("template.yaml", f"{TEMPLATE}{PLAIN}")
    project.write("library/Makefile", f"{LIBRARY}\trm -rf {project.path / gone}\n")
    run = project.samix("build").failed_with(1)
    for message in messages:
        assert message in run.errors
    assert "Traceback" not in run.text
    assert not project.build_dir.exists()


def test_the_state_that_vanishes_during_a_build_is_not_missed(project: Project) -> None:
    project.write("library/Makefile", f"{LIBRARY}\trm -rf {project.path / '.aws-sam/samix'}\n")
    project.samix("build").succeeded()
    assert _used(project) == "one\n"
    assert {result for _, result in project.samix("build").succeeded().results().values()} <= {"built", "reused"}


def test_a_template_that_vanishes_during_a_build_is_not_missed(project: Project) -> None:
    project.write("library/Makefile", f"{LIBRARY}\trm {project.path / 'template.yaml'}\n")
    project.samix("build").succeeded()
    assert _used(project) == "one\n"


def test_source_that_changed_during_its_build_is_built_again(project: Project, tmp_path: Path) -> None:
    source = project.path / "library" / "version.txt"
    sam = tmp_path / "sam"
    sam.write_text(
        f'#!/bin/sh\n{ONLY_READS}\necho two > {source}\nsam "$@"\ncode=$?\necho one > {source}\nexit $code\n'
    )
    sam.chmod(0o755)
    project.samix("build", "Library", "--sam", str(sam)).succeeded()
    run = project.samix("build", "Library").succeeded()
    assert "library/version.txt was touched while it was built" in run.errors
    assert run.results()["Library"] == ("host", "built")
    assert (project.build_dir / "Library" / "version.txt").read_text() == "one\n"
    run = project.samix("build", "Library").succeeded()
    assert run.results()["Library"] == ("host", "reused")


def test_bare_sam_that_changed_an_artifact_is_noticed(project: Project) -> None:
    project.samix("build").succeeded()
    (project.build_dir / "User" / "bootstrap").write_text("by hand\n")
    run = project.samix("build").succeeded()
    assert "building User (host): artifact was altered since the build" in run.errors
    assert run.results() == {"Library": ("host", "reused"), "User": ("host", "built")}
    assert _used(project) == "one\n"


def test_no_cached_builds_everything(project: Project) -> None:
    project.samix("build").succeeded()
    run = project.samix("build", "--no-cached").succeeded()
    assert run.results() == {"Library": ("host", "built"), "User": ("host", "built")}


def test_sam_of_a_killed_samix_cannot_write_into_a_later_build(project: Project) -> None:
    started, gate = project.path.parent / "started", project.path.parent / "gate"
    waiting = f"\ttouch {started}\n\twhile [ ! -e {gate} ]; do sleep 0.1; done\n"
    project.write("library/Makefile", f"build-Library:\n{waiting}\techo orphan > $(ARTIFACTS_DIR)/version.txt\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "samix", "build"],
        cwd=project.path,
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not started.exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    project.write("library/Makefile", f"build-Library:\n\ttouch {gate}\n\tsleep 1\n\tcp version.txt $(ARTIFACTS_DIR)\n")
    project.samix("build").succeeded()
    assert _used(project) == "one\n"
    assert project.samix("build").succeeded().results()["Library"] == ("host", "reused")
