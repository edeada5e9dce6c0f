"""A build with nothing to do is answered from a snapshot."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from samix.cli.fast.recall import recall
from samix.cli.fast.snapshot import take_snapshot, write_snapshot
from samix.files.access_log import Observation, ObservedEnvironment
from samix.report.ending import Ending, Row
from samix.state.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ROW = Row("Fn", "host", "default", "reused", "-", "up to date")
ENDING = Ending([ROW], ".aws-sam/build", ".aws-sam/build/template.yaml", is_default=True)


class _Engine:
    def __init__(self, images: dict[str, str | None]) -> None:
        self._images = images

    def image_id(self, name: str) -> str | None:
        return self._images.get(name)


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


def test_a_terminal_does_not_show_sams_words_on_reuse(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samix.cli.fast.recall.is_watched", lambda *_: True)
    _write(project, said=["said of Fn"])
    assert recall(["build"])
    assert "said of Fn" not in capsys.readouterr().err


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
        ({}, True),  # it is not there, or the engine does not answer: that is no other image
        (None, True),
    ],
)
def test_a_build_image_must_be_what_it_was(
    now: dict[str, str | None] | None, holds: bool, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samix.host.engine.find_engine", lambda _: None if now is None else _Engine(now))
    _write(project, images={"image": "sha256:1"})
    assert recall(["build"]) is holds


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
