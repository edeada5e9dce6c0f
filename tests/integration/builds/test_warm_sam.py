"""Builds whose sam is imported once for all leave what builds leave that start it anew for each unit."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

import pytest
from support.apps import all_apps
from support.engine import containers_of
from support.processes import marked_processes
from support.project import HOST_PYTHON, Project, Run, Tree, clean_environment, differences

APPS = {app.name: app for app in all_apps()}
_SETTLING_SECONDS = 60
_IN_CONTAINERS = ("--use-container", "--skip-pull-image")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WORKSPACE = re.compile(r"(/(?:units/|samix-)[^/\s.]+\.)[a-z0-9_]{8}\b")
_TEMPORARY = re.compile(r"/tmp/tmp[a-z0-9_]{8}\b|\b(?:[0-9a-f]{12}|[0-9a-f]{64})\b")  # noqa: S108 - directories and ids of containers
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d[:_]\d\d[:_]\d\d(?:[.,_]\d+)?|\b\d+(?:\.\d+)?m?s\b")
# what an engine says of an image that it has built before or has not, and sam once a week
_FIRST = re.compile(
    r"^ *(?:---> (?:Using cache|Running in \w+)|(?:---> )?Remov(?:ing|ed) intermediate container \w+)\n"
    r"|^\n?SAM CLI update available.*\n(?:To download: .*\n)?",
    re.MULTILINE,
)
# writes down the programs that Python starts with
_SITE = """\
import os, sys
with open(os.environ["STARTED"], "a") as file:
    file.write(" ".join(map(os.path.basename, getattr(sys, "orig_argv", sys.argv)[1:3])) + "\\n")
"""


@dataclass(frozen=True)
class _Result:
    """What a build left."""

    code: int
    built: Tree
    definitions: str
    logs: dict[str, str]
    table: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class _Traced:
    """A project whose builds write down which programs of Python they start."""

    project: Project
    started: Path

    @classmethod
    def of(cls, project: Project) -> _Traced:
        site = project.path.parent / "site"
        site.mkdir()
        (site / "sitecustomize.py").write_text(_SITE)
        started = project.path.parent / "started"
        paths = os.pathsep.join(path for path in (str(site), os.environ.get("PYTHONPATH")) if path)
        environment = {**project.environment, "PYTHONPATH": paths, "STARTED": str(started)}
        return cls(Project(project.path, environment), started)

    def build(self, *arguments: str, **environment: str) -> Run:
        self.started.unlink(missing_ok=True)
        return self.project.samix("build", *arguments, **environment)

    def count(self) -> tuple[int, int]:
        """How many times sam was imported to be forked, and how many times it was started by itself."""
        lines = [line.split() for line in self.started.read_text().splitlines()]
        return sum(line[:2] == ["fork_server_main.py", "serve"] for line in lines), sum(
            line[:2] in (["fork_server_main.py", "run"], ["sam", "build"]) for line in lines
        )


def _both_ways(project: Project, *arguments: str, **environment: str) -> tuple[_Result, _Result]:
    """What is left by a build that starts sam for each unit, and by one that forks it, in the same place."""
    sources = Project.copy_of(project.path, project.path.with_name("sources"))
    traced = _Traced.of(project)
    run = traced.build(*arguments, **environment, SAMIX_WARM_SAM="0")
    cold = _result(project, run)
    imported, started = traced.count()
    assert (imported, started > 1) == (0, True)
    assert "started anew" not in run.errors  # which is told to who asks
    shutil.rmtree(project.path)
    Project.copy_of(sources.path, project.path)
    run = traced.build(*arguments, **environment)
    assert traced.count() == (1, 0)
    return cold, _result(project, run)


def _result(project: Project, run: Run) -> _Result:
    toml = project.path / ".aws-sam" / "build.toml"
    # definitions are in the order in which units were ready
    definitions = (
        re.split(r"^(?=\[\w+\.)", _UUID.sub("UUID", toml.read_text()), flags=re.MULTILINE) if toml.exists() else []
    )
    logs = {log.name: _same(log.read_text()) for log in (project.path / ".aws-sam/samix/logs").iterdir()}
    return _Result(run.code, project.built(), "".join(sorted(definitions)), logs, run.results())


def _compare(spawned: _Result, forked: _Result) -> None:
    assert forked.logs.keys() == spawned.logs.keys()
    for name, log in forked.logs.items():
        assert [*unified_diff(spawned.logs[name].splitlines(), log.splitlines(), n=0)] == []
    assert differences(forked.built, spawned.built) == []
    assert forked == spawned


def _same(log: str) -> str:
    for pattern, text in (
        (_UUID, "UUID"),
        (_WORKSPACE, r"\1WORKSPACE"),
        (_TEMPORARY, "TEMPORARY"),
        (_TIME, "TIME"),
        (_FIRST, ""),
    ):
        log = pattern.sub(text, log)
    return log


@pytest.mark.parametrize(
    ("name", "in_containers"),
    [
        pytest.param("makefiles", False, id="makefiles"),
        pytest.param("node", False, id="node"),
        pytest.param("python-layers", False, id="python-layers"),
        pytest.param("images", False, id="images", marks=pytest.mark.container),
        pytest.param("provided-makefile-c", True, id="in-containers", marks=pytest.mark.container),
    ],
)
def test_a_build_leaves_the_same(
    tmp_path: Path, name: str, request: pytest.FixtureRequest, *, in_containers: bool
) -> None:
    app = APPS[name]
    if app.engine or in_containers:
        request.getfixturevalue("container_engine")
    project = app.copy(tmp_path / "app", python="python3.11" if in_containers else HOST_PYTHON)
    spawned, forked = _both_ways(project, *app.arguments, *(_IN_CONTAINERS if in_containers else ()))
    assert spawned.code == 0
    _compare(spawned, forked)


FAILING = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Good:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: python, Runtime: {HOST_PYTHON}, Handler: app.handler}}
  NoRequirement:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: requirement, Runtime: {HOST_PYTHON}, Handler: app.handler}}
  NoInterpreter:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: python, Runtime: python3.9, Handler: app.handler}}
  NoRecipe:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: makefile}}
    Properties: {{CodeUri: make, Runtime: provided.al2023, Handler: bootstrap}}
  BrokenRecipe:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: makefile}}
    Properties: {{CodeUri: make, Runtime: provided.al2023, Handler: bootstrap}}
  NoManifest:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: node, Runtime: nodejs22.x, Handler: app.handler}}
  NoMethod:
    Type: AWS::Serverless::LayerVersion
    Metadata: {{BuildMethod: python2.7}}
    Properties: {{ContentUri: python}}
"""


