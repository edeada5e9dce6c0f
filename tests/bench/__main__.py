"""Measure samix: `python -m bench [OPTIONS] [NAME...]`, with tests/ on the path.

It is measured beside the real sam, or beside the samix of another checkout, in which `.ci/setup python` has run. Both
sides have the same path, which can begin with a directory that is named: for example that of another Python.
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import platform
import re
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.apps import APPS, trivial
from bench.before import measure_before
from bench.dependencies import DEPENDENCIES
from bench.place import interpreter, project_in, search_path
from bench.room import measure_room
from bench.speed import FULL, MEASURES, SMOKE
from bench.table import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bench.speed import Size
    from bench.table import Figure, Row

    Rows = Callable[[], Iterator[Row | Figure]]


def _measures(size: Size) -> Mapping[str, Rows]:
    """What can be measured, by name."""
    apps = {"small": trivial(size.many)} if size is SMOKE else APPS
    speed: dict[str, Rows] = {name: partial(measure, size) for name, measure in {**MEASURES, **DEPENDENCIES}.items()}
    return speed | {f"room-{name}": partial(measure_room, app) for name, app in apps.items()}


def _machine() -> str:
    """What the figures depend on, in a line."""
    version = project_in(Path()).sam("--version").succeeded().output.strip()
    cpus = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*:\s*(.*)$", cpus.read_text(), re.MULTILINE) if cpus.exists() else None
    file_system = subprocess.run(
        ["df", "--output=fstype", tempfile.gettempdir()], capture_output=True, text=True, check=True
    ).stdout.split()[-1]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"{platform.system()} {platform.release()} on {os.cpu_count()} CPUs ({found[1] if found else 'of some kind'}),"
        f" {memory:.0f} GB of memory, {file_system} file system, load {os.getloadavg()[0]:.1f} at the start,"
        f" Python {platform.python_version()}, {version}; {interpreter(search_path())}"
    )


def _directory(text: str) -> Path:
    path = Path(text).absolute()
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is not a directory.")
    return path


def main() -> int:
    """Measure what is named, all if nothing is. The table says what is as it is to be; the exit code does not."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure samix beside the real sam.")
    parser.add_argument("--smoke", action="store_true", help="small applications, one run: to see that it works")
    parser.add_argument(
        "--before", type=Path, metavar="CHECKOUT", help="measure beside the samix of this checkout alone"
    )
    parser.add_argument(
        "--first-on-path", type=_directory, metavar="DIRECTORY", help="where both sides look for programs first"
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="what to measure, also 'room-*' [default: all]")
    arguments = parser.parse_args()
    size = SMOKE if arguments.smoke else FULL
    measures = _measures(size)
    if arguments.before:
        measures = {"before": partial(measure_before, arguments.before.absolute() / ".venv" / "bin" / "python", size)}
    patterns = arguments.names or ["*"]
    unknown = [pattern for pattern in patterns if not fnmatch.filter(measures, pattern)]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}. There are {', '.join(measures)}.")
    chosen = [name for name in measures if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]
    if arguments.first_on_path:  # both sides take their path from here
        os.environ["PATH"] = os.pathsep.join([str(arguments.first_on_path), os.environ["PATH"]])
    machine = _machine()
    rows: list[Row | Figure] = []
    for name in chosen:
        sys.stderr.write(f"{name} ...\n")
        for row in measures[name]():
            sys.stderr.write(f"  {' | '.join(row.cells())}\n")
            rows.append(row)
    sys.stdout.write(f"{machine}\n\n{table(rows)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
