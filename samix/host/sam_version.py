"""Which sam is installed, found from its files: starting it would take a second."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from samix.files.access_log import observe, observe_matches
from samix.files.safe_read import open_regular
from samix.host.path_lookup import find_programs

_HEAD = 4096
_DISTRIBUTION = re.compile(r"(aws_sam_cli|aws_lambda_builders)-([^-]+)\.dist-info")
# dist/sam of the Linux installer, in a directory for each version
_INSTALLED = re.compile(r"/(\d+\.\d+\.\d+[^/]*)/dist/sam\Z")
_SHEBANG = re.compile(r"#![ \t]*(/.*/(?:python|pypy)[\d.]*)[ \t]*((?:-\S+[ \t]*)*)\n")
_SHEBANG_ENV = re.compile(r"#![ \t]*/usr/bin/env[ \t]+((?:python|pypy)[\d.]*)[ \t]*\n")
_IMPORT_OF_SAM = "from samcli.cli.main import cli"
# what pip and uv write instead where the interpreter's path is too long for a first line, or has a space in it
_TRAMPOLINE = re.compile(r"""#!/bin/sh\n'''exec' (?:"(/[^"$]+)"|'(/[^']+)'|(/[^\s"'$]+)) "\$0" "\$@"\n""")
# what uv writes into an environment that can be moved
_RELATIVE = re.compile(
    r"""#!/bin/sh\n'''exec' "\$\(dirname -- "\$\(realpath -- "\$0"\)"\)"/'?(python[\d.]*)'? "\$0" """
)
_PACKAGE = "samcli"
_MOST_WRAPPERS = 5
# parts of shell scripts that only start another program
_SHELL = re.compile(r"#![ \t]*(?:/\S*/)?(?:env[ \t]+)?(?:sh|bash|dash|zsh|ksh)(?:[ \t]+-[eux]+)?[ \t]*")
_VALUE = r"""[\w.,:/@+-]*|'[^'$`]*'|"[^"$`\\]*\""""
_HARMLESS = re.compile(rf"\s*(?:#.*|set -[eux]+|set -[eux]*o pipefail|(?:export )?(?P<name>\w+)=(?:{_VALUE}))?\s*")
# another value of these may run another program, or the same one with other libraries
_STEERING = re.compile(r"PATH|HOME|IFS|ENV|BASH_ENV|CDPATH|(?:PYTHON|PYENV|LD|DYLD|SHELL|BASH)\w*")
_HOME = re.compile(r"(?:~|\$HOME|\$\{HOME\})(?=/)")
_PROGRAM = (
    r"""'(?P<literal>/[^']+)'|"(?P<quoted>(?:\$HOME|\$\{HOME\})?/[^"`\\$]+)"|(?P<plain>(?:~|\$HOME)?/[\w./@+-]+)"""
)
_LEADS = re.compile(rf"""\s*(?:exec +(?:-a +"\$0" +)?)?(?:{_PROGRAM}) +(?:"\$@"|\$@)\s*""")


@dataclass(frozen=True)
class InstalledSam:
    """The versions of an installed sam and of its lambda-builders (None if unknown), as its files show them."""

    version: str
    builders: str | None = None


def installed_sam(program: Path, environ: Mapping[str, str], directory: Path) -> InstalledSam | None:
    """The version of a sam that pip, pipx, uv, Homebrew or sam's own installer installed, or of one that a script runs.

    None if the files do not prove which sam answers: then it must be asked each time. `directory` is where it runs: for
    pyenv, the files there choose the version.
    """
    for _ in range(_MOST_WRAPPERS):
        program = _pyenv_program(program, environ, directory) or program
        head = _read_head(program)
        target = find_wrapped_program(head, environ) if head and len(head) < _HEAD else None
        if target is None:
            return _installed(program, environ)
        program = target
    return None


def _installed(program: Path, environ: Mapping[str, str]) -> InstalledSam | None:
    real = os.path.realpath(program)
    head = _read_head(program)
    if head is None:
        return None
    if not head.startswith("#!"):
        beside = os.path.dirname(real)
        found = _only_sam([beside, os.path.join(beside, "_internal")])
        named = _INSTALLED.search(real)
        return found or (InstalledSam(named[1]) if named else None)
    # any other script of that interpreter may run another sam
    command = _interpreter(head, real, environ) if _is_entry_point(head) else None
    if not command or _is_shadowed(environ):
        return None
    interpreter = command[0]
    # a link to the interpreter is not followed: the environment is where the link is
    prefixes = [os.path.dirname(os.path.dirname(path)) for path in (interpreter, str(program), real)]
    if os.path.isfile(observe(os.path.join(prefixes[0], "pyvenv.cfg"))):
        del prefixes[1:]
    return _only_sam(place for prefix in dict.fromkeys(prefixes) for place in _package_directories(Path(prefix)))


def _read_head(program: Path) -> str | None:
    """The first bytes of a program as text; None if they cannot be read."""
    try:
        with open_regular(observe(program)) as file:
            return file.read(_HEAD).decode("utf-8", "replace")
    except (OSError, ValueError):
        return None


