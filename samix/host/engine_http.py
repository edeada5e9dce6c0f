"""Asks a container engine over its socket or port.

The standard library's `http.client` takes longer to import than an engine takes to answer, which a run that finds
everything up to date would notice. This module has the few parts of HTTP that are needed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import socket
    import ssl

_BLOCK = 65536
_OK = b"200"


class NoAnswerError(Exception):
    """An engine does not answer as it should; the text says how."""


def get(address: str, path: str, environ: Mapping[str, str], timeout: float) -> bytes:
    """The content of an engine's answer to a GET request to its API.

    The address is written as in `DOCKER_HOST`, and the path is quoted. `environ` says whether to use TLS, and where the
    certificates are (`docker.utils.kwargs_from_env`). `timeout` is how many seconds the engine may be silent.

    Raises:
        NoAnswerError: Nothing answers, or not with success.
    """
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    blocks = []
    try:
        with _connect(address, environ, timeout) as connection:
            connection.sendall(request.encode("ascii"))
            while block := connection.recv(_BLOCK):
                blocks.append(block)
        return _content(b"".join(blocks))
    except OSError as error:
        raise NoAnswerError(error.strerror or str(error)) from error
    except ValueError as error:
        raise NoAnswerError(str(error)) from error


def has_tls(environ: Mapping[str, str]) -> bool:
    """Whether the environment says to use TLS; certificates alone are enough, the engine's own is then not verified."""
    return bool(environ.get("DOCKER_TLS_VERIFY") or environ.get("DOCKER_CERT_PATH"))


def _content(response: bytes) -> bytes:
    """The content of a whole response; a ValueError says that it is not one, or that its status is not a success."""
    if not response:
        raise ValueError("it closed the connection without a response")
    head, _, content = response.partition(b"\r\n\r\n")
    first, *headers = head.split(b"\r\n")
    version, _, status = first.partition(b" ")
    if not version.startswith(b"HTTP/"):
        raise ValueError(f"not an HTTP response: {first[:80].decode(errors='replace')}")
    if any(header.lower().replace(b" ", b"") == b"transfer-encoding:chunked" for header in headers):
        content = _join_chunks(content)
    if status[:3] != _OK:
        raise ValueError(f"HTTP status {status[:3].decode(errors='replace')}{_explanation(content)}")
    return content


def _explanation(content: bytes) -> str:
    """The engine's own message about a failure, in the form that follows the status."""
    try:
        answer = json.loads(content)
    except ValueError:
        return ""
    message = answer.get("message") if isinstance(answer, dict) else None
    return f": {message}" if isinstance(message, str) else ""


def _join_chunks(chunks: bytes) -> bytes:
    content = b""
    while True:
        size, _, chunks = chunks.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        if length <= 0:
            return content
        content += chunks[:length]
        chunks = chunks[length + 2 :]


def _connect(address: str, environ: Mapping[str, str], timeout: float) -> socket.socket:
    import socket  # noqa: PLC0415 - only where an engine is asked

    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    if parts.scheme in {"unix", "http+unix"}:
        # `docker.utils.parse_host`: a path may follow two slashes as well as three
        path = f"/{parts.hostname}{parts.path}" if parts.hostname else parts.path
        return _open(socket.socket(socket.AF_UNIX), path, timeout)
    host = parts.hostname or "localhost"
    if not has_tls(environ):
        return socket.create_connection((host, parts.port or 2375), timeout)
    context = _tls(environ)
    return context.wrap_socket(socket.create_connection((host, parts.port or 2376), timeout), server_hostname=host)


def _open(connection: socket.socket, path: str, timeout: float) -> socket.socket:
    connection.settimeout(timeout)
    try:
        connection.connect(path)
    except BaseException:
        connection.close()
        raise
    return connection


def _tls(environ: Mapping[str, str]) -> ssl.SSLContext:
    import ssl  # noqa: PLC0415 - few engines are asked over TLS

    directory = Path(environ.get("DOCKER_CERT_PATH") or Path.home() / ".docker")
    if environ.get("DOCKER_TLS_VERIFY"):
        context = ssl.create_default_context(cafile=str(directory / "ca.pem"))
    else:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(directory / "cert.pem", directory / "key.pem")
    return context
