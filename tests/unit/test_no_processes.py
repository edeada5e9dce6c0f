"""The guard of the unit tests itself."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


def _popen() -> object:
    return subprocess.Popen([sys.executable, "--version"])


def _run() -> object:
    return subprocess.run([sys.executable, "--version"], check=False)


def _spawn() -> object:
    return os.posix_spawn(sys.executable, [sys.executable, "--version"], {})


def _fork() -> object:
    return os.fork()


@pytest.mark.parametrize("start", [_popen, _run, _spawn, _fork], ids=["Popen", "run", "posix_spawn", "fork"])
def test_starting_a_process_fails_a_unit_test(start: Callable[[], object]) -> None:
    with pytest.raises(pytest.fail.Exception, match="starts a process"):
        start()


def test_starting_a_process_in_a_thread_fails_a_unit_test() -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(pytest.fail.Exception, match="starts a process"):
        pool.submit(_run).result()
