"""What tests of the state share."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def another_device(tmp_path: Path) -> Iterator[Path]:
    """A directory on another file system than that of the test's own."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as place:
        assert Path(place).stat().st_dev != tmp_path.stat().st_dev
        yield Path(place)
