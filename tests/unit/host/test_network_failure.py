"""What a log tells of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.host.network_failure import may_be_of_network

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "line",
    [
        "Error: PythonPipBuilder:ResolveDependencies - Could not satisfy the requirement: six==1.16.0",
        "ERROR: Could not find a version that satisfies the requirement six (from versions: none)",
        "urllib3.exceptions.NewConnectionError: Failed to establish a new connection: [Errno 111] Connection refused",
        "pip._vendor.urllib3.exceptions.ReadTimeoutError: Read timed out.",
        "socket.gaierror: [Errno -3] Temporary failure in name resolution",
        "npm error code ECONNREFUSED",
        "npm error network request to http://registry.test/lodash failed, reason: getaddrinfo EAI_AGAIN registry.test",
        "npm error 503 Service Unavailable - GET http://registry.test/lodash",
        "dial tcp: lookup proxy.test: no such host",
        'Get "http://proxy.test/": net/http: TLS handshake timeout',
        "warning: spurious network error (2 tries remaining): [6] Could not resolve host: index.test",
        "Could not transfer artifact a:b:jar:1 from/to central: java.net.UnknownHostException: repo.test",
        "Could not reach host index.test. Check your network connection and try again.",
        "error NU1301: The HTTP request to 'GET http://nuget.test/v3/index.json' failed: Response status code: 502",
    ],
)
def test_a_failure_of_the_network_is_recognized(line: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(f"Building codeuri\n{line}\nBuild Failed\n")
    assert may_be_of_network(log)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "SyntaxError: invalid syntax",
        "make: *** [Makefile:2: build-Fn] Error 7",
        "Binary validation failed for python, searched for python in following locations",
        "npm error code ERESOLVE",
        "npm error 404 Not Found - GET http://registry.test/nothing-like-it",
        "main.go:3:1: undefined: network",
        "error: at line 503 of app.rs",
    ],
)
def test_another_failure_is_none(line: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(f"Building codeuri\n{line}\nBuild Failed\n")
    assert not may_be_of_network(log)


def test_only_the_end_of_a_log_is_read(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("npm error code ECONNREFUSED\n" + "x" * (1 << 19))
    assert not may_be_of_network(log)
