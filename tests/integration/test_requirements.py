"""What a build needs is checked before anything starts, on this machine and with its engine."""

from __future__ import annotations

import json
import os
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.mounts import CAN_MOUNT, mounted, remount
from support.project import HOST_PYTHON, Project

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATE = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Metadata: {{BuildMethod: makefile}}
    Properties: {{ContentUri: layer, CompatibleRuntimes: [{HOST_PYTHON}]}}
  Plain:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: plain, Handler: app.handler, Runtime: {HOST_PYTHON}}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.from_files(
        tmp_path / "app",
        {
            "template.yaml": TEMPLATE,
            "layer/Makefile": "build-Layer:\n\techo one > $(ARTIFACTS_DIR)/one.txt\n",
            "plain/app.py": "def handler(event, context): return 1\n",
        },
    )


@pytest.fixture
def bare_path(tmp_path: Path) -> str:
    """A PATH on which only what a Python function needs is found."""
    place = tmp_path / "bin"
    place.mkdir()
    for name in (HOST_PYTHON, "sam", "env", "sh", "bash"):
        found = next(
            path
            for directory in os.environ["PATH"].split(os.pathsep)
            if os.access(path := os.path.join(directory, name), os.X_OK)
        )
        (place / name).symlink_to(found)
    return str(place)


@contextmanager
def _registry(answer: tuple[int, str]) -> Iterator[str]:
    """The name of an image of a registry on this machine that gives this answer to all that is asked for."""
    status, code = answer

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_base = self.path == "/v2/"
            body = b"{}" if is_base else json.dumps({"errors": [{"code": code, "message": code.lower()}]}).encode()
            self.send_response(200 if is_base else status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - likewise

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"localhost:{server.server_address[1]}/nobody/image:latest"
        server.shutdown()


def _was_started(project: Project) -> bool:
    return (project.path / ".aws-sam" / "samix" / "logs").exists()


def test_all_that_is_missing_is_reported_at_once(project: Project, bare_path: str, tmp_path: Path) -> None:
    more = TEMPLATE.partition("Resources:\n")[2].replace("Layer:", "Native:", 1).replace("Plain:", "Other:")
    project.write("template.yaml", TEMPLATE + more)
    run = project.samix(
        "build", "--build-type", "Native=container", PATH=bare_path, DOCKER_HOST=f"unix://{tmp_path}/no.sock"
    ).failed_with(3)
    assert "Not started: 2 things are missing:" in run.errors
    assert "- make is not on PATH, and sam needs it on the host for Layer." in run.errors
    assert "--build-type Layer=container" in run.errors
    assert "- No container engine answers (unix://" in run.errors
    assert "Native" in run.errors
    assert not _was_started(project)


def test_a_tool_that_no_unit_needs_is_not_asked_for(project: Project, bare_path: str) -> None:
    run = project.samix("build", "Plain", PATH=bare_path).succeeded()
    assert run.results() == {"Plain": ("host", "built")}
    project.samix("build").succeeded()
    run = project.samix("build", PATH=bare_path).succeeded()
    assert set(run.results().values()) == {("host", "reused")}


def test_a_python_of_another_version_is_none(project: Project, bare_path: str) -> None:
    (Path(bare_path) / "python3.9").symlink_to(Path(bare_path) / HOST_PYTHON)
    project.write("plain/requirements.txt", "")
    project.write("template.yaml", TEMPLATE.replace(f"Runtime: {HOST_PYTHON}", "Runtime: python3.9"))
    run = project.samix("build", "Plain", PATH=bare_path).failed_with(3)
    assert "python3.9 with pip is not on PATH, and sam needs it on the host for Plain." in run.errors
    assert not _was_started(project)


@pytest.mark.container
@pytest.mark.parametrize(("status", "code"), [(404, "MANIFEST_UNKNOWN"), (404, "NAME_UNKNOWN")])
def test_an_image_that_nobody_has_is_reported_before(project: Project, status: int, code: str) -> None:
    with _registry((status, code)) as image:
        run = project.samix("build", "--build-type", "Layer=container", "--build-image", image).failed_with(3)
    assert f"The image {image} is missing and cannot be pulled" in run.errors
    assert "these need it: Layer." in run.errors
    assert not _was_started(project)


@pytest.mark.container
def test_unreachable_registry_is_reported_or_left_to_retries(project: Project) -> None:
    with socket.socket() as deaf:  # nobody else gets its port
        deaf.bind(("127.0.0.1", 0))
        image = f"localhost:{deaf.getsockname()[1]}/nobody/image:latest"
        arguments = ("build", "--build-type", "Layer=container", "--build-image", image)
        run = project.samix(*arguments).failed_with(3)
        assert "connection refused" in run.errors
        run = project.samix(*arguments, "--retries", "1").failed_with(1)
    assert run.results() == {"Layer": ("container", "failed"), "Plain": ("host", "built")}


@pytest.mark.container
def test_registry_that_asks_for_a_login_is_left_to_sam(project: Project) -> None:
    with _registry((401, "UNAUTHORIZED")) as image:
        run = project.samix("build", "--build-type", "Layer=container", "--build-image", image).failed_with(1)
    assert run.results() == {"Layer": ("container", "failed"), "Plain": ("host", "built")}


@pytest.mark.skipif(not CAN_MOUNT, reason="only root can mount a file system, and root may write wherever one can")
@pytest.mark.parametrize("option", ["--build-dir", "--cache-dir"])
def test_a_directory_that_cannot_be_written_is_reported_before(project: Project, tmp_path: Path, option: str) -> None:
    with mounted(tmp_path / "disk", 1 << 20) as disk:
        remount(disk, "ro")
        run = project.samix("build", option, str(disk / "out" / "here")).failed_with(3)
        assert f"{disk} cannot be written.\nCheck its permissions" in run.errors
        assert not _was_started(project)


@pytest.mark.skipif(not CAN_MOUNT, reason="only root can mount a file system, and root may write wherever one can")
def test_a_project_that_cannot_be_written_is_reported(project: Project, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", 1 << 20) as disk:
        copy = Project.copy_of(project.path, disk / "app")
        remount(disk, "ro")
        run = copy.samix("build").failed_with(3)
        assert f"{copy.path} cannot be written.\nCheck its permissions" in run.errors
