"""Read wrong input: `python -m fuzz [--inputs N] [--seed N] [TARGET...]`, with tests/ on the path."""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from fuzz.drivers import has_atheris, with_atheris, with_hypothesis
from fuzz.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable

_INPUTS = {"templates": 60_000, "samconfigs": 20_000, "states": 15_000, "snapshots": 10_000}
_GUIDED = 4  # one input in so many is added that atheris makes
_SHOWN = 3000
_SLICE = 500  # what hypothesis remembers of its inputs stays small


def _slices(driver: Callable[[str, int, int], str], inputs: int, seed: int) -> list[tuple[int, int]]:
    size = _SLICE if driver is with_hypothesis else -(-inputs // (os.cpu_count() or 1))
    return [(min(size, inputs - start), seed + start) for start in range(0, inputs, size)]


def main() -> int:
    """Read wrong input of each kind that is named, of all if none is."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Read wrong input.")
    parser.add_argument("--inputs", type=int, metavar="N", help=f"how many of each kind [default: {_INPUTS}]")
    parser.add_argument("--seed", type=int, metavar="N", help="what they are made from [default: another each time]")
    parser.add_argument("names", nargs="*", metavar="TARGET", choices=[[], *TARGETS], help=" or ".join(TARGETS))
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else time.time_ns() % 1_000_000
    work = [(with_hypothesis, name, arguments.inputs or _INPUTS[name]) for name in arguments.names or TARGETS]
    if has_atheris():
        work += [(with_atheris, name, -(-inputs // _GUIDED)) for _, name, inputs in work]
    else:
        sys.stdout.write("atheris is not installed: hypothesis alone\n")
    failures = 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for driver, name, inputs in work:
            slices = _slices(driver, inputs, seed)
            results = pool.map(driver, [name] * len(slices), *zip(*slices, strict=True))
            found = [(size, at, text) for (size, at), text in zip(slices, results, strict=True) if text]
            sys.stdout.write(f"{name} {driver.__name__.replace('_', ' ')}: {inputs} inputs, {len(found)} wrong\n")
            for size, at, text in found:
                sys.stdout.write(f"python -m fuzz --seed {at} --inputs {size} {name}\n{text[:_SHOWN]}\n")
            sys.stdout.flush()
            failures += len(found)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
