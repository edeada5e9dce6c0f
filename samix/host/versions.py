"""The versions of sam and of the tools on the host.

A tool is only started to be asked if something that is visible without starting it has changed since its last answer:
the program itself, or what version managers decide by.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from samix.builders.tool import Tool
from samix.files.access_log import matching, observe, observe_unknown
from samix.host.path_lookup import find_programs
from samix.host.sam_version import InstalledSam, installed_sam
from samix.host.version_memory import Answer, VersionMemory, look

if TYPE_CHECKING:
    _Seen: TypeAlias = "tuple[tuple[str, str], ...]"

_TIMEOUT_SECONDS = 20.0
# a question must not install, download, report or switch anything
_QUIET = {
    "ASDF_AUTO_INSTALL": "0",
    "BUNDLE_VERSION": "system",
    "COREPACK_ENABLE_NETWORK": "0",
    "DOTNET_CLI_TELEMETRY_OPTOUT": "1",
    "DOTNET_NOLOGO": "1",
    "DOTNET_SKIP_FIRST_TIME_EXPERIENCE": "1",
    "GOTOOLCHAIN": "local",
    "MISE_EXEC_AUTO_INSTALL": "0",
    "MISE_NOT_FOUND_AUTO_INSTALL": "0",
    "NO_COLOR": "1",
    "NO_UPDATE_NOTIFIER": "1",
    "RUSTUP_AUTO_INSTALL": "0",
    "SAM_CLI_TELEMETRY": "0",
}
# with these, version managers and the tools themselves choose what runs
_VARIABLE = re.compile(
    r"(?:ASDF|MISE)_\w+_VERSION|(?:PYENV|RBENV|NODENV|GOENV|JENV|NODE)_VERSION|(?:JAVA|RUSTUP|VOLTA|CARGO|PYTHON)_?HOME"
    r"|(?:PYENV|RBENV|NODENV|GOENV|JENV|DOTNET)_ROOT|RUSTUP_TOOLCHAIN|GOROOT|PYTHONPATH|MISE_ENV|HOME"
)
_VERSION_FILES = (
    ".python-version",
    ".node-version",
    ".nvmrc",
    ".ruby-version",
    ".go-version",
    ".java-version",
    ".tool-versions",
    ".mise.toml",
    "mise.toml",
    "mise.local.toml",
    ".config/mise.toml",
    "rust-toolchain",
    "rust-toolchain.toml",
    "global.json",
)
_VOLTA_SHIM = "volta-shim"
_VOLTA_FILE = "package.json"
_INSTALLING_SHIM = "mise"  # its shims are links to it; it installs a missing version, unless `_QUIET` forbids that
_SAM = Tool("sam", ("sam",), ("--version",), r"(?m)^SAM CLI, version (\S+)")
_WATCH = re.compile(r"(?m)^watch: (.+)$")


def ask(command: Sequence[str], environ: Mapping[str, str], directory: Path, *, with_errors: bool = True) -> str | None:
    """Start a program and read its output: empty if it fails, None if it could not be started or did not end.

    `with_errors` says whether standard error counts as well: some programs write their version there, others warnings.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - the programs that sam runs, no shell
            list(command),
            cwd=directory,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if with_errors else subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError):
        return None
    with process:
        try:
            output, _ = process.communicate(timeout=_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            return None
        finally:  # an interrupt as well, and with what it started
            if process.returncode is None:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
    return output.decode("utf-8", "replace") if process.returncode == 0 else ""


@dataclass
class Versions:
    """Finds versions of programs, and remembers them; sam runs in the project or below it."""

    environ: Mapping[str, str]
    memory_file: Path  # where answers are kept; only `save` writes it
    project: Path
    start: Callable[[Sequence[str], Mapping[str, str], Path], str | None] = ask
    _known: dict[tuple[Tool, _Seen], str | None] = field(default_factory=dict, repr=False)
    _lacking: dict[tuple[Tool, _Seen], bool] = field(default_factory=dict, repr=False)
    _version_files: dict[Path, _Seen] = field(default_factory=dict, repr=False)
    _installed_sams: dict[Path, InstalledSam | None] = field(default_factory=dict, repr=False)
    _asked_sams: dict[Path, Answer | None] = field(default_factory=dict, repr=False)

    def tool(self, tool: Tool, source: Path | None = None) -> str | None:
        """The version of a tool, such as `go1.22.1` or `3.11.2, pip 24.0`; None if it is missing or reports none.

        None must not count as a change. `source` is the source directory of the unit that the tool is to build.
        """
        directory, key = self._place(tool, source)
        if key not in self._known:
            self._known[key] = self._find(tool, directory)
        return self._known[key]

    def lacks(self, tool: Tool, source: Path | None = None) -> bool:
        """Whether a tool is missing on this machine; false if it could not be asked.

        An earlier build's answer that a tool is missing is never used: it may have been installed since.
        """
        if self.tool(tool, source) is not None:
            return False
        directory, key = self._place(tool, source)
        if key not in self._lacking:
            self._lacking[key] = self._is_lacking(tool, directory)
        return self._lacking[key]

    def _is_lacking(self, tool: Tool, directory: Path) -> bool:
        programs = self._programs(tool)
        if not programs or not tool.title:
            return not programs
        answer = self._answer(tool, directory, programs)
        if answer is None or answer.version is not None or any(map(_gets_what_it_lacks, programs)):
            return False
        answer = self._ask_and_keep(self._digest(tool, directory, programs), tool, directory, programs)
        return answer is not None and answer.version is None

    def sam(self, program: Path, *, asks: bool) -> str | None:
        """The version of a sam, such as `1.170.0`; None if it is not known.

        `asks` says whether sam may be started to ask it, if its installed files do not show the version. Its answer in
        an earlier build is not used: the same files may now run another sam.
        """
        installed = self._installed_sam(program)
        if installed:
            return installed.version
        answer = self._ask_sam(program) if asks and self._can_run(program) else None
        return answer.version if answer else None

    def builders(self, program: Path) -> str | None:
        """The version of the lambda-builders that a sam runs on the host, None if its files do not show it."""
        installed = self._installed_sam(program)
        return installed.builders if installed else None

    def _installed_sam(self, program: Path) -> InstalledSam | None:
        if program not in self._installed_sams:
            found = installed_sam(program, self.environ, self.project) if self._can_run(program) else None
            self._installed_sams[program] = found
        return self._installed_sams[program]

    def _can_run(self, program: Path) -> bool:
        return os.access(observe(program), os.X_OK)

    def _ask_sam(self, program: Path) -> Answer | None:
        """What a sam answers when it is asked for its version; each build asks once."""
        observe_unknown()
        if program not in self._asked_sams:
            self._asked_sams[program] = self._ask_all(_SAM, self.project, [str(program)])
        return self._asked_sams[program]

    def is_sam(self, program: Path) -> bool:
        """Whether a program whose version is not known is a sam, as far as starting it shows."""
        answer = self._ask_sam(program)
        return answer is None or answer.version is not None

    def save(self) -> None:
        """Write new answers to the file, so that later builds need not ask. A failure to write is ignored."""
        self._memory.save()

    @cached_property
    def _memory(self) -> VersionMemory:
        return VersionMemory.open(self.memory_file)

    def _programs(self, tool: Tool) -> list[str]:
        return find_programs(tool.programs, self.environ, self.environ.get(tool.home) if tool.home else None)

    def _place(self, tool: Tool, source: Path | None) -> tuple[Path, tuple[Tool, _Seen]]:
        """Where a tool runs, and what decides its version: sources with the same files have the same version."""
        directory = source if tool.in_source and source and source.is_dir() else self.project
        return directory, (tool, self._files_above(directory))

    def _find(self, tool: Tool, directory: Path) -> str | None:
        programs = self._programs(tool)
        answer = self._answer(tool, directory, programs) if programs else None
        if answer is None or answer.version is None:
            return None
        chosen = [f"{name}={value}" for name in tool.variables if (value := self.environ.get(name))]
        return ", ".join([answer.version, *chosen])

    def _answer(self, tool: Tool, directory: Path, programs: Sequence[str]) -> Answer | None:
        key = self._digest(tool, directory, programs)
        answer = self._memory.find(key)
        return self._ask_and_keep(key, tool, directory, programs) if answer is None else answer

    def _ask_and_keep(self, key: str, tool: Tool, directory: Path, programs: Sequence[str]) -> Answer | None:
        answer = self._ask_all(tool, directory, programs)
        if answer is not None:
            self._memory.keep(key, answer)
        return answer

    def _ask_all(self, tool: Tool, directory: Path, programs: Sequence[str]) -> Answer | None:
        """The answer of the first program that reports a version; None if one of those before it could not be asked."""
        environ = {**self.environ, **_QUIET}
        seen: list[str] = []
        for program in programs:
            output = self.start([program, *tool.arguments], environ, directory)
            if output is None:
                return None
            seen += _WATCH.findall(output)  # also of a program that reports none: it may get what it lacks
            match = re.search(tool.pattern, output)
            if match:
                return Answer.of(", ".join(part.strip() for part in match.groups() if part), seen)
        return Answer.of(None, seen)

    def _digest(self, tool: Tool, directory: Path, programs: Sequence[str]) -> str:
        """A digest of what decides the answer of a tool, as far as files and variables show it."""
        real = [os.path.realpath(program) for program in programs]
        context = [
            [tool.name, list(tool.arguments), tool.pattern],
            [
                # the place of a link matters: it makes a virtual environment, and names a shim
                [os.path.realpath(os.path.dirname(program)), os.path.basename(program), target, look(target)]
                for program, target in zip(programs, real, strict=True)
            ],
            [look(os.path.join(os.path.dirname(target), path)) for target in real for path in tool.beside],
            self._variables,
            self._manager_files,
            self._files_above(directory),
        ]
        if any(os.path.basename(target) == _VOLTA_SHIM for target in real):
            context.append([look(os.path.join(place, _VOLTA_FILE)) for place in (directory, *directory.parents)])
        return hashlib.sha256(json.dumps(context).encode()).hexdigest()

    @cached_property
    def _variables(self) -> list[list[str]]:
        return sorted([name, value] for name, value in matching(self.environ, _VARIABLE).items())

    @cached_property
    def _manager_files(self) -> list[list[str]]:
        """The files that version managers keep for the whole machine, and how they look."""
        home = self.environ.get("HOME") or "/"

        def root(variable: str, default: str) -> str:
            return self.environ.get(variable) or os.path.join(home, default)

        rustup = root("RUSTUP_HOME", ".rustup")
        hashes = os.path.join(rustup, "update-hashes")  # one file for each toolchain, written when it is updated
        paths = [os.path.join(rustup, "settings.toml"), os.path.join(rustup, "toolchains")]
        with suppress(OSError, ValueError):
            paths += sorted(os.path.join(hashes, name) for name in os.listdir(observe(hashes)))
        for name in ("pyenv", "rbenv", "nodenv", "goenv", "jenv"):
            place = root(f"{name.upper()}_ROOT", f".{name}")
            paths += [os.path.join(place, "version"), os.path.join(place, "versions")]
        paths += [
            os.path.join(home, ".tool-versions"),
            os.path.join(root("MISE_CONFIG_DIR", ".config/mise"), "config.toml"),
            os.path.join(root("VOLTA_HOME", ".volta"), "tools", "user", "platform.json"),
            "/Library/Java/JavaVirtualMachines",  # behind /usr/bin/java of macOS
            "/var/db/xcode_select_link",  # behind /usr/bin/make of macOS
        ]
        return [[path, seen] for path in paths if (seen := look(path))]

    def _files_above(self, directory: Path) -> _Seen:
        """The files in a directory and its parents that choose versions, and how they look."""
        known = self._version_files.get(directory)
        if known is None:
            paths = [os.path.join(directory, name) for name in _VERSION_FILES]
            known = tuple((path, seen) for path in paths if (seen := look(path)))
            if directory.parent != directory:
                known += self._files_above(directory.parent)
            self._version_files[directory] = known
        return known


def _gets_what_it_lacks(program: str) -> bool:
    """Whether a program is a shim that installs a missing version when it is run."""
    return os.path.basename(os.path.realpath(program)) == _INSTALLING_SHIM
