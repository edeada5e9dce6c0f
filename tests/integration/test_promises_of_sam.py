"""What sam's own tests promise to those who call it, and what follows for samix in its place."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from samcli import __version__
from samcli.lib.build.workflow_config import get_workflow_config
from support.project import HOST_PYTHON, Project, clean_environment
from support.terminal import terminal

from samix.template.sam_rules import known_builders

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Runtime: {Type: String}
  Code: {Type: String}
  Handler: {Type: String, Default: app.handler}
  Architectures: {Type: CommaDelimitedList, Default: x86_64}
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: !Ref Code, Handler: !Ref Handler, Runtime: !Ref Runtime, Architectures: !Ref Architectures}
"""
ENTRIES = {
    ".toml": 'version = 0.1\n[default.build.parameters]\nbuild_dir = ".toml"\ncached = true\n'
    'parameter_overrides = "{}"\n',
    ".yaml": "version: 0.1\ndefault: {{build: {{parameters: {{build_dir: .yaml, cached: true,"
    ' parameter_overrides: "{}"}}}}}}\n',
    ".yml": "version: 0.1\ndefault: {{build: {{parameters: {{build_dir: .yml, cached: true,"
    ' parameter_overrides: "{}"}}}}}}\n',
}


def project_with(path: Path, **files: str) -> Project:
    return Project.from_files(path / "app", {"template.yaml": TEMPLATE, "src/app.py": "", **files})


@pytest.mark.parametrize("present", [(".toml", ".yaml", ".yml"), (".yaml", ".yml"), (".yml",)])
def test_first_of_several_samconfigs_counts_without_its_source(present: tuple[str, ...], tmp_path: Path) -> None:
    given = f"Runtime={HOST_PYTHON} Code=nowhere Handler=made.up"
    project = project_with(tmp_path, **{f"samconfig{name}": ENTRIES[name].format(given) for name in present})
    sam = project.sam("build", "--debug").succeeded()
    samix = project.samix("build", "--debug").succeeded()
    for run in (sam, samix):
        assert re.findall(r"Built Artifacts +: (\S+)", run.output) == [present[0]]
        assert not any(f" {name}" in run.output for name in present[1:])


def test_an_unknown_architecture_is_refused_in_sams_words(tmp_path: Path) -> None:
    project = project_with(tmp_path)
    overrides = f"Runtime={HOST_PYTHON} Code=src Architectures=fake"
    for program in (project.sam, project.samix):
        run = program("build", "--parameter-overrides", overrides).failed_with(1)
        assert "Build Failed" in run.text
        assert "Architecture fake is not supported" in run.errors


def test_no_cached_on_the_command_line_beats_samconfig(tmp_path: Path) -> None:
    project = project_with(tmp_path, **{"src/requirements.txt": "six==1.16.0\n", "src/two.py": ""})
    project.write("other.toml", "version = 0.1\n[default.build.parameters]\ncached = true\n")
    overrides = ("--parameter-overrides", f"Runtime={HOST_PYTHON} Code=src")
    configured = (*overrides, "--config-file", "other.toml")
    steps = ("Running PythonPipBuilder:ResolveDependencies", "Running PythonPipBuilder:CopySource")
    for program in (project.sam, project.samix):
        first = program("build", *overrides, "--cached").succeeded()
        again = program("build", *configured).succeeded()
        anew = program("build", *configured, "--no-cached").succeeded()
        for step in steps:
            assert step in first.errors
            assert step in anew.errors
        assert steps[0] not in again.errors


