"""A warm sam is there early where something must be built, and nowhere else."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.project import clean_environment
from support.small_sam import small_sam

from samix.cli.fast.head_start import head_start
from samix.sam.fork_server import sam_starter
from samix.sam.process import Spawner
from samix.state.stat_index import StatIndex

STATE = Path(".aws-sam", "samix", "state.json")
STATS = STATE.with_name("stats.json")


@pytest.fixture
def sam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sam on PATH; the working directory is a project."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "template.yaml").touch()
    monkeypatch.chdir(project)
    monkeypatch.delenv("SAMIX_WARM_SAM", raising=False)
    found = small_sam(tmp_path / "installed")
    monkeypatch.setenv("PATH", str(found.parent), prepend=os.pathsep)
    return found


def _environment() -> dict[str, str]:
    return {**os.environ, "SAM_CLI_TELEMETRY": "0"}


@pytest.mark.usefixtures("sam")
def test_server_exists_for_a_first_build_and_ends_with_it() -> None:
    with head_start(["build", "--jobs", "2"]) as server:
        assert server is not None
        server.prepare()
        assert Path(f"/proc/{server.process_id}/cwd").resolve() == Path.cwd()
    assert not Path(f"/proc/{server.process_id}").exists()
    assert [path.name for path in Path.cwd().iterdir()] == ["template.yaml"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan"],
        [],
        ["--version"],
        ["build", "--help"],
        ["build", "-h"],
        ["build", "--sam=x"],
        ["build", "--sam", "x"],
        ["build", "--hook-name", "x"],
    ],
)
def test_it_is_not_there_where_another_may_build_or_none(sam: Path, arguments: list[str]) -> None:
    assert sam.exists()
    with head_start(arguments) as server:
        assert server is None
    assert not STATE.parent.exists()


def test_it_is_not_there_without_a_template(sam: Path) -> None:
    assert sam.exists()
    Path("template.yaml").unlink()
    with head_start(["build"]) as server:
        assert server is None
    assert not STATE.parent.exists()


@pytest.mark.parametrize("trouble", ["no sam", "no script", "not wanted"])
def test_trouble_is_left_to_the_build(sam: Path, trouble: str, monkeypatch: pytest.MonkeyPatch) -> None:
    match trouble:
        case "no sam":
            monkeypatch.setenv("SAMIX_SAM", "no-such-sam")
        case "no script":
            sam.write_text("#!/bin/sh\n")
        case "not wanted":
            monkeypatch.setenv("SAMIX_WARM_SAM", "0")
    with head_start(["build"]) as server:
        assert server is None


@pytest.mark.usefixtures("sam")
def test_a_file_where_its_state_would_be_is_left_to_the_build() -> None:
    Path(".aws-sam").write_text("mine")
    with head_start(["build"]) as server:
        assert server is not None
    assert Path(".aws-sam").read_text() == "mine"


@pytest.mark.usefixtures("sam")
def test_server_exists_only_if_a_source_has_changed() -> None:
    source = Path("app.py").absolute()
    source.write_text("one")
    os.utime(source, (1, 1))
    index = StatIndex(STATS)
    STATE.parent.mkdir(parents=True)
    STATE.touch()
    while not STATS.exists():  # until the file is old enough for it
        index.digest(str(source), source.stat())
        index.note_source(str(source), source.stat())
        index.save(is_whole=True)
    with head_start(["build"]) as server:
        assert server is None
    source.write_text("two")
    with head_start(["build"]) as server:
        assert server is not None


def test_directory_that_cannot_be_searched_is_left_to_the_build(sam: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sam.exists()
    stat = os.stat

    def refused(path: str | Path, **options: bool) -> os.stat_result:
        if os.fspath(path).startswith(".aws-sam"):
            raise PermissionError(errno.EACCES, "", path)
        return stat(path, **options)

    monkeypatch.setattr(os, "stat", refused)
    with head_start(["build"]):
        pass


def test_it_is_gone_when_sam_takes_over(sam: Path) -> None:
    Path("samconfig.toml").write_text('version = 0.1\n[default.build.parameters]\nhook_name = "a-hook"\n')
    module = sam.with_name("samcli") / "cli" / "main.py"
    children = "open(f'/proc/self/task/{os.getpid()}/children').read()"
    module.write_text(f"def cli():\n    import os\n    print('left', {children}.split(), os.path.exists('.aws-sam'))\n")
    done = subprocess.run(
        [sys.executable, "-m", "samix", "build"],
        env=clean_environment() | {"SAMIX_SAM": str(sam)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "left [] False\n"


@pytest.mark.parametrize(
    ("module", "arguments"),
    [("samix.cli.run_build", []), ("typer", ["-t=template.yaml"])],
    ids=["read from the table", "parsed"],
)
def test_interrupt_during_imports_ends_without_a_traceback(sam: Path, module: str, arguments: list[str]) -> None:
    assert sam.exists()
    program = (
        "import os, signal, sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == {module!r}: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "from samix.cli.main import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "build", *arguments],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
    assert not STATE.parent.exists()


def test_the_build_uses_it(sam: Path) -> None:
    with head_start(["build"]) as server:
        for runs in (1, 2):
            assert sam_starter(sam, _environment(), Path.cwd(), runs, print, server) is server


@pytest.mark.parametrize("other", ["sam", "environment"])
def test_a_build_with_another_sam_does_without(sam: Path, other: str) -> None:
    environment = _environment() | ({"ODD": "1"} if other == "environment" else {})
    with head_start(["build"]) as server:
        assert server is not None
        starter = sam_starter(sam.with_name("x") if other == "sam" else sam, environment, Path.cwd(), 1, print, server)
        assert isinstance(starter, Spawner)
        assert starter.hosts == (other == "environment")
        assert not Path(f"/proc/{server.process_id}").exists()