def test_a_build_that_fails_tells_the_same(tmp_path: Path) -> None:
    project = Project.from_files(
        tmp_path / "app",
        {
            "template.yaml": FAILING,
            "python/app.py": "",
            "requirement/app.py": "",
            "requirement/requirements.txt": "./nothing-here\n",
            "make/Makefile": "build-BrokenRecipe:\n\t@echo the compiler says no >&2\n\t@echo some output\n\t@exit 7\n",
            "node/package.json": "{ this is no JSON",
            "node/app.js": "",
        },
    )
    spawned, forked = _both_ways(project)
    assert spawned.code == 1
    assert [result for _, result in spawned.table.values()].count("failed") > 3
    _compare(spawned, forked)


def test_odd_variables_reach_a_build(tmp_path: Path) -> None:
    kept = "grep -Eav '^[_A-Z]*=.*/(units/|samix-)|^SAMIX_WARM|^PWD='"
    recipe = f"\t@env -0 | sort -z | tr '\\0' '\\n' | {kept} > $(ARTIFACTS_DIR)/environment\n"
    project = Project.from_files(
        tmp_path / "app",
        {
            "template.yaml": "Transform: AWS::Serverless-2016-10-31\nResources:\n"
            "  One:\n    Type: AWS::Serverless::Function\n    Metadata: {BuildMethod: makefile}\n"
            "    Properties: {CodeUri: src, Runtime: provided.al2023, Handler: bootstrap}\n"
            "  Two:\n    Type: AWS::Serverless::Function\n"
            "    Metadata: {BuildMethod: makefile, BuildDependsOn: [One]}\n"
            "    Properties: {CodeUri: src, Runtime: provided.al2023, Handler: bootstrap}\n",
            # dash would drop names that no shell can have
            "src/Makefile": f"SHELL := /bin/bash\nbuild-One:\n{recipe}build-Two:\n{recipe}",
        },
    )
    odd = {"EMPTY": "", "LINES": "one\ntwo", "BYTES": "\udcff", "ü": "ü", "PYTHONUTF8": "1", "EQUALS": "=a=b"}
    spawned, forked = _both_ways(project, **odd)
    assert spawned.code == 0
    _compare(spawned, forked)
    written = forked.built["Two/environment"][2]
    assert all(os.fsencode(f"{name}={value}\n") in written for name, value in odd.items())
    assert b"SAMIX_ARTIFACTS_One=" in written


