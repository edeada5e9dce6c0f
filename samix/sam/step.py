"""What a run of sam is doing, read from its output.

Mirrors what `BaseWorkflow.run` of aws_lambda_builders says before each action, and what `samcli.local.docker` says of
images and containers.
"""

from __future__ import annotations

import re

from samix.builders.workflow import WORKFLOWS

# those of more than one builder; the others are in the table of builders
_ACTIONS = {
    "BuildAction": "building",
    "BuildPackage": "building",
    "CleanUp": "cleaning up",
    "CopyDependencies": "copying dependencies",
    "CopySource": "copying sources",
    "LinkSource": "linking sources",
    "MoveDependencies": "moving dependencies",
    **{action: step for row in WORKFLOWS.values() for action, step in row.steps.items()},
}
_ACTION = re.compile(r"(?:^|: | )Running \w+:(\w+)$")
_DOCKER_STEP = re.compile(r"^(?:Step (\d+/\d+)|#\d+ \[(?:\S+ )?(\d+/\d+)\])\W+(.*)")
_LONGEST = 200  # characters; more than most windows have columns
_OTHERS = (
    (re.compile(r"^Fetching \S+ Docker container image"), "pulling the image"),
    (re.compile(r"^Mounting .+, inside runtime container"), "starting the container"),
    (re.compile(r"^Building image for \S+ function"), "building the image"),
)


def step_of(line: str) -> str | None:
    """The step that a line of sam's output announces, in a few words; None where it announces none."""
    line = line.strip()
    if action := action_of(line):
        return _ACTIONS.get(action) or _spaced(action)[:_LONGEST]
    if docker := _DOCKER_STEP.match(line):
        command = "".join(character for character in docker[3][:_LONGEST] if character.isprintable())
        return f"step {docker[1] or docker[2]}: {command.strip()}"
    return begun_step_of(line)


def action_of(line: str) -> str:
    """The action of aws_lambda_builders that a line of sam's output announces, by its name; empty if none."""
    found = _ACTION.search(line.strip())
    return found[1] if found else ""


def begun_step_of(beginning: str) -> str | None:
    """The step that a line announces of which only the beginning is there; None where it announces none.

    Nothing of the line is in it: a name would be half of one, and a secret too, which nobody finds then.
    """
    return next((step for form, step in _OTHERS if form.match(beginning)), None)


def _spaced(name: str) -> str:
    """`GlobalToolInstall` as people write it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
