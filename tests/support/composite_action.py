"""Runs a composite action as GitHub's runner does, as far as that of this repository goes.

Steps that run a script are run with bash; those of actions/cache keep directories aside instead. An expression that the
action does not use is none that this understands, and an error.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import TYPE_CHECKING, cast

import yaml
from support.project import clean_environment
from support.workflow_commands import read_outputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|(==|!=|&&|\|\||!|\(|\))|([A-Za-z_][\w.-]*(?:\(\))?))")
_SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail")


@dataclass(frozen=True)
class StepEnd:
    """How a step ended.

    Attributes:
        outcome: `success`, `failure` or `skipped`.
        outputs: What it put out.
        text: What it printed.
    """

    outcome: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    text: str = ""


@dataclass
class Cache:
    """Stands where GitHub keeps caches: directories by key, the newest last.

    Attributes:
        place: Where they are kept.
        keys: Their keys.
    """

    place: Path
    keys: list[str] = field(default_factory=list)

    def restore(self, path: Path, key: str, restore_keys: list[str]) -> dict[str, str]:
        found = next((one for one in self.keys if one == key), None)
        for prefix in () if found else restore_keys:
            found = found or next((one for one in reversed(self.keys) if one.startswith(prefix)), None)
        if found is None:
            return {"cache-hit": ""}
        shutil.copytree(self.place / found, path, symlinks=True)
        return {"cache-hit": str(found == key).lower(), "cache-matched-key": found}

    def save(self, path: Path, key: str) -> None:
        assert key not in self.keys, f"{key} is taken: GitHub overwrites no cache"
        assert "," not in key
        assert len(key) <= 512
        shutil.copytree(path, self.place / key, symlinks=True)
        self.keys.append(key)


@dataclass(frozen=True)
class ActionEnd:
    """How an action ended: its outputs, and each step by its id, or its name where it has none."""

    outputs: Mapping[str, str]
    steps: Mapping[str, StepEnd]

    @property
    def is_good(self) -> bool:
        return all(step.outcome != "failure" for step in self.steps.values())


class ActionRunner:
    """Runs an action in a job.

    Args:
        action: Its directory.
        workspace: The directory of the repository that uses it.
        place: Where files of the job are put.
        temp: The runner's directory for what need not be kept.
        cache: What was saved by earlier jobs.
        github: What the github context holds of the job.
    """

    def __init__(
        self, action: Path, workspace: Path, place: Path, temp: Path, cache: Cache, github: Mapping[str, str]
    ) -> None:
        self._action = action
        self._workspace = workspace
        self._place = place
        self._temp = temp
        self._cache = cache
        self._github = github
        self._path: list[str] = []

    def run(self, **inputs: str) -> ActionEnd:
        """Run it with inputs, in whose names `_` stands for `-`."""
        metadata = read_action(self._action)
        declared = cast("dict[str, dict[str, str]]", metadata["inputs"])
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert given.keys() <= declared.keys()
        values = {name: given.get(name, one.get("default", "")) for name, one in declared.items()}
        steps: dict[str, StepEnd] = {}
        for step in metadata["runs"]["steps"]:
            context = self._context(values, steps)
            name = step.get("id") or step["name"]
            condition = step.get("if", "success()")
            if not evaluate(unwrapped(condition), context, self._status(steps)):
                steps[name] = StepEnd("skipped")
                continue
            given_step = {key: _resolved(value, context) for key, value in step.items() if key != "if"}
            steps[name] = self._script(given_step) if "run" in step else self._use(given_step)
        context = self._context(values, steps)
        outputs = {name: _resolved(one["value"], context) for name, one in metadata["outputs"].items()}
        return ActionEnd(outputs, steps)

    def _context(self, inputs: Mapping[str, str], steps: Mapping[str, StepEnd]) -> dict[str, str]:
        context = {f"inputs.{name}": value for name, value in inputs.items()}
        context |= {f"github.{name}": value for name, value in self._github.items()}
        for name, end in steps.items():
            context[f"steps.{name}.outcome"] = end.outcome
            context |= {f"steps.{name}.outputs.{key}": value for key, value in end.outputs.items()}
        return context

    @staticmethod
    def _status(steps: Mapping[str, StepEnd]) -> dict[str, bool]:
        is_failed = any(step.outcome == "failure" for step in steps.values())
        return {"always()": True, "cancelled()": False, "failure()": is_failed, "success()": not is_failed}

    def _script(self, step: Mapping[str, str]) -> StepEnd:
        files = {name: self._place / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH")}
        for file in files.values():
            file.write_text("")
        script = self._place / "script.sh"
        script.write_text(step["run"])
        environment = clean_environment()
        done = subprocess.run(
            [*_SHELL, str(script)],
            cwd=self._workspace / step.get("working-directory", "."),
            env=environment
            | {
                "CI": "true",
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTION_PATH": str(self._action),
                "GITHUB_WORKSPACE": str(self._workspace),
                "RUNNER_ARCH": "X64",
                "RUNNER_OS": "Linux",
                "RUNNER_TEMP": str(self._temp),
                "PATH": os.pathsep.join([*reversed(self._path), environment["PATH"]]),
            }
            | {name: str(file) for name, file in files.items()}
            | cast("dict[str, str]", step.get("env", {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        self._path += files["GITHUB_PATH"].read_text().splitlines()
        outcome = "failure" if done.returncode else "success"
        outputs = read_outputs(files["GITHUB_OUTPUT"].read_text())
        return StepEnd(outcome, outputs, done.stdout.decode(errors="replace"))

    def _use(self, step: Mapping[str, object]) -> StepEnd:
        options = cast("dict[str, str]", step["with"])
        path = self._workspace / options["path"]
        if fnmatch(str(step["uses"]), "actions/cache/restore@v*"):
            keys = options.get("restore-keys", "").split()
            return StepEnd("success", self._cache.restore(path, options["key"], keys))
        assert fnmatch(str(step["uses"]), "actions/cache/save@v*"), step["uses"]
        self._cache.save(path, options["key"])
        return StepEnd("success")


def read_action(directory: Path) -> dict[str, dict]:  # type: ignore[type-arg]
    """The metadata of an action."""
    return cast("dict[str, dict]", yaml.safe_load((directory / "action.yml").read_text()))  # type: ignore[type-arg]


def unwrapped(condition: str) -> str:
    """The expression that a condition is."""
    match = _EXPRESSION.fullmatch(condition.strip())
    return match[1] if match else condition


def _resolved(value: object, context: Mapping[str, str]) -> str:
    """A value of a step with its expressions replaced; a mapping's values are."""
    if isinstance(value, dict):
        return {key: _resolved(one, context) for key, one in value.items()}  # type: ignore[return-value]
    return _EXPRESSION.sub(lambda match: _text(evaluate(match[1], context, {})), str(value))


