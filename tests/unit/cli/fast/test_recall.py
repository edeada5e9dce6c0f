"""A build with nothing to do is answered from a snapshot."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from samix.cli.fast.recall import recall
from samix.cli.fast.snapshot import take_snapshot, write_snapshot
from samix.files.access_log import Observation, ObservedEnvironment
from samix.report.ending import Ending, Row
from samix.state.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

ROW = Row("Fn", "host", "default", "reused", "-", "up to date")
ENDING = Ending([ROW], ".aws-sam/build", ".aws-sam/build/template.yaml", is_default=True)


@contextmanager
def _engine(images: Mapping[str, str]) -> Iterator[str]:
    """The address of a container engine that has these images."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.removeprefix("/images/").removesuffix("/json")
            body = json.dumps({"Id": images.get(name)}).encode()
            self.send_response(200 if self.path == "/_ping" or name in images else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"tcp://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "template.yaml").touch()
    return tmp_path


def _write(
    project: Path, ending: Ending = ENDING, images: dict[str, str | None] | None = None, said: Sequence[str] = ()
) -> None:
    snapshot = take_snapshot(
        Observation({os.fspath(project / "template.yaml")}, images or {}),
        ObservedEnvironment({}),
        ["build"],
        os.fspath(project),
        started=time.time_ns() + 10_000_000_000,
        notes=["look here"],
        said=said,
        ending=ending,
    )
    assert snapshot is not None
    write_snapshot(Layout(project, project / "build", project / "cache").snapshot_file, snapshot)


def test_a_snapshot_that_holds_is_printed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(project)
    assert recall(["build"])
    output, errors = capsys.readouterr()
    assert errors.startswith("note: look here\n\nResource  Build type")
    assert errors.splitlines()[-1].startswith("Fn        host")
    assert output.startswith("\nBuild Succeeded\n\nBuilt Artifacts")


@pytest.mark.parametrize("document", [None, "{}"])
def test_sams_words_on_reuse_are_printed_without_a_display(
    document: str | None, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(project, ENDING._replace(document=document), said=["said of \x1bFn"])
    assert recall(["build"])
    assert capsys.readouterr().err.startswith("note: look here\nsaid of Fn\n")


def test_a_terminal_does_not_show_sams_words_on_reuse(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Window(io.StringIO):
        def isatty(self) -> bool:
            return True

    window = Window()
    monkeypatch.setattr(sys, "stderr", window)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("CI", raising=False)
    _write(project, said=["said of Fn"])
    assert recall(["build"])
    assert "look here" in window.getvalue()
    assert "said of Fn" not in window.getvalue()


def test_a_document_is_printed_as_it_was(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(project, ENDING._replace(document='{"type": "result"}'))
    assert recall(["build"])
    assert capsys.readouterr().out == '{"type": "result"}\n'


def test_a_terminal_gets_the_same_in_colour(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    _write(project)
    assert recall(["build"])
    output, errors = capsys.readouterr()
    assert "look here" in errors
    assert "\x1b[36mreused" in errors
    assert "Build Succeeded" in output


@pytest.mark.parametrize("arguments", [["plan"], [], ["build", "Fn"], ["--version"]])
def test_anything_else_is_done_in_full(arguments: list[str], project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(project)
    assert not recall(arguments)
    assert capsys.readouterr() == ("", "")


def test_without_a_snapshot_nothing_is_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not recall(["build"])
    _write(project)
    (project / "template.yaml").write_text("changed")
    assert not recall(["build"])
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        ({"image": "sha256:1"}, True),
        ({"image": "sha256:2"}, False),
        ({}, True),  # it is not there: that is no other image
    ],
)
def test_a_build_image_must_be_what_it_was(
    now: dict[str, str], holds: bool, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(project, images={"image": "sha256:1"})
    with _engine(now) as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        assert recall(["build"]) is holds


def test_an_engine_that_does_not_answer_has_no_other_image(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(project, images={"image": "sha256:1"})
    monkeypatch.setenv("DOCKER_HOST", f"unix://{project}/none")
    assert recall(["build"])


@pytest.mark.parametrize("text", ['{"format": 1, "ending": [[]], "secret": ""}', "[]"])
def test_a_broken_snapshot_is_passed_over(text: str, project: Path) -> None:
    _write(project)
    path = Layout(project, project / "build", project / "cache").snapshot_file
    path.write_text(text)
    assert not recall(["build"])


def test_what_an_encoding_does_not_have_is_shown_all_the_same(
    project: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(project, ENDING._replace(rows=[ROW._replace(why="1 \u2192 2")]))
    with open(2, "w", encoding="ascii", closefd=False) as stream:
        monkeypatch.setattr("sys.stderr", stream)
        assert recall(["build"])
    assert b"1 \\u2192 2" in capfdbinary.readouterr().err
