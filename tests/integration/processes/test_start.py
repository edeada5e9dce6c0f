"""What a start of samix imports: the time that its shortest answers take is that of their imports."""

from __future__ import annotations

import subprocess
import sys

import pytest
from support.project import clean_environment

_FOR_BUILDS = ("cfn_tools", "networkx", "rich", "ruamel", "tomlkit", "yaml")
_FOR_PARSING = ("click", "inspect", "pydantic", "subprocess", "typer")


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [
        (["--help"], (*_FOR_BUILDS, *_FOR_PARSING)),
        (["--version"], (*_FOR_BUILDS, *_FOR_PARSING)),
        *(([command, "--help"], (*_FOR_BUILDS, *_FOR_PARSING)) for command in ("build", "plan", "clean")),
        (["build", "--jobs", "2", "--help"], _FOR_BUILDS),
        (["unknown"], _FOR_BUILDS),
    ],
    ids=" ".join,
)
def test_a_short_answer_imports_only_what_it_needs(arguments: list[str], spared: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "samix", *arguments],
        env=clean_environment() | {"COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert "samix" in imported
    assert imported.isdisjoint(spared)
