"""The versions that the real tools tell, and how seldom they are started."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from samcli.lib.build.workflow_config import get_workflow_config
from samcli.local.common.runtime_template import INIT_RUNTIMES
from support.project import HOST_PYTHON, clean_environment

from samix.builders.workflow import tools_of
from samix.host import versions as versions_module
from samix.host.versions import Versions
from samix.messages.location import Location
from samix.options.build_type import BuildType
from samix.template.resources import Kind, Resource
from samix.units.decision import Decision
from samix.units.unit import Unit

if TYPE_CHECKING:
    from samix.builders.tool import Tool

BUILDERS = ("python-uv", HOST_PYTHON, "nodejs22.x", "go1.x", "makefile", "java17", "rust-cargolambda")
MANIFESTS = ("requirements.txt", "package.json", "pom.xml")
# what the tools themselves say, each in its own words
QUESTIONS = {
    HOST_PYTHON: [HOST_PYTHON, "-c", "import pip, sys; print(sys.version.split()[0] + ', pip ' + pip.__version__)"],
    "uv": ["uv", "--version"],
    "node": ["node", "-p", "process.versions.node"],
    "npm": ["npm", "--version"],
    "go": ["go", "env", "GOVERSION"],
    "make": ["make", "--version"],
    "java": ["java", "-version"],
    "mvn": ["mvn", "--version"],
    "cargo": ["cargo", "--version"],
    "rustc": ["rustc", "--version"],
    "cargo-lambda": ["cargo", "lambda", "--version"],
}
TIMEOUT_SECONDS = 60


def tools_for(method: str, source: Path) -> tuple[Tool, ...]:
    runtime = method if method[-1] in "0123456789x" else HOST_PYTHON
    resource = Resource(
        kind=Kind.FUNCTION,
        type="AWS::Serverless::Function",
        logical_id="Fn",
        full_path="Fn",
        stack_path="",
        properties={"Runtime": runtime},
        metadata={} if method == runtime else {"BuildMethod": method},
        code=str(source),
        locate=lambda: Location(source),
    )
    return tools_of(Unit((resource,), Decision(BuildType.HOST, "default")), source)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    place = tmp_path / "project" / "src"
    place.mkdir(parents=True)
    for name in MANIFESTS:
        (place / name).write_text("")
    return place


@pytest.fixture
def tools(source: Path) -> dict[str, Tool]:
    """By name; of the two that are called like the runtime it is pip's Python that counts."""
    return {tool.name: tool for method in BUILDERS for tool in tools_for(method, source)}


def open_versions(tmp_path: Path, **environ: str) -> Versions:
    return Versions({**clean_environment(), **environ}, tmp_path / "versions.json", tmp_path / "project")


def test_each_version_is_what_the_tool_itself_says(tmp_path: Path, source: Path, tools: dict[str, Tool]) -> None:
    versions = open_versions(tmp_path)
    for name, question in QUESTIONS.items():
        said = subprocess.run(
            question, env=clean_environment(), capture_output=True, check=True, timeout=TIMEOUT_SECONDS, cwd=source
        )
        version = versions.tool(tools[name], source)
        assert version, name
        # java tells all on the other stream
        assert version.split(", ")[0] in (said.stdout + said.stderr).decode(), name
    said_by_python = subprocess.run(
        QUESTIONS[HOST_PYTHON], env=clean_environment(), capture_output=True, check=True, timeout=TIMEOUT_SECONDS
    )
    assert versions.tool(tools[HOST_PYTHON], source) == said_by_python.stdout.decode().strip()


@pytest.mark.parametrize("name", ["cc", "gcc", "go", "node", "npm", "cargo", "rustc", "python3"])
def test_what_a_makefile_calls_tells_its_version(tmp_path: Path, source: Path, name: str) -> None:
    (source / "Makefile").write_text(f"build-Fn:\n\t{name} one\n")
    tool = {tool.name: tool for tool in tools_for("makefile", source)}[name]
    version = open_versions(tmp_path).tool(tool, source)
    question = [name, "version" if name == "go" else "--version"]
    said = subprocess.run(question, env=clean_environment(), capture_output=True, check=True, cwd=source, text=True)
    assert version
    assert version.split(", ")[0] in said.stdout


