"""`samix plan`: what a build would do, without building or writing anything."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from samix.files.copies import tree_digest
from samix.state.lock import project_lock

if TYPE_CHECKING:
    from pathlib import Path

    from support.backend import Cli


TEMPLATE = """\
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Runtime: provided.al2023, Handler: a}
  Own:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: makefile}
    Properties: {CodeUri: own, Runtime: provided.al2023, Handler: a}
"""
HEAD = ["Resource", "Build", "type", "Because", "of", "What", "to", "do", "Why"]


@pytest.fixture(autouse=True)
def project(project: Path) -> Path:
    (project / "own").mkdir()
    (project / "own" / "file").write_text("x")
    (project / "template.yaml").write_text(TEMPLATE)
    return project


def _plan(samix: Cli, *arguments: str) -> list[list[str]]:
    answer = samix("plan", *arguments)
    assert answer.exit_code == 0, answer.output
    return [line.split() for line in answer.stdout.splitlines() if line.split()]


def test_a_plan_says_of_each_unit_what_would_be_done_and_why(samix: Cli) -> None:
    assert _plan(samix) == [
        HEAD,
        ["Fn", "host", "default", "build", "not", "built", "yet"],
        ["Own", "host", "default", "build", "not", "built", "yet"],
    ]
    assert samix("build").exit_code == 0
    assert _plan(samix)[1:] == [
        ["Fn", "host", "default", "reuse", "up", "to", "date"],
        ["Own", "host", "default", "reuse", "up", "to", "date"],
    ]


def test_what_an_encoding_does_not_have_is_shown_all_the_same(samix: Cli) -> None:
    assert samix("build").exit_code == 0
    samix.charset = "ascii"
    answer = samix("plan", "--build-type", "Fn=container")
    assert answer.exit_code == 0, answer.output
    assert "build type host \\u2192 container\n" in answer.stdout


def test_a_plan_of_some_takes_the_arguments_of_a_build(project: Path, samix: Cli) -> None:
    assert samix("build").exit_code == 0
    (project / ".aws-sam" / "build" / "Fn" / "file").write_text("altered")
    rows = _plan(samix, "Fn", "--build-type", "Own=container")
    reason = "its artifact in .aws-sam/build was altered since the build"
    assert rows[1:3] == [["Fn", "host", "default", "repair", *reason.split()], ["Fn", "(template.yaml:2)"]]


def test_what_is_named_is_explained(project: Path, samix: Cli) -> None:
    text = TEMPLATE.replace(
        "BuildMethod: makefile", "BuildMethod: makefile, BuildType: container, BuildDependsOn: [Fn]"
    )
    (project / "template.yaml").write_text(text)
    secret = ["--build-type", "*n=host", "--container-env-var", "TOKEN=s3cr3t-value"]
    answer = samix("plan", "Own", "F*", *secret)
    assert answer.stdout[answer.stdout.index("\nOwn (") :].splitlines()[:-2] == [
        "",
        "Own (template.yaml:5)",
        "  Build type:",
        "    host",
        "    because of --build-type *n=host",
        "  Overruled:",
        "    template.yaml:7 BuildType container",
        "    default host",
        "  What to do:",
        "    build",
        "    not built yet",
        "  Waits for:",
        "    Fn",
        "  Can use the artifacts of:",
        "    Fn in SAMIX_ARTIFACTS_Fn",
        "  Is made from:",
        "    build type: host",
        '    definition: Architecture "x86_64"',
        '    definition: LogicalId "Own"',
        '    definition: Metadata BuildMethod "makefile"',
        '    definition: Runtime "provided.al2023"',
        '    definition: Type "function"',
        *[line for line in answer.stdout.splitlines() if line.startswith("    source: ")],
    ]


def test_a_container_is_not_said_to_see_artifacts(project: Path, samix: Cli) -> None:
    text = TEMPLATE.replace("BuildMethod: makefile", "BuildMethod: makefile, BuildDependsOn: [Fn]")
    (project / "template.yaml").write_text(text)
    assert "SAMIX_ARTIFACTS_Fn" in samix("plan", "Own").stdout
    assert "SAMIX_ARTIFACTS_Fn" not in samix("plan", "Own", "--build-type", "Own=container").stdout


def test_no_value_for_a_container_is_shown(samix: Cli) -> None:
    secret = ["--use-container", "--container-env-var", "TOKEN=s3cr3t-value", "--format"]
    for form in ("table", "json", "mermaid", "dot"):
        answer = samix("plan", "Fn", *secret, form)
        assert answer.exit_code == 0
        assert "s3cr3t" not in answer.output
    assert {"kind": "environment", "name": "TOKEN", "value": ""} in json.loads(
        samix("plan", "Fn", *secret, "json").stdout
    )["resources"][0]["key"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--output", "json"],
        ["--format", "dot"],
        ["--save-params"],
        ["--summary", "plan.json", "--trace", "trace.json"],
        ["--no-cached"],
    ],
)
def test_a_plan_writes_nothing(arguments: list[str], project: Path, samix: Cli) -> None:
    before = tree_digest(project)
    assert samix("plan", *arguments).exit_code == 0
    assert tree_digest(project) == before
    assert not (project / ".aws-sam").exists()
    assert not (project / "samconfig.toml").exists()


def test_a_plan_says_which_options_it_ignores(samix: Cli) -> None:
    answer = samix("plan", "--trace", "trace.json", "--summary", "plan.json", "--save-params", "--fail-fast")
    ignored = [line.split(" has no effect")[0] for line in answer.stderr.splitlines() if "writes nothing" in line]
    assert [text.rpartition(" ")[2] for text in ignored] == ["--save-params", "--summary", "--trace"]


def test_a_plan_does_not_wait_for_a_build(project: Path, samix: Cli) -> None:
    with project_lock(project / ".aws-sam" / "samix" / "lock", print):
        before = tree_digest(project)
        assert _plan(samix)[1][3] == "build"
        assert tree_digest(project) == before


def test_a_plan_leaves_a_broken_state_as_it_is(project: Path, samix: Cli) -> None:
    assert samix("build").exit_code == 0
    (project / ".aws-sam" / "samix" / "state.json").write_text("{")
    before = tree_digest(project)
    answer = samix("plan")
    assert answer.exit_code == 0
    assert "state.json cannot be read" in answer.stderr
    assert tree_digest(project) == before


def test_a_plan_is_shown_as_a_graph(samix: Cli) -> None:
    assert samix("plan", "--format", "mermaid").stdout.splitlines()[0] == "flowchart LR"
    assert samix("plan", "--format", "dot", "--output", "json").stdout.splitlines()[0] == "digraph plan {"
    assert samix("plan", "--format", "table", "--output", "json").stdout.split()[0] == "Resource"


@pytest.mark.parametrize("option", ["--format", "--output"])
def test_a_plan_as_a_document_has_the_causes(option: str, samix: Cli) -> None:
    answer = samix("plan", option, "json", "Fn")
    document = json.loads(answer.stdout)
    assert (document["type"], document["status"]) == ("plan", "success")
    assert document["template_file"] == str(document["build_dir"]) + "/template.yaml"
    [resource] = document["resources"]
    assert resource == {
        "resource_id": "Fn",
        "type": "function",
        "package_type": "Zip",
        "runtime": "provided.al2023",
        "architecture": "x86_64",
        "build_type": "host",
        "build_type_reason": "default",
        "action": "build",
        "reason": "not built yet",
        "causes": [{"cause": "not built", "text": "not built yet"}],
        "build_type_overruled": [],
        "unit": "Fn",
        "waits_for": [],
        "dependencies": None,
        "key": [
            {"kind": "build type", "name": "", "value": "host"},
            {"kind": "definition", "name": "Architecture", "value": '"x86_64"'},
            {"kind": "definition", "name": "Runtime", "value": '"provided.al2023"'},
            {"kind": "definition", "name": "Type", "value": '"function"'},
            {"kind": "source", "name": "", "value": resource["key"][4]["value"]},
            {"kind": "sam", "name": "", "value": "1.170.0"},
        ],
    }
    assert re.fullmatch(r"[0-9a-f]{12}", resource["key"][4]["value"])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--build-type", "Nobody=host"],
        ["Nobody"],
        ["--template-file", "missing.yaml"],
        ["--no-such-option"],
        ["--build-dir", "src"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_planned_ends_as_its_build_would(arguments: list[str], samix: Cli) -> None:
    planned, built = samix("plan", *arguments), samix("build", *arguments)
    assert planned.exit_code == built.exit_code != 0
    told = planned.stderr.replace("samix plan", "samix build").replace("root plan", "root build")
    assert told == built.stderr.replace("The build dir is left as it was.\n", "")


def test_a_failed_plan_is_a_document_too(samix: Cli) -> None:
    answer = samix("plan", "--output", "json", "Nobody")
    assert json.loads(answer.stdout)["status"] == "failure"


def test_the_notes_of_a_build_are_those_of_its_plan(samix: Cli) -> None:
    assert "note: A bare sam build --cached builds Own again each time" in samix("plan").stderr
    assert samix("plan").stderr in samix("build").stderr


def test_what_a_hook_prepares_cannot_be_planned(samix: Cli) -> None:
    answer = samix("plan", "--hook-name", "terraform")
    assert answer.exit_code == 2
    assert "samix cannot plan a build that sam does as a whole" in answer.stderr


def test_an_application_without_functions_is_planned(project: Path, samix: Cli) -> None:
    (project / "template.yaml").write_text("Resources:\n  Topic: {Type: AWS::SNS::Topic}\n")
    assert samix("plan").stdout == "\nNothing to build.\n"
