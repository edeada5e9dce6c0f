"""What a killed samix leaves, and what the next one makes of it: `make crash-test` in small."""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING

import pytest
from crash.apps import APPS
from crash.rounds import Rounds

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["host", "sharing"])
def test_a_killed_build_leaves_the_last_one_or_the_new_one(tmp_path: Path, name: str) -> None:
    seed = random.randrange(10**6)  # noqa: S311 - no secret
    sys.stdout.write(f"seed {seed}\n")  # shown if the test fails
    with APPS[name]() as app:
        rounds = Rounds(app, tmp_path, random.Random(seed))  # noqa: S311 - likewise
        for _ in rounds.run(8):
            pass
    assert rounds.killed >= 8
