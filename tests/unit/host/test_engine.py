"""Whether a container engine answers, and what it says of images."""

from __future__ import annotations

import posixpath
import shutil
import socket
import socketserver
import ssl
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.engine_stand_in import ABSENT, OK, as_json, engine_with, serve

from samix.host.engine import Engine, engine_problem, find_engine, image_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from samix.units.unit import Unit

BROKEN = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CUT = CHUNKED + b'40\r\n{"Id": "sha256:68'
NO_STATES: list[object] = [{"State": {}}, {"State": []}, {}, [], "exited", None]
# engines of tests answer at last, and those of the machine are not asked
FIND = partial(find_engine, timeout=60.0, sockets=("unix:///none",))
PYTHON = "public.ecr.aws/sam/build-python3.11:latest-x86_64"


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


def test_an_engine_that_answers_on_a_socket_is_enough(directory: Path) -> None:
    requests: list[bytes] = []
    address = directory / "engine.sock"
    with serve(socketserver.UnixStreamServer(str(address), _handler(OK, requests))):
        assert engine_problem({"DOCKER_HOST": f"unix://{address}"}) is None
    assert requests == [b"GET /_ping HTTP/1.1\r\n"]


@pytest.mark.parametrize("form", ["unix:/{}", "http+unix://{}", " unix://{} "])
def test_socket_may_be_named_in_each_way_of_sams_client(directory: Path, form: str) -> None:
    address = directory / "engine.sock"
    with serve(socketserver.UnixStreamServer(str(address), _handler(OK, []))):
        assert engine_problem({"DOCKER_HOST": form.format(address)}) is None


def test_a_scheme_without_a_socket_means_the_usual_one(directory: Path) -> None:
    address = directory / "engine.sock"
    with serve(socketserver.UnixStreamServer(str(address), _handler(OK, []))):
        assert engine_problem({"DOCKER_HOST": "unix://"}, [f"unix://{address}"]) is None


@pytest.mark.parametrize("scheme", ["tcp", "http"])
def test_an_engine_that_answers_on_a_port_is_enough(scheme: str) -> None:
    requests: list[bytes] = []
    server = socketserver.TCPServer(("127.0.0.1", 0), _handler(OK, requests))
    with serve(server):
        assert engine_problem({"DOCKER_HOST": f"{scheme}://127.0.0.1:{server.server_address[1]}"}) is None
    assert requests == [b"GET /_ping HTTP/1.1\r\n"]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [(BROKEN, "HTTP status 503"), (b"no http\r\n\r\n", "no http"), (b"", "closed")],
    ids=["status", "no HTTP", "nothing"],
)
def test_an_engine_with_a_wrong_answer_is_none(answer: bytes, problem: str, directory: Path) -> None:
    address = directory / "engine.sock"
    with serve(socketserver.UnixStreamServer(str(address), _handler(answer, []))):
        assert problem in (engine_problem({"DOCKER_HOST": f"unix://{address}"}) or "")


def test_a_refused_connection_is_called_that() -> None:
    with socket.socket() as deaf:  # nobody else gets its port
        deaf.bind(("127.0.0.1", 0))
        port = deaf.getsockname()[1]
        assert "refused" in (engine_problem({"DOCKER_HOST": f"tcp://127.0.0.1:{port}"}) or "")


def test_an_unknown_host_is_called_that(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_arguments: object, **_options: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "create_connection", unknown)
    assert "Name or service not known" in (engine_problem({"DOCKER_HOST": "tcp://engine:2375"}) or "")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:port", "tcp://127.0.0.1:99999", "tcp://[::1"])
def test_an_address_that_is_none_is_an_error_with_a_message(address: str) -> None:
    assert engine_problem({"DOCKER_HOST": address})


def test_missing_certificates_are_an_error_with_a_message(directory: Path) -> None:
    environ = {"DOCKER_HOST": "tcp://127.0.0.1:1", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(directory)}
    assert engine_problem(environ)


