"""One build, where what lies about is not what a build leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.model_sam import ModelSam
from support.silent import Silent

from samix.build import run_build
from samix.run.outcome import Result
from samix.run.workspace import Earlier, prepare
from samix.state.build_toml import read_definitions
from samix.tree import sam_source_hash

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.surroundings import Around

    from samix.options import BuildOptions
    from samix.plan.units import Unit
    from samix.template.stacks import Application

TEMPLATE = """\
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Runtime: python3.12, Handler: app.handler}
"""


@pytest.fixture
def options(tmp_path: Path, make_options: Callable[..., BuildOptions]) -> BuildOptions:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("one")
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return make_options(tmp_path)


@pytest.mark.usefixtures("fake_sam")
def test_a_directory_where_the_log_goes_keeps_nothing_from_being_built(tmp_path: Path, options: BuildOptions) -> None:
    (tmp_path / ".aws-sam" / "samix" / "logs" / "Fn.log").mkdir(parents=True)
    assert run_build(options, {}, Silent()).is_complete


@pytest.mark.usefixtures("fake_sam")
def test_a_build_that_does_not_get_to_sam_shows_no_log_of_an_earlier_one(
    options: BuildOptions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert run_build(options, {}, Silent()).is_complete
    (tmp_path / "src" / "app.py").write_text("two")

    def refuse(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr("samix.builder.prepare", refuse)
    [outcome] = run_build(options, {}, Silent()).outcomes
    assert (outcome.result, outcome.reason, outcome.log) == (Result.FAILED, "no room", None)


@pytest.mark.usefixtures("fake_sam")
@pytest.mark.parametrize(("meddles", "on_earlier"), [(False, [True]), (True, [True, False])])
def test_a_unit_whose_dependencies_something_changes_meanwhile_is_built_from_nothing(
    options: BuildOptions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, meddles: bool, on_earlier: list[bool]
) -> None:
    (tmp_path / "src" / "requirements.txt").write_text("six\n")
    assert run_build(options, {}, Silent()).is_complete
    (tmp_path / "src" / "app.py").write_text("two")
    runs = []

    def watched(parent: Path, unit: Unit, application: Application, earlier: Earlier | None = None) -> Path:
        runs.append(earlier is not None)
        directory = prepare(parent, unit, application, earlier)
        for dependencies in (directory / ".aws-sam" / "deps").glob("*") if meddles else ():
            (dependencies / "planted.py").touch()
        return directory

    monkeypatch.setattr("samix.builder.prepare", watched)
    assert run_build(options, {}, Silent()).is_complete
    assert runs == on_earlier


@pytest.mark.usefixtures("fake_sam")
def test_a_source_that_is_built_on_earlier_dependencies_has_its_own_hash_in_build_toml(
    options: BuildOptions, around: Around, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sam = ModelSam(around)
    monkeypatch.setattr("samix.build.Processes", lambda _: sam)
    source = tmp_path / "src"
    (source / "requirements.txt").write_text("alpha")
    assert run_build(options, {}, Silent()).is_complete
    (source / "app.py").write_text("two")

    assert run_build(options, {}, Silent()).is_complete

    assert (sam.built, sam.downloaded) == (["Fn", "Fn"], ["Fn"])
    [definition] = read_definitions(tmp_path / ".aws-sam" / "build.toml")
    assert definition.fields["source_hash"] == sam_source_hash(source)
    (source / "app.py").write_text("one")
    assert sam.build(tmp_path, cached=True, in_container=True)
    assert (tmp_path / ".aws-sam" / "build" / "Fn" / "app.py").read_text() == "one"
