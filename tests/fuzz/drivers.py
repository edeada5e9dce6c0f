"""What makes the choices that wrong input is made from: hypothesis, or atheris by what of samix they reach."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from fuzz.targets import TARGETS, Place, read_wrong_input
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

if TYPE_CHECKING:
    from random import Random

_TESTS = Path(__file__).parents[1]
_MEMORY = Path("/dev/shm")  # noqa: S108 - temporary directories are made in it
_WHERE = _MEMORY if os.access(_MEMORY, os.W_OK) else None  # most of the time goes into putting files back


def with_hypothesis(target: str, inputs: int, seed: int) -> str:
    """Have so many inputs read. The first that is wrong is made as small as can be.

    Returns:
        What was raised and the input that raised it, if one was wrong.
    """
    here = os.getcwd()
    with TemporaryDirectory(dir=_WHERE) as directory:
        place = Place(Path(directory))

        @seeded(seed)
        @settings(
            max_examples=inputs,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )
        @given(st.randoms(use_true_random=False))
        def read(random: Random) -> None:
            read_wrong_input(TARGETS[target], place, random)

        try:
            read()
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            return f"{type(error).__name__}: {error}\n{place.written_text()}"
        finally:
            os.chdir(here)
    return ""


def has_atheris() -> bool:
    """Whether atheris is installed; it is not to be had for every system and Python."""
    return find_spec("atheris") is not None


def with_atheris(target: str, inputs: int, seed: int) -> str:
    """Have so many inputs read, in a process of their own: atheris does not give it back.

    Returns:
        What it printed, if an input was wrong.
    """
    with TemporaryDirectory(dir=_WHERE) as directory:
        done = subprocess.run(
            [sys.executable, "-m", "fuzz.guided", target, directory, f"-runs={inputs}", f"-seed={seed + 1}"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join((str(_TESTS), os.environ.get("PYTHONPATH", "")))},
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    return done.stdout + done.stderr if done.returncode else ""
