"""What pipelines look for in what `sam build` says stands in what samix says, on the same stream."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from samcli.commands.deploy.command import cli as deploy
from samcli.commands.local.invoke.cli import cli as invoke
from samcli.commands.sync.command import cli as sync
from samcli.commands.validate.validate import cli as validate
from support.project import HOST_PYTHON, REPOSITORY, Project

if TYPE_CHECKING:
    from pathlib import Path

    from click import Command
    from support.project import Run

TRANSFORM = "Transform: AWS::Serverless-2016-10-31\n"
TEMPLATE = f"""\
{TRANSFORM}Globals: {{Function: {{Handler: app.handler, Runtime: {HOST_PYTHON}}}}}
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: shared}}
  Other:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: other}}
  Web:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: web, Runtime: provided.al2023, Handler: bootstrap}}
    Metadata: {{BuildMethod: makefile}}
  Child:
    Type: AWS::Serverless::Application
    Properties: {{Location: child/template.yaml}}
"""
CHILD = f"""\
{TRANSFORM}Globals: {{Function: {{Handler: app.handler, Runtime: {HOST_PYTHON}}}}}
Resources:
  Two:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: ../shared}}
  Own:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: own}}
  Library:
    Type: AWS::Serverless::LayerVersion
    Properties: {{ContentUri: library}}
    Metadata: {{BuildMethod: {HOST_PYTHON}}}
  Tools:
    Type: AWS::Serverless::LayerVersion
    Properties: {{ContentUri: tools}}
    Metadata: {{BuildMethod: makefile}}
"""
IN_CONTAINER = "python3.11"  # what the build images hold
HANDLER = "def handler(event, context):\n    return 1\n"
FILES = {
    "template.yaml": TEMPLATE,
    "child/template.yaml": CHILD,
    **{f"{place}/app.py": HANDLER for place in ("shared", "other", "child/own", "child/library")},
    **{f"{place}/requirements.txt": "" for place in ("shared", "other", "child/own", "child/library")},
    "web/Makefile": "build-Web:\n\techo 1 > $(ARTIFACTS_DIR)/bootstrap\n",
    "child/tools/Makefile": "build-Tools:\n\techo 1 > $(ARTIFACTS_DIR)/tool\n",
}
SAMS = ("Building ", "Manifest ", "Cache is invalid", "Valid cache found", "Starting Build")
NAMES = re.compile(r"functions: (.+)$|'(.+)'$|for \((.+?)\)|(?:functions|layers) \((.+)\)$")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.from_files(tmp_path / "app", FILES)


def _words(run: Run) -> set[tuple[str, str]]:
    """Of sam's lines on standard error, the first word and the names in it: the order is that in which units end."""
    lines = (line.strip() for line in run.errors.splitlines())
    return {
        (line.split()[0], "".join(filter(None, found.groups())))
        for line in lines
        if line.startswith(SAMS) and (found := NAMES.search(line))
    }


def test_a_build_names_all_that_it_builds_where_sam_does(project: Project) -> None:
    sams = project.sam("build", "--cached", "--parallel").succeeded()
    words = _words(sams)
    assert {("Building", "One, Child/Two"), ("Building", "Child/Library"), ("Manifest", "Child/Own")} <= words
    shutil.rmtree(project.path / ".aws-sam")
    ours = project.samix("build", "--cached", "--parallel").succeeded()
    assert words == _words(ours)
    assert ours.output == sams.output
    assert "Starting Build use cache" in sams.errors
    assert "Starting Build use cache" in ours.errors


@pytest.mark.parametrize("order", ["grouped", "stream"])
def test_logs_have_full_names_however_they_are_shown(order: str, project: Project) -> None:
    run = project.samix("build", "--log-order", order, "--debug").succeeded()
    for words in ("functions: One, Child/Two\n", "functions: Child/Own\n", "Building layer 'Child/Library'\n"):
        assert words in run.errors
    log = project.path / ".aws-sam" / "samix" / "logs" / "One.log"
    assert "functions: One, Child/Two\n" in log.read_text()


def test_what_is_reused_is_reported_in_sams_words(project: Project) -> None:
    """Of sam's own lines those are looked for that are true: samix takes what it built, and runs no builder."""
    project.samix("build").succeeded()
    first, *more = (project.samix("build", *options).succeeded() for options in ([], [], ["--verbose"]))
    told = [
        "Valid cache found, copying previously built resources for following layers (Child/Tools)",
        *(f"Manifest is not changed for ({names}), " for names in ("Child/Library", "One, Child/Two", "Child/Own")),
    ]
    for run in (first, *more):
        assert [words for words in told if words not in run.errors] == []
        assert re.search("Manifest is not changed for .* running incremental build", run.errors)
        assert "Manifest file is changed" not in run.errors
        assert "Cache is invalid" not in run.errors
    assert more[0].errors == first.errors  # the second time it comes from the snapshot
    quiet = project.samix("build", "--quiet").succeeded()
    assert quiet.errors == ""
    document = project.samix("build", "--output", "json").succeeded()
    assert [words for words in told if words not in document.errors] == []
    project.write("child/tools/more", "")
    again = project.samix("build").succeeded()
    sams = "Cache is invalid, running build and copying resources for following layers (Child/Tools)"
    assert sams in again.errors
    assert told[0] not in again.errors


