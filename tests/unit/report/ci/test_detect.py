"""What a CI system gets of a build."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.workflow_commands import read_log, read_outputs, read_sections

from samix.build.run import BuildResult
from samix.messages.location import Location
from samix.messages.note import Note
from samix.report.ci.detect import find_platform
from samix.report.ci.folding import FoldingPrinter, GitLab
from samix.report.ci.github import MOST_BYTES, GitHub, outputs
from samix.report.ci.guard import GitHubRule, GuardedStream
from samix.report.ci.platform import Platform
from samix.report.console import PlainConsole
from samix.report.line import styled
from samix.report.line_reporter import Printer
from samix.units.outcome import Outcome, Result, SamError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from samix.report.line import Line
    from samix.units.unit import Unit


@pytest.fixture
def make_result(make_unit: Callable[..., Unit], tmp_path: Path) -> Callable[..., BuildResult]:
    def make(*results: Result, artifacts: bool = True) -> BuildResult:
        outcomes = [
            Outcome(make_unit(f"{result.value}{number}"), result, "why", 1.0) for number, result in enumerate(results)
        ]
        build_dir = tmp_path / "build"
        places = {outcome.unit.first.full_path: str(build_dir / outcome.unit.first.full_path) for outcome in outcomes}
        for place in places.values():
            Path(place, "sub").mkdir(parents=True)
            Path(place, "sub", "file").write_bytes(b"x" * 1500)
            Path(place, "link").symlink_to("sub")
        return BuildResult(tuple(outcomes), build_dir, build_dir / "template.yaml", places if artifacts else {})

    return make


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, Platform),
        ({"CI": "true", "CODEBUILD_BUILD_ID": "a:1"}, Platform),
        ({"GITHUB_ACTIONS": "true"}, GitHub),
        ({"GITHUB_ACTIONS": "1"}, Platform),
        ({"GITLAB_CI": "true", "CI": "true"}, GitLab),
    ],
)
def test_a_platform_is_found_by_its_environment(environ: dict[str, str], expected: type[Platform]) -> None:
    assert type(find_platform(environ)) is expected


def test_where_there_is_none_nothing_is_printed(make_result: Callable[..., BuildResult]) -> None:
    platform, stream = Platform(), io.StringIO()
    result = make_result(Result.FAILED)
    platform.mark_failures(stream, result.outcomes)
    platform.mark_error(stream, "message", None)
    assert stream.getvalue() == ""
    assert platform.record(result, []) == platform.record_error("message") == []
    assert not platform.keeps_more
    assert type(platform.printer(PlainConsole(None))) is Printer


def _fold(platform: Platform, title: str, lines: Sequence[str]) -> bytes:
    data = io.BytesIO()
    plain = io.TextIOWrapper(data, encoding="utf-8", newline="\n")
    stream = GuardedStream(plain, GitHubRule())
    printer = platform.printer(PlainConsole(stream))
    printer.print(styled("before"))
    printer.fold(styled(title), [styled(line) for line in lines])
    printer.print(styled("after"), styled("that"))
    stream.flush()
    return data.getvalue()


def test_a_log_is_a_group_of_github() -> None:
    log = read_log(
        _fold(GitHub({}), "built Fn\n::error::x", ["::error::y", "  ##[endgroup]", "a line that is long " * 3])
    )
    assert [command.name for command in log.commands] == ["group", "endgroup"]
    assert log.folded == [
        ("built Fn ::error::x", ["|::error::y", "  ## [endgroup]", "a line that is long " * 3]),
    ]
    assert log.lines == ["before", "after", "that", ""]


@pytest.mark.parametrize("platform", [Platform(), GitLab(), GitHub({})], ids=["none", "GitLab", "GitHub"])
def test_a_note_is_a_line(platform: Platform) -> None:
    output = io.StringIO()
    platform.printer(PlainConsole(output)).note(Note("a [note]"))
    assert output.getvalue() == "note: a [note]\n"


@pytest.mark.parametrize("platform", [Platform(), GitLab()], ids=["none", "GitLab"])
def test_a_note_on_a_place_is_a_line_that_names_it(platform: Platform) -> None:
    output = io.StringIO()
    platform.printer(PlainConsole(output)).note(Note("a note", Location(Path("t.yaml"), 3)))
    assert output.getvalue() == "note: t.yaml:3: a note\n"


def test_a_note_on_a_place_is_a_warning_of_github_there(tmp_path: Path) -> None:
    output = io.StringIO()
    platform = GitHub({"GITHUB_WORKSPACE": str(tmp_path)})
    platform.printer(PlainConsole(output)).note(Note("a note", Location(tmp_path / "t.yaml", 3)))
    assert output.getvalue() == f"::warning file=t.yaml,line=3,title=samix::{tmp_path}/t.yaml:3: a note\n"


@given(st.text(), st.lists(st.text()))
def test_whatever_stands_in_a_log_it_is_one_group(title: str, lines: list[str]) -> None:
    log = read_log(_fold(GitHub({}), title, [*lines, "end"]))
    assert [command.name for command in log.commands] == ["group", "endgroup"]
    assert log.lines == ["before", "after", "that", ""]


def test_a_log_of_nothing_is_no_group() -> None:
    assert _fold(GitHub({}), "built Fn", []) == b"before\nbuilt Fn\nafter\nthat\n"


def test_a_group_is_closed_when_printing_is_interrupted() -> None:
    class _Interrupted(PlainConsole):
        def print(self, *_: Line) -> None:
            raise KeyboardInterrupt

    output = io.StringIO()
    printer = FoldingPrinter(_Interrupted(output), lambda title: (f"<{title}", ">"))
    with pytest.raises(KeyboardInterrupt):
        printer.fold(styled("a"), [styled("b")])
    assert output.getvalue() == "<a\n>\n"


def test_logs_are_sections_of_gitlab_with_names_of_their_own() -> None:
    output = io.StringIO()
    printers = [GitLab().printer(PlainConsole(output)) for _ in range(2)]
    for printer in printers * 2:
        printer.fold(styled("built Fn"), [styled("a")])
    sections = read_sections(output.getvalue())
    assert [section.what for section in sections] == ["start", "end"] * 4
    assert [one.name for one in sections[::2]] == [one.name for one in sections[1::2]]
    assert len({section.name for section in sections}) == 4
    assert "\x1b[0Kbuilt Fn\na\n\x1b[0Ksection_end" in output.getvalue()


def test_each_failure_is_marked_where_the_resource_stands(make_unit: Callable[..., Unit]) -> None:
    output = io.StringIO()
    outcomes = [
        Outcome(make_unit("A", "B"), Result.FAILED, "sam build exited with 1", error=SamError("E", "no\nway")),
        Outcome(make_unit("C"), Result.SKIPPED, "A failed"),
        Outcome(make_unit("D"), Result.FAILED, "took too long"),
        Outcome(make_unit("E"), Result.BUILT, "new"),
    ]
    GitHub({"GITHUB_WORKSPACE": "/app"}).mark_failures(output, outcomes)
    errors = read_log(output.getvalue()).errors
    assert [error.data for error in errors] == ["no\nway", "took too long"]
    assert [error.properties for error in errors] == [
        {"file": "template.yaml", "line": "3", "title": "A, B failed"},
        {"file": "template.yaml", "line": "3", "title": "D failed"},
    ]


def test_an_error_is_marked_where_it_is() -> None:
    output = io.StringIO()
    GitHub({"GITHUB_WORKSPACE": "/app"}).mark_error(output, "wrong", Location(Path("/app/t.yaml"), 4))
    [error] = read_log(output.getvalue()).errors
    assert (error.data, error.properties) == ("wrong", {"file": "t.yaml", "line": "4", "title": "samix"})


ALL = (Result.BUILT, Result.REUSED, Result.REPAIRED, Result.REPAIRED, Result.BUILT, Result.BUILT)


def test_outputs_tell_where_the_build_is_and_how_many_ended_how(make_result: Callable[..., BuildResult]) -> None:
    result = make_result(*ALL)
    assert read_outputs(outputs(result)) == {
        "build-dir": str(result.build_dir),
        "template": str(result.template),
        "built": "3",
        "reused": "3",
        "failed": "0",
        "skipped": "0",
    }


def test_a_build_that_failed_is_nowhere(make_result: Callable[..., BuildResult]) -> None:
    result = make_result(Result.FAILED, Result.SKIPPED, Result.SKIPPED, Result.BUILT)
    assert read_outputs(outputs(result)) == {"built": "1", "reused": "0", "failed": "1", "skipped": "2"}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_name_of_a_directory_is_an_output(name: str) -> None:
    hostile = f"{name}\nbuilt<<x\n7\nx\nfailed=0\n{name}"
    read = read_outputs(outputs(BuildResult((), Path(hostile), Path(hostile, "t"))))
    assert read["build-dir"] == str(Path(hostile))
    assert read["built"] == "0"
    assert len(read) == 6


def _github(tmp_path: Path) -> GitHub:
    return GitHub({"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")})


def test_what_stands_in_the_files_of_the_step_stays(make_result: Callable[..., BuildResult], tmp_path: Path) -> None:
    (tmp_path / "output").write_text("mine=1")
    (tmp_path / "summary").write_text("# Mine")
    assert _github(tmp_path).record(make_result(Result.BUILT), []) == []
    read = read_outputs((tmp_path / "output").read_text())
    assert (read["mine"], read["built"]) == ("1", "1")
    text = (tmp_path / "summary").read_text()
    assert text.startswith("# Mine\n### samix build succeeded\n")
    assert "| <code>built0</code> | host | built | 1.0 | 1.5 kB | <code>why</code> |\n" in text


def test_an_error_goes_into_the_summary(tmp_path: Path) -> None:
    assert _github(tmp_path).record_error("wrong") == []
    assert "wrong" in (tmp_path / "summary").read_text()
    assert not (tmp_path / "output").exists()


def test_a_summary_is_within_what_github_takes(make_result: Callable[..., BuildResult], tmp_path: Path) -> None:
    (tmp_path / "summary").write_text("x" * (MOST_BYTES - 400))
    assert _github(tmp_path).record(make_result(*ALL), []) == []
    assert MOST_BYTES - 400 < (tmp_path / "summary").stat().st_size <= MOST_BYTES


@pytest.mark.parametrize("place", ["missing/directory", "."])
def test_a_file_that_cannot_be_written_is_noted(
    place: str, make_result: Callable[..., BuildResult], tmp_path: Path
) -> None:
    path = str(tmp_path / place)
    platform = GitHub({"GITHUB_OUTPUT": path, "GITHUB_STEP_SUMMARY": path})
    notes = platform.record(make_result(Result.BUILT), [])
    assert [note.split(":")[0] for note in notes] == [
        "$GITHUB_OUTPUT cannot be written",
        "$GITHUB_STEP_SUMMARY cannot be written",
    ]
    assert len(platform.record_error("wrong")) == 1


def test_a_runner_without_these_files_gets_nothing(make_result: Callable[..., BuildResult]) -> None:
    assert GitHub({}).record(make_result(Result.BUILT), []) == []


def test_what_is_no_directory_has_no_size(make_result: Callable[..., BuildResult], tmp_path: Path) -> None:
    result = make_result(Result.BUILT)
    result = BuildResult(result.outcomes, result.build_dir, result.template, {"built0": "image:latest"})
    assert _github(tmp_path).record(result, []) == []
    assert "| built | 1.0 | - |" in (tmp_path / "summary").read_text()