@pytest.mark.parametrize(
    ("written", "is_cached"), [("true", True), ("1", True), ("1.0", True), ("' Yes '", True), ("0", False)]
)
def test_cached_may_be_written_as_sam_takes_it(written: str, is_cached: bool, tmp_path: Path) -> None:
    project = project_with(tmp_path)
    overrides = ("--parameter-overrides", f"Runtime={HOST_PYTHON} Code=src")
    project.write("samconfig.toml", f"version = 0.1\n[default.build.parameters]\ncached = {written}\n")
    assert ("Starting Build use cache" in project.sam("build", *overrides).succeeded().errors) == is_cached
    project.samix("build", *overrides).succeeded()
    again = project.samix("build", *overrides).succeeded()
    assert again.results()["Fn"][1] == ("reused" if is_cached else "built")


@pytest.mark.parametrize(("answer", "told"), [("n", "needs to write to its source"), ("y", "image")])
def test_terminal_asks_whether_dotnet_may_write_in_its_source(answer: str, told: str, tmp_path: Path) -> None:
    project = _asked_about_net(tmp_path)
    with terminal(tmp_path, project.path, 150, 30) as window:
        window.type("samix build --skip-pull-image --parameter-overrides Runtime=dotnet8 Code=src; echo code=$?")
        window.wait_for(lambda lines: any("[y/N]" in line for line in lines))
        window.press(answer)
        window.press("Enter")
        screen = "\n".join(window.wait_for_prompt())
    end = screen.rpartition("[y/N]")[2]
    assert told in end
    assert "code=0" not in end
    assert ("needs to write" in end) == (answer == "n")
    assert ("code=1" in end) == (answer == "n")


def _asked_about_net(tmp_path: Path) -> Project:
    project = project_with(tmp_path)
    project.write("samconfig.toml", "version = 0.1\n[default.build.parameters]\nuse_container = true\n")
    return project


@pytest.mark.parametrize("program", ["sam", "samix"])
def test_an_input_that_ends_is_no_answer(program: str, tmp_path: Path) -> None:
    project = _asked_about_net(tmp_path)
    command = f"{program} build --skip-pull-image --parameter-overrides Runtime=dotnet8 Code=src; echo code=$?"
    with terminal(tmp_path, project.path, 150, 30) as window:
        window.type(command)
        window.wait_for(lambda lines: any("[y/N]" in line for line in lines))
        window.press("C-d")
        end = "\n".join(window.wait_for_prompt()).rpartition("[y/N]")[2]
    assert "Aborted!" in end
    assert "Traceback" not in end
    assert "code=1\n" in end
    assert ("Allow it with --mount-with WRITE" in end) == (program == "samix")


def test_the_question_can_be_interrupted_as_all_else(tmp_path: Path) -> None:
    project = _asked_about_net(tmp_path)
    arguments = "--skip-pull-image --parameter-overrides Runtime=dotnet8 Code=src --summary summary.json"
    with terminal(tmp_path, project.path, 150, 30) as window:
        window.type(f"samix build {arguments}; echo code=$?")
        window.wait_for(lambda lines: any("[y/N]" in line for line in lines))
        window.press("C-c")
        end = "\n".join(window.wait_for_prompt()).rpartition("[y/N]")[2]
    assert "Interrupted: the build dir is left as it was." in end
    assert "code=130\n" in end
    assert json.loads((project.path / "summary.json").read_text())["status"] == "interrupted"


def test_nothing_is_asked_where_standard_input_is_closed(tmp_path: Path) -> None:
    project = _asked_about_net(tmp_path)
    samix = [sys.executable, "-m", "samix", "build", "--parameter-overrides", "Runtime=dotnet8", "Code=src"]
    run = subprocess.run(
        ["sh", "-c", f"exec {shlex.join(samix)} <&-"],
        cwd=project.path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 1, run.stderr
    assert "Allow it with --mount-with WRITE" in run.stderr


def test_sam_has_the_builders_that_it_is_known_for(tmp_path: Path) -> None:
    (tmp_path / "pom.xml").touch()  # by its manifest a builder of Java is chosen
    known = known_builders(__version__)
    assert {"python3.13", "makefile", "esbuild"} <= known
    for method in known:
        assert get_workflow_config(None, str(tmp_path), str(tmp_path), specified_workflow=method).language
