"""A SAM application in a directory of its own, built by the real samix and the real sam."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Tree: TypeAlias = "dict[str, tuple[str, str, bytes]]"

REPOSITORY = Path(__file__).resolve().parents[2]
HOST_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True)
class Run:
    """What a program did."""

    code: int
    output: str
    errors: str

    @property
    def text(self) -> str:
        return self.output + self.errors

    def succeeded(self) -> Run:
        assert self.code == 0, f"exit code {self.code}\n{self.text}"
        return self

    def failed_with(self, code: int) -> Run:
        assert self.code == code, f"exit code {self.code}, expected {code}\n{self.text}"
        return self

    def results(self) -> dict[str, tuple[str, str]]:
        """Build type and result by resource, read from the table, which stands on standard error."""
        rows: dict[str, tuple[str, str]] = {}
        build_type = result = ""
        lines = iter(self.errors.splitlines())
        for line in lines:
            if line.startswith("Resource "):
                starts = [line.index(title) for title in ("Build type", "Because of", "Result")]
                break
        else:
            return rows
        for line in lines:
            if not line.strip():
                break
            if not line[: starts[2]].strip():  # more of why
                continue
            if line[starts[0] : starts[1]].strip():
                build_type = line[starts[0] : starts[1]].strip()
                result = line[starts[2] :].split()[0]
            rows[line[: starts[0]].strip()] = (build_type, result)
        return rows


@dataclass(frozen=True)
class Project:
    """A directory with an application, and the programs that build it.

    Attributes:
        path: The directory.
        environment: Variables that they get, besides others.
        timeout: How many seconds each may take.
        interpreter: The Python that runs samix.
    """

    path: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 600
    interpreter: str = sys.executable

    @classmethod
    def from_files(cls, path: Path, files: Mapping[str, str]) -> Project:
        project = cls(path)
        path.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            project.write(name, content)
        return project

    @classmethod
    def copy_of(cls, source: Path, path: Path) -> Project:
        shutil.copytree(source, path, symlinks=True, ignore=shutil.ignore_patterns(".aws-sam"))
        return cls(path)

    def write(self, name: str, content: str) -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
        return file

    def samix(self, *arguments: str, **environment: str) -> Run:
        return self._run([self.interpreter, "-m", "samix", *arguments], environment)

    def sam(self, *arguments: str, **environment: str) -> Run:
        """Run the real sam; once more if it waits for ever.

        It does now and then, of a container that has ended before sam listens to it (`samix.sam.stall`;
        https://github.com/aws/aws-sam-cli/issues/6361 shows the same).
        """
        command = ["sam", *arguments]
        run = self._run([*bounded(300), *command], environment)
        return self._run(command, environment) if run.code == TIMED_OUT else run

    def _run(self, command: list[str], environment: Mapping[str, str]) -> Run:
        done = subprocess.run(
            command,
            cwd=self.path,
            env={**clean_environment(), **self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=self.timeout,
            check=False,
        )
        return Run(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

    @property
    def build_dir(self) -> Path:
        return self.path / ".aws-sam" / "build"

    def built(self) -> Tree:
        return tree(self.build_dir)


TIMED_OUT = 124


def bounded(seconds: int) -> list[str]:
    """What goes before a command that is interrupted after some time, with all that it has started.

    Its exit code is then `TIMED_OUT`.
    """
    return [shutil.which("timeout") or "timeout", "--signal=INT", "--kill-after=60", str(seconds)]


def clean_environment() -> dict[str, str]:
    """The environment without what would steer sam or samix, with this interpreter's programs first.

    `SAMIX_TEST_SAM` names a sam that goes before them, alone in its directory: a link will do (`make test-sams`).
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SAM_", "SAMIX_", "AWS_", "GITHUB_", "GITLAB_", "CI", "COLUMNS", "FORCE_COLOR"))
        or name == "AWS_CA_BUNDLE"
    }
    places = [os.path.dirname(sys.executable), kept["PATH"]]
    if sam := os.environ.get("SAMIX_TEST_SAM"):
        assert os.listdir(os.path.dirname(sam)) == ["sam"], "what is beside SAMIX_TEST_SAM would go first as well"
        places.insert(0, os.path.dirname(sam))
    return kept | {"PATH": os.pathsep.join(places), "SAM_CLI_TELEMETRY": "0"}


@contextmanager
def unread_pipe() -> Iterator[int]:
    """The end to write to of a pipe that nobody reads from any more."""
    read, write = os.pipe()
    os.close(read)
    try:
        yield write
    finally:
        os.close(write)


def tree(root: Path) -> Tree:
    """Everything below a directory: kind, mode and content by relative path."""
    found: Tree = {}
    for directory, names, files in os.walk(root):
        for name in [*names, *files]:
            path = Path(directory, name)
            status = path.lstat()
            mode = oct(stat.S_IMODE(status.st_mode))
            relative = path.relative_to(root).as_posix()
            if path.is_symlink():
                found[relative] = ("link", "", os.fsencode(path.readlink()))
            elif path.is_dir():
                found[relative] = ("directory", mode, b"")
            else:
                found[relative] = ("file", mode, path.read_bytes())
    return found


def differences(one: Tree, other: Tree) -> list[str]:
    """The paths at which two trees are not the same."""
    return sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path))
