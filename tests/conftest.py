"""What holds for all tests."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import NoReturn

import pytest
from hypothesis import settings
from support import engine

settings.register_profile("samix", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("samix")

_not_run: list[str] = []
_CI_VARIABLES = ("GITHUB_ACTIONS", "GITLAB_CI")
_STARTERS = ("fork", "forkpty", "posix_spawn", "posix_spawnp", "system", "execv", "execve")


@pytest.fixture(autouse=True)
def _no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """What samix does is the same wherever the tests run."""
    for name in _CI_VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def container_engine() -> None:
    """The real engine. If it is missing, the test fails and is not skipped."""
    assert engine.answers(), "no container engine answers: run .ci/setup engine"


@pytest.fixture
def no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting a process fails the test."""

    def refuse(*arguments: object, **_options: object) -> NoReturn:
        pytest.fail(f"a unit test starts a process: {arguments[1:] or arguments}")

    monkeypatch.setattr(subprocess.Popen, "__init__", refuse)
    for name in _STARTERS:
        monkeypatch.setattr(os, name, refuse)


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the environment steers a sam that runs in this process."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "SAM_CLI_ENABLE_LANGUAGE_EXTENSIONS"):
        monkeypatch.delenv(name, raising=False)


def pytest_configure() -> None:
    """Have signals end what tests start: under nohup, and in the background of a shell, some are ignored."""
    for number, handler in ((signal.SIGHUP, signal.SIG_DFL), (signal.SIGINT, signal.default_int_handler)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    del config
    _not_run.extend(
        item.nodeid for item in items if item.get_closest_marker("container") and item.get_closest_marker("skip")
    )


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and "container" in report.keywords:
        _not_run.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A container test that did not run is a failure: nothing else shows that containers work."""
    if _not_run and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for nodeid in dict.fromkeys(_not_run):
        terminalreporter.write_line(f"container test was skipped: {nodeid}", red=True)
