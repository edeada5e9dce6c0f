"""The real tools that integration tests need. A tool that is missing is a failure, never a skip."""

from __future__ import annotations

import pytest
from support import engine


@pytest.fixture(scope="session")
def container_engine() -> None:
    assert engine.answers(), "no container engine answers: run .ci/setup engine"


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the environment steers a sam that runs in this process."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "SAM_CLI_ENABLE_LANGUAGE_EXTENSIONS"):
        monkeypatch.delenv(name, raising=False)
