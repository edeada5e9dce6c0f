"""Read wrong input, and build what sam builds: `python -m fuzz [--inputs N] [--seed N] [TARGET...]`.

tests/ has to be on the path. The targets `shared-places` and `dependency-sets` build applications with sam and with
samix.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from fuzz.comparison import with_sam
from fuzz.dependency_sets import with_index
from fuzz.drivers import has_atheris, with_atheris, with_hypothesis
from fuzz.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable

_BUILT = {"shared-places": with_sam, "dependency-sets": with_index}
_INPUTS = {"templates": 60_000, "samconfigs": 20_000, "states": 15_000, "snapshots": 10_000}
_INPUTS |= {"shared-places": 200, "dependency-sets": 100}
_GUIDED = 4  # one input in so many is added that atheris makes
_SHOWN = 3000
_SLICE = 500  # what hypothesis remembers of its inputs stays small


def _slices(driver: Callable[[str, int, int], str], inputs: int, seed: int) -> list[tuple[int, int]]:
    sizes: dict[Callable[[str, int, int], str], int] = {with_sam: 1, with_index: 10, with_hypothesis: _SLICE}
    size = sizes.get(driver, -(-inputs // (os.cpu_count() or 1)))
    return [(min(size, inputs - start), seed + start) for start in range(0, inputs, size)]


def main() -> int:
    """Read wrong input of each kind that is named, of all if none is; and build applications likewise."""
    names = [*TARGETS, *_BUILT]
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Read wrong input, and build what sam builds.")
    parser.add_argument("--inputs", type=int, metavar="N", help=f"how many of each kind [default: {_INPUTS}]")
    parser.add_argument("--seed", type=int, metavar="N", help="what they are made from [default: another each time]")
    parser.add_argument("names", nargs="*", metavar="TARGET", choices=[[], *names], help=" or ".join(names))
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else time.time_ns() % 1_000_000
    wanted = {name: arguments.inputs or _INPUTS[name] for name in arguments.names or names}
    read = {name: inputs for name, inputs in wanted.items() if name not in _BUILT}
    work = [(with_hypothesis, name, inputs) for name, inputs in read.items()]
    if has_atheris():
        work += [(with_atheris, name, -(-inputs // _GUIDED)) for name, inputs in read.items()]
    elif read:
        sys.stdout.write("atheris is not installed: hypothesis alone\n")
    work += [(_BUILT[name], name, inputs) for name, inputs in wanted.items() if name in _BUILT]
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
