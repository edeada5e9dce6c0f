"""The benchmark runs. How fast samix is depends on the machine, and is asserted nowhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from bench.table import TITLES
from support.project import REPOSITORY, clean_environment

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("container_engine")]

MEASURED = (
    "functions: cold",
    "functions: nothing changed",
    "functions: one file changed",
    "functions: .aws-sam restored under another path",
    "sharing one CodeUri: cold",
    "examples/mixed: cold, images present",
    "examples/mixed: nothing changed",
    "examples/mixed: one host function's source changed",
    "the same requests and boto3: cold",
    "the same requests and boto3: one file changed",
    "the same requests and boto3: a line added to each manifest",
    "the same express and lodash: cold",
    "the same express and lodash: a dependency added to each manifest",
    "each its own requests, boto3 and idna: cold",
    "functions: plan before the first build",
    "functions: cold, memory",
    "samix --help",
    "functions: built",
)


def test_a_small_version_yields_the_whole_table() -> None:
    rows = _measured()
    assert [name for name in MEASURED if not any(row[0].endswith(name) for row in rows)] == []


def test_samix_is_measured_beside_that_of_another_checkout() -> None:
    rows = _measured("--before", os.fspath(Path(sys.prefix).parent))
    assert [row[0].split(": ")[1] for row in rows] == ["cold", "nothing changed", "one file changed"] * 3


def _measured(*arguments: str) -> list[tuple[str, ...]]:
    environment = clean_environment()
    places = [str(REPOSITORY / "tests"), str(REPOSITORY), *filter(None, [environment.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--smoke", *arguments],
        env=environment | {"PYTHONPATH": os.pathsep.join(places)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    titles, rule, *rows = (
        tuple(cell.strip() for cell in line.split("|")[1:-1])
        for line in done.stdout.splitlines()
        if line.startswith("|")
    )
    assert titles == TITLES
    assert {len(row) for row in [rule, *rows]} == {len(TITLES)}
    assert all(all(row) for row in rows)
    return rows