def _refusing(status: str, message: str) -> bytes:
    return as_json({"message": message}).replace(b"200 OK", status.encode())


@pytest.mark.parametrize(
    ("name", "answer", "problem"),
    [
        ("host.test/i:latest", _refusing("404 Not Found", "manifest unknown: manifest unknown"), "manifest unknown"),
        ("localhost/i", _refusing("404 Not Found", "name unknown: repository name not known"), "name unknown"),
        ("host:5000/i", _refusing("500 x", 'Get "http://host:5000/v2/": dial tcp: connection refused'), "refused"),
        ("host.test/i", _refusing("500 x", "dial tcp: lookup host.test on 10.0.0.1:53: no such host"), "no such host"),
        ("host.test/i", as_json({"Descriptor": {}}), None),
        ("host.test/i", _refusing("401 Unauthorized", "unauthorized"), None),
        ("host.test/i", _refusing("403 Forbidden", "denied"), None),
        ("host.test/i", _refusing("404 Not Found", "page not found"), None),
        ("host.test/i", b"HTTP/1.1 404 Not Found\r\n\r\nNot Found", None),
        ("user/i", _refusing("404 Not Found", "manifest unknown: manifest unknown"), None),
        ("i:1.2", _refusing("404 Not Found", "manifest unknown: manifest unknown"), None),
        ("no name", _refusing("404 Not Found", "manifest unknown: manifest unknown"), None),
    ],
)
def test_an_image_that_cannot_be_pulled_is_reported_before(
    name: str, answer: bytes, problem: str | None, directory: Path
) -> None:
    with engine_with(directory / "engine.sock", {f"/distribution/{name}": answer}) as (environ, _):
        engine = FIND({**environ, "DOCKER_CONFIG": str(directory)})
        assert engine
        told = engine.pull_problem(name)
    assert problem in told if problem and told else told is problem


@pytest.mark.parametrize(
    ("config", "is_told"),
    [
        ('{"auths": {"https://host.test": {"auth": "x"}}}', False),
        ('{"credHelpers": {"host.test": "x"}}', False),
        ('{"credsStore": "desktop"}', False),
        ("{", False),
        ('{"auths": {"other.test": {"auth": "x"}}}', True),
        ("{}", True),
    ],
)
def test_image_that_needs_a_login_is_left_to_sam(config: str, directory: Path, *, is_told: bool) -> None:
    (directory / "config.json").write_text(config)
    unknown = _refusing("404 Not Found", "manifest unknown: manifest unknown")
    with engine_with(directory / "engine.sock", {"/distribution/host.test/i": unknown}) as (environ, _):
        engine = FIND({**environ, "DOCKER_CONFIG": str(directory)})
        assert engine
        assert (engine.pull_problem("host.test/i") is not None) is is_told


@pytest.mark.parametrize(
    "address", ["ssh://me@engine", "npipe:////./pipe/docker_engine", "https://127.0.0.1:1", "HTTPS://127.0.0.1:1"]
)
def test_what_only_sams_client_can_reach_is_left_to_it(address: str) -> None:
    assert engine_problem({"DOCKER_HOST": address}) is None


def test_docker_is_asked_first_and_then_finch(directory: Path) -> None:
    finch = directory / "finch.sock"
    requests: list[bytes] = []
    sockets = (f"unix://{directory / 'docker.sock'}", f"unix://{finch}")
    assert "docker.sock" in (engine_problem({}, sockets) or "")
    with serve(socketserver.UnixStreamServer(str(finch), _handler(OK, requests))):
        assert engine_problem({}, sockets) is None
        assert engine_problem({"DOCKER_HOST": ""}, sockets) is None
    assert len(requests) == 2


def test_an_address_without_a_scheme_is_that_of_a_host() -> None:
    requests: list[bytes] = []
    server = socketserver.TCPServer(("127.0.0.1", 0), _handler(OK, requests))
    with serve(server):
        assert engine_problem({"DOCKER_HOST": f"127.0.0.1:{server.server_address[1]}"}) is None
    assert requests == [b"GET /_ping HTTP/1.1\r\n"]


