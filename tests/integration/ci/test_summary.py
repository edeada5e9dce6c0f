"""The summary and the trace of a build, as other programs read them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.makefiles import COPY, made, makefile
from support.project import Project, clean_environment, tree

import samix.report
from samix.units.outcome import Result

SCHEMA = Path(samix.report.__file__).parent / "schemas" / "summary.schema.json"


def _summary(project: Project, name: str = "summary.json") -> dict[str, Any]:
    summary: dict[str, Any] = json.loads((project.path / name).read_text())
    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(summary)
    return summary


@pytest.fixture
def mixed(tmp_path: Path) -> Project:
    """One that is good, one that fails, one that waits for that."""
    recipes = {"Good": COPY, "Bad": "@echo out of luck >&2; exit 7", "After": COPY}
    return made(tmp_path / "app", recipes, After="BuildDependsOn: Bad")


def test_summary_of_a_failed_build_has_the_result_of_each_unit(mixed: Project) -> None:
    mixed.samix("build", "--summary", "summary.json").failed_with(1)
    summary = _summary(mixed)
    units = {unit["name"]: unit for unit in summary["units"]}
    assert summary["status"] == "failure"
    assert {name: unit["outcome"] for name, unit in units.items()} == {
        "Good": "built",
        "Bad": "failed",
        "After": "skipped",
    }
    assert summary["counts"] == {"built": 1, "reused": 0, "repaired": 0, "failed": 1, "skipped": 1}
    assert "CustomMakeBuilder:MakeBuild" in units["Bad"]["error"]["message"]
    assert units["Bad"]["line"] == 7
    assert units["After"]["waits_for"] == ["Bad"]
    assert [step["name"] for step in units["Good"]["steps"]] == ["copying sources", "running make"]


def test_summary_of_a_build_that_reuses_all_counts_hits(mixed: Project) -> None:
    mixed.write("Bad/Makefile", makefile("Bad", COPY))
    mixed.samix("build").succeeded()
    mixed.samix("build", "--summary", "summary.json").succeeded()
    summary = _summary(mixed)
    assert (summary["status"], summary["cache"]["hits"], summary["cache"]["misses"]) == ("success", 3, 0)
    units = summary["units"]
    assert [unit["start"] for unit in units] == [None] * 3
    sizes = [unit["resources"][0]["artifact_bytes"] for unit in units]
    artifacts = [mixed.path / ".aws-sam" / "build" / name / "Makefile" for name in ("Good", "Bad", "After")]
    assert sizes == [artifact.stat().st_size for artifact in artifacts]


def test_summary_of_a_build_that_could_not_begin_has_its_error(mixed: Project) -> None:
    mixed.write("template.yaml", "Resources:\n  Fn:\n    Type: [\n")
    mixed.samix("build", "--summary", "summary.json").failed_with(1)
    summary = _summary(mixed)
    assert summary["status"] == "error"
    assert summary["error"]["type"] == "TemplateError"
    assert summary["error"]["file"] == str(mixed.path / "template.yaml")


@pytest.mark.parametrize("summary", ["summary.json", "/dev/full"])
def test_summary_of_an_interrupted_build_has_its_running_units(tmp_path: Path, summary: str) -> None:
    begun = tmp_path / "begun"
    recipes = {"Quick": COPY, "Slow": f"@touch {begun}; sleep 300", "Last": COPY}
    project = made(tmp_path / "app", recipes, Slow="BuildDependsOn: Quick", Last="BuildDependsOn: Slow")
    command = [sys.executable, "-m", "samix", "build", "--summary", summary, "--trace", "trace.json"]
    build = subprocess.Popen(command, cwd=project.path, env=clean_environment(), stderr=subprocess.PIPE)
    while not begun.exists():
        assert build.poll() is None
        time.sleep(0.1)
    build.send_signal(signal.SIGINT)
    errors = build.communicate(timeout=60)[1].decode()
    assert build.returncode == 130
    assert "Interrupted: the build dir is left as it was." in errors
    if summary == "/dev/full":
        assert "note: --summary: /dev/full cannot be written" in errors
    else:
        written = _summary(project)
        assert written["status"] == "interrupted"
        assert [(unit["name"], unit["outcome"]) for unit in written["units"]] == [("Quick", "built")]
        assert (written["counts"]["built"], written["cache"]["misses"]) == (1, 1)
        assert written["running"] == ["Slow"]
    names = [event["name"] for event in json.loads((project.path / "trace.json").read_text())["traceEvents"]]
    assert "end what runs" in names


# what goes on after the build dir was exchanged, in a build that is ended by a signal just then
_ENDED_THERE = """\
import os, signal, sys
from samix.build import {module}
from samix.cli.main import main

whole = {module}.{function}

def ended(*arguments, **options):
    os.kill(os.getpid(), signal.{signal})
    return whole(*arguments, **options)

