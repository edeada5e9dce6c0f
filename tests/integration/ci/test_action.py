"""The composite action of this repository, run step by step with the real sam."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.composite_action import ActionEnd, ActionRunner, Cache
from support.project import HOST_PYTHON, REPOSITORY, Project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEMPLATE = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Made:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: makefile}}
    Properties: {{CodeUri: made, Runtime: provided.al2023, Handler: bootstrap}}
  Plain:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: plain, Runtime: {HOST_PYTHON}, Handler: app.handler}}
"""
FILES = {
    "back end/template.yaml": TEMPLATE,
    "back end/made/Makefile": "build-Made:\n\techo x > $(ARTIFACTS_DIR)/bootstrap\n",
    "back end/plain/app.py": "def handler(event, context):\n    return 1\n",
    "back end/plain/requirements.txt": "",
    **{f"back end/{name}.py": "raise SystemExit('of the repository')\n" for name in ("types", "shlex", "logging")},
}


class Jobs:
    """Jobs of one workflow, one after the other, each in a workspace of its own."""

    def __init__(self, place: Path, temp: Path) -> None:
        self.cache = Cache(place / "caches")
        self._place = place
        self._temp = temp
        self._number = 0

    def next(self) -> tuple[ActionRunner, Project]:
        self._number += 1
        place = self._place / f"job{self._number}"
        project = Project.from_files(place / "workspace", FILES)
        github = {"sha": f"sha{self._number}", "run_id": str(self._number), "run_attempt": "1"}
        return ActionRunner(REPOSITORY, project.path, place, self._temp, self.cache, github), project


@pytest.fixture(scope="module")
def temp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is installed for one job need not be installed for the next: that takes most of the time."""
    return tmp_path_factory.mktemp("runner")


@pytest.fixture
def jobs(tmp_path: Path, temp: Path) -> Jobs:
    return Jobs(tmp_path, temp)


@pytest.fixture
def run() -> Callable[..., ActionEnd]:
    def run_action(runner: ActionRunner, **inputs: str) -> ActionEnd:
        return runner.run(working_directory="back end", **inputs)

    return run_action


def _counts(end: ActionEnd) -> tuple[str, ...]:
    return tuple(end.outputs[name] for name in ("built", "reused", "failed", "skipped"))


def test_what_one_job_built_the_next_reuses(jobs: Jobs, run: Callable[..., ActionEnd]) -> None:
    runner, project = jobs.next()
    first = run(runner)
    assert first.is_good, first.steps
    assert _counts(first) == ("2", "0", "0", "0")
    assert first.outputs["cache-hit"] == "false"
    assert first.outputs["build-dir"] == str(project.path / "back end/.aws-sam/build")
    assert first.outputs["template"] == str(project.path / "back end/.aws-sam/build/template.yaml")
    assert len(jobs.cache.keys) == 1

    runner, _ = jobs.next()
    second = run(runner)
    assert second.is_good, second.steps
    assert _counts(second) == ("0", "2", "0", "0")
    assert second.outputs["cache-hit"] == "true"
    assert second.steps["Save what was built"].outcome == "skipped"

    runner, project = jobs.next()
    project.write("back end/made/Makefile", "build-Made:\n\techo no; exit 1\n")
    project.write("back end/plain/app.py", "def handler(event, context):\n    return 2\n")
    failed = run(runner)
    assert failed.steps["build"].outcome == "failure"
    assert _counts(failed) == ("1", "0", "1", "0")
    assert failed.outputs["build-dir"] == ""
    assert failed.steps["Save what was built"].outcome == "success"

    runner, project = jobs.next()
    project.write("back end/plain/app.py", "def handler(event, context):\n    return 2\n")
    assert _counts(run(runner)) == ("0", "2", "0", "0")


def test_what_a_build_took_out_of_the_build_dir_is_not_saved(jobs: Jobs, run: Callable[..., ActionEnd]) -> None:
    for version, built in ((1, "2"), (2, "1")):
        runner, project = jobs.next()
        project.write("back end/plain/app.py", f"def handler(event, context):\n    return {version}\n")
        end = run(runner)
        assert end.is_good, end.steps
        assert end.outputs["built"] == built
    saved = jobs.cache.place / jobs.cache.keys[-1]
    assert (saved / "samix" / "state.json").exists()
    assert not (saved / "samix" / "replaced").exists()


def test_what_is_cancelled_or_not_to_be_cached_is_not_saved(jobs: Jobs, run: Callable[..., ActionEnd]) -> None:
    runner, _ = jobs.next()
    end = run(runner, cache="false")
    assert _counts(end) == ("2", "0", "0", "0")
    assert end.outputs["cache-hit"] == "false"
    assert (end.steps["restore"].outcome, end.steps["Save what was built"].outcome) == ("skipped", "skipped")
    assert jobs.cache.keys == []


def test_arguments_are_split_and_nothing_in_them_is_evaluated(jobs: Jobs, run: Callable[..., ActionEnd]) -> None:
    runner, project = jobs.next()
    arguments = "--build-type 'Pl*=host'\n  --exclude Made \"$(touch evaluated)`touch evaluated`;touch evaluated\" \\*"
    end = run(runner, args=arguments, cache_key="a, b/$(touch evaluated)")
    assert end.steps["build"].outcome == "failure"
    assert "$(touch evaluated)`touch evaluated`;touch evaluated" in end.steps["build"].text
    assert not list(project.path.rglob("evaluated"))
    key = end.steps["install"].outputs["key"]
    assert key.endswith("-a__b___touch_evaluated_")

    end = run(runner, args="--build-type 'Pl*=host'\n  --exclude \"Made\"")
    assert _counts(end) == ("1", "0", "0", "0")

    end = run(runner, args="--exclude 'Made", cache="false")
    assert "args cannot be split: No closing quotation." in end.steps["build"].text