@pytest.mark.parametrize(
    ("verify", "mode"), [({}, ssl.CERT_NONE), ({"DOCKER_TLS_VERIFY": "1"}, ssl.CERT_REQUIRED)], ids=["no", "yes"]
)
def test_certificates_alone_are_enough_for_tls_without_verifying(
    verify: dict[str, str], mode: ssl.VerifyMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[ssl.VerifyMode] = []

    def load(context: ssl.SSLContext, *_paths: Path) -> NoReturn:
        modes.append(context.verify_mode)
        raise OSError("that is all to see")

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", lambda *_, **__: None)
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", load)
    problem = Engine("tcp://127.0.0.1:1", {"DOCKER_CERT_PATH": "/certificates", **verify}).problem()
    assert problem == "that is all to see"
    assert modes == [mode]


def test_the_ids_of_images_are_those_that_the_engine_tells(directory: Path) -> None:
    images = {
        PYTHON: as_json({"Id": "sha256:68e7"}),
        "localhost:5000/own@sha256:0f": as_json({"Id": "sha256:0f0f"}),
    }
    with engine_with(directory / "engine.sock", images) as (environ, asked):
        found = image_ids([PYTHON, "nothing", "localhost:5000/own@sha256:0f", PYTHON], environ, FIND)
    assert found == {PYTHON: "sha256:68e7", "localhost:5000/own@sha256:0f": "sha256:0f0f"}
    assert asked == [
        "/_ping",
        "/images/localhost:5000/own%40sha256:0f/json",
        "/images/nothing/json",
        f"/images/{PYTHON}/json",
    ]


def test_an_answer_may_come_in_chunks(directory: Path) -> None:
    chunks = CHUNKED + b'8;note=x\r\n{"Id": "\r\nB\r\nsha256:68"}\r\n0\r\n\r\n'
    with engine_with(directory / "engine.sock", {PYTHON: chunks}) as (environ, _):
        assert image_ids([PYTHON], environ, FIND) == {PYTHON: "sha256:68"}


@pytest.mark.parametrize(
    "answer",
    [
        BROKEN,
        b"no http\r\n\r\n",
        b"",
        OK,
        CUT,
        as_json([]),
        as_json({}),
        as_json({"Id": 1}),
        as_json({"Id": ""}),
        as_json(None),
    ],
    ids=["status", "no HTTP", "nothing", "no JSON", "cut", "list", "no id", "number", "empty", "null"],
)
def test_an_answer_that_holds_no_id_tells_none(answer: bytes, directory: Path) -> None:
    with engine_with(directory / "engine.sock", {"image": answer}) as (environ, asked):
        engine = FIND(environ)
        assert engine is not None
        assert engine.image_id("image") is None
    assert asked == ["/_ping", "/images/image/json"]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (as_json({"State": {"Status": "created", "Error": ""}}), "it was not started"),
        (
            as_json({"State": {"Status": "created", "Error": "port\n is taken"}}),
            "it could not be started: port is taken",
        ),
        (as_json({"State": {"Status": "exited", "Error": ""}}), "it has ended"),
        (as_json({"State": {"Status": "dead"}}), "it has ended"),
        *((as_json({"State": {"Status": status}}), None) for status in ("running", "paused", "restarting", "removing")),
        *((as_json(content), None) for content in NO_STATES),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 100_000, None),
        (b"HTTP/1.1 200 OK\r\n\r\nexited", None),
        (ABSENT, None),
        (b"", None),
    ],
)
def test_container_may_go_on_unless_its_engine_says_it_stopped(
    answer: bytes, problem: str | None, directory: Path
) -> None:
    address, requests = directory / "engine.sock", list[bytes]()
    with serve(socketserver.UnixStreamServer(str(address), _handler(answer, requests))):
        assert Engine(f"unix://{address}", {}).container_problem("a751ee0bdf34") == problem
    assert requests == [b"GET /containers/a751ee0bdf34/json HTTP/1.1\r\n"]


