"""Kill builds at random moments: `python -m crash [--kills N] [--seed N] [APP...]`, with tests/ on the path."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from crash.apps import APPS
from crash.rounds import Rounds

_KILLS = {"host": 150, "mixed": 50, "sharing": 100}


def main() -> int:
    """Kill builds of what is named, of all if nothing is. The first wrong thing that is left ends it."""
    parser = argparse.ArgumentParser(prog="python -m crash", description="Kill builds at random moments.")
    parser.add_argument("--kills", type=int, metavar="N", help=f"how many of each [default: {_KILLS}]")
    parser.add_argument("--seed", type=int, metavar="N", help="what decides when [default: another each time]")
    parser.add_argument("names", nargs="*", metavar="APP", choices=[[], *APPS], help=" or ".join(APPS))
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else time.time_ns() % 1_000_000
    for name in arguments.names or APPS:
        sys.stdout.write(f"{name}, --seed {seed}\n")
        with tempfile.TemporaryDirectory() as directory, APPS[name]() as app:
            rounds = Rounds(app, Path(directory), random.Random(seed))  # noqa: S311 - no secret
            for done in rounds.run(arguments.kills or _KILLS[name]):
                sys.stdout.write(f"{rounds.killed:4}  {done}\n")
                sys.stdout.flush()
    sys.stdout.write("Every build dir was one of the two, and the next build made all good.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
