"""What a shell may complete a command line with."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, NoReturn

import pytest
from support.backend import unset_variables

from samix.cli.completion.answer import Answer, Kind, answer_shell, complete, split_line
from samix.cli.main import main
from samix.files.copies import tree_digest

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = """\
Parameters:
  Stage: {Type: String, Default: dev, Description: Where it runs}
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Runtime: provided.al2023, Handler: a}
  Inline:
    Type: AWS::Serverless::Function
    Properties: {InlineCode: x, Runtime: nodejs22.x, Handler: a}
  Child:
    Type: AWS::Serverless::Application
    Properties: {Location: child.yaml}
"""
CHILD = """\
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: makefile}
    Properties: {ContentUri: src}
"""
OTHER = CHILD.replace("Layer:", "Another:")
LOOP = """\
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters: {Names: {Type: CommaDelimitedList, Default: "One,Two"}}
Resources:
  Fn::ForEach::Loop:
    - Name
    - !Ref Names
    - Fn${Name}:
        Type: AWS::Serverless::Function
        Properties: {CodeUri: src, Runtime: provided.al2023, Handler: a}
"""
SAMCONFIG = """\
version = 0.1
[other.build.parameters]
template_file = "other.yaml"
[wrong.build.parameters]
jobs = "many"
"""
BREAKS = " \t\n\"'@><=;|&(:"  # as bash has them
TYPES = ["host", "container"]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {
        "template.yaml": TEMPLATE,
        "child.yaml": CHILD,
        "other.yaml": OTHER,
        "loop.yaml": LOOP,
        "samconfig.toml": SAMCONFIG,
        "broken.yaml": "Resources: [",
        "list.yaml": "- a\n",
        "none.yaml": "Resources: {Fn: {Type: AWS::Serverless::Function}}\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    monkeypatch.chdir(tmp_path)
    unset_variables(monkeypatch)
    return tmp_path


def _words(*line: str) -> list[str]:
    """What is offered at the end of a command line."""
    answer = complete(line[:-1], line[-1])
    assert answer.kind is Kind.WORDS
    assert all(word.startswith(line[-1]) for word, _ in answer.words)
    return [word for word, _ in answer.words]


def test_commands_are_offered_first() -> None:
    assert _words("") == ["build", "plan", "clean"]
    assert _words("p") == ["plan"]
    assert _words("nothing", "") == []
    assert "--version" in _words("--")
    assert _words("--show-completion", "") == ["bash", "zsh", "fish"]


def test_options_of_the_command_are_offered() -> None:
    assert _words("build", "--mount") == ["--mount-with", "--mount-symlinks"]
    assert _words("build", "--no-w") == ["--no-wait"]
    assert _words("plan", "--form") == ["--format"]
    assert _words("clean", "--") == [
        *("--dry-run", "--template-file", "--template", "--build-dir", "--cache-dir"),
        *("--config-file", "--config-env", "--help"),
    ]
    assert {"-t", "-cd"} < set(_words("build", "-"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["--output", ""], ["text", "json"]),
        (["--output", "j"], ["json"]),
        (["--output=j"], ["--output=json"]),
        (["--mount-with", ""], ["READ", "WRITE"]),
        (["--format", ""], ["table", "json", "mermaid", "dot"]),
        (["--jobs", ""], []),
        (["--docker-network", ""], []),
    ],
    ids=" ".join,
)
def test_the_values_that_an_option_takes_are_offered(line: list[str], words: list[str]) -> None:
    assert _words("plan", *line) == words


@pytest.mark.parametrize(
    ("option", "kind"),
    [
        ("--template-file", Kind.FILE),
        ("-t", Kind.FILE),
        ("--sam", Kind.FILE),
        ("--container-env-var-file", Kind.FILE),
        ("--base-dir", Kind.DIRECTORY),
        ("-cd", Kind.DIRECTORY),
    ],
)
def test_paths_are_left_to_the_shell(option: str, kind: Kind) -> None:
    assert complete(["build", option], "some") == Answer(kind)
    assert complete(["build", f"{option}=some"], "") != Answer(kind)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ([""], ["Fn", "Child/Layer"]),
        (["Fn", ""], ["Fn", "Child/Layer"]),
        (["Child/"], ["Child/Layer"]),
        (["--", ""], ["Fn", "Child/Layer"]),
        (["--use-container", "F"], ["Fn"]),
        (["--jobs", "3", "F"], ["Fn"]),
        (["-x", ""], ["Fn", "Child/Layer"]),
        (["--exclude", "C"], ["Child/Layer"]),
        (["--exclude=C"], ["--exclude=Child/Layer"]),
        (["--build-type", ""], [*TYPES, "Fn=", "Child/Layer="]),
        (["--build-type", "Fn="], ["Fn=host", "Fn=container"]),
        (["--build-type", "Child/*=c"], ["Child/*=container"]),
        (["--build-type=Fn=h"], ["--build-type=Fn=host"]),
        (["--build-image", ""], ["Fn=", "Layer="]),
        (["-bi", "Layer=registry/"], []),
        (["--container-env-var", "F"], ["Fn."]),
        (["-e", "Fn.A"], []),
        (["--parameter-overrides", ""], ["Stage="]),
        (["--parameter-overrides", "Other=1", "St"], ["Stage="]),
        (["--parameter-overrides", "Other=1", "--exclude", "F"], ["Fn"]),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("command", ["build", "plan"])
def test_the_names_in_the_template_are_offered(command: str, line: list[str], words: list[str]) -> None:
    assert _words(command, *line) == words


def test_a_command_without_resources_is_offered_none() -> None:
    assert _words("clean", "") == []


@pytest.mark.parametrize(
    ("before", "environ", "words"),
    [
        (["-t", "other.yaml"], {}, ["Another"]),
        (["--template=other.yaml"], {}, ["Another"]),
        (["--config-env", "other"], {}, ["Another"]),
        ([], {"SAM_TEMPLATE_FILE": "other.yaml"}, ["Another"]),
        (["-t", "loop.yaml", "--language-extensions"], {}, ["FnOne", "FnTwo"]),
        (
            ["--parameter-overrides", "Names=Three", "-t", "loop.yaml", "--language-extensions"],
            {},
            ["FnThree"],
        ),
        (["-t", "loop.yaml"], {"SAM_CLI_ENABLE_LANGUAGE_EXTENSIONS": "1"}, ["FnOne", "FnTwo"]),
        (["--jobs", "many", "--no-such-option", "--mount-with", "X", "--output", "yaml"], {}, ["Fn", "Child/Layer"]),
    ],
    ids=" ".join,
)
def test_the_command_line_so_far_says_which_template(
    before: list[str], environ: dict[str, str], words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert _words("build", *before, "") == words


@pytest.mark.parametrize(
    "before",
    [
        *(["-t", name] for name in ("missing.yaml", "broken.yaml", "list.yaml", "none.yaml", ".", "\0", "loop.yaml")),
        ["--config-file", "missing.toml"],
        ["--config-file", "template.yaml"],
        ["--config-env", "wrong"],
        ["--parameter-overrides", "nonsense"],
        ["--base-dir", "missing"],
    ],
    ids=lambda value: " ".join(value).replace("\0", "0"),
)
def test_what_cannot_be_read_offers_nothing_and_says_nothing(
    before: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert set(_words("build", *before, "F")) <= {"Fn"}
    assert _words("build", *before, "--build-type", "h") == ["host"]
    assert capfd.readouterr() == ("", "")


def test_a_meaning_is_printed_with_each_word() -> None:
    assert complete(["build"], "Fn").words == [("Fn", "provided.al2023")]
    assert complete(["build", "--parameter-overrides"], "").words == [("Stage=", "Where it runs")]
    assert all(meaning for _, meaning in complete(["build"], "--").words)


@pytest.mark.parametrize(
    ("line", "words", "current", "replaced"),
    [
        ("", [], "", ""),
        ("samix", [], "samix", "samix"),
        ("samix  build ", ["samix", "build"], "", ""),
        ("samix a=b", ["samix"], "a=b", "b"),
        ("samix a=b:c=", ["samix"], "a=b:c=", ""),
        ("samix 'a=b", ["samix"], "a=b", "a=b"),
        ("samix x='a=b", ["samix"], "x=a=b", "a=b"),
        ("samix 'a'=b", ["samix"], "a=b", "b"),
        ('samix \'a b\' "c\\"d" e\\ f', ["samix", "a b", 'c"d'], "e f", "e f"),
        ("samix '' ", ["samix", ""], "", ""),
        ("samix 'a\\' ", ["samix", "a\\"], "", ""),
        ("samix \"a'b", ["samix"], "a'b", "a'b"),
        ("samix a\\", ["samix"], "a", "a"),
    ],
)
def test_a_line_has_the_words_that_bash_sees(line: str, words: list[str], current: str, replaced: str) -> None:
    found, word, start = split_line(line, BREAKS)
    assert (found, word, word[start:]) == (words, current, replaced)


def _main(monkeypatch: pytest.MonkeyPatch, *arguments: str, **environ: str) -> None:
    monkeypatch.delitem(sys.modules, "samix.cli.fast.front", raising=False)
    monkeypatch.setattr(sys, "argv", ["samix", *arguments])
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    main()
    assert "samix.cli.fast.front" not in sys.modules, "this is more than an answer"


def test_a_shell_gets_the_kind_and_the_words(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], project: Path
) -> None:
    before = tree_digest(project)
    _main(monkeypatch, "build", "F", _SAMIX_COMPLETE="complete_zsh")
    assert capfd.readouterr() == ("words\nFn\tprovided.al2023\n", "")
    _main(monkeypatch, "build", "-t", "", _SAMIX_COMPLETE="complete_fish")
    assert capfd.readouterr() == ("file\n", "")
    assert tree_digest(project) == before


def test_bash_gets_what_it_puts_behind_its_breaks(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    line = "samix build --build-type Fn=c"
    _main(monkeypatch, _SAMIX_COMPLETE="complete_bash", _SAMIX_LINE=line, _SAMIX_WORDBREAKS=BREAKS)
    assert capfd.readouterr().out == "words\ncontainer\n"
    _main(monkeypatch, _SAMIX_COMPLETE="complete_bash", _SAMIX_LINE=line, _SAMIX_WORDBREAKS=" ")
    assert capfd.readouterr().out == "words\nFn=container\n"


def test_bash_gets_no_name_that_it_would_run(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], project: Path
) -> None:
    names = ("$(id)", "`id`", "a;id", "a|id", "a>b", "a b", "~root", "Fn1")
    resource = "{Type: AWS::Serverless::Function, Properties: {CodeUri: src, Runtime: provided.al2023, Handler: a}}"
    (project / "template.yaml").write_text("Resources:\n" + "".join(f"  '{name}': {resource}\n" for name in names))
    for line in ("samix build ", "samix build F"):
        _main(monkeypatch, _SAMIX_COMPLETE="complete_bash", _SAMIX_LINE=line, _SAMIX_WORDBREAKS=BREAKS)
        assert capfd.readouterr().out == "words\nFn1\n"


def test_no_name_is_more_than_one_word(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], project: Path
) -> None:
    (project / "template.yaml").write_text(
        'Parameters: {"One\\nTwo": {Type: String}, Three: {Type: String}}\nResources: {A: {Type: X}}\n'
    )
    _main(monkeypatch, "build", "--parameter-overrides", "", _SAMIX_COMPLETE="complete_zsh")
    assert capfd.readouterr().out == "words\nThree=\t\n"


def test_variables_and_the_home_directory_are_found(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], project: Path
) -> None:
    monkeypatch.setenv("HOME", str(project))
    monkeypatch.setenv("NAME", "other.yaml")
    for template in ("~/other.yaml", "$NAME"):
        _main(monkeypatch, "build", "-t", template, "", _SAMIX_COMPLETE="complete_zsh")
        assert capfd.readouterr().out == "words\nAnother\tlayer\n"


@pytest.mark.parametrize("error", [ZeroDivisionError("a bug"), TimeoutError()])
def test_a_bug_stays_out_of_the_prompt(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    class Failing(io.StringIO):
        def write(self, _: str) -> NoReturn:
            raise error

    monkeypatch.setattr(sys, "stdout", Failing())
    with pytest.raises(SystemExit) as ended:
        _main(monkeypatch, "build", "", _SAMIX_COMPLETE="complete_zsh")
    assert ended.value.code == 1
    assert capfd.readouterr() == ("", "")


def test_who_types_does_not_wait_for_long(capfd: pytest.CaptureFixture[str], project: Path) -> None:
    """A pipe that nobody writes to would keep the prompt for ever."""
    os.mkfifo(project / "pipe.toml")
    answer_shell(["build", "--config-file", "pipe.toml", ""], {"_SAMIX_COMPLETE": "complete_zsh"}, patience=0.5)
    assert capfd.readouterr() == ("words\n", "")