def test_container_that_only_sams_client_can_see_is_waited_for() -> None:
    assert Engine("ssh://me@engine", {}).container_problem("a751ee0bdf34") is None


def test_no_engine_is_looked_for_where_there_is_nothing_to_ask(directory: Path) -> None:
    with engine_with(directory / "engine.sock", {}) as (environ, asked):
        assert image_ids([], environ, FIND) == {}
    assert asked == []


def test_without_an_engine_no_image_has_an_id(directory: Path) -> None:
    address = directory / "left.sock"
    with socket.socket(socket.AF_UNIX) as left:  # its engine is gone
        left.bind(str(address))
    for environ in ({"DOCKER_HOST": f"unix://{address}"}, {"DOCKER_HOST": f"unix://{directory}/nothing.sock"}):
        assert FIND(environ) is None
        assert image_ids([PYTHON], environ, FIND) == {}


def test_an_engine_that_keeps_silent_is_waited_for_once(directory: Path) -> None:
    find = partial(FIND, timeout=0.05)
    address = directory / "engine.sock"
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(address))
        silent.listen()
        assert image_ids(["one", "two", "three"], {"DOCKER_HOST": f"unix://{address}"}, find) == {}
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):  # nobody else has come
            silent.accept()


@pytest.mark.parametrize("address", ["ssh://me@engine", "SSH://me@engine", "npipe:////./pipe/docker_engine"])
def test_what_only_sams_client_can_reach_is_not_asked_for_images(
    address: str, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("it is taken for a host"))
    with engine_with(directory / "finch.sock", {PYTHON: as_json({"Id": "sha256:68e7"})}) as (environ, asked):
        find = partial(FIND, sockets=("unix://none", environ["DOCKER_HOST"]))
        assert image_ids([PYTHON], {"DOCKER_HOST": address}, find) == {}
        assert Engine(address, {}).image_id(PYTHON) is None
    assert asked == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        ".",
        "..",
        "../containers",
        "a/../../containers",
        "a/..",
        "./a",
        "/a",
        "a/",
        "a//b",
        "a b",
        " a",
        "a\n",
        "a\r\nHost: other",
        "a\0",
        "a?all=1",
        "a#b",
        "a%2e%2e",
        "%2e%2e/containers",
        "a;b",
        "a\\b",
        "imäge",
        "\ud800",
        "http://other/a",
    ],
)
def test_what_is_no_name_of_an_image_is_not_asked_for(name: str, directory: Path) -> None:
    with engine_with(directory / "engine.sock", {name: as_json({"Id": "sha256:68e7"})}) as (environ, asked):
        assert image_ids([name], environ, FIND) == {}
    assert asked == ["/_ping"]


@pytest.mark.parametrize(
    "name",
    [
        "image",
        "a.b/c-d_e:1.0-x",
        "localhost:5000/a/b",
        "[::1]:5000/a",
        "a@sha256:0f",
        "a:1@sha256:0f",
        "68e7355b",
        "..a",
    ],
)
def test_every_form_of_a_name_is_asked_for(name: str, directory: Path) -> None:
    with engine_with(directory / "engine.sock", {name: as_json({"Id": "sha256:68e7"})}) as (environ, _):
        assert image_ids([name], environ, FIND) == {name: "sha256:68e7"}


@given(name=st.text("a.:/@[-_", max_size=9) | st.text(st.sampled_from("a./%?#\\ \n\0é") | st.characters(), max_size=9))
def test_no_name_leads_to_another_path_of_the_engine(name: str) -> None:
    with (
        tempfile.TemporaryDirectory() as short,
        engine_with(Path(short) / "engine.sock", {name: as_json({"Id": "sha256:68e7"})}) as (environ, asked),
    ):
        found = Engine(environ["DOCKER_HOST"], environ).image_id(name)
    if found is None:
        assert asked == []
    else:
        [path] = asked
        assert unquote(path) == posixpath.normpath(unquote(path)) == f"/images/{name}/json"
        assert path.isascii()
