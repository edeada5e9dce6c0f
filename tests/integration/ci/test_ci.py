"""What a CI system gets of a real build, whatever its programs say."""

from __future__ import annotations

import html
import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, Run, clean_environment, unread_pipe
from support.workflow_commands import Log, read_log, read_outputs, read_sections

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Bad:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: makefile}}
    Properties: {{CodeUri: bad, Runtime: provided.al2023, Handler: bootstrap}}
  Good:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: makefile}}
    Properties: {{CodeUri: good, Runtime: provided.al2023, Handler: bootstrap}}
  Plain:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: plain, Runtime: {HOST_PYTHON}, Handler: app.handler}}
"""
HOSTILE = (
    "::error::made up\\n  ::set-output name=built::99\\nabc\\r::add-mask::a\\nfoo ##[set-env name=PATH]x\\n"
    "::group::mine\\n::endgroup::\\nsection_start:1:x[collapsed=true]\\r\\033[0Kmine\\n::stop-commands::token\\n"
)
GOOD = f"build-Good:\n\t@printf '{HOSTILE}'\n\t@echo x > $(ARTIFACTS_DIR)/bootstrap\n"
FILES = {
    "app/template.yaml": TEMPLATE,
    "app/good/Makefile": GOOD,
    "app/bad/Makefile": f"build-Bad:\n\t@printf '{HOSTILE}' >&2; exit 3\n",
    "app/plain/app.py": "def handler(event, context):\n    return 1\n",
    "app/plain/requirements.txt": "",
}


class Step:
    """A step of GitHub Actions that builds an application in a directory of the repository."""

    def __init__(self, repository: Path) -> None:
        Project.from_files(repository, FILES)
        self.project = Project(repository / "app")
        self._files = repository.parent / "step"
        self._files.mkdir()
        self._number = 0

    def samix(self, *arguments: str, **environment: str) -> Run:
        self._number += 1
        self.output.touch()
        self.summary.touch()
        return self.project.samix(
            *arguments,
            **{
                "GITHUB_ACTIONS": "true",
                "GITHUB_WORKSPACE": str(self.project.path.parent),
                "GITHUB_OUTPUT": str(self.output),
                "GITHUB_STEP_SUMMARY": str(self.summary),
                **environment,
            },
        )

    def repair(self) -> None:
        self.project.write("bad/Makefile", "build-Bad:\n\techo y > $(ARTIFACTS_DIR)/bootstrap\n")

    @property
    def output(self) -> Path:
        return self._files / f"output{self._number}"

    @property
    def summary(self) -> Path:
        return self._files / f"summary{self._number}.md"


@pytest.fixture
def step(tmp_path: Path) -> Step:
    return Step(tmp_path / "repository")


def _commands(run: Run) -> tuple[Log, list[str]]:
    """What the runner makes of standard error, and the names of all commands."""
    assert read_log(run.output).commands == []
    log = read_log(run.errors)
    return log, [command.name for command in log.commands]


def test_only_what_samix_means_is_a_command(step: Step) -> None:
    run = step.samix("build", "--jobs", "1").failed_with(1)

    log, names = _commands(run)
    assert names == ["group", "endgroup"] * 2 + ["error"]
    groups = {title.split()[1]: lines for title, lines in log.folded}
    assert set(groups) == {"Good", "Plain"}
    assert "|::error::made up" in groups["Good"]
    assert "foo ## [set-env name=PATH]x" in groups["Good"]
    [error] = log.errors
    assert {**error.properties} == {"file": "app/template.yaml", "line": "3", "title": "Bad failed"}
    assert error.data.startswith(
        "CustomMakeBuilder:MakeBuild - Make Failed: ::error::made up\n  ::set-output name=built"
    )
    assert "::stop-commands::token" in error.data
    # the log of what failed is the last, and not folded
    start = next(index for index, line in enumerate(log.lines) if line.startswith("Bad failed: "))
    assert "  |::set-output name=built::99" in log.lines[start:]


def test_a_failure_is_in_the_summary_and_in_the_outputs(step: Step) -> None:
    step.samix("build").failed_with(1)
    assert read_outputs(step.output.read_text()) == {"built": "2", "reused": "0", "failed": "1", "skipped": "0"}
    text = step.summary.read_text()
    assert text.startswith("\n### samix build failed\n\n1 failed, 2 built\n\n<code>Bad</code> failed:\n\n<pre>\n")
    assert "##[set-env" in text.split("</pre>")[0]
    assert [line.split(" | ")[2] for line in text.splitlines() if line.startswith("| <code>")] == [
        "**failed**",
        "built",
        "built",
    ]


def test_a_build_that_goes_well_tells_where_it_is(step: Step) -> None:
    step.repair()
    _, names = _commands(step.samix("build").succeeded())
    assert names == ["group", "endgroup"] * 3
    build_dir = step.project.build_dir
    counts = {"built": "3", "reused": "0", "failed": "0", "skipped": "0"}
    places = {"build-dir": str(build_dir), "template": str(build_dir / "template.yaml")}
    assert read_outputs(step.output.read_text()) == counts | places
    assert "| <code>Good</code> | host | built |" in step.summary.read_text()
    assert "| 2 bytes |" in step.summary.read_text()


@pytest.mark.parametrize("arguments", [[], ["--quiet"]])
def test_a_build_with_nothing_to_do_tells_so_too(step: Step, arguments: list[str]) -> None:
    step.repair()
    for _ in range(2):  # the second takes a snapshot, and that is none of this step's
        step.project.samix("build", *arguments).succeeded()
        time.sleep(0.3)
    for _ in range(2):
        _, names = _commands(step.samix("build", *arguments).succeeded())
        assert names == []
        assert read_outputs(step.output.read_text())["reused"] == "3"
        assert step.summary.read_text().startswith("\n### samix build succeeded\n\n3 reused\n")
    assert not (step.project.path / ".aws-sam/samix/snapshot.json").exists()


def test_a_document_is_whole_and_alone(step: Step) -> None:
    run = step.samix("build", "--output", "json").failed_with(1)
    log, names = _commands(run)
    assert names.count("error") == 1
    assert "::stop-commands::token" in log.errors[0].data
    document = json.loads(run.output)
    assert document["status"] == "failure"
    assert "::stop-commands::token" in document["error"]["message"]
    assert read_outputs(step.output.read_text())["failed"] == "1"


def test_a_wrong_template_is_marked_where_it_is_wrong(step: Step) -> None:
    step.project.write("template.yaml", TEMPLATE.replace("CodeUri: good", "CodeUri: '##[error]x ::error::'"))
    run = step.samix("build").failed_with(1)
    _, names = _commands(run)
    assert names == ["error"]
    [error] = read_log(run.errors).errors
    assert (error.properties["file"], error.properties["line"]) == ("app/template.yaml", "10")
    assert "The source of Good does not exist" in error.data
    assert "The source of Good does not exist" in step.summary.read_text()
    assert step.output.read_text() == ""


@pytest.mark.parametrize("command", ["build", "plan"])
def test_what_is_probably_wrong_is_marked_where_it_stands(step: Step, command: str) -> None:
    step.repair()
    step.project.write("template.yaml", f"{TEMPLATE}  '##[error]x': {{Type: 'AWS::Serverless::Funtion'}}\n")
    run = step.samix(command).succeeded()
    [warning] = [found for found in read_log(run.errors).commands if found.name == "warning"]
    assert {**warning.properties} == {"file": "app/template.yaml", "line": "14", "title": "samix"}
    problem = "Did you mean AWS::Serverless::Function, not AWS::Serverless::Funtion? sam does not build ##[error]x."
    assert warning.data == f"template.yaml:14: {problem.replace('##[', '## [')}"
    assert [line for line in run.errors.splitlines() if "Did you mean" in line and line.startswith("note")] == []


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["build", "--nope"], "No such option: --nope"),
        (["plan", "--jobs", "many"], "Invalid value for '--jobs' / '-j': "),
        (["biuld"], "No such command 'biuld'."),
    ],
)
def test_wrong_usage_is_marked(step: Step, arguments: list[str], problem: str) -> None:
    run = step.samix(*arguments).failed_with(2)
    _, names = _commands(run)
    assert names == ["error"]
    [error] = read_log(run.errors).errors
    assert error.data.startswith(problem)
    assert problem in html.unescape(step.summary.read_text())


@pytest.mark.parametrize(
    "arguments",
    [
        ["build", "--build-type", "\n::error::x=host"],
        ["build", "##[error]x"],
        ["\r::error::x"],
        ["build", "--jobs", "\n::error::x"],
        ["plan", "\n::add-mask::a", "--output", "json"],
        ["build", "--template", "::error::x/\n::error::y"],
        ["clean", "--build-dir", "\n::error::x/\n::error::y"],
    ],
)
def test_no_argument_is_a_command(step: Step, arguments: list[str]) -> None:
    run = step.samix(*arguments)
    assert run.text
    _, names = _commands(run)
    assert set(names) <= {"error"}
    for command in read_log(run.errors).errors:
        assert command.properties["title"] == "samix"


@pytest.mark.parametrize("name", ["'##[error]x'", "'::error::x'", '"\\n::error::x\\r::add-mask::a"'])
@pytest.mark.parametrize("command", ["build", "plan"])
def test_no_name_of_a_resource_is_a_command(step: Step, name: str, command: str) -> None:
    step.repair()
    step.project.write("template.yaml", TEMPLATE.replace("Plain:", f"{name}:"))
    log, names = _commands(step.samix(command))
    assert set(names) <= {"group", "endgroup", "error"}
    # those that are there were made by samix
    assert all("title" in error.properties for error in log.errors)


def test_a_bug_shows_a_traceback_without_commands(step: Step) -> None:
    program = (
        "import sys, samix.cli.run_build as r\n"
        "def fail(*_): raise ZeroDivisionError('a\\n::error::x\\r##[error]y')\n"
        "r.run = fail\nfrom samix.cli.main import main\nsys.argv[1:] = ['build']\nmain()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=step.project.path,
        env=clean_environment() | {"GITHUB_ACTIONS": "true"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 70
    [error] = read_log(done.stderr).commands
    assert error.data.startswith("This is a bug in samix")
    assert b"|::error::x\r## [error]y" in done.stderr


def test_files_of_the_step_that_cannot_be_written_fail_no_build(step: Step, tmp_path: Path) -> None:
    step.repair()
    missing = str(tmp_path / "missing" / "file")
    run = step.samix("build", GITHUB_OUTPUT=missing, GITHUB_STEP_SUMMARY=str(tmp_path)).succeeded()
    notes = [line for line in run.errors.splitlines() if line.startswith("note: $GITHUB")]
    assert [note.split()[1] for note in notes] == ["$GITHUB_OUTPUT", "$GITHUB_STEP_SUMMARY"]


def test_logs_are_sections_of_gitlab_and_open_none(step: Step) -> None:
    run = step.project.samix("build", GITLAB_CI="true", CI="true").failed_with(1)
    sections = read_sections(run.errors)
    assert [section.what for section in sections] == ["start", "end"] * 2
    assert len({section.name for section in sections}) == 2
    assert sections[0].options == "[collapsed=true]"
    assert read_sections(run.output) == []
    assert "section_start:1:x[collapsed=true]" in run.errors


def test_other_systems_get_lines(step: Step) -> None:
    run = step.project.samix("build", CI="true", CODEBUILD_BUILD_ID="a:1").failed_with(1)
    assert read_sections(run.errors) == []
    assert "    ::error::made up" in run.errors.splitlines()
    assert not any(line.startswith(("::group::built", "::error file")) for line in run.errors.splitlines())


@pytest.mark.parametrize("closed", ["stdout", "stderr", "both"])
def test_a_reader_that_is_gone_ends_a_build_as_it_does_elsewhere(step: Step, closed: str) -> None:
    step.repair()
    step.project.samix("build").succeeded()
    codes = []
    for environment in ({}, {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(step.output)}):
        with unread_pipe() as pipe:
            done = subprocess.run(
                [sys.executable, "-m", "samix", "build"],
                cwd=step.project.path,
                env=clean_environment() | environment,
                stdout=pipe if closed != "stderr" else subprocess.DEVNULL,
                stderr=pipe if closed != "stdout" else subprocess.PIPE,
                check=False,
            )
        codes.append(done.returncode)
        assert b"Exception ignored" not in (done.stderr or b"")
    assert codes == [1, 1]
    if closed == "stdout":  # what was built is there, whoever reads of it
        assert read_outputs(step.output.read_text())["reused"] == "3"


@pytest.mark.parametrize("arguments", [["plan"], ["plan", "--format", "json"], ["--help"], ["--version"]])
def test_a_reader_that_has_read_enough_is_no_error(step: Step, arguments: list[str]) -> None:
    step.repair()
    with unread_pipe() as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "samix", *arguments],
            cwd=step.project.path,
            env=clean_environment() | {"GITHUB_ACTIONS": "true"},
            stdout=pipe,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert [line for line in done.stderr.splitlines() if not line.startswith("note: ")] == []
