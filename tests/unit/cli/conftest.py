"""What holds for all tests of the command line."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from support.backend import unset_variables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEMPLATE = """\
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Runtime: provided.al2023, Handler: a}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one function, which is the working directory; no variable of sam or samix is set."""
    (tmp_path / "app" / "src").mkdir(parents=True)
    (tmp_path / "app" / "src" / "file").write_text("x")
    (tmp_path / "app" / "template.yaml").write_text(TEMPLATE)
    monkeypatch.chdir(tmp_path / "app")
    unset_variables(monkeypatch)
    return tmp_path / "app"


@pytest.fixture(autouse=True)
def _same_signals() -> Iterator[None]:
    """What a command line does to signals would hold for all tests after it, and for what they start."""
    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
