"""The versions of tools, asked for as seldom as can be."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from samix.builders.tool import Tool
from samix.files.access_log import record_observations
from samix.host.versions import Versions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

TOOL = Tool("tool", ("tool1", "tool"), ("--version",), r"(?m)^tool (\S+)(?: \((\w+)\))?", variables=("TOOLCHAIN",))


@dataclass
class Asked:
    """Stands where tools are started.

    Attributes:
        says: What programs print, by path.
        questions: The programs that were started, with their directories.
        environ: What the last one was given as its environment.
    """

    says: dict[str, str | None] = field(default_factory=dict)
    questions: list[tuple[str, Path]] = field(default_factory=list)
    environ: Mapping[str, str] = field(default_factory=dict)

    def ask(self, command: Sequence[str], environ: Mapping[str, str], directory: Path) -> str | None:
        self.questions.append((command[0], directory))
        self.environ = environ
        return self.says.get(command[0], "")


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    return make_program(tmp_path / "bin" / "tool")


@pytest.fixture
def open_versions(tmp_path: Path, asked: Asked) -> Callable[..., Versions]:
    def open_them(**environ: str) -> Versions:
        project = tmp_path / "project"
        project.mkdir(exist_ok=True)
        values = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path / "home"), **environ}
        return Versions(values, tmp_path / "state" / "versions.json", project, asked.ask)

    return open_them


def make_program(path: Path, content: str = "\x7fELF") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(0o755)
    return path


def told(versions: Versions, tool: Tool = TOOL, source: Path | None = None) -> str | None:
    """What a build is told, with all that it leaves for the next one."""
    version = versions.tool(tool, source)
    versions.save()
    return version


def test_the_version_is_what_the_tool_says(asked: Asked, program: Path, open_versions: Callable[..., Versions]) -> None:
    asked.says[str(program)] = "hello\ntool 1.2 (abc)\n"
    assert told(open_versions()) == "1.2, abc"


def test_an_answer_is_remembered(asked: Asked, program: Path, open_versions: Callable[..., Versions]) -> None:
    asked.says[str(program)] = "tool 1.2"
    assert [told(open_versions()), told(open_versions())] == ["1.2", "1.2"]
    assert len(asked.questions) == 1


def test_that_a_tool_gives_no_version_is_remembered(
    asked: Asked, program: Path, open_versions: Callable[..., Versions]
) -> None:
    asked.says[str(program)] = ""
    assert [told(open_versions()), told(open_versions())] == [None, None]
    assert len(asked.questions) == 1


def test_tool_that_cannot_be_asked_is_asked_by_the_next_build(
    asked: Asked, program: Path, open_versions: Callable[..., Versions]
) -> None:
    asked.says[str(program)] = None
    build = open_versions()
    assert [told(build), told(build)] == [None, None]
    assert len(asked.questions) == 1
    asked.says[str(program)] = "tool 1.2"
    assert told(open_versions()) == "1.2"


def test_a_tool_that_is_not_there_has_no_version(asked: Asked, open_versions: Callable[..., Versions]) -> None:
    assert told(open_versions()) is None
    assert asked.questions == []


def test_nothing_is_written_unless_asked_to(
    asked: Asked, program: Path, open_versions: Callable[..., Versions]
) -> None:
    asked.says[str(program)] = "tool 1.2"
    build = open_versions()
    build.tool(TOOL)
    assert not build.memory_file.exists()
    build.save()
    assert build.memory_file.stat().st_mode & 0o777 == 0o644
    build.memory_file.unlink()
    build.save()
    assert not build.memory_file.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda root: os.utime(root / "bin" / "tool", ns=(1, 1)),
        lambda root: make_program(root / "bin" / "tool1"),
        lambda root: (root / "project" / ".tool-versions").write_text("tool 2"),
        lambda root: (root / ".nvmrc").write_text("2"),
        lambda root: make_program(root / "home" / ".pyenv" / "version"),
        lambda root: make_program(root / "home" / ".rustup" / "update-hashes" / "stable"),
    ],
    ids=["program", "program before it", "project's file", "file above", "global version", "toolchain"],
)
def test_what_decides_about_the_version_makes_it_asked_for_again(
    asked: Asked,
    program: Path,
    open_versions: Callable[..., Versions],
    tmp_path: Path,
    change: Callable[[Path], object],
) -> None:
    asked.says[str(program)] = "tool 1.2"
    assert told(open_versions()) == "1.2"
    change(tmp_path)
    asked.says[str(program)] = "tool 1.3"
    assert told(open_versions()) == "1.3"


def test_variables_of_version_managers_keep_separate_answers(
    asked: Asked, program: Path, open_versions: Callable[..., Versions]
) -> None:
    asked.says[str(program)] = "tool 1.2"
    assert told(open_versions()) == "1.2"
    asked.says[str(program)] = "tool 1.3"
    assert told(open_versions(PYENV_VERSION="1.3")) == "1.3"
    assert told(open_versions(EDITOR="vi")) == "1.2"
    assert len(asked.questions) == 2


def test_files_that_an_answer_names_are_watched(
    asked: Asked, program: Path, open_versions: Callable[..., Versions], tmp_path: Path
) -> None:
    module = tmp_path / "pip" / "__init__.py"
    asked.says[str(program)] = f"tool 1.2\nwatch: {module}\n"
    assert told(open_versions()) == "1.2"
    make_program(module)
    asked.says[str(program)] = f"tool 1.3\nwatch: {module}\n"
    assert [told(open_versions()), told(open_versions())] == ["1.3", "1.3"]
    assert len(asked.questions) == 2


def test_program_without_a_version_is_passed_over_and_watched(
    asked: Asked, program: Path, open_versions: Callable[..., Versions], tmp_path: Path
) -> None:
    first, module = make_program(tmp_path / "bin" / "tool1"), tmp_path / "module"
    asked.says |= {str(first): f"nothing\nwatch: {module}\n", str(program): "tool 1.2"}
    assert told(open_versions()) == "1.2"
    module.write_text("")
    asked.says[str(first)] = "tool 2.0"
    assert told(open_versions()) == "2.0"


def test_a_link_in_another_directory_is_another_tool(
    asked: Asked, program: Path, open_versions: Callable[..., Versions], tmp_path: Path
) -> None:
    asked.says[str(program)] = "tool 1.2"
    assert told(open_versions()) == "1.2"
    link = tmp_path / "venv" / "bin" / "tool"
    link.parent.mkdir(parents=True)
    link.symlink_to(program)
    asked.says[str(link)] = "tool 1.3"
    assert told(open_versions(PATH=str(link.parent))) == "1.3"


def test_the_home_of_a_tool_goes_before_the_path(
    asked: Asked, program: Path, open_versions: Callable[..., Versions], tmp_path: Path
) -> None:
    tool = Tool("tool", ("tool",), (), "tool (.*)", home="TOOL_HOME")
    other = make_program(tmp_path / "home of tool" / "bin" / "tool")
    asked.says |= {str(program): "tool 1", str(other): "tool 2"}
    assert told(open_versions(TOOL_HOME=str(other.parent.parent)), tool) == "2"


def test_variables_of_the_tool_are_part_of_its_version(
    asked: Asked, program: Path, open_versions: Callable[..., Versions]
) -> None:
    asked.says[str(program)] = "tool 1.2"
    assert told(open_versions(TOOLCHAIN="1.3")) == "1.2, TOOLCHAIN=1.3"


def test_a_tool_that_runs_in_the_source_is_asked_there(
    asked: Asked, program: Path, open_versions: Callable[..., Versions], tmp_path: Path
) -> None:
    tool = Tool("tool", ("tool",), (), "tool (.*)", in_source=True)
    sources = [tmp_path / "project" / name for name in ("plain", "other", "pinned")]
    for source in sources:
        source.mkdir(parents=True)
    (sources[2] / "rust-toolchain").write_text("1.3")
    asked.says[str(program)] = "tool 1.2"
    build = open_versions()
    assert [build.tool(tool, source) for source in sources] == ["1.2"] * 3
    # the second has nothing of its own that could decide
    assert asked.questions == [(str(program), sources[0]), (str(program), sources[2])]


def test_a_question_installs_and_reports_nothing(
    asked: Asked, program: Path, open_versions: Callable[..., Versions]
) -> None:
    told(open_versions(OWN="kept", RUSTUP_AUTO_INSTALL="1"))
    assert asked.questions == [(str(program), open_versions().project)]
    assert asked.environ["OWN"] == "kept"
    assert asked.environ["RUSTUP_AUTO_INSTALL"] == "0"
    assert asked.environ["SAM_CLI_TELEMETRY"] == "0"


@pytest.mark.parametrize("written", ["", ".", "../{}"])
def test_directories_on_path_may_be_relative(
    asked: Asked, program: Path, open_versions: Callable[..., Versions], monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    """To the working directory, where sam runs as well."""
    monkeypatch.chdir(program.parent)
    asked.says[str(program)] = "tool 1.2"
    assert told(open_versions(PATH=written.format(program.parent.name))) == "1.2"


def test_a_memory_that_cannot_be_written_is_passed_over(
    asked: Asked, program: Path, open_versions: Callable[..., Versions], tmp_path: Path
) -> None:
    asked.says[str(program)] = "tool 1.2"
    (tmp_path / "state").write_text("a file")
    assert told(open_versions()) == "1.2"


def test_an_installed_sam_is_not_started(asked: Asked, open_versions: Callable[..., Versions], tmp_path: Path) -> None:
    sam = make_program(tmp_path / "1.100.0" / "dist" / "sam")
    assert open_versions().sam(sam, asks=False) == "1.100.0"
    assert asked.questions == []


def test_a_sam_that_no_file_proves_is_asked_once_in_each_build(
    asked: Asked, open_versions: Callable[..., Versions], tmp_path: Path
) -> None:
    shim = make_program(tmp_path / "bin" / "sam", '#!/bin/sh\nexec "$(cat /etc/which)/sam" "$@"\n')
    assert open_versions().sam(shim, asks=False) is None
    assert asked.questions == []
    for number, version in enumerate(("1.2.3", "1.2.4"), start=1):  # nothing that could be seen has changed
        asked.says[str(shim)] = f"SAM CLI, version {version}\n"
        build = open_versions()
        with record_observations() as observation:
            assert [build.sam(shim, asks=True), build.sam(shim, asks=True)] == [version, version]
        assert build.is_sam(shim)
        assert build.builders(shim) is None
        assert not observation.is_whole  # a snapshot of files would not tell when another answers
        assert len(asked.questions) == number
        build.save()


def test_a_sam_that_a_script_leads_to_is_known_by_its_files(
    asked: Asked, open_versions: Callable[..., Versions], tmp_path: Path
) -> None:
    real = make_program(tmp_path / "1.100.0" / "dist" / "sam")
    inner = make_program(tmp_path / "inner", f'#!/bin/sh\nexec "{real}" "$@"\n')
    outer = make_program(tmp_path / "outer", f'#!/bin/sh\n{inner} "$@"\n')
    with record_observations() as observation:
        assert open_versions().sam(outer, asks=True) == "1.100.0"
    assert {str(outer), str(inner), str(real)} <= observation.paths
    assert observation.is_whole
    make_program(inner, f'#!/bin/sh\nexec "{outer}" "$@"\n')
    assert open_versions().sam(outer, asks=False) is None
    assert asked.questions == []


def test_what_is_not_sam_is_recognized(
    asked: Asked, open_versions: Callable[..., Versions], program: Path, tmp_path: Path
) -> None:
    asked.says[str(program)] = "git version 2.39\n"
    build = open_versions()
    assert build.sam(program, asks=True) is None
    assert not build.is_sam(program)
    assert open_versions().sam(tmp_path / "none", asks=True) is None


def test_no_sam_has_no_version(asked: Asked, open_versions: Callable[..., Versions], tmp_path: Path) -> None:
    assert open_versions().sam(tmp_path / "none", asks=True) is None
    assert asked.questions == []


def test_the_memory_tells_no_value_of_the_environment(
    asked: Asked, program: Path, open_versions: Callable[..., Versions]
) -> None:
    asked.says[str(program)] = "tool 1.2"
    build = open_versions(PYTHONPATH="s3cr3t", MISE_GITHUB_TOKEN="s3cr3t")
    told(build)
    written = build.memory_file.read_text()
    assert "1.2" in json.dumps(json.loads(written))
    assert "s3cr3t" not in written


@pytest.mark.parametrize("title", ["", "tool with an extra"])
def test_a_tool_that_is_nowhere_is_lacking(title: str, asked: Asked, open_versions: Callable[..., Versions]) -> None:
    assert open_versions().lacks(replace(TOOL, title=title))
    assert not asked.questions


@pytest.mark.parametrize(
    ("says", "is_lacking"), [("tool 1.2", False), ("another 1.2", True), ("", True), (None, False)]
)
def test_tool_of_another_version_is_lacking(
    says: str | None, is_lacking: bool, asked: Asked, program: Path, open_versions: Callable[..., Versions]
) -> None:
    asked.says[str(program)] = says
    assert open_versions().lacks(replace(TOOL, title="tool with an extra")) is is_lacking
    assert not open_versions().lacks(TOOL)


def test_tool_that_was_lacking_is_asked_again_before_the_error(
    asked: Asked, program: Path, open_versions: Callable[..., Versions]
) -> None:
    tool = replace(TOOL, title="tool with an extra")
    asked.says[str(program)] = "another 1.2"
    assert told(open_versions(), tool) is None
    asked.says[str(program)] = "tool 1.2"  # a shim stays the same when what it starts is installed
    versions = open_versions()
    assert not versions.lacks(tool)
    versions.save()
    assert told(open_versions(), tool) == "1.2"


def test_what_installs_the_version_that_is_asked_for_lacks_none(
    asked: Asked, tmp_path: Path, open_versions: Callable[..., Versions]
) -> None:
    shim = tmp_path / "bin" / "tool"
    shim.parent.mkdir()
    shim.symlink_to(make_program(tmp_path / "mise" / "mise"))
    asked.says[str(shim)] = ""
    assert not open_versions().lacks(replace(TOOL, title="tool with an extra"))


def test_lacking_tool_is_asked_again_only_once(
    asked: Asked, program: Path, open_versions: Callable[..., Versions]
) -> None:
    asked.says[str(program)] = "another 1.2"
    tool, versions = replace(TOOL, title="tool with an extra"), open_versions()
    assert all(versions.lacks(tool, versions.project / name) for name in "abc")
    assert len(asked.questions) == 2  # for its version, and to be sure that it has not come since
