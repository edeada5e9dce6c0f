"""Every command in the documentation does what the page says, with the real sam and real containers.

The commands of a page are run in order by bash, in one directory, as its reader would; how they are told from other
text is said in `support.pages`.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import sysconfig
import uuid
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.documented import APPLICATIONS, as_here, shop
from support.engine import public_image
from support.pages import Command, Page, Write, ci_commands, pages, split_commands
from support.project import REPOSITORY, TIMED_OUT, bounded, clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("container_engine")]

NOT_RUN = {
    "make demo": "installs system packages; CI runs it",
    "make test": "is what runs this test",
    "make unit": "part of make test",
    "make check": "part of make test",
    "make bench": "measures for hours",
    "PYTHONPATH=tests python -m bench many shared mixed python node own growth memory start": "part of make bench",
    "PYTHONPATH=tests python -m bench 'room-*'": "part of make bench",
    "sam local invoke HelloFunction": "pulls the image that functions run in",
    "sam deploy --guided": "needs an AWS account",
    'docker login "$REGISTRY"': "needs an account at a registry",
    "pip install 'samix[sam] @ git+https://github.com/OWNER/samix@v0'": "nobody has that name",
    "sam deploy --no-confirm-changeset --no-fail-on-empty-changeset": "needs an AWS account",
}
"""The commands that are not run, word for word, and why."""

_PAGES = [page for page in pages() if page.commands()]
_IMAGE_OF_A_TEAM = "build:1"


@dataclass
class Shell:
    """A bash that a reader types into: each command begins in the directory and with the variables that the last left.

    Attributes:
        directory: Where the first command begins.
        environment: The environment of the first command.
        state: A file for what the next command is to find.
    """

    directory: Path
    environment: dict[str, str]
    state: Path

    def run(self, command: str) -> str:
        """What a command prints, to both streams."""
        script = (
            f'source "{self.state}" 2>/dev/null\n{command}\nresult=$?\n'
            f'{{ export -p; printf "cd %q\\n" "$PWD"; }} >"{self.state}"\nexit $result\n'
        )
        done = self._run(script)
        if done.returncode == TIMED_OUT and command.startswith("sam "):  # it may wait for ever (`samix.sam.stall`)
            done = self._run(script)
        output = done.stdout.decode(errors="replace")
        assert done.returncode == 0, f"{command}\nended with {done.returncode}:\n{output}"
        return output

    def _run(self, script: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*bounded(300), "bash", "-o", "pipefail", "-c", script],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )

    def place(self, name: str) -> Path:
        """A path as the reader's directory has it."""
        return Path(self.run("pwd").strip()) / name


def _own_environment(place: Path) -> Path:
    """A virtual environment that sees the packages of this one, with a pip that installs into it and nowhere else.

    Returns:
        Its directory of programs.
    """
    venv.create(place, symlinks=True)
    programs = place / "bin"
    (packages,) = place.glob("lib/python*/site-packages")
    (packages / "here.pth").write_text("".join(f"{path}\n" for path in sys.path if path.endswith("site-packages")))
    for name in ("pip", "pip3"):  # without these the next pip on the path would install into this environment
        (programs / name).write_text(f'#!/bin/sh\nexec "{programs}/python" -m pip "$@"\n')
        (programs / name).chmod(0o755)
    return programs


