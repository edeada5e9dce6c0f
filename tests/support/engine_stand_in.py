"""A container engine that gives the answers of a test, over its API."""

from __future__ import annotations

import json
import socketserver
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"
ABSENT = b'HTTP/1.1 404 Not Found\r\nContent-Length: 15\r\n\r\n{"message":"x"}'


@contextmanager
def serve(server: socketserver.BaseServer) -> Iterator[None]:
    """A server that runs meanwhile."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def as_json(content: object) -> bytes:
    """A successful response with a JSON document."""
    body = json.dumps(content).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


@contextmanager
def engine_with(address: Path, answers: Mapping[str, bytes]) -> Iterator[tuple[dict[str, str], list[str]]]:
    """The environment that leads to an engine with these answers, and the paths that it is asked for.

    Answers are by the name of an image, or by the path without `/json`.
    """
    asked: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            path = self.rfile.readline().split(b" ")[1].decode()
            asked.append(path)
            while self.rfile.readline().strip():
                pass
            name = unquote(path).removeprefix("/images/").removesuffix("/json")
            self.wfile.write(OK if path == "/_ping" else answers.get(name, ABSENT))

    with serve(socketserver.UnixStreamServer(str(address), Handler)):
        yield {"DOCKER_HOST": f"unix://{address}"}, asked
