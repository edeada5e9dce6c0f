"""The composite action, as far as it can be checked without running it, and what checks it by running it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from support.composite_action import Cache, evaluate, expressions, read_action, run_scripts, unwrapped
from support.project import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

ACTION = read_action(REPOSITORY)
STEPS = ACTION["runs"]["steps"]
# https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax
STEP_KEYS = {"name", "id", "if", "shell", "env", "run", "working-directory", "uses", "with", "continue-on-error"}
ICON_COLORS = {"white", "black", "yellow", "blue", "green", "orange", "red", "purple", "gray-dark"}
NAME = re.compile("[A-Za-z_][A-Za-z0-9_-]*")


def test_it_has_what_the_metadata_of_an_action_must_have() -> None:
    assert ACTION.keys() <= {"name", "author", "description", "inputs", "outputs", "runs", "branding"}
    assert isinstance(ACTION["name"], str)
    assert isinstance(ACTION["description"], str)
    assert ACTION["branding"]["color"] in ICON_COLORS
    assert ACTION["runs"].keys() == {"using", "steps"}
    assert ACTION["runs"]["using"] == "composite"


def test_its_inputs_and_outputs_are_described() -> None:
    assert set(ACTION["inputs"]) == {"version", "sam-version", "working-directory", "args", "cache", "cache-key"}
    for name, one in ACTION["inputs"].items():
        assert NAME.fullmatch(name)
        assert one.keys() == {"description", "default"}
        assert all(isinstance(text, str) for text in one.values())
    counts = {"built", "reused", "failed", "skipped"}
    assert set(ACTION["outputs"]) == {"build-dir", "template", *counts, "cache-hit"}
    for name, one in ACTION["outputs"].items():
        assert NAME.fullmatch(name)
        assert one.keys() == {"description", "value"}


def test_its_steps_are_steps_of_a_composite_action() -> None:
    ids = [step["id"] for step in STEPS if "id" in step]
    assert len(ids) == len(set(ids))
    for step in STEPS:
        assert step.keys() <= STEP_KEYS
        assert ("run" in step) != ("uses" in step)
        assert ("run" in step) == (step.get("shell") == "bash")
        assert ("with" in step) <= ("uses" in step)
        assert all(NAME.fullmatch(name) for name in step.get("env", {}))


def test_what_it_refers_to_exists() -> None:
    text = (REPOSITORY / "action.yml").read_text()
    known = {f"inputs.{name}" for name in ACTION["inputs"]}
    known |= {f"github.{name}" for name in ("sha", "run_id", "run_attempt")}
    known |= {"steps.install.outputs.key", "steps.restore.outputs.cache-matched-key"}
    known |= {f"steps.build.outputs.{name}" for name in ACTION["outputs"]}
    named = {name for one in expressions(text) for name in re.findall(r"[a-z]+\.[\w.-]+", re.sub("'.*?'", "", one))}
    assert named <= known
    assert {f"inputs.{name}" for name in ACTION["inputs"]} <= named


def test_no_expression_stands_in_a_script() -> None:
    scripts = list(run_scripts(ACTION))
    assert len(scripts) == 3
    assert not any("${{" in script for script in scripts)


def test_inputs_are_quoted_wherever_the_shell_reads_them() -> None:
    names = {name for step in STEPS for name, value in step.get("env", {}).items() if "inputs." in value}
    uses = [
        script[script.rfind("\n", 0, match.start()) + 1 : match.start()]
        for script in run_scripts(ACTION)
        for match in re.finditer(r"\$\{?(\w+)", script)
        if match[1] in names
    ]
    assert len(uses) >= len(names)
    assert all(before.count('"') % 2 == 1 for before in uses)


@pytest.mark.parametrize(
    ("cancelled", "cache", "built", "expected"),
    [
        (False, "true", "3", True),
        (False, "true", "0", False),  # what was restored is saved already
        (False, "true", "", False),  # there was no build
        (True, "true", "3", False),
        (False, "false", "3", False),
    ],
)
@pytest.mark.parametrize("outcome", ["success", "failure"])
def test_what_was_built_is_saved_unless_the_job_is_cancelled(
    cancelled: bool, cache: str, built: str, expected: bool, outcome: str
) -> None:
    [number] = [number for number, one in enumerate(STEPS) if one.get("uses", "").startswith("actions/cache/save@")]
    before, step = STEPS[number - 1 : number + 1]
    assert (before["name"], before["if"]) == ("Leave out what needs no saving", step["if"])
    context = {"inputs.cache": cache, "steps.build.outputs.built": built, "steps.build.outcome": outcome}
    status = {"cancelled()": cancelled, "success()": outcome == "success", "failure()": outcome == "failure"}
    assert evaluate(unwrapped(step["if"]), context, status) is expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("inputs.a == 'x'", True),
        ("inputs.a != 'x' || !cancelled()", True),
        ("!cancelled() && inputs.a == 'y'", False),
        ("!(cancelled() || inputs.a == 'x')", False),
        ("steps.s.outputs.missing", ""),
        ("steps.s.outputs.missing != ''", False),
        ("inputs.a", "x"),
        ("'it''s'", "it's"),
    ],
)
def test_expressions_are_evaluated_as_github_does(expression: str, expected: object) -> None:
    assert evaluate(expression, {"inputs.a": "x"}, {"cancelled()": False}) == expected


def test_a_cache_is_found_by_its_key_or_the_newest_with_a_prefix(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    for key in ("a-1-x", "a-2-y", "b-1"):
        (tmp_path / "saved").mkdir(exist_ok=True)
        (tmp_path / "saved" / "file").write_text(key)
        cache.save(tmp_path / "saved", key)
    assert cache.restore(tmp_path / "exact", "a-1-x", []) == {"cache-hit": "true", "cache-matched-key": "a-1-x"}
    found = cache.restore(tmp_path / "newest", "a-3", ["a-1", "a-"])
    assert found == {"cache-hit": "false", "cache-matched-key": "a-1-x"}
    assert cache.restore(tmp_path / "other", "a-3", ["a-"])["cache-matched-key"] == "a-2-y"
    assert cache.restore(tmp_path / "none", "c", ["c-"]) == {"cache-hit": ""}
    assert (tmp_path / "newest" / "file").read_text() == "a-1-x"
