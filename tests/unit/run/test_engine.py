"""Whether a container engine answers."""

from __future__ import annotations

import shutil
import socket
import socketserver
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from samix.errors import RequirementError
from samix.plan.build_type import BuildType
from samix.run.engine import require_engine
from samix.template.resources import Kind, Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from samix.plan.units import Unit

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"
BROKEN = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


@contextmanager
def _serve(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(answer: bytes, requests: list[bytes]) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            requests.append(self.rfile.readline())
            while self.rfile.readline().strip():
                pass
            self.wfile.write(answer)

    return Handler


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory whose path is short enough for a socket's address."""
    place = Path(tempfile.mkdtemp())
    yield place
    shutil.rmtree(place)


@pytest.fixture
def unit(make_unit: Callable[..., Unit]) -> Unit:
    return make_unit("NativeLayer")


def test_an_engine_that_answers_on_a_socket_is_enough(unit: Unit, directory: Path) -> None:
    requests: list[bytes] = []
    address = directory / "engine.sock"
    with _serve(socketserver.UnixStreamServer(str(address), _handler(OK, requests))):
        require_engine([unit], {"DOCKER_HOST": f"unix://{address}"})
    assert requests == [b"GET /_ping HTTP/1.1\r\n"]


@pytest.mark.parametrize("scheme", ["tcp", "http"])
def test_an_engine_that_answers_on_a_port_is_enough(scheme: str, unit: Unit) -> None:
    requests: list[bytes] = []
    server = socketserver.TCPServer(("127.0.0.1", 0), _handler(OK, requests))
    with _serve(server):
        require_engine([unit], {"DOCKER_HOST": f"{scheme}://127.0.0.1:{server.server_address[1]}"})
    assert requests == [b"GET /_ping HTTP/1.1\r\n"]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [(BROKEN, "HTTP status 503"), (b"no http\r\n\r\n", "no http"), (b"", "closed")],
    ids=["status", "no HTTP", "nothing"],
)
def test_an_engine_with_a_wrong_answer_is_none(answer: bytes, problem: str, unit: Unit, directory: Path) -> None:
    address = directory / "engine.sock"
    with (
        _serve(socketserver.UnixStreamServer(str(address), _handler(answer, []))),
        pytest.raises(RequirementError, match=problem),
    ):
        require_engine([unit], {"DOCKER_HOST": f"unix://{address}"})


def test_the_error_names_the_units_and_a_way_out(
    directory: Path, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    address = f"unix://{directory / 'nothing.sock'}"
    image = make_unit(make_resource("Child/Image", kind=Kind.IMAGE))
    with pytest.raises(RequirementError) as caught:
        require_engine([make_unit("NativeLayer", build_type=BuildType.CONTAINER), image], {"DOCKER_HOST": address})
    assert caught.value.exit_code == 3
    assert "NativeLayer" in caught.value.message
    assert address in caught.value.message
    assert "No such file" in caught.value.message
    assert "--build-type NativeLayer=host --exclude Child/Image." in caught.value.hint


def test_a_refused_connection_is_called_that(unit: Unit) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(RequirementError, match="refused"):
        require_engine([unit], {"DOCKER_HOST": f"tcp://127.0.0.1:{port}"})


def test_an_unknown_host_is_called_that(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_arguments: object, **_options: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "create_connection", unknown)
    with pytest.raises(RequirementError, match="Name or service not known"):
        require_engine([unit], {"DOCKER_HOST": "tcp://engine:2375"})


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:port", "tcp://127.0.0.1:99999", "tcp://[::1"])
def test_an_address_that_is_none_is_an_error_with_a_message(address: str, unit: Unit) -> None:
    with pytest.raises(RequirementError, match="No container engine answers"):
        require_engine([unit], {"DOCKER_HOST": address})


def test_missing_certificates_are_an_error_with_a_message(unit: Unit, directory: Path) -> None:
    environ = {"DOCKER_HOST": "tcp://127.0.0.1:1", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(directory)}
    with pytest.raises(RequirementError, match="No container engine answers"):
        require_engine([unit], environ)


@pytest.mark.parametrize("address", ["ssh://me@engine", "npipe:////./pipe/docker_engine"])
def test_what_only_sams_client_can_reach_is_left_to_it(address: str, unit: Unit) -> None:
    require_engine([unit], {"DOCKER_HOST": address})


def test_docker_is_asked_first_and_then_finch(unit: Unit, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finch = directory / "finch.sock"
    requests: list[bytes] = []
    monkeypatch.setattr("samix.run.engine._DOCKER_SOCKET", f"unix://{directory / 'docker.sock'}")
    monkeypatch.setattr("samix.run.engine._FINCH_SOCKETS", (f"unix://{finch}",))
    with pytest.raises(RequirementError, match=r"docker\.sock"):
        require_engine([unit], {})
    with _serve(socketserver.UnixStreamServer(str(finch), _handler(OK, requests))):
        require_engine([unit], {})
        require_engine([unit], {"DOCKER_HOST": ""})
    assert len(requests) == 2
