"""Which variables of the environment take part in a build on the host, and by which values.

A build that runs code of the project (a makefile, scripts of npm, setup.py, Gradle, build scripts of Cargo, MSBuild)
may read any variable: those count whose names are words in the files that it is made from. For other builds, only the
words of manifests count. And every tool has variables of its own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.texts import content_of, text_of
from samix.builders.workflow import NOT_OF_NPM, WORKFLOWS, workflow_of
from samix.files.access_log import matching

if TYPE_CHECKING:
    from samix.builders.columns import Reading, Workflow
    from samix.builders.texts import Text
    from samix.units.unit import Unit

_PREFIX = re.compile(r"[A-Z][A-Z0-9]+_(?:[A-Z0-9]+_)*")
_IN_CAPITALS = re.compile(r"[A-Z_][A-Z0-9_]+")
_MOST_WORDS = 20_000
# what differs between shells, users, places and callers, and does not influence what is built
_NEVER = re.compile(
    r"""_|PATH|PWD|OLDPWD|HOME|USER|LOGNAME|SHLVL|TMPDIR|TMP|TEMP|LANG|LANGUAGE|LC_\w+|TZ|SHELL|HOSTNAME|VIRTUAL_ENV
    |TERM(?:_PROGRAM\w*)?|LINES|COLUMNS|EDITOR|VISUAL|PAGER|DISPLAY|COLORTERM|COLOR|NO_COLOR|FORCE_COLOR|LS_COLORS|PS1
    |MAIL|SSH_\w+|XDG_SESSION_\w+
    |MAKEFLAGS|MFLAGS|MAKELEVEL|MAKE_TERMOUT|MAKE_TERMERR
    |npm_(?:package|lifecycle)_\w+|npm_command|npm_execpath|npm_node_execpath|INIT_CWD|NODE
    |PNPM_SCRIPT_SRC_DIR|YARN_WRAP_OUTPUT|UV|UV_RUN_RECURSION_DEPTH|VIRTUAL_ENV_PROMPT|PIPENV_ACTIVE|PIPENV_PROJECT_DIR
    |POETRY_ACTIVE|HATCH_ENV_ACTIVE
    |ARTIFACTS_DIR|SAM_CLI_\w+|SAMIX_SAM|SAMIX_WARM_SAM""",
    re.VERBOSE,
)
_CREDENTIAL = re.compile(
    r"(?i:.*(?:TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|ACCESS_KEY|API_KEY|APIKEY|PRIVATE_KEY|AUTH).*|AWS_(?:DEFAULT_)?PROFILE)"
)
_USER_IN_ADDRESS = re.compile(r"(?<=://)[^/@\s]*@")
_INSTALLED = re.compile(r"(?:^|/)(?:node_modules|site-packages|\.venv|venv)/")
_MAKEFILES = re.compile(r"(?i:(?:gnu)?makefile|.*\.mk)")
_SET_BY_MANAGERS, _REGISTRY = "npm_config_user_agent", "npm_config_registry"
_SET_FOR_SCRIPTS = rf"{NOT_OF_NPM}|{_REGISTRY}"
_SCRIPTS = frozenset({"", ".sh", ".bash"})


def find_variables(
    unit: Unit,
    texts: Mapping[str, Text],
    environ: Mapping[str, str],
    go_settings: Callable[[], Mapping[str, str]] = dict,
) -> dict[str, str]:
    """The variables that are set and take part in a unit's build, by name, with their values.

    A container gets only those of the user's variables that options name. `go_settings` gives what `go env -w` has set;
    a variable of the environment that is not empty overrides it. `texts` is what `read_texts` gives for the unit.
    """
    readings = [] if unit.needs_engine else _readings(workflow_of(unit), texts)
    if not readings:
        return {}
    own: dict[str, str] = {}
    found: dict[str, str] = {}
    for reading in readings:
        tool, ignored = re.compile(reading.tool or r"(?!)"), re.compile(reading.ignored or r"(?!)")
        read = matching(environ, tool)
        if reading.is_of_go:
            set_values = {name: value for name, value in read.items() if value}
            read |= {name: value for name, value in go_settings().items() if tool.fullmatch(name)} | set_values
        own |= read
        found |= {
            name: value
            for name, value in read.items()
            if value and not ignored.fullmatch(name) and not _CREDENTIAL.fullmatch(name)
        }
    names = _names(texts)
    for name in sorted(names - own.keys()):
        value = environ.get(name)
        if value is not None:
            found[name] = value
    if environ.get(_SET_BY_MANAGERS):  # then npm, yarn or pnpm runs samix and has set these
        found = {name: value for name, value in found.items() if not re.fullmatch(_SET_FOR_SCRIPTS, name)}
    return found | _with_prefixes(names, environ)


def read_texts(unit: Unit, files: Iterable[str], project: Path) -> dict[str, Text]:
    """By path, the words of the files of a unit that may influence its build on the host; none for a container.

    `files` are absolute paths of what the unit is made from.
    """
    reading = None if unit.needs_engine else workflow_of(unit).reading
    if reading is None:
        return {}
    own, place = list(files), os.path.join(project, "")
    if reading.files and not _puts_in_any_file(reading, own, place):
        own = [path for path in own if reading.files.fullmatch(os.path.basename(path))]
    return {path: text_of(path) for path in own if not _INSTALLED.search(path.removeprefix(place))}


def _readings(workflow: Workflow, texts: Mapping[str, Text]) -> list[Reading]:
    """What a workflow reads: its own reading, and those of the programs that a makefile runs."""
    named = frozenset[str]()
    if workflow.is_make:
        named = named.union(*(text.programs for path, text in texts.items() if _is_of_recipes(path)))
    run = (row.reading for row in WORKFLOWS.values() if row.reading and row.reading.programs & named)
    return [*filter(None, (workflow.reading,)), *run]


def _is_of_recipes(path: str) -> bool:
    """Whether a file may name programs that a makefile runs: the makefile itself, and scripts."""
    name = os.path.basename(path)
    return _MAKEFILES.fullmatch(name) is not None or os.path.splitext(name)[1] in _SCRIPTS


def _names(texts: Mapping[str, Text]) -> set[str]:
    """The words that may be names of variables."""
    names: set[str] = set()
    for path, text in texts.items():
        is_makefile = _MAKEFILES.fullmatch(os.path.basename(path)) is not None
        names |= {word for word in text.words if is_makefile or not _CREDENTIAL.fullmatch(word)}
    if len(names) > _MOST_WORDS:
        names = {name for name in names if _IN_CAPITALS.fullmatch(name)}
    return {name for name in names if not _NEVER.fullmatch(name)}


def _with_prefixes(names: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    """The variables whose names begin with a word that ends with an underscore: `env | grep ^APP_`."""
    prefixes = "|".join(sorted(name for name in names if _PREFIX.fullmatch(name)))
    found = matching(environ, re.compile(rf"(?:{prefixes})\w+")) if prefixes else {}
    return {
        name: value for name, value in found.items() if not _NEVER.fullmatch(name) and not _CREDENTIAL.fullmatch(name)
    }


def _puts_in_any_file(reading: Reading, files: list[str], place: str) -> bool:
    """Whether a manifest makes a builder put variables into other files (filters) or run them (install scripts)."""
    named = ((path, reading.marks.get(os.path.basename(path))) for path in files)
    return any(
        pattern is not None and not _INSTALLED.search(path.removeprefix(place)) and pattern.search(content_of(path))
        for path, pattern in named
    )


def plain_value(value: str, project: Iterable[str], home: str | None) -> str:
    """A value in a form that is the same in another checkout and for another user.

    Paths in the project, given by its path and its real path, and in the user's home directory, become relative to it.
    """
    for directory, shown in (*((place, ".") for place in project), (home or "", "~")):
        start = directory.rstrip(os.sep)
        if start and start in value:
            value = re.sub(rf"{re.escape(start)}(?=/|$|[\s:;,\"'])", shown, value)
    return _USER_IN_ADDRESS.sub("", value)
