"""What units write and read outside of their own directories is as if sam had built one after the other.

The applications are made up by chance; `make fuzz` builds many more of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fuzz.comparison import compare
from fuzz.shared_places import generate

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("seed", [6, 18, 20, 28, 31, 47])
def test_units_that_share_places_are_built_as_by_sam(tmp_path: Path, seed: int) -> None:
    assert compare(seed, tmp_path) == ""


def test_a_seed_always_makes_the_same_application() -> None:
    assert [generate(seed) for seed in range(50)] == [generate(seed) for seed in range(50)]