ONE = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: src, Runtime: {HOST_PYTHON}, Handler: app.handler}}
"""
WAITING = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  One:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: makefile, BuildType: TYPE}
    Properties: {ContentUri: src, CompatibleRuntimes: [provided.al2023]}
  Two:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: makefile, BuildType: TYPE}
    Properties: {ContentUri: src, CompatibleRuntimes: [provided.al2023]}
"""


def _waiting(path: Path, build_type: str = "host", recipe: str = "sleep 300") -> Project:
    makefile = "".join(f"build-{name}:\n\t@echo $@ waits\n\t{recipe}\n" for name in ("One", "Two"))
    return Project.from_files(path, {"template.yaml": WAITING.replace("TYPE", build_type), "src/Makefile": makefile})


# becomes its arguments
_IGNORING = """\
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])
"""


class _Running:
    """A build that runs until both units wait."""

    def __init__(self, project: Project, *arguments: str, ignores_interrupts: bool = False) -> None:
        self.traced = _Traced.of(project)
        self.process = subprocess.Popen(
            [
                *([sys.executable, "-c", _IGNORING] if ignores_interrupts else []),
                *(sys.executable, "-m", "samix", "build", "--jobs", "2", *arguments),
            ],
            cwd=project.path,
            env={**clean_environment(), **self.traced.project.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._project = project

    def wait_for(self, *names: str) -> None:
        logs = [self._project.path / ".aws-sam" / "samix" / "logs" / f"{name}.log" for name in names]
        while not all(log.exists() and f"build-{log.stem} waits" in log.read_text() for log in logs):
            assert self.process.poll() is None, self.process.communicate()[0]
            time.sleep(0.05)

    def ended(self) -> tuple[int, str]:
        output, _ = self.process.communicate(timeout=120)
        return self.process.returncode, output

    def left(self) -> list[str]:
        """The processes that were started for the build and still run, after some time."""
        deadline = time.monotonic() + _SETTLING_SECONDS
        while (found := [*marked_processes(f"STARTED={self.traced.started}")]) and time.monotonic() < deadline:
            time.sleep(0.05)
        return found

    def server(self) -> int:
        """The process that forks: of all that look like it, the child of samix."""
        [number] = [
            int(entry)
            for entry in marked_processes(f"STARTED={self.traced.started}")
            if "fork_server_main.py" in _command(entry) and _parent(entry) == self.process.pid
        ]
        return number


def _parent(process: str) -> int:
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def _command(process: str) -> list[str]:
    try:
        return [Path(part).name for part in Path(f"/proc/{process}/cmdline").read_text().split("\0")]
    except OSError:
        return []


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_nothing_is_left_of_a_build_that_is_ended(tmp_path: Path, number: signal.Signals, code: int) -> None:
    running = _Running(_waiting(tmp_path / "app"))
    running.wait_for("One", "Two")
    assert running.traced.count() == (1, 0)
    running.process.send_signal(number)
    assert running.ended()[0] == code
    assert running.left() == []


@pytest.mark.container
@pytest.mark.usefixtures("container_engine")
@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ([signal.SIGINT], 130),
        ([signal.SIGTERM], 143),
        ([signal.SIGKILL], -signal.SIGKILL),
        ([signal.SIGINT, signal.SIGINT, signal.SIGTERM], 130),  # impatience makes it no worse
    ],
    ids=["INT", "TERM", "KILL", "INT again and again"],
)
def test_no_container_is_left_of_a_build_that_is_ended(
    tmp_path: Path, numbers: list[signal.Signals], code: int
) -> None:
    project = _waiting(tmp_path / "app", "container")
    running = _Running(project, "--skip-pull-image")
    # their logs come when sam likes; one that does not run yet is known to the engine before sam knows it
    while len(containers_of(project.path / "src", "--filter=status=running")) < 2:
        assert running.process.poll() is None, running.ended()
        time.sleep(0.1)
    for number in numbers:
        running.process.send_signal(number)
        time.sleep(0.3)
    assert running.ended()[0] == code
    assert running.left() == []
    assert containers_of(project.path / "src") == []