def test_version_of_sam_is_its_own_answer_without_starting_it(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sam = Path(sys.executable).parent / "sam"
    said = subprocess.run([sam, "--version"], capture_output=True, check=True, timeout=TIMEOUT_SECONDS, cwd=source)
    monkeypatch.setattr(subprocess, "Popen", None)
    version = open_versions(tmp_path).sam(sam, asks=False)
    assert version
    assert said.stdout.decode().split()[-1] == version


def rewrite(path: Path, text: str) -> None:
    """Write a file, with another time than before also where the clock of its file system is coarse."""
    before = path.stat().st_mtime_ns if path.exists() else None
    path.write_text(text)
    if before:
        os.utime(path, ns=(before + 10**9, before + 10**9))


def fake_tool(path: Path, version: str, record: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    rewrite(path, f'#!/bin/sh\necho "$0 $*" >> "{record}"\necho "go version {version} linux/amd64"\n')
    path.chmod(0o755)
    return path


def test_a_tool_is_started_once_until_it_is_another(tmp_path: Path, source: Path, tools: dict[str, Tool]) -> None:
    record = tmp_path / "started"
    program = fake_tool(tmp_path / "bin" / "go", "go1.22.1", record)
    told = []
    for change in (lambda: None, lambda: None, lambda: fake_tool(program, "go1.22.2", record), lambda: None):
        change()
        versions = open_versions(tmp_path, PATH=f"{program.parent}{os.pathsep}{os.defpath}")
        told.append(versions.tool(tools["go"], source))
        versions.save()
    assert told == ["go1.22.1", "go1.22.1", "go1.22.2", "go1.22.2"]
    assert record.read_text().splitlines() == [f"{program} version"] * 2


def test_a_second_build_starts_none_of_the_real_tools(
    tmp_path: Path, source: Path, tools: dict[str, Tool], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_versions(tmp_path)
    expected = {name: first.tool(tool, source) for name, tool in tools.items()}
    first.save()
    monkeypatch.setattr(subprocess, "Popen", None)  # to start one would be an error
    second = open_versions(tmp_path)
    assert {name: second.tool(tool, source) for name, tool in tools.items()} == expected
    assert {name for name in QUESTIONS if expected[name]} == set(QUESTIONS)


def test_a_version_manager_changes_the_version(tmp_path: Path, source: Path, tools: dict[str, Tool]) -> None:
    shim = tmp_path / "shims" / "go"
    shim.parent.mkdir()
    shim.write_text(
        "#!/bin/sh\n"
        'place=$PWD; while [ ! -e "$place/.tool-versions" ] && [ "$place" != / ]; do place=$(dirname "$place"); done\n'
        'echo "go version $(cat "$place/.tool-versions" 2>/dev/null || echo go1.0) linux/amd64"\n'
    )
    shim.chmod(0o755)
    told = []
    for version in ("", "go1.22.1", "go1.22.2"):
        if version:
            rewrite(tmp_path / "project" / ".tool-versions", version)
        versions = open_versions(tmp_path, PATH=f"{shim.parent}{os.pathsep}{os.defpath}")
        told.append(versions.tool(tools["go"], source))
        versions.save()
    assert told == ["go1.0", "go1.22.1", "go1.22.2"]


def test_another_pip_in_the_same_python_is_noticed(tmp_path: Path, source: Path, tools: dict[str, Tool]) -> None:
    environment = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True, timeout=TIMEOUT_SECONDS)
    path = f"{environment / 'bin'}{os.pathsep}{tmp_path / 'empty'}"
    [packages] = environment.glob("lib/python*/site-packages")
    told = []
    for version in ("", "24.0", "24.1"):
        if version:
            shutil.rmtree(packages / "pip", ignore_errors=True)
            (packages / "pip").mkdir()
            (packages / "pip" / "__init__.py").write_text(f"__version__ = {version!r}\n")
        versions = open_versions(tmp_path, PATH=path, PYTHONPATH="")
        told.append(versions.tool(tools[HOST_PYTHON], source))
        versions.save()
    python = sys.version.split()[0]
    assert told == [None, f"{python}, pip 24.0", f"{python}, pip 24.1"]


@pytest.mark.parametrize("runtime", INIT_RUNTIMES)
def test_no_runtime_of_sam_is_without_tools(tmp_path: Path, source: Path, runtime: str) -> None:
    config = get_workflow_config(runtime, str(source), str(tmp_path))
    names = [tool.name for tool in tools_for(runtime, source)]
    expected = {
        "pip": [runtime],
        "npm": ["node", "npm"],
        "bundler": ["ruby", "bundle"],
        "maven": ["java", "mvn"],
        "cli-package": ["dotnet"],
        "modules": ["go"],
        None: ["make"],
    }
    assert names == expected[config.dependency_manager]


def test_tool_that_fails_or_hangs_has_no_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"PATH": os.defpath}
    assert versions_module.ask(["sh", "-c", "echo go; exit 3"], environ, tmp_path) == ""
    with monkeypatch.context() as impatient:
        impatient.setattr(versions_module, "_TIMEOUT_SECONDS", 0.5)
        assert versions_module.ask(["sh", "-c", "echo go; sleep 600 & wait"], environ, tmp_path) is None
    assert versions_module.ask([str(tmp_path / "none")], environ, tmp_path) is None
    assert versions_module.ask(["sh", "-c", "echo go; cat"], environ, tmp_path) == "go\n"  # there is nothing to read