def _text(value: str | bool) -> str:
    return value if isinstance(value, str) else str(value).lower()


def expressions(text: str) -> list[str]:
    """The expressions in a text."""
    return [match[1].strip() for match in _EXPRESSION.finditer(text)]


def evaluate(expression: str, context: Mapping[str, str], status: Mapping[str, bool]) -> str | bool:
    """The value of an expression of GitHub's."""
    tokens = _tokens(expression.strip())
    value = _either(tokens, context, status)
    assert not tokens, f"{expression}: {tokens}"
    return value


def _tokens(expression: str) -> list[str]:
    found: list[str] = []
    position = 0
    while position < len(expression):
        match = _TOKEN.match(expression, position)
        assert match, f"{expression} at {position}"
        found.append(match[0].strip())
        position = match.end()
    return found


def _either(tokens: list[str], context: Mapping[str, str], status: Mapping[str, bool]) -> str | bool:
    value = _both(tokens, context, status)
    while tokens[:1] == ["||"]:
        tokens.pop(0)
        other = _both(tokens, context, status)
        value = value or other
    return value


def _both(tokens: list[str], context: Mapping[str, str], status: Mapping[str, bool]) -> str | bool:
    value = _compared(tokens, context, status)
    while tokens[:1] == ["&&"]:
        tokens.pop(0)
        other = _compared(tokens, context, status)
        value = value and other
    return value


def _compared(tokens: list[str], context: Mapping[str, str], status: Mapping[str, bool]) -> str | bool:
    value = _single(tokens, context, status)
    if tokens[:1] in (["=="], ["!="]):
        is_equal = tokens.pop(0) == "=="
        other = _single(tokens, context, status)
        return (str(value).lower() == str(other).lower()) is is_equal
    return value


def _single(tokens: list[str], context: Mapping[str, str], status: Mapping[str, bool]) -> str | bool:
    token = tokens.pop(0)
    if token == "!":
        return not _single(tokens, context, status)
    if token == "(":
        value = _either(tokens, context, status)
        assert tokens.pop(0) == ")"
        return value
    if token.startswith("'"):
        return token[1:-1].replace("''", "'")
    if token.endswith("()"):
        return status[token]
    root = token.split(".")[0]
    assert root in {"inputs", "github", "steps"}, token
    return context[token] if root != "steps" else context.get(token, "")


def run_scripts(metadata: Mapping[str, dict]) -> Iterator[str]:  # type: ignore[type-arg]
    """The scripts that an action runs."""
    return (step["run"] for step in metadata["runs"]["steps"] if "run" in step)
