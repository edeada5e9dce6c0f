"""Whatever units shared before, each artifact is what sam makes of that unit from nothing.

The sequences of changes are made up by chance; `make fuzz` builds many more of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fuzz.dependency_sets import Oracle, compare_sequence, still_index

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    with still_index(tmp_path_factory.mktemp("index")) as index:
        yield Oracle(index)


@pytest.mark.parametrize("seed", [1, 2])
def test_units_on_shared_dependencies_are_as_by_sam(oracle: Oracle, tmp_path: Path, seed: int) -> None:
    assert compare_sequence(seed, tmp_path, oracle) == ""
