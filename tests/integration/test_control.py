"""How long a build goes on, and what it tries again."""

from __future__ import annotations

import http.server
import io
import os
import signal
import subprocess
import sys
import threading
import zipfile
from typing import TYPE_CHECKING

import pytest
from support.engine import containers_of
from support.makefiles import COPY, made
from support.processes import is_running
from support.project import HOST_PYTHON, Project, clean_environment

from samix.state.lock import project_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_fail_fast_starts_nothing_more_and_keeps_what_is_built(tmp_path: Path) -> None:
    project = made(tmp_path / "app", {"A": COPY, "B": "@exit 7", "C": COPY})
    run = project.samix("build", "--jobs", "1", "--fail-fast").failed_with(1)
    assert {name: result for name, (_, result) in run.results().items()} == {
        "A": "built",
        "B": "failed",
        "C": "skipped",
    }
    assert "not started: B has failed" in run.text
    again = project.samix("build", "--jobs", "1").failed_with(1).results()
    assert {name: result for name, (_, result) in again.items()} == {"A": "reused", "B": "failed", "C": "built"}


def test_up_to_date_units_are_reported_also_with_fail_fast(tmp_path: Path) -> None:
    project = made(tmp_path / "app", {"Bad": COPY, "Good": COPY})
    project.samix("build").succeeded()
    project.write("Bad/Makefile", "build-Bad:\n\t@exit 7\n")
    run = project.samix("build", "--verbose", "--jobs", "1", "--fail-fast").failed_with(1)
    assert "reused Good: up to date" in run.errors


def test_unit_that_takes_too_long_is_ended_and_others_are_built(tmp_path: Path) -> None:
    project = made(tmp_path / "app", {"Slow": "@echo begun; sleep 300", "Quick": COPY})
    run = project.samix("build", "--timeout", "60").failed_with(1)
    assert {name: result for name, (_, result) in run.results().items()} == {"Slow": "failed", "Quick": "built"}
    assert "took longer than 60 s (--timeout)" in run.text
    assert "begun" in run.errors  # its log


def test_a_build_whose_terminal_has_gone_is_ended_all_the_same(tmp_path: Path) -> None:
    project = made(tmp_path / "app", {"Slow": f"@echo $$PPID > {tmp_path}/begun; sleep 300"})
    reader, writer = os.pipe()
    build = subprocess.Popen(
        [sys.executable, "-m", "samix", "build"],
        cwd=project.path,
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
        stderr=writer,
    )
    os.close(writer)
    pause = threading.Event()
    begun = tmp_path / "begun"
    while not (begun.exists() and begun.read_text().endswith("\n")):
        assert build.poll() is None
        pause.wait(0.1)
    os.close(reader)
    build.send_signal(signal.SIGHUP)
    build.wait(120)
    assert not is_running(int(begun.read_text()))


@pytest.mark.container
@pytest.mark.usefixtures("container_engine")
def test_no_container_is_left_of_a_unit_that_takes_too_long(tmp_path: Path) -> None:
    project = made(tmp_path / "app", {"Slow": "@echo begun; sleep 300"})
    run = project.samix("build", "--use-container", "--skip-pull-image", "--timeout", "20").failed_with(1)
    assert "took longer than 20 s (--timeout)" in run.text
    assert containers_of(project.path / "Slow") == []


def test_what_failed_for_want_of_the_network_is_tried_again(tmp_path: Path, index: _Index) -> None:
    index.broken = 1
    project = _with_package(tmp_path / "app", index)
    run = project.samix("build", "--retries", "2").succeeded()
    assert run.results() == {"Fn": ("host", "built")}
    assert run.errors.count("trying Fn again") == 1
    assert (project.build_dir / "Fn" / "tiny.py").exists()


def test_it_is_tried_no_more_often_than_asked(tmp_path: Path, index: _Index) -> None:
    index.broken = 1000
    project = _with_package(tmp_path / "app", index)
    assert "again" not in project.samix("build").failed_with(1).errors
    asked_once = 1000 - index.broken
    assert asked_once > 0
    index.broken = 1000
    run = project.samix("build", "--retries", "2").failed_with(1)
    assert run.errors.count("trying Fn again") == 2
    assert 1000 - index.broken == 3 * asked_once


def test_no_other_failure_is_tried_again(tmp_path: Path) -> None:
    project = made(tmp_path / "app", {"A": f"@echo x >> {tmp_path}/tried; exit 7"})
    project.samix("build", "--retries", "3").failed_with(1)
    assert (tmp_path / "tried").read_text() == "x\n"


def test_build_with_no_wait_ends_at_once_and_names_the_holder(tmp_path: Path) -> None:
    project = made(tmp_path / "app", {"A": COPY})
    with project_lock(project.path / ".aws-sam" / "samix" / "lock", print):
        run = project.samix("build", "--no-wait").failed_with(4)
    assert f"Another samix is working in this directory (process {os.getpid()})" in run.errors
    project.samix("build", "--no-wait").succeeded()


class _Index(http.server.ThreadingHTTPServer):
    """An index with one package, that is out of order at first.

    Attributes:
        broken: How many requests it fails to answer.
    """

    broken = 0

    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/simple"


class _Answer(http.server.BaseHTTPRequestHandler):
    server: _Index

    def do_GET(self) -> None:
        is_page = self.path.endswith("/")
        content = f'<a href="/{WHEEL}">{WHEEL}</a>'.encode() if is_page else _wheel()
        if self.server.broken:
            self.server.broken -= 1
            self.send_response(503)
            content = b""
        else:
            self.send_response(200)
        self.send_header("Content-Type", "text/html" if is_page else "application/octet-stream")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


WHEEL = "tiny-1.0-py3-none-any.whl"


def _wheel() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr("tiny.py", "")
        wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("tiny-1.0.dist-info/RECORD", "")
    return file.getvalue()


@pytest.fixture
def index() -> Iterator[_Index]:
    with _Index(("127.0.0.1", 0), _Answer) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _with_package(path: Path, index: _Index) -> Project:
    files = {
        "template.yaml": "Transform: AWS::Serverless-2016-10-31\nResources:\n  Fn:\n"
        "    Type: AWS::Serverless::Function\n"
        f"    Properties: {{CodeUri: src, Runtime: {HOST_PYTHON}, Handler: app.handler}}\n",
        "src/app.py": "",
        "src/requirements.txt": "tiny==1.0\n",
    }
    project = Project.from_files(path, files)
    environment = {"PIP_INDEX_URL": index.url(), "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1", "NO_PROXY": "127.0.0.1"}
    return Project(project.path, {**environment, "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""})
