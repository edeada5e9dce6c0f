"""A sam as pip installs one, whose command runs the Python program that it is given: it starts in no time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from samix.host.sam_version import entry_point_interpreter
from samix.sam.fork_server import start_server
from samix.sam.process import Processes, Spawner
from samix.sam.sam_run import SamRun

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from samix.sam.fork_server import ForkServer

_SCRIPT = """\
#!{interpreter}
# -*- coding: utf-8 -*-
import re
import sys
from samcli.cli.main import cli
if __name__ == '__main__':
    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])
    sys.exit(cli())
"""
_COMMAND = """\
import sys
{first}
def cli():
    exec(sys.argv[1], {{"__name__": "program"}})
"""


# where a sam has the places of its state
STATE_MODULES = {
    "lib/build/build_graph.py": (
        'DEFAULT_BUILD_GRAPH_FILE_NAME = "build.toml"\nDEFAULT_DEPENDENCIES_DIR = ".aws-sam/deps"\n'
    ),
    "lib/build/build_strategy.py": "from samcli.lib.build.build_graph import DEFAULT_DEPENDENCIES_DIR\n",
    "commands/build/build_context.py": "from samcli.lib.build.build_graph import DEFAULT_DEPENDENCIES_DIR\n",
}


def small_sam(
    directory: Path,
    first: str = "",
    interpreter: str = sys.executable,
    *,
    state_modules: Mapping[str, str] = STATE_MODULES,
) -> Path:
    """The script, beside what it imports.

    Args:
        directory: Where it goes.
        first: What is done when it is imported.
        interpreter: What its first line names.
        state_modules: The modules that have the places of its state, text by path.
    """
    root = directory / "samcli"
    for name, text in {"cli/main.py": _COMMAND.format(first=first), **state_modules}.items():
        module = root / name
        module.parent.mkdir(parents=True, exist_ok=True)
        module.write_text(text)
        for package in (module.parent, *module.parent.parents):  # or one that is installed would be found
            if package == directory:
                break
            (package / "__init__.py").touch()
    sam = directory / "sam"
    sam.write_text(_SCRIPT.format(interpreter=interpreter))
    sam.chmod(0o755)
    return sam


def fork_server(
    sam: Path,
    directory: Path,
    environment: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> ForkServer:
    """A server that forks its runs, in the directory of these."""
    directory.mkdir(parents=True, exist_ok=True)
    return start_server(sam, environment or {}, directory, tell)


def run_program(
    processes: Processes, sam: Path, program: str, log: Path, environment: Mapping[str, str], *more: str
) -> tuple[int, str]:
    log.parent.joinpath("place").mkdir(parents=True, exist_ok=True)
    code = processes.run(
        SamRun(
            [str(sam), program, *more],
            directory=log.parent / "place",
            environment=environment,
            log=log,
            state=log.parent / "state",
            standard_input=b"some input",
        )
    )
    return code, log.read_text(errors="surrogateescape")


def spawner(sam: Path) -> Spawner:
    """What starts each run anew, hosted."""
    return Spawner(entry_point_interpreter(sam, {}) or ())


def both_ways(
    sam: Path, program: str, directory: Path, environment: Mapping[str, str], more: Mapping[str, str] | None = None
) -> tuple[tuple[int, str], tuple[int, str]]:
    """Exit code and log of a program that is started anew, and of one that is forked.

    The first is as one that the system starts by sam's own script.
    """
    whole = {**environment, **(more or {})}
    by_script = run_program(Processes(), sam, program, directory / "log", whole)
    spawned = run_program(Processes(spawner(sam)), sam, program, directory / "log", whole)
    assert spawned == by_script
    troubles: list[str] = []
    processes = Processes(fork_server(sam, directory / "place", environment, troubles.append))
    try:
        forked = run_program(processes, sam, program, directory / "log", whole)
    finally:
        processes.end()
    assert troubles == []
    return spawned, forked
