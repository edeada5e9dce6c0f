"""Whether a container engine answers, asked the way sam asks: Docker first, then Finch."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from samix.errors import RequirementError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samix.plan.units import Unit

_DOCKER_SOCKET = "unix:///var/run/docker.sock"
# `samcli.local.docker.platform_config`
_FINCH_SOCKETS = (
    "unix:///Applications/Finch/lima/data/finch/sock/finch.sock",
    "unix:///var/run/finch.sock",
    "unix:///run/finch.sock",
)
_TIMEOUT_SECONDS = 10.0
_OK = 200


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def require_engine(units: Sequence[Unit], environ: Mapping[str, str]) -> None:
    """Make sure that an engine answers.

    Args:
        units: The units that need it.
        environ: Where `DOCKER_HOST` may stand.

    Raises:
        RequirementError: None answers; the message names the units.
    """
    problems = []
    for address in (environ.get("DOCKER_HOST") or _DOCKER_SOCKET, *_FINCH_SOCKETS):
        problem = _ping(address, environ)
        if problem is None:
            return
        problems.append(f"{address}: {problem}")
    names = ", ".join(unit.label for unit in units)
    raise RequirementError(
        f"No container engine answers ({problems[0]}), and these must be built with one: {names}",
        hint="Start Docker or Finch, or set DOCKER_HOST; or build them on the host with --build-type Name=host.",
    )


def _ping(address: str, environ: Mapping[str, str]) -> str | None:
    """What is wrong with an engine's address, None if it answers."""
    parts = urlsplit(address)
    if parts.scheme in ("ssh", "npipe"):
        return None  # not for a plain socket to try: sam's own client will tell
    connection: http.client.HTTPConnection
    if parts.scheme == "unix":
        connection = _UnixConnection(parts.path)
    elif environ.get("DOCKER_TLS_VERIFY"):
        connection = http.client.HTTPSConnection(
            parts.hostname or "localhost",
            parts.port or 2376,
            timeout=_TIMEOUT_SECONDS,
            context=_tls(Path(environ.get("DOCKER_CERT_PATH") or Path.home() / ".docker")),
        )
    else:
        connection = http.client.HTTPConnection(
            parts.hostname or "localhost", parts.port or 2375, timeout=_TIMEOUT_SECONDS
        )
    try:
        connection.request("GET", "/_ping")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
    finally:
        connection.close()
    return None if status == _OK else f"HTTP status {status}"


def _tls(directory: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(directory / "ca.pem"))
    context.load_cert_chain(directory / "cert.pem", directory / "key.pem")
    return context