{module}.{function} = ended
sys.argv[0] = "samix"
main()
"""


@pytest.mark.parametrize(
    ("module", "function", "number"),
    [
        ("publish", "prune", signal.SIGINT),
        ("publish", "_remember", signal.SIGTERM),
        ("run", "_report_unbuilt", signal.SIGINT),
    ],
    ids=["while sam's state is reconciled", "while records are written", "while the user is told"],
)
def test_build_ended_after_its_commit_point_says_it_is_complete(
    tmp_path: Path, module: str, function: str, number: signal.Signals
) -> None:
    project = made(tmp_path / "app", {"Good": COPY})
    program = _ENDED_THERE.format(module=module, function=function, signal=number.name)
    build = subprocess.run(
        [sys.executable, "-c", program, "build", "--summary", "summary.json"],
        cwd=project.path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert build.returncode == 128 + number
    assert ("Interrupted: the build is complete." in build.stderr) == (number == signal.SIGINT)
    assert "left as it was" not in build.stderr
    summary = _summary(project)
    assert (summary["status"], [unit["outcome"] for unit in summary["units"]]) == ("success", ["built"])
    assert "reuse" in project.samix("plan").succeeded().output


def test_closed_stderr_is_no_signal_in_the_summary(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    project = made(tmp_path / "app", {"A": f"@while ! test -e {gone}; do sleep 0.1; done; {COPY}", "B": COPY})
    command = [sys.executable, "-m", "samix", "build", "--jobs", "1", "--summary", "summary.json"]
    reader, writer = os.pipe()
    build = subprocess.Popen(command, cwd=project.path, env=clean_environment(), stderr=writer)
    os.close(writer)
    with os.fdopen(reader) as errors:
        while "building A" not in errors.readline():
            pass
    gone.touch()
    assert build.wait(timeout=60) == 1
    summary = _summary(project)
    assert (summary["status"], summary["error"]["type"]) == ("error", "BrokenPipeError")
    assert [(unit["name"], unit["outcome"]) for unit in summary["units"]] == [("A", "built")]
    assert summary["running"] == []


def test_no_value_that_is_secret_gets_into_a_summary(mixed: Project) -> None:
    secret = "s3cr3t-value"
    arguments = ["--container-env-var", f"TOKEN={secret}", "--parameter-overrides", f"Key={secret}"]
    mixed.samix("build", *arguments, "--summary", "summary.json", "--trace", "trace.json").failed_with(1)
    for name in ("summary.json", "trace.json"):
        assert secret not in (mixed.path / name).read_text()


def test_trace_has_a_lane_for_each_unit_with_its_steps_inside(mixed: Project) -> None:
    mixed.samix("build", "--trace", "trace.json", "--jobs", "2").failed_with(1)
    events = json.loads((mixed.path / "trace.json").read_text())["traceEvents"]
    spans = [event for event in events if event["ph"] == "X"]
    units = {event["name"]: event for event in spans if event["cat"] == "unit"}
    assert set(units) == {"Good", "Bad"}
    assert units["Bad"]["args"]["outcome"] == Result.FAILED.value
    for step in (event for event in spans if event["cat"] == "step"):
        around = [
            unit
            for unit in units.values()
            if unit["tid"] == step["tid"]
            and unit["ts"] <= step["ts"]
            and step["ts"] + step["dur"] <= unit["ts"] + unit["dur"]
        ]
        assert len(around) == 1, step
    for one in units.values():
        for other in units.values():
            apart = one["ts"] + one["dur"] <= other["ts"] or other["ts"] + other["dur"] <= one["ts"]
            assert one is other or apart or one["tid"] != other["tid"]


@pytest.mark.parametrize("option", ["--summary", "--trace"])
@pytest.mark.parametrize(
    ("place", "problem"),
    [
        ("template.yaml", "is already used for something else"),
        (".aws-sam/build/summary.json", "is already used for something else"),
        (".aws-sam/build.toml", "is already used for something else"),
        ("samconfig.toml", "is already used for something else"),
        ("values.json", "is already used for something else"),
        ("same.yaml", "is already used for something else"),
        ("Good/summary.json", "is the source of Good or lies in it"),
        ("nowhere/summary.json", "does not exist"),
        ("Good", "is a directory"),
    ],
)
def test_a_summary_does_not_get_into_anything_else(mixed: Project, option: str, place: str, problem: str) -> None:
    mixed.build_dir.mkdir(parents=True)
    mixed.write("samconfig.toml", "version = 0.1\n")
    mixed.write("values.json", "{}")
    (mixed.path / "same.yaml").hardlink_to(mixed.path / "template.yaml")
    before = tree(mixed.path)
    run = mixed.samix("build", option, place, "--container-env-var-file", "values.json").failed_with(1)
    assert problem in run.errors
    assert {name: entry for name, entry in tree(mixed.path).items() if not name.startswith(".aws-sam/samix")} == before


def test_summary_that_cannot_be_written_is_an_error(mixed: Project) -> None:
    mixed.write("Bad/Makefile", makefile("Bad", COPY))
    run = mixed.samix("build", "--summary", "/dev/full").failed_with(1)
    assert "--summary: /dev/full cannot be written" in run.errors
    assert os.listdir(mixed.path / ".aws-sam" / "build")
