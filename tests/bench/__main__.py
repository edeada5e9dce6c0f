"""Measure samix beside the real sam: `python -m bench [APPLICATION...]`, with tests/ on the path."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

from bench.apps import APPS
from bench.room import measure_room
from bench.table import Row, table


def _machine() -> str:
    version = subprocess.run(["sam", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return f"{platform.system()} on {os.cpu_count()} CPUs, Python {platform.python_version()}, {version}"


def main(names: list[str]) -> int:
    """Measure what is named, all if nothing is. The table says what is as it is to be; the exit code does not."""
    unknown = set(names) - APPS.keys()
    if unknown:
        sys.stderr.write(f"unknown: {', '.join(sorted(unknown))}. There are {', '.join(APPS)}.\n")
        return 2
    rows: list[Row] = []
    for name in names or APPS:
        sys.stderr.write(f"building {APPS[name].name} ...\n")
        for row in measure_room(APPS[name]):
            sys.stderr.write(f"  {' | '.join(row.cells())}\n")
            rows.append(row)
    sys.stdout.write(f"{_machine()}\n\n{table(rows)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
