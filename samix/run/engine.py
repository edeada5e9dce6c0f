"""Whether a container engine answers, asked the way sam asks: Docker first, then Finch."""

from __future__ import annotations

import http.client
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
        hint=f"Start Docker or Finch, or set DOCKER_HOST; or do without one: {_without(units)}.",
    )


def _without(units: Sequence[Unit]) -> str:
    """Options with which these units need no engine: images can only be left out."""
    return " ".join(
        f"--build-type {resource.full_path}=host" if unit.in_container else f"--exclude {resource.full_path}"
        for unit in units
        for resource in unit.resources
    )


def _ping(address: str, environ: Mapping[str, str]) -> str | None:
    """What is wrong with an engine's address, None if it answers."""
    try:
        connection = _connection(address, environ)
        if connection is None:
            return None  # not for a plain socket to try: sam's own client will tell
        try:
            connection.request("GET", "/_ping")
            status = connection.getresponse().status
        finally:
            connection.close()
    except OSError as error:
        return error.strerror or str(error)
    except (ValueError, http.client.HTTPException) as error:
        return str(error)
    return None if status == _OK else f"HTTP status {status}"


def _connection(address: str, environ: Mapping[str, str]) -> http.client.HTTPConnection | None:
    parts = urlsplit(address)
    if parts.scheme in ("ssh", "npipe"):
        return None
    if parts.scheme == "unix":
        return _UnixConnection(parts.path)
    host = parts.hostname or "localhost"
    if not environ.get("DOCKER_TLS_VERIFY"):
        return http.client.HTTPConnection(host, parts.port or 2375, timeout=_TIMEOUT_SECONDS)
    certificates = Path(environ.get("DOCKER_CERT_PATH") or Path.home() / ".docker")
    return http.client.HTTPSConnection(host, parts.port or 2376, timeout=_TIMEOUT_SECONDS, context=_tls(certificates))


def _tls(directory: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(directory / "ca.pem"))
    context.load_cert_chain(directory / "cert.pem", directory / "key.pem")
    return context
