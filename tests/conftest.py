"""What holds for all tests."""

from __future__ import annotations

import signal

import pytest

_not_run: list[str] = []
_CI_VARIABLES = ("GITHUB_ACTIONS", "GITLAB_CI")


@pytest.fixture(autouse=True)
def _no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """What samix does is the same wherever the tests run."""
    for name in _CI_VARIABLES:
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
