"""What goes wrong, with real sam."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.makefiles import made, makefile
from support.project import HOST_PYTHON, Project, clean_environment, differences, tree

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = f"""\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Base:
    Type: AWS::Serverless::LayerVersion
    Metadata:
      BuildMethod: makefile
    Properties:
      ContentUri: base
      CompatibleRuntimes: [provided.al2023]
  Dependent:
    Type: AWS::Serverless::Function
    Metadata:
      BuildMethod: makefile
    Properties:
      CodeUri: dependent
      Runtime: provided.al2023
      Handler: bootstrap
      Layers: [!Ref Base]
  Independent:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: independent
      Runtime: {HOST_PYTHON}
      Handler: app.handler
"""
GOOD_LAYER = "build-Base:\n\techo one > $(ARTIFACTS_DIR)/base.txt\n"
BROKEN_LAYER = "build-Base:\n\t@echo the compiler says no >&2; exit 3\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.from_files(
        tmp_path / "app",
        {
            "template.yaml": TEMPLATE,
            "base/Makefile": GOOD_LAYER,
            "dependent/Makefile": "build-Dependent:\n\techo run > $(ARTIFACTS_DIR)/bootstrap\n",
            "independent/app.py": "def handler(event, context): return 1\n",
            "independent/requirements.txt": "",
        },
    )


def test_broken_unit_fails_alone(project: Project) -> None:
    project.samix("build").succeeded()
    last_complete = project.built()
    project.write("base/Makefile", BROKEN_LAYER)
    project.write("dependent/Makefile", "build-Dependent:\n\techo other > $(ARTIFACTS_DIR)/bootstrap\n")
    project.write("independent/app.py", "def handler(event, context): return 2\n")

    run = project.samix("build").failed_with(1)

    assert run.results() == {
        "Base": ("host", "failed"),
        "Dependent": ("host", "skipped"),
        "Independent": ("host", "built"),
    }
    assert "the compiler says no" in run.errors
    assert ".aws-sam/samix/logs/Base.log" in run.errors
    assert "Build Failed" in run.output
    assert "\nThe build dir is left as it was. What was built is kept for the next build.\nError: " in run.errors
    assert differences(project.built(), last_complete) == []


def test_what_was_built_beside_a_failure_is_kept(project: Project) -> None:
    project.write("base/Makefile", BROKEN_LAYER)
    project.samix("build").failed_with(1)
    assert not project.build_dir.exists()
    project.write("base/Makefile", GOOD_LAYER)

    run = project.samix("build").succeeded()

    assert run.results() == {
        "Base": ("host", "built"),
        "Dependent": ("host", "built"),
        "Independent": ("host", "reused"),
    }
    assert (project.build_dir / "Independent" / "app.py").exists()
    assert (project.build_dir / "Base" / "base.txt").read_text() == "one\n"


def test_no_engine_is_reported_before_anything_is_built(project: Project) -> None:
    run = project.samix("build", "--build-type", "Base=container", DOCKER_HOST="unix:///nowhere.sock").failed_with(3)
    assert "No container engine answers" in run.errors
    assert "must be built with one: Base.\n" in run.errors
    assert not (project.path / ".aws-sam" / "build").exists()
    assert not (project.path / ".aws-sam" / "samix" / "logs").exists()


def test_no_engine_is_needed_if_no_container_unit_is_built(project: Project) -> None:
    project.samix("build", DOCKER_HOST="unix:///nowhere.sock").succeeded()


@pytest.mark.parametrize("command", ["build", "plan", "clean"])
def test_a_working_directory_that_is_gone_is_reported(command: str, project: Project) -> None:
    gone = f"cd {project.path}; rm -rf {project.path}; exec {sys.executable} -m samix {command}"
    run = subprocess.run(["sh", "-c", gone], env=clean_environment(), capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.startswith("Error: The working directory no longer exists.\nGo to another")


def test_missing_sam_is_reported(project: Project, tmp_path: Path) -> None:
    run = project.samix("build", "--sam", str(tmp_path / "no-sam")).failed_with(3)
    assert "no-sam is not a program that can be run" in run.errors


@pytest.mark.parametrize("program", ["true", "false", "cat"])
def test_program_that_is_not_sam_is_reported_before_the_build(project: Project, program: str) -> None:
    run = project.samix("build", "--sam", program).failed_with(3)
    assert f"/{program} does not seem to be the SAM CLI." in run.errors


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        pytest.param(
            ("      BuildMethod: makefile\n", "      BuildMethod: makefile\n      BuildType: contaner\n"),
            2,
            "template.yaml:8: BuildType of Base: 'contaner' is not a build type.",
            id="wrong build type",
        ),
        pytest.param(
            ("      BuildMethod: makefile\n", "      BuildMethod: makefile\n      BuildDependsOn: [Nothing]\n"),
            2,
            "template.yaml:8: BuildDependsOn of Base names Nothing",
            id="unknown dependency",
        ),
        pytest.param(
            ("      ContentUri: base", "      ContentUri: elsewhere"),
            1,
            "template.yaml:9: The source of Base does not exist",
            id="missing source",
        ),
        pytest.param(("Resources:", "Resources: ]"), 1, "template.yaml:3: Failed to parse template", id="broken YAML"),
    ],
)  # fmt: skip
def test_wrong_template_is_reported_with_its_line(
    project: Project, change: tuple[str, str], code: int, message: str
) -> None:
    template = project.path / "template.yaml"
    text = template.read_text()
    assert change[0] in text
    template.write_text(text.replace(*change, 1))
    run = project.samix("build").failed_with(code)
    assert message in run.errors
    assert "Traceback" not in run.text


def test_cycle_is_shown(project: Project) -> None:
    template = project.path / "template.yaml"
    text = template.read_text()
    needs_dependent = (
        "      BuildMethod: makefile\n      BuildDependsOn: [Dependent]\n    Properties:\n      ContentUri"
    )
    template.write_text(text.replace("      BuildMethod: makefile\n    Properties:\n      ContentUri", needs_dependent))
    run = project.samix("build").failed_with(2)
    assert "Base → Dependent → Base" in run.errors or "Dependent → Base → Dependent" in run.errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            ["--build-type", "Nothing=host"], "'Nothing' matches nothing that is built", id="no such resource"
        ),
        pytest.param(["--build-type", "Base=vm"], "'vm' is not a build type", id="no such build type"),
        pytest.param(["--include", "Base"], "No such option: --include", id="option that is not there"),
    ],
)
def test_wrong_option_is_reported(project: Project, arguments: list[str], message: str) -> None:
    run = project.samix("build", *arguments).failed_with(2)
    assert message in run.errors


PIPE = "mkdir $(ARTIFACTS_DIR)/lib && mkfifo $(ARTIFACTS_DIR)/lib/pipe"
SOCKET = "python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' s"
NO_ARTIFACTS = {
    "Pipe": (PIPE, "the artifact contains a named pipe, lib/pipe, which cannot be deployed"),
    "Socket": (f"cd $(ARTIFACTS_DIR) && {SOCKET}", "the artifact contains a socket, s, which cannot be deployed"),
    "Piped": ("rmdir $(ARTIFACTS_DIR); mkfifo $(ARTIFACTS_DIR)", "the artifact is a named pipe: change the build"),
    "Dangling": (
        "rmdir $(ARTIFACTS_DIR); ln -s nowhere $(ARTIFACTS_DIR)",
        "the artifact is a link to nowhere, which does not exist: change the build so that it leaves a directory there",
    ),
    "Filed": ("rmdir $(ARTIFACTS_DIR); touch $(ARTIFACTS_DIR)", "the artifact is a file: change the build"),
}


@pytest.mark.parametrize("is_hosted", [True, False], ids=["sam", "a wrapper of sam"])
def test_what_nobody_can_deploy_is_reported_by_name(is_hosted: bool, tmp_path: Path) -> None:
    """sam fails as well where it caches; where it does not, as behind a wrapper, it leaves them in the build dir."""
    project = made(tmp_path / "app", {name: recipe for name, (recipe, _) in NO_ARTIFACTS.items()})
    path = clean_environment()["PATH"]
    wrapper = project.write("bin/sam", f'#!/bin/sh\nexec {shutil.which("sam", path=path)} "$@"\n')
    wrapper.chmod(0o755)
    for _ in range(2):
        run = project.samix("build", PATH=path if is_hosted else f"{wrapper.parent}:{path}").failed_with(1)
        for name, (_, told) in NO_ARTIFACTS.items():
            assert f"{name} failed: {told}" in run.errors
        assert not any(line.startswith("Error: [(") for line in run.errors.splitlines())


def test_an_artifact_that_is_a_link_is_what_it_leads_to(tmp_path: Path) -> None:
    project = made(tmp_path / "app", {"Linked": "rmdir $(ARTIFACTS_DIR); ln -s ../../linked $(ARTIFACTS_DIR)"})
    project.write("linked/bootstrap", "run")
    (project.path / "linked" / "inner").symlink_to("bootstrap")
    project.sam("build", "--cached").succeeded()
    (cached,) = (project.path / ".aws-sam" / "cache").iterdir()
    wanted = tree(cached)
    project.samix("build").succeeded()
    assert not (project.build_dir / "Linked").is_symlink()
    assert tree(project.build_dir / "Linked") == wanted


def test_undeployable_artifact_of_a_bare_sam_is_reported_by_name(tmp_path: Path) -> None:
    project = made(tmp_path / "app", {"Pipe": PIPE, "Good": "touch $(ARTIFACTS_DIR)/bootstrap"})
    project.sam("build").succeeded()
    (project.build_dir / "more").touch()  # so that there is something to put in place
    run = project.samix("build", "Good").failed_with(1)
    pipe = project.build_dir / "Pipe" / "lib" / "pipe"
    assert f"A named pipe cannot be copied: '{pipe}'" in run.errors
    project.write("Pipe/Makefile", makefile("Pipe", "touch $(ARTIFACTS_DIR)/bootstrap"))
    project.samix("build").succeeded()
    assert sorted(path.name for path in (project.build_dir / "Pipe").iterdir()) == ["bootstrap"]
