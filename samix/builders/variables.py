"""Which variables of the environment take part in a build on the host, and by which values.

A build that runs code of the project (a makefile, scripts of npm, setup.py, Gradle, build scripts of Cargo, MSBuild)
may read any variable: those count whose names stand as words in the files that it is made from. Of the other builds
the manifests alone are looked at. And every tool has variables of its own.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from samix.builders.texts import content_of, text_of
from samix.files.access_log import matching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from samix.builders.texts import Text
    from samix.units.unit import Unit

_ANY = re.compile("")
_PREFIX = re.compile(r"[A-Z][A-Z0-9]+_(?:[A-Z0-9]+_)*")
_IN_CAPITALS = re.compile(r"[A-Z_][A-Z0-9_]+")
_MOST_WORDS = 20_000
# what differs from one shell, user, place or caller to the next and says nothing of what is built
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
_COMPILER = (
    r"CC|CXX|CPP|LD|AR|AS|C(?:XX|PP)?FLAGS|LDFLAGS|LDLIBS|CPATH|C(?:PLUS)?_INCLUDE_PATH|LIBRARY_PATH|PKG_CONFIG_\w+"
    r"|ARCHFLAGS|SOURCE_DATE_EPOCH"
)


@dataclass(frozen=True)
class _Reading:
    """What a builder reads.

    Attributes:
        files: The names of the files whose words count.
        tool: The names of the variables that its tools read.
        ignored: Those among them that change nothing of what is built.
    """

    files: re.Pattern[str]
    tool: str = ""
    ignored: str = ""


def _with_prefix(prefix: str, endings: str) -> str:
    """A pattern for names that begin alike; case does not count, as for npm."""
    return rf"(?i:{prefix}(?:{'|'.join(endings.split())}))"


_SET_BY_MANAGERS, _REGISTRY = "npm_config_user_agent", "npm_config_registry"
_OF_NPM = r"(?i:npm_config_\w+)|NODE_ENV|NODE_OPTIONS"
# what npm itself sets for the scripts that it runs, and what is of the machine
_NOT_OF_NPM = _with_prefix(
    "npm_config_",
    r"""cache logs?_?\w* loglevel progress color unicode fund audit\w* update_notifier user_agent local_prefix
    global_prefix prefix noproxy https?_proxy proxy node_gyp init_module userconfig globalconfig npm_version maxsockets
    fetch_\w+ ca cafile cert key cwd tmp timing yes
    allow_scripts nodedir omit_lockfile_registry_resolved call argv bin_links save_prefix strict_ssl init_\w+
    version_\w+ frozen_lockfile""",
)
_SET_FOR_SCRIPTS = rf"{_NOT_OF_NPM}|{_REGISTRY}"
_NOT_OF_PIP = _with_prefix(
    "PIP_",
    """CACHE_DIR NO_CACHE_DIR DISABLE_PIP_VERSION_CHECK PROGRESS_BAR NO_INPUT QUIET VERBOSE NO_COLOR LOG TIMEOUT
    DEFAULT_TIMEOUT RETRIES CERT CLIENT_CERT PROXY ROOT_USER_ACTION NO_PYTHON_VERSION_WARNING EXISTS_ACTION
    PYTHON_PATH""",
)
_NOT_OF_UV = _with_prefix(
    "UV_",
    r"""CACHE_DIR NO_CACHE NO_PROGRESS CONCURRENT_\w+ HTTP_\w+ REQUEST_TIMEOUT PYTHON_INSTALL_DIR TOOL_\w+ LINK_MODE
    SYSTEM_CERTS NATIVE_TLS INSTALL_DIR RUN_RECURSION_DEPTH VENV_\w+ LOG_\w+""",
)
_NOT_OF_BUNDLER = _with_prefix(
    "BUNDLE_", r"PATH CACHE\w* JOBS RETRY USER_\w+ APP_CONFIG GEMFILE SILENCE\w* TIMEOUT BIN"
)
# by the beginning of what chooses sam's workflow, the first that fits
_READINGS: Mapping[str, _Reading] = {
    "makefile": _Reading(_ANY, _COMPILER),
    "provided": _Reading(_ANY, _COMPILER),
    "esbuild": _Reading(_ANY, rf"{_OF_NPM}|NODE_PATH|ESBUILD_BINARY_PATH", _NOT_OF_NPM),
    "python-uv": _Reading(
        re.compile(r"requirements.*\.txt|pyproject\.toml|uv\.toml|setup\.(?:py|cfg)"),
        rf"UV_\w+|{_COMPILER}",
        _NOT_OF_UV,
    ),
    "python": _Reading(
        re.compile(r"requirements.*\.txt|pyproject\.toml|setup\.(?:py|cfg)"),
        rf"PIP_\w+|SETUPTOOLS_\w+|PYTHONPATH|{_COMPILER}",
        _NOT_OF_PIP,
    ),
    "nodejs": _Reading(re.compile(r"package\.json|\.npmrc"), _OF_NPM, _NOT_OF_NPM),
    "ruby": _Reading(
        re.compile(r"Gemfile.*|.*\.gemspec|extconf\.rb"),
        rf"BUNDLE_\w+|RUBYOPT|{_COMPILER}",
        _NOT_OF_BUNDLER,
    ),
    "java": _Reading(
        re.compile(r"pom\.xml|.*\.gradle(?:\.kts)?|gradle\.properties|.*\.(?:groovy|toml)|maven\.config|jvm\.config"),
        r"MAVEN_OPTS|MAVEN_ARGS|GRADLE_OPTS|JAVA_OPTS|JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS|ORG_GRADLE_PROJECT_\w+",
    ),
    "dotnet": _Reading(
        re.compile(r".*\.(?:\w+proj|props|targets|rsp)|(?i:nuget\.config)|global\.json"),
        # MSBuild takes every variable for a property; these are of its own targets
        r"(?i:(?:Assembly|File|Informational|Package)?Version|Version(?:Prefix|Suffix)|Platform|Configuration"
        r"|TargetFramework|RuntimeIdentifier|SelfContained|Deterministic|ContinuousIntegrationBuild)",
    ),
    "go": _Reading(
        re.compile(r"go\.(?:mod|work)"),
        r"GOFLAGS|GOEXPERIMENT|GOAMD64|GOARM64|GO111MODULE|GOTOOLCHAIN|GOWORK|CGO_\w+|CC|CXX|FC",
    ),
    "rust": _Reading(
        _ANY,
        rf"RUSTFLAGS|CARGO_ENCODED_RUSTFLAGS|CARGO_(?:BUILD|PROFILE|TARGET|LAMBDA|UNSTABLE)_\w+|RUSTC\w*|"
        rf"RUSTUP_TOOLCHAIN|(?:{_COMPILER})(?:_\w+)?",
        r"CARGO_TARGET_DIR|CARGO_BUILD_(?:JOBS|TARGET_DIR)|RUSTC_WRAPPER|CARGO_LAMBDA_INVOKE_\w+",
    ),
}
# by the reading of a builder, the programs whose names have it read where a makefile runs them
_BY_MAKE, _OF_GO = ("makefile", "provided"), "go"
_PROGRAMS: Mapping[str, frozenset[str]] = {
    "esbuild": frozenset({"npm", "npx", "yarn", "pnpm", "node", "esbuild"}),
    "python": frozenset({"pip", "pip3", "python", "python3"}),
    "python-uv": frozenset({"uv"}),
    "ruby": frozenset({"bundle", "bundler", "gem"}),
    "java": frozenset({"mvn", "mvnw", "gradle", "gradlew"}),
    "dotnet": frozenset({"dotnet"}),
    _OF_GO: frozenset({"go"}),
    "rust": frozenset({"cargo", "rustc"}),
}
_SCRIPTS = frozenset({"", ".sh", ".bash"})
# by the reading of a builder, the manifests that have all files of a build read variables, and what stands there then
_PACKAGES = {
    "setup.py": re.compile(b""),
    "setup.cfg": re.compile(rb"\battr\s*:"),
    "pyproject.toml": re.compile(
        rb"backend-path|build\.hooks|\[tool\.poetry\.build\]|\battr\s*=|\bsource\s*=\s*[\"']code|flit_core"
    ),
}
_MARKS: Mapping[str, Mapping[str, re.Pattern[bytes]]] = {
    "nodejs": {"package.json": re.compile(rb'"(?:pre|post)?(?:install|prepare|prepublish)"\s*:')},
    "python": _PACKAGES,
    "python-uv": _PACKAGES,
    "java": {"pom.xml": re.compile(rb"<filtering>\s*true")},
}


def find_variables(
    unit: Unit,
    texts: Mapping[str, Text],
    environ: Mapping[str, str],
    go_settings: Callable[[], Mapping[str, str]] = dict,
) -> dict[str, str]:
    """The variables that are set and take part in a unit's build, by name, with their values.

    A container gets none of the user's variables but those that options name.

    Args:
        unit: The unit.
        texts: What stands in its files (`texts_read`).
        environ: The environment.
        go_settings: Tells what `go env -w` has set; a variable of the environment that is not empty goes before it.
    """
    if unit.needs_engine or _reading_of(unit) not in _READINGS:
        return {}
    own: dict[str, str] = {}
    found: dict[str, str] = {}
    for key in _tools_run(unit, texts):
        reading = _READINGS[key]
        tool, ignored = re.compile(reading.tool or r"(?!)"), re.compile(reading.ignored or r"(?!)")
        read = matching(environ, tool)
        if key == _OF_GO:
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
    if environ.get(_SET_BY_MANAGERS):  # these then are of npm, yarn or pnpm, which runs this
        found = {name: value for name, value in found.items() if not re.fullmatch(_SET_FOR_SCRIPTS, name)}
    return found | _with_prefixes(names, environ)


def texts_read(unit: Unit, files: Iterable[str], project: Path) -> dict[str, Text]:
    """What stands in those files of a unit, by path, whose words may steer its build on the host: none in a container.

    Args:
        unit: The unit.
        files: The files that it is made from, absolute.
        project: The working directory.
    """
    reading = None if unit.needs_engine else _READINGS.get(_reading_of(unit))
    if reading is None:
        return {}
    own, place = list(files), os.path.join(project, "")
    if reading.files is not _ANY and not _puts_in_any_file(unit, own, place):
        own = [path for path in own if reading.files.fullmatch(os.path.basename(path))]
    return {path: text_of(path) for path in own if not _INSTALLED.search(path.removeprefix(place))}


def _reading_of(unit: Unit) -> str:
    builder = unit.workflow
    return next((prefix for prefix in _READINGS if builder.startswith(prefix)), "")


def _tools_run(unit: Unit, texts: Mapping[str, Text]) -> Iterator[str]:
    """The readings of what builds a unit: its builder, and what a makefile runs."""
    key = _reading_of(unit)
    yield key
    if key not in _BY_MAKE:
        return
    named = frozenset[str]().union(*(text.programs for path, text in texts.items() if _is_of_recipes(path)))
    yield from (run for run, programs in _PROGRAMS.items() if not programs.isdisjoint(named))


def _is_of_recipes(path: str) -> bool:
    """Whether a file is one in which programs are named that a makefile runs: itself, and scripts."""
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


def _puts_in_any_file(unit: Unit, files: list[str], place: str) -> bool:
    """Whether a manifest has a builder put variables into other files, or run them: install scripts do, and filters."""
    marks = _MARKS.get(_reading_of(unit), {})
    named = ((path, marks.get(os.path.basename(path))) for path in files)
    return any(
        pattern is not None and not _INSTALLED.search(path.removeprefix(place)) and pattern.search(content_of(path))
        for path, pattern in named
    )


def plain_value(value: str, project: Path, home: str | None) -> str:
    """A value without what differs from one place and one user to the next.

    Args:
        value: The value.
        project: The working directory: paths in there are taken relative to it.
        home: The user's directory, likewise.
    """
    for directory, shown in ((os.fspath(project), "."), (os.path.realpath(project), "."), (home or "", "~")):
        if directory and directory != os.sep:
            value = re.sub(rf"{re.escape(directory.rstrip(os.sep))}(?=/|$|[\s:;,\"'])", shown, value)
    return _USER_IN_ADDRESS.sub("", value)