@pytest.mark.container
@pytest.mark.usefixtures("container_engine")
@pytest.mark.parametrize("warm", ["", "0"], ids=["forked", "spawned"])
def test_no_container_is_left_where_interrupts_are_ignored(tmp_path: Path, warm: str) -> None:
    """As in the background of a script."""
    project = _waiting(tmp_path / "app", "container")
    running = _Running(
        Project(project.path, {"SAMIX_WARM_SAM": warm}),
        "--skip-pull-image",
        ignores_interrupts=True,
    )
    while len(containers_of(project.path / "src", "--filter=status=running")) < 2:
        assert running.process.poll() is None, running.ended()
        time.sleep(0.1)
    running.process.send_signal(signal.SIGTERM)
    assert running.ended()[0] == 143
    assert running.left() == []
    assert containers_of(project.path / "src") == []


def test_a_build_whose_server_is_killed_starts_sam_itself(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    project = _waiting(
        tmp_path / "app", recipe=f"while [ ! -e {gate} ]; do sleep 0.1; done; echo ok > $(ARTIFACTS_DIR)/x"
    )
    running = _Running(project)
    running.wait_for("One", "Two")
    os.kill(running.server(), signal.SIGKILL)
    gate.touch()
    code, output = running.ended()
    assert code == 0, output
    imported, started = running.traced.count()
    assert (imported, started > 0) == (1, True)
    assert (project.build_dir / "One" / "x").read_text() == (project.build_dir / "Two" / "x").read_text() == "ok\n"
    assert running.left() == []


def test_nothing_is_left_after_a_build(tmp_path: Path) -> None:
    project = _waiting(tmp_path / "app", recipe="echo ok > $(ARTIFACTS_DIR)/x")
    running = _Running(project, "--debug")
    code, output = running.ended()
    assert code == 0, output
    assert running.traced.count() == (1, 0)
    assert [*marked_processes(f"STARTED={running.traced.started}")] == []


def test_sam_is_imported_while_a_build_is_planned_that_needs_it(tmp_path: Path) -> None:
    project = Project.from_files(tmp_path / "app", {"template.yaml": ONE, "src/app.py": ""})
    traced = _Traced.of(project)
    traced.build().succeeded()
    assert traced.count() == (1, 0)
    time.sleep(0.2)  # now the file is old enough to be known by its looks
    traced.build().succeeded()
    for change in ((project.path / "src/app.py").touch, lambda: project.write("template.yaml", f"#\n{ONE}")):
        change()
        traced.build().succeeded()
        assert "fork_server_main.py" not in traced.started.read_text()
    project.write("src/app.py", "# another\n")
    assert traced.build().succeeded().results() == {"Fn": ("host", "built")}
    assert traced.count() == (1, 0)
    project.write("src/app.py", "# one more\n")
    traced.build(SAMIX_WARM_SAM="0").succeeded()
    assert traced.count() == (0, 1)


def test_wrapper_starts_per_unit_and_once_for_definitions(tmp_path: Path) -> None:
    project = _waiting(tmp_path / "app", recipe="echo ok > $(ARTIFACTS_DIR)/x")
    wrapper = project.write("wrapper", f'#!/bin/sh\necho $1 >> {tmp_path}/called\nexec sam "$@"\n')
    wrapper.chmod(0o755)
    project.samix("build", "--sam", str(wrapper)).succeeded()
    assert (tmp_path / "called").read_text().count("build\n") == 3


def test_why_sam_is_not_forked_is_shown_on_request(tmp_path: Path) -> None:
    project = _waiting(tmp_path / "app", recipe="echo ok > $(ARTIFACTS_DIR)/x")
    run = project.samix("build", "--debug", SAMIX_WARM_SAM="0").succeeded()
    assert "sam is started separately for each unit: SAMIX_WARM_SAM is 0." in run.errors
