"""`sam local` with warm containers beside `samix build`: every function answers as the last build has it."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from support.engine import containers_of
from support.makefiles import makefile
from support.project import Project, clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("container_engine")]

FUNCTIONS = {"One": "one", "Two": "two", "Three": "child/three"}
PLACES = {"One": "One", "Two": "Two", "Three": "Child/Three"}
ALL = tuple(FUNCTIONS)
# what is changed before each build
BUILDS: tuple[tuple[str, ...], ...] = (
    ("One",),
    ("One", "Two"),
    ALL,
    ("Three",),
    ("Layer",),
    ("template",),
    ("Two", "template"),
    ("Two", "Three"),
    ("Layer", *ALL),
    ("Layer", *ALL, "template"),
)
# those that run at the same time: more would be in each other's way, for each builds the image of the layer
PAIRS = (
    (("start-lambda", "EAGER"), ("start-api", "LAZY")),
    (("start-lambda", "LAZY"), ("start-api", "EAGER")),
)
_SECONDS = 180.0  # within which a function has to answer right
_STILL = 3.0  # seconds
_PATIENCE = 45.0  # seconds: a call whose container is taken away meanwhile may never be answered
_HANDLER = """\
import json, os, sys
sys.path.append("/opt")
try:
    from common import LAYER
except ImportError:
    LAYER = 0

def handler(event, context):
    answer = [{version}, LAYER, int(os.environ["STAGE"])]
    return {{"statusCode": 200, "body": json.dumps(answer)}} if "httpMethod" in event else answer
"""
_FUNCTION = """\
  {name}:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: makefile}}
    Properties:
      CodeUri: {code}
      Runtime: python3.11
      Handler: app.handler
      Timeout: 60
      {more}
      Environment: {{Variables: {{STAGE: "{stage}"}}}}
      Events: {{Get: {{Type: Api, Properties: {{Path: /{name}, Method: get}}}}}}
"""
_LAYER = """\
  Layer:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: makefile}
    Properties: {ContentUri: layer, CompatibleRuntimes: [python3.11]}
  Child:
    Type: AWS::Serverless::Application
    Properties: {Location: child/template.yaml}
"""
_HEAD = "Transform: AWS::Serverless-2016-10-31\nResources:\n"


@dataclass
class _App:
    """An application, and which version of each part was built last."""

    project: Project
    versions: dict[str, int]

    @classmethod
    def made(cls, path: Path) -> _App:
        project = Project(path)
        for name, code in FUNCTIONS.items():
            project.write(f"{code}/Makefile", makefile(name, "cp app.py $(ARTIFACTS_DIR)"))
        project.write("layer/Makefile", makefile("Layer", "cp common.py $(ARTIFACTS_DIR)"))
        app = cls(project, dict.fromkeys((*ALL, "Layer", "template"), 0))
        app.build(app.versions)
        return app

    def build(self, changed: Iterable[str]) -> None:
        for name in changed:
            self.versions[name] += 1
        for name, code in FUNCTIONS.items():
            self.project.write(f"{code}/app.py", _HANDLER.format(version=self.versions[name]))
        self.project.write("layer/common.py", f"LAYER = {self.versions['Layer']}\n")
        stage = self.versions["template"]
        one = _FUNCTION.format(name="One", code="one", stage=stage, more="MemorySize: 128")
        two = _FUNCTION.format(name="Two", code="two", stage=stage, more="Layers: [!Ref Layer]")
        three = _FUNCTION.format(name="Three", code="three", stage=stage, more="MemorySize: 128")
        self.project.write("template.yaml", f"{_HEAD}{one}{two}{_LAYER}")
        self.project.write("child/template.yaml", f"{_HEAD}{three}")
        self.project.samix("build").succeeded()

    def answer(self, name: str) -> list[int]:
        """What a function answers that is as it was built last."""
        layer = self.versions["Layer"] if name == "Two" else 0
        return [self.versions[name], layer, self.versions["template"]]


@contextmanager
def _free_port() -> Iterator[int]:
    """A port that nobody gets meanwhile but who listens there."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@dataclass
class _Server:
    """A `sam local` that runs."""

    command: str
    port: int
    log: Path
    process: subprocess.Popen[bytes]
    _is_interrupted: bool = False

    def interrupt(self) -> None:
        """Have it end, once: at a second time it would leave containers behind."""
        if not self._is_interrupted:
            self._is_interrupted = True
            self.process.send_signal(signal.SIGINT)

    def ask(self, name: str) -> object:
        """What a function answers; what went wrong, if something did."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            if self.command == "start-api":
                connection.request("GET", f"/{name}")
            else:
                connection.request("POST", f"/2015-03-31/functions/{name}/invocations", b"{}")
            text = connection.getresponse().read()
        except (OSError, http.client.HTTPException) as error:
            return repr(error)
        finally:
            connection.close()
        try:
            return json.loads(text)
        except ValueError:
            return text

    def answers(self, name: str, wanted: object) -> None:
        """Wait until a function answers so.

        Raises:
            AssertionError: It never does.
        """
        deadline = time.monotonic() + _SECONDS
        while (answer := self.ask(name)) != wanted:
            told = f"{self.log.stem}: {name} answers {answer}, not {wanted}"
            assert time.monotonic() < deadline, f"{told}\n{self.log.read_text()}"
            time.sleep(0.1)


@contextmanager
def _served(project: Project, command: str, containers: str) -> Iterator[_Server]:
    """A `sam local` over what is built, with warm containers of a kind; they go with it."""
    log = project.path.with_name(f"{command}-{containers}.log")
    with ExitStack() as stack:
        port = stack.enter_context(_free_port())
        process = subprocess.Popen(
            ["sam", "local", command, f"--port={port}", "--skip-pull-image", "--warm-containers", containers],
            cwd=project.path,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=stack.enter_context(log.open("wb")),
            stderr=subprocess.STDOUT,
        )
        server = _Server(command, port, log, process)
        try:
            yield server
        finally:
            server.interrupt()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                for place in PLACES.values():
                    for container in containers_of(project.build_dir / place):
                        subprocess.run(["docker", "rm", "--force", container], capture_output=True, check=True)


def _all_answer(servers: Sequence[_Server], app: _App) -> None:
    """Wait until every function of every server answers as it was built last; the servers are asked side by side."""

    def ask(server: _Server) -> None:
        for name in ALL:
            server.answers(name, app.answer(name))

    with ThreadPoolExecutor(len(servers)) as pool:
        for _ in pool.map(ask, servers):
            pass


def _all_are_still(servers: Sequence[_Server]) -> None:
    """Wait until no server says any more of what changed.

    One that is asked while it takes in several changes can stop answering for ever, whoever built:
    `LambdaFunctionObserver` and `SingletonFileObserver` of aws-sam-cli 1.170 wait for each other's locks.
    """
    sizes: list[int] = []
    while sizes != (sizes := [server.log.stat().st_size for server in servers]):
        time.sleep(_STILL)


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_warm_functions_answer_as_built_last_after_every_build(
    pair: tuple[tuple[str, str], ...], tmp_path: Path
) -> None:
    app = _App.made(tmp_path / "app")
    with ExitStack() as stack:
        servers = [stack.enter_context(_served(app.project, *server)) for server in pair]
        for server in servers:
            stack.callback(server.interrupt)  # all before the first is waited for
        _all_answer(servers, app)
        for changed in BUILDS:
            app.build(changed)
            _all_are_still(servers)
            _all_answer(servers, app)