def _installed() -> dict[str, str | None]:
    """What is installed where the tests run, and where it came from."""
    return {
        f"{one.name} {one.version}": one.read_text("direct_url.json")
        for one in importlib.metadata.distributions(path=[sysconfig.get_path("purelib")])
    }


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A directory, and an environment in which packages can be installed and images need not be pulled."""
    programs = _own_environment(tmp_path / "venv")
    registry = f"samix-test/{uuid.uuid4().hex}"
    environment = clean_environment()
    for name in ("CI", "GITLAB_CI", "CODEBUILD_BUILD_ID", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_USER"):
        environment.pop(name, None)
    environment |= {
        "PATH": f"{programs}{os.pathsep}{environment['PATH']}",
        "VIRTUAL_ENV": str(programs.parent),
        "PIP_PYTHON": str(programs / "python"),  # holds for any pip, should a page come to another
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads it as a no to isolation: what builds samix is installed here
        "PIP_ROOT_USER_ACTION": "ignore",
        "SAM_SKIP_PULL_IMAGE": "1",
        "REGISTRY": registry,
    }
    directory = tmp_path / "reader"
    directory.mkdir()
    image = f"{registry}/{_IMAGE_OF_A_TEAM}"
    before = _installed()
    subprocess.run(["docker", "tag", public_image("provided.al2023"), image], check=True, timeout=60)
    yield Shell(directory, environment, tmp_path / "state")
    subprocess.run(["docker", "image", "rm", image], check=True, capture_output=True, timeout=60)
    assert _installed() == before, "a page has changed what is installed where the tests run"


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_the_commands_of_a_page_do_what_it_says(page: Page, shell: Shell) -> None:
    APPLICATIONS.get(page.name, shop)(shell.directory)
    printed = ""
    for step in page.steps():
        if isinstance(step, Write):
            file = shell.place(step.name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(as_here(step.content), encoding="utf-8")
        elif step.line not in NOT_RUN:
            printed += shell.run(as_here(step.line))
        if isinstance(step, Command) and step.printed:
            assert _missing(step.printed, printed) == [], f"{step.line}\nprinted:\n{printed}"
        if isinstance(step, Write) or step.printed:
            printed = ""


def _missing(expected: tuple[str, ...], printed: str) -> list[str]:
    """The lines of a page that were not printed. Seconds and sizes are others each time, and so is what runs first."""
    found = {_comparable(line) for line in printed.splitlines()}
    return [line for line in expected if line.strip() not in {"", "..."} and _comparable(as_here(line)) not in found]


def _comparable(line: str) -> str:
    line = re.sub(r"\b\d+(?:\.\d+)?(?= s\b| [kMG]?B\b)", "#", line)
    line = re.sub(r"\b[0-9a-f]{12}\b", "#", line)
    return " ".join(line.split())


def test_what_is_not_run_stands_in_a_page() -> None:
    assert NOT_RUN.keys() - {command for page in _PAGES for command in page.commands()} == set()


def test_every_page_with_an_application_of_its_own_has_commands() -> None:
    assert APPLICATIONS.keys() - {page.name for page in _PAGES} == set()


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_no_command_is_written_so_that_it_is_overlooked(page: Page) -> None:
    assert page.mistakes() == []


def test_a_recipe_for_a_ci_system_is_read_for_its_commands() -> None:
    steps = "- run: one\n- {uses: OWNER/samix@v0, with: {args: '${{ matrix.app }}'}}"
    job = f"strategy: {{matrix: {{app: [a, b]}}}}\nsteps:\n{steps}\n"
    assert ci_commands(job) == ["one", "samix build a", "samix build b"]
    assert ci_commands("build: {before_script: [one], script: [two, three]}") == ["one", "two", "three"]
    assert ci_commands("phases: {build: {commands: [one]}}") == ["one"]


def test_a_script_is_split_into_its_commands() -> None:
    script = "# first\ncd app\n\nfor name in a b; do\n  echo $name\ndone\necho \\\n  one\n"
    assert split_commands(script) == ["cd app", "for name in a b; do\n  echo $name\ndone", "echo \\\n  one"]


def test_packages_are_installed_for_the_page_alone(shell: Shell) -> None:
    prefix = shell.run("python -c 'import sys; print(sys.prefix)'").strip()
    assert prefix != sys.prefix
    assert shell.run("command -v pip").strip() == f"{prefix}/bin/pip"
    for pip in ("pip", "pip3", "python -m pip", f"{sys.executable} -m pip"):
        assert f"PIP_PYTHON='{prefix}/bin/python'" in shell.run(f"{pip} config debug"), pip


def test_a_command_that_fails_fails_the_page(shell: Shell) -> None:
    with pytest.raises(AssertionError, match="ended with 3"):
        shell.run("exit 3")
    with pytest.raises(AssertionError, match="ended with 1"):
        shell.run("false | cat")


def test_a_line_that_is_not_printed_fails_the_page() -> None:
    assert _missing(("built Api in 1.2 s", "..."), "built Api in 13.4 s\n") == []
    assert _missing(("built Api in 1.2 s", "other"), "built Api in 13.4 s\n") == ["other"]


def test_pages_are_found_wherever_they_are() -> None:
    assert {"README.md", "docs/tutorial.md", "docs/reference/json.md"} <= {page.name for page in pages()}
    assert all(page.path.is_relative_to(REPOSITORY) for page in pages())
