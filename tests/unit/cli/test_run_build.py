"""`samix build`: arguments to options, errors to messages and exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from dataclasses import dataclass, field
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING, NoReturn, cast

import pytest

from samix import __version__
from samix.build.commit_point import CommitPoint
from samix.build.run import Backend, BuildResult
from samix.cli.main import main
from samix.files.copies import entries_digest, tree_digest, tree_entries
from samix.messages.errors import (
    BuildTypeError,
    BusyError,
    DependencyError,
    OptionError,
    RequirementError,
    SamixError,
    SelectionError,
    StateError,
    TemplateError,
)
from samix.messages.location import Location
from samix.messages.note import Note
from samix.units.outcome import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from support.around import Around
    from support.backend import Cli

    from samix.build.events import Report
    from samix.options.merge import BuildOptions
    from samix.units.unit import Unit

pytestmark = pytest.mark.usefixtures("project")


@dataclass
class _Builder:
    """Stands where builds are run, and keeps what was asked for."""

    outcomes: tuple[Outcome, ...] = ()
    error: BaseException | None = None
    notes: tuple[Note, ...] = ()
    asked: list[BuildOptions] = field(default_factory=list)
    meanwhile: Callable[[], object] = bool
    commit_point: CommitPoint = field(default_factory=CommitPoint)
    early: None = None

    def at(self, commit_point: CommitPoint) -> Backend:
        self.commit_point = commit_point
        return cast("Backend", self)

    def build(self, options: BuildOptions, environ: Mapping[str, str], report: Report) -> BuildResult:
        del environ
        self.asked.append(options)
        for note in self.notes:
            report(note)
        self.meanwhile()
        if self.error:
            raise self.error
        return BuildResult(self.outcomes, options.build_dir, options.build_dir / "template.yaml")


@pytest.fixture
def builder(samix: Cli, monkeypatch: pytest.MonkeyPatch) -> _Builder:
    builder = _Builder()
    samix.backend = cast("Backend", builder)
    monkeypatch.setenv("SAMIX_WARM_SAM", "0")
    return builder


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SamixError("what happened"), 1),
        (TemplateError("what happened"), 1),
        (StateError("what happened"), 1),
        (OptionError("what happened"), 2),
        (BuildTypeError("what happened"), 2),
        (DependencyError("what happened"), 2),
        (RequirementError("what happened"), 3),
        (BusyError("what happened"), 4),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_becomes_a_message_and_an_exit_code(
    error: SamixError, code: int, builder: _Builder, samix: Cli
) -> None:
    error.hint = "what to do"
    builder.error = error
    answer = samix("build")
    assert answer.exit_code == code
    left = "The build dir is left as it was.\n" if error.fails_build else ""
    assert answer.stderr == f"{left}Error: what happened\nwhat to do\n"


def test_a_message_names_the_place(builder: _Builder, project: Path, samix: Cli) -> None:
    builder.error = TemplateError("what happened", where=Location(project / "template.yaml", 7))
    assert samix("build").stderr == "Error: template.yaml:7: what happened\n"


def test_a_bug_shows_where_it_is_and_asks_to_be_reported(builder: _Builder, samix: Cli) -> None:
    builder.error = ZeroDivisionError("what nobody expected")
    answer = samix("build", "--output", "json")
    assert answer.exit_code == 70
    assert "Traceback" in answer.stderr
    assert "ZeroDivisionError: what nobody expected" in answer.stderr
    assert f"This is a bug in samix {__version__}. Please report it" in answer.stderr
    assert json.loads(answer.stdout)["error"]["message"] == "what nobody expected"


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (SystemExit(143), 143)])
def test_an_interrupted_build_exits_as_shells_expect(
    error: BaseException, code: int, builder: _Builder, samix: Cli
) -> None:
    builder.error = error
    answer = samix("build")
    assert answer.exit_code == code
    assert "Traceback" not in answer.output


def _main(monkeypatch: pytest.MonkeyPatch, builder: _Builder, *arguments: str) -> object:
    """The exit code of the command line as a whole."""
    monkeypatch.setattr(sys, "argv", ["samix", "build", *arguments])
    with pytest.raises(SystemExit) as ended:
        main(lambda _, commit_point: builder.at(commit_point))
    return ended.value.code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_end_ends_the_build(
    builder: _Builder, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """As `kill` and a terminal that is closed ask."""

    def ask() -> None:
        os.kill(os.getpid(), number)
        pytest.fail("goes on")

    signal.signal(number, signal.SIG_DFL)  # or it may be ignored, as under nohup
    builder.meanwhile = ask
    assert _main(monkeypatch, builder) == 128 + number


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_is_ignored_from_the_start_ends_no_build(
    builder: _Builder, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """As under nohup, and in the background of a script; what a build starts is none the less told of it."""
    handlers: list[object] = []

    def ask() -> None:
        os.kill(os.getpid(), number)
        handlers.append(signal.getsignal(number))

    signal.signal(number, signal.SIG_IGN)
    builder.meanwhile = ask
    assert _main(monkeypatch, builder) == 0
    assert signal.SIG_IGN not in handlers


@pytest.mark.parametrize(
    ("module", "arguments"),
    [("samix.cli.commands", []), ("samix.cli.root", ["-t=template.yaml"])],
    ids=["read from the table", "parsed"],
)
def test_an_interrupt_before_the_build_shows_no_traceback(
    module: str, arguments: list[str], builder: _Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupting(MetaPathFinder):
        def find_spec(self, *_: object) -> NoReturn:
            raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])
    assert _main(monkeypatch, builder, *arguments) == 130


@pytest.mark.parametrize(
    "arguments",
    [
        ["--no-such-option"],
        ["--jobs", "0"],
        ["--jobs", "many"],
        ["--timeout", "0"],
        ["--timeout", "soon"],
        ["--retries", "-1"],
        ["--build-type"],
        ["--output", "yaml"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2_and_builds_nothing(arguments: list[str], builder: _Builder, samix: Cli) -> None:
    answer = samix("build", *arguments)
    assert answer.exit_code == 2
    assert "Error: " in _plain(answer.stderr)
    assert builder.asked == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--build-type", "docker"],
        ["--build-type", "Fn=docker"],
        ["--mount-with", "EXECUTE"],
        ["--container-env-var", "=value"],
        ["--parameter-overrides", "nonsense"],
        ["--base-dir", "missing"],
    ],
    ids=lambda value: value[0],
)
def test_a_wrong_value_exits_with_2_and_builds_nothing(arguments: list[str], builder: _Builder, samix: Cli) -> None:
    answer = samix("build", *arguments)
    assert answer.exit_code == 2
    assert answer.stderr.startswith("Error: ")
    assert builder.asked == []


@pytest.mark.parametrize(
    "option",
    [
        "--build-type",
        "--use-container",
        "--template-file",
        "--parameter-overrides",
        "--container-env-var",
        "--build-image",
        "--mount-with",
        "--jobs",
        "--fail-fast",
        "--timeout",
        "--retries",
        "--no-wait",
    ],
)
def test_help_mentions_the_options(option: str, samix: Cli) -> None:
    answer = samix("build", "--help")
    assert answer.exit_code == 0
    assert option in _plain(answer.stdout)


def test_the_version_is_printed(samix: Cli) -> None:
    answer = samix("--version")
    assert (answer.exit_code, answer.stdout) == (0, f"samix {__version__}\n")


def test_no_command_shows_the_help(samix: Cli) -> None:
    assert "build" in samix().output


def _asked(samix: Cli, builder: _Builder, *arguments: str) -> BuildOptions:
    answer = samix("build", *arguments)
    assert answer.exit_code == 0, answer.output
    [options] = builder.asked
    return options


@pytest.mark.parametrize(
    ("arguments", "attribute", "expected"),
    [
        (["-j", "3"], "jobs", 3),
        (["--fail-fast"], "fail_fast", True),
        ([], "fail_fast", False),
        (["--timeout", "2.5"], "timeout", 2.5),
        ([], "timeout", None),
        (["--retries", "2"], "retries", 2),
        ([], "retries", 0),
        (["--no-wait"], "wait", False),
        ([], "wait", True),
        (["--no-cached"], "cached", False),
        (["--cached"], "cached", True),
        (["-c"], "cached", True),
        (["--parallel"], "cached", True),
        (["--skip-pull-image"], "skip_pull_image", True),
        (["--docker-network", "net"], "docker_network", "net"),
        (["-mw", "WRITE"], "mount_with", "WRITE"),
        (["--region", "eu-west-1"], "region", "eu-west-1"),
        (["--profile", "dev"], "profile", "dev"),
        (["--debug"], "debug", True),
        (["--language-extensions"], "language_extensions", True),
        (["--no-language-extensions"], "language_extensions", False),
        (["--sam", "sam-next"], "sam", "sam-next"),
        (["-bi", "image", "-bi", "Fn=own"], "build_images", {"": "image", "Fn": "own"}),
        (["-e", "A=1", "-e", "Fn.B=2"], "environments", {"Parameters": {"A": "1"}, "Fn": {"B": "2"}}),
        (["--parameter-overrides", "A=1 B=2"], "parameters", {"A": "1", "B": "2"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_reach_the_build(
    arguments: list[str], attribute: str, expected: object, builder: _Builder, samix: Cli
) -> None:
    assert getattr(_asked(samix, builder, *arguments), attribute) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        ["--parameter-overrides", "A=1", "B=2"],
        ["--parameter-overrides", "A=1", "B=2", "--debug"],
        ["--debug", "--parameter-overrides", "ParameterKey=A,ParameterValue=1", "ParameterKey=B,ParameterValue=2"],
    ],
    ids=["last", "before another option", "long"],
)
def test_an_option_takes_several_values_as_sams_does(
    arguments: list[str], builder: _Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _main(monkeypatch, builder, *arguments) == 0
    assert builder.asked[0].parameters == {"A": "1", "B": "2"}


@pytest.mark.parametrize(
    ("arguments", "attribute", "expected"),
    [
        (["-t", "template.yaml"], "template", "template.yaml"),
        (["--template", "template.yaml"], "template", "template.yaml"),
        (["-b", "out"], "build_dir", "out"),
        (["-cd", "cached"], "cache_dir", "cached"),
        (["-m", "other.txt"], "manifest", "other.txt"),
        (["-s", "src"], "base_dir", "src"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_paths_are_relative_to_the_working_directory(
    samix: Cli, arguments: list[str], attribute: str, expected: str, builder: _Builder, project: Path
) -> None:
    assert getattr(_asked(samix, builder, *arguments), attribute) == project / expected


def test_a_build_that_ends_well_exits_with_0(builder: _Builder, make_unit: Callable[..., Unit], samix: Cli) -> None:
    builder.outcomes = (Outcome(make_unit("Fn"), Result.BUILT, "new", 1.0),)
    answer = samix("build")
    assert answer.exit_code == 0
    assert "Build Succeeded" in answer.stdout
    assert "Built Artifacts  : .aws-sam/build" in answer.stdout


@pytest.mark.parametrize(
    ("result", "environment", "times"),
    [(Result.BUILT, {}, 2), (Result.REUSED, {}, 1), (Result.BUILT, {"GITHUB_ACTIONS": "true"}, 0)],
    ids=["above all logs", "nothing between", "marked at its place"],
)
def test_a_note_on_a_place_is_repeated_below_the_table(
    samix: Cli,
    result: Result,
    environment: dict[str, str],
    times: int,
    builder: _Builder,
    project: Path,
    make_unit: Callable[..., Unit],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    builder.notes = (Note("look here", Location(project / "template.yaml", 3)), Note("in general"))
    builder.outcomes = (Outcome(make_unit("Fn"), result, "new"),)
    lines = samix("build").stderr.splitlines()
    assert lines.count("note: template.yaml:3: look here") == times
    assert lines.count("note: in general") == 1
    assert (lines[-1] == "note: template.yaml:3: look here") == (times == 2)


@pytest.mark.parametrize("result", [Result.FAILED, Result.SKIPPED])
def test_a_build_that_does_not_exits_with_1(
    result: Result, builder: _Builder, make_unit: Callable[..., Unit], samix: Cli
) -> None:
    builder.outcomes = (Outcome(make_unit("Fn"), result, "reason"), Outcome(make_unit("Good"), Result.BUILT, ""))
    answer = samix("build")
    assert answer.exit_code == 1
    assert answer.stdout == "\nBuild Failed\n"
    assert "Build Succeeded" not in answer.output
    assert answer.stderr.endswith("\nThe build dir is left as it was. What was built is kept for the next build.\n")


@pytest.mark.parametrize("arguments", [(), ("--quiet",)])
def test_failed_build_that_built_nothing_has_no_note_on_the_next(
    samix: Cli, arguments: tuple[str, ...], builder: _Builder, make_unit: Callable[..., Unit]
) -> None:
    builder.outcomes = (Outcome(make_unit("Fn"), Result.FAILED, "reason"), Outcome(make_unit("Old"), Result.REUSED, ""))
    assert samix("build", *arguments).stderr.endswith("\nThe build dir is left as it was.\n")


def test_a_document_of_a_failed_build_says_all(builder: _Builder, make_unit: Callable[..., Unit], samix: Cli) -> None:
    builder.outcomes = (Outcome(make_unit("Fn"), Result.FAILED, "reason"),)
    assert "is left as it was" not in samix("build", "--output", "json").output


@pytest.mark.parametrize(
    ("error", "is_told"),
    [
        (SelectionError("no"), True),
        (RequirementError("no"), True),
        (TemplateError("no"), False),
        (OSError("no"), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_build_that_never_began_failed_where_sam_says_so(
    error: Exception, is_told: bool, builder: _Builder, samix: Cli
) -> None:
    builder.error = error
    answer = samix("build")
    assert answer.stdout == ("\nBuild Failed\n" if is_told else "")
    assert ("The build dir is left as it was.\n" in answer.stderr) == is_told
    document = samix("build", "--output", "json").output
    assert "Build Failed" not in document
    assert "is left as it was" not in document


def test_a_name_of_nothing_is_answered_as_by_sam(project: Path, samix: Cli) -> None:
    answer = samix("build", "NotThere")
    assert answer.exit_code == 1
    assert answer.stdout == "\nBuild Failed\n"
    assert "NotThere not found. Possible options in your template: ['Fn']\n" in answer.stderr
    assert "Error: Unable to find a function or layer with name 'NotThere'\n" in answer.stderr
    assert not (project / ".aws-sam" / "build").exists()
    assert samix("plan", "NotThere").stdout == ""


def test_a_missing_template_is_reported(project: Path, samix: Cli) -> None:
    (project / "template.yaml").unlink()
    answer = samix("build")
    assert answer.exit_code == 1
    assert "Template file not found" in answer.stderr
    assert not (project / ".aws-sam").exists()


def test_a_missing_sam_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, samix: Cli) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    samix.backend = Backend()
    answer = samix("build")
    assert answer.exit_code == 3
    assert "sam is not on PATH" in answer.stderr


def test_a_second_build_needs_no_sam(samix: Cli, around: Around) -> None:
    assert samix("build").exit_code == 0
    around.program = None
    answer = samix("build")
    assert answer.exit_code == 0
    assert "reused" in answer.stderr


@pytest.mark.parametrize("build_dir", [".", "..", "../app", ".aws-sam"])
def test_no_build_dir_may_hold_the_project(build_dir: str, project: Path, samix: Cli) -> None:
    """The build dir is replaced as a whole: sam refuses these too, or loses its state."""
    before = entries_digest(tree_entries(project.parent, ignored=frozenset({".aws-sam"})))
    answer = samix("build", "--build-dir", build_dir)
    assert answer.exit_code == 1
    assert "build-dir" in answer.stderr.replace("build dir", "build-dir")
    assert entries_digest(tree_entries(project.parent, ignored=frozenset({".aws-sam"}))) == before


@pytest.mark.parametrize("arguments", [["-t", "app/template.yaml"], ["-t", "other.yaml", "-s", "app"]])
def test_no_build_dir_may_hold_the_template_or_the_sources(
    samix: Cli, arguments: list[str], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.parent / "other.yaml").write_text((project / "template.yaml").read_text())
    monkeypatch.chdir(project.parent)
    before = tree_digest(project)
    answer = samix("build", "--build-dir", "app", *arguments)
    assert tree_digest(project) == before
    assert answer.exit_code == 1


def test_github_gets_errors_and_the_end_of_a_build(
    samix: Cli, builder: _Builder, project: Path, make_unit: Callable[..., Unit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project))
    monkeypatch.setenv("GITHUB_OUTPUT", str(project / "output"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project / "summary"))
    builder.error = TemplateError("no", where=Location(project / "template.yaml", 2), hint="Try.")
    assert "\n::error file=template.yaml,line=2,title=samix::no%0ATry.\n" in samix("build").stderr
    assert "template.yaml:2: no\nTry." in (project / "summary").read_text()
    assert not (project / "output").exists()
    builder.error = OSError("disk: full")
    assert "\n::error title=samix::OSError: disk: full\n" in samix("build").stderr
    builder.error = None
    builder.outcomes = (Outcome(make_unit(), Result.FAILED, "broken"),)
    assert "::error title=Fn failed::/app/template.yaml:3: broken\n" in samix("build").stderr
    assert (project / "output").read_text().count("failed<<") == 1


def test_what_cannot_be_written_for_github_is_noted(
    samix: Cli, builder: _Builder, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project))
    answer = samix("build")
    assert answer.exit_code == 0
    assert "note: $GITHUB_STEP_SUMMARY cannot be written: " in answer.stderr
    builder.error = TemplateError("no")
    assert "note: $GITHUB_STEP_SUMMARY cannot be written: " in samix("build").stderr
