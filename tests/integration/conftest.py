"""The real tools that integration tests need. A tool that is missing is a failure, never a skip."""

from __future__ import annotations

import pytest
from support import engine


@pytest.fixture(scope="session")
def container_engine() -> None:
    assert engine.answers(), "no container engine answers: run .ci/setup engine"