@pytest.mark.container
@pytest.mark.usefixtures("container_engine")
def test_a_build_in_a_container_is_reported_in_sams_words(tmp_path: Path) -> None:
    """Also with container environment values, of which samix writes nothing to `build.toml`."""
    properties = f"{{CodeUri: own, Handler: app.handler, Runtime: {IN_CONTAINER}}}"
    child = f"{TRANSFORM}Resources:\n  Own: {{Type: AWS::Serverless::Function, Properties: {properties}}}\n"
    files = {
        "template.yaml": f"{TRANSFORM}Resources:\n{TEMPLATE[TEMPLATE.index('  Child:') :]}",
        "child/template.yaml": child,
        "child/own/app.py": HANDLER,
    }
    ours, sams = (Project.from_files(tmp_path / name, files) for name in ("ours", "sams"))
    arguments = ("build", "--use-container", "--skip-pull-image", "--container-env-var", "A=1")
    for expected in ("Cache is invalid, running build and copying", "Valid cache found, copying previously built"):
        words = f"{expected} resources for following functions (Child/Own)"
        assert words in sams.sam(*arguments, "--cached").succeeded().errors
        assert words in ours.samix(*arguments).succeeded().errors


@pytest.mark.parametrize(
    ("files", "arguments"),
    [
        ({}, ["NotThere"]),
        ({}, ["Child/NotThere"]),
        ({"web/Makefile": "build-Web:\n\tfalse\n"}, []),
        ({"other/requirements.txt": "./nowhere\n"}, []),
        ({"template.yaml": TEMPLATE.replace(f"Runtime: {HOST_PYTHON}", "Runtime: java21", 1)}, ["One"]),
    ],
    ids=["unknown name", "unknown name in a stack", "failed makefile", "failed requirement", "failed Java"],
)
def test_a_build_that_fails_says_so_where_sam_says_so(
    files: dict[str, str], arguments: list[str], project: Project
) -> None:
    for name, text in files.items():
        project.write(name, text)
    sams = project.sam("build", *arguments).failed_with(1)
    ours = project.samix("build", *arguments)
    assert ours.code != 0
    assert sams.output == ours.output == "\nBuild Failed\n"
    for line in sams.errors.splitlines():
        if line.startswith("Error: Unable to find") or " not found. Possible options in your template: " in line:
            assert line in ours.errors.splitlines()
    assert sams.errors.count("not found. Possible options") == (not files)


def test_a_template_that_cannot_be_read_is_no_failed_build(project: Project) -> None:
    project.write("template.yaml", "Resources: [")
    sams, ours = project.sam("build").failed_with(1), project.samix("build").failed_with(1)
    assert sams.output == ours.output == ""


def test_next_commands_can_read_language_extensions(tmp_path: Path) -> None:
    project = Project.copy_of(REPOSITORY / "tests" / "projects" / "foreach-static", tmp_path / "app")
    template = project.path / "template.yaml"
    template.write_text(template.read_text().replace("python3.11", HOST_PYTHON))
    ours = project.samix("build", "--language-extensions").succeeded()
    assert project.samix("build", "--language-extensions").succeeded().output == ours.output  # from the snapshot
    sams = project.sam("build", "--language-extensions").succeeded()
    commands = {line for line in sams.output.splitlines() if line.startswith("[*]")}
    assert {f"{line} --language-extensions" for line in commands} < set(ours.output.splitlines())
    for command in (validate, invoke, sync, deploy):
        assert "--language-extensions" in _options(command)
    region = {"AWS_DEFAULT_REGION": "eu-west-1"}
    project.sam("validate", **region).failed_with(1)
    project.sam("validate", "--language-extensions", **region).succeeded()


def _options(command: Command) -> set[str]:
    return {name for option in command.params for name in option.opts}


def test_sync_does_not_come_next_where_it_would_build_otherwise(project: Project) -> None:
    words = "sam sync --stack-name"
    assert words in project.samix("build").succeeded().output
    project.write("web/Makefile", "build-Web:\n\tcp ../Other/app.py $(ARTIFACTS_DIR)/bootstrap\n")
    project.write(
        "template.yaml", TEMPLATE.replace("BuildMethod: makefile", "BuildMethod: makefile, BuildDependsOn: Other")
    )
    run = project.samix("build", "One").succeeded()
    assert words not in run.output
    assert "sam deploy --guided" in run.output