def _pyenv_program(program: Path, environ: Mapping[str, str], directory: Path) -> Path | None:
    """The program that a shim of pyenv runs; None if it is not a shim, or the version is not installed.

    Mirrors `pyenv version-name`: the variable, then the nearest `.python-version`, then the global version.
    """
    root = environ.get("PYENV_ROOT") or os.path.join(environ.get("HOME") or "/", ".pyenv")
    if os.path.realpath(program.parent) != os.path.realpath(os.path.join(root, "shims")):
        return None
    written = environ.get("PYENV_VERSION")
    places = [str(place / ".python-version") for place in (directory, *directory.parents)]
    for place in () if written else (*places, os.path.join(root, "version")):
        written = _read_head(Path(place))
        if written:
            break
    for name in re.split(r"[:\s]+", (written or "").strip()):
        found = Path(root, "versions", name, "bin", program.name)
        if name and name not in {".", ".."} and observe(found).is_file():
            return found
    return None


def entry_point_interpreter(program: Path, environ: Mapping[str, str]) -> tuple[str, ...] | None:
    """The Python interpreter that runs a sam that is a Python script, with its flags.

    None for anything else, including a script that does more than those of pip, pipx and uv, which only call sam.
    """
    head = _read_head(program)
    if not head or not _is_entry_point(head):
        return None
    return _interpreter(head, os.path.realpath(program), environ)


def _is_entry_point(head: str) -> bool:
    """Whether a script, given by its first bytes, only imports sam's command and calls it.

    Such scripts are what `distlib` (pip, pipx, Homebrew), uv and conda make of `[project.scripts]`.
    """
    if len(head) >= _HEAD:  # there may be more
        return False
    try:
        nodes = [*ast.walk(ast.parse(head))]
    except (SyntaxError, ValueError):
        return False
    statements = {ast.unparse(node) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)}
    calls = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
    targets = {ast.unparse(target) for node in nodes if isinstance(node, ast.Assign) for target in node.targets}
    tests = {ast.unparse(statement.test) for statement in ast.parse(head).body if isinstance(statement, ast.If)}
    kinds = (ast.Import, ast.ImportFrom, ast.If, ast.Assign, ast.Expr)
    return (
        all(isinstance(node, kinds) for node in nodes if isinstance(node, ast.stmt))
        and _IMPORT_OF_SAM in statements
        and statements <= {_IMPORT_OF_SAM, "import re", "import sys"}
        and {"cli", "sys.exit"} <= calls <= {"cli", "sys.exit", "re.sub", "sys.argv[0].endswith"}
        and targets <= {"sys.argv[0]"}
        and tests == {"__name__ == '__main__'"}
    )


def _interpreter(head: str, script: str, environ: Mapping[str, str]) -> tuple[str, ...] | None:
    """The interpreter of a script, with its flags."""
    if match := _SHEBANG.match(head):
        return match[1], *match[2].split()
    if match := _TRAMPOLINE.match(head):
        return ((match[1] or match[2] or match[3]),)
    if match := _RELATIVE.match(head):
        return (os.path.join(os.path.dirname(script), match[1]),)
    if match := _SHEBANG_ENV.match(head):
        found = next(iter(find_programs((match[1],), environ)), None)
        return (found,) if found else None
    return None


def _package_directories(prefix: Path) -> list[str]:
    try:
        return sorted(observe_matches(str(prefix), "lib*/python3*/*-packages"))
    except (OSError, ValueError):
        return []


def _is_shadowed(environ: Mapping[str, str]) -> bool:
    """Whether the environment makes Python import another sam than the one that is installed."""
    places = environ.get("PYTHONPATH", "").split(os.pathsep)
    return any(place and os.path.isdir(observe(os.path.join(place, _PACKAGE))) for place in places)


def _only_sam(places: Iterable[str]) -> InstalledSam | None:
    """The only sam in these directories; None if there is none, or more than one."""
    found: dict[str, set[str]] = {}
    for place in places:
        try:
            names = os.listdir(observe(place))
        except (OSError, ValueError):
            continue
        for name in names:
            match = _DISTRIBUTION.fullmatch(name)
            if match and os.path.isfile(observe(os.path.join(place, name, "METADATA"))):
                found.setdefault(match[1], set()).add(match[2])
    sams, builders = found.get("aws_sam_cli", set()), found.get("aws_lambda_builders", set())
    if len(sams) != 1:
        return None
    return InstalledSam(sams.pop(), builders.pop() if len(builders) == 1 else None)


def find_wrapped_program(script: str, environ: Mapping[str, str]) -> Path | None:
    """The program that a wrapper script starts, by an absolute path and with all its arguments.

    None if the script may do more, or if its text does not prove which program it starts.
    """
    first, *lines = script.rstrip().splitlines() or [""]
    match = _LEADS.fullmatch(lines[-1]) if lines and _SHELL.fullmatch(first) else None
    if match is None or not all(map(_is_harmless, lines[:-1])):
        return None
    written, home = match["literal"] or match["quoted"] or match["plain"], environ.get("HOME", "")
    named = written if match["literal"] else _HOME.sub(lambda _: home, written, count=1)
    return Path(named) if named.startswith("/") and (home or named == written) else None


def _is_harmless(line: str) -> bool:
    match = _HARMLESS.fullmatch(line)
    return match is not None and not (match["name"] and _STEERING.fullmatch(match["name"]))
