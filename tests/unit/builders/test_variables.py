"""Which variables of the environment take part in a build."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from samix.builders.variables import find_variables, plain_value, read_texts
from samix.files.access_log import ObservedEnvironment
from samix.options.build_type import BuildType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samix.template.resources import Resource
    from samix.units.unit import Unit


@pytest.fixture
def find(
    tmp_path: Path, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> Callable[..., dict[str, str]]:
    """The variables of a function of a builder that is made from some files."""

    def find(
        method: str, files: Mapping[str, str], environ: Mapping[str, str], build_type: BuildType = BuildType.HOST
    ) -> dict[str, str]:
        for name, text in files.items():
            path = tmp_path / "src" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        unit = make_unit(make_resource("Fn", metadata={"BuildMethod": method}), build_type=build_type)
        texts = read_texts(unit, [str(tmp_path / "src" / name) for name in files], tmp_path)
        return find_variables(unit, texts, environ)

    return find


_UNCOUNTED = (
    "_ PATH PWD OLDPWD HOME USER LOGNAME SHLVL TERM TMPDIR LANG LC_ALL TZ SHELL COLUMNS NO_COLOR SSH_AUTH_SOCK"
    " MAKEFLAGS MAKELEVEL npm_lifecycle_event npm_package_version INIT_CWD ARTIFACTS_DIR SAM_CLI_TELEMETRY VIRTUAL_ENV"
)
WORDS = {
    "a makefile": ("makefile", {"Makefile": "build-Fn:\n\techo $(STAGE)\n"}, {"STAGE": "dev", "OTHER": "x"}, {"STAGE"}),
    "a script": ("makefile", {"Makefile": "", "lib/run.sh": 'echo "${STAGE:-x}"'}, {"STAGE": "dev"}, {"STAGE"}),
    "a part of a word": ("makefile", {"Makefile": "MY_STAGE STAGES"}, {"STAGE": "dev"}, set()),
    "a name in small letters": ("makefile", {"Makefile": "echo $(stage)"}, {"stage": "dev"}, {"stage"}),
    "what never counts": ("makefile", {"Makefile": _UNCOUNTED}, dict.fromkeys(_UNCOUNTED.split(), "x"), set()),
    "a prefix": (
        "makefile",
        {"Makefile": "env | grep ^APP_ > $(ARTIFACTS_DIR)/env"},
        {"APP_NAME": "x", "MY_APP_NAME": "x", "APP_TOKEN": "x"},
        {"APP_NAME"},
    ),
    "a word that begins so": (
        "makefile",
        {"Makefile": "TERMS PATHS"},
        {"TERMS": "x", "PATHS": "x"},
        {"TERMS", "PATHS"},
    ),
    "a credential in a makefile": ("makefile", {"Makefile": "NPM_TOKEN"}, {"NPM_TOKEN": "x"}, {"NPM_TOKEN"}),
    "a credential in a handler": (
        "makefile",
        {"Makefile": "", "app.py": "AWS_SECRET_ACCESS_KEY"},
        {"AWS_SECRET_ACCESS_KEY": "x"},
        set(),
    ),
    "a credential in .npmrc": ("nodejs22.x", {".npmrc": "//r/:_authToken=${NPM_TOKEN}"}, {"NPM_TOKEN": "x"}, set()),
    "an installed package": ("makefile", {"node_modules/a/b.js": "STAGE"}, {"STAGE": "dev"}, set()),
    "a program": ("makefile", {"tool": "\0 STAGE"}, {"STAGE": "dev"}, set()),
    "a bundle": ("esbuild", {"app.ts": "process.env.STAGE"}, {"STAGE": "dev"}, {"STAGE"}),
    "a handler of Python": ("python3.12", {"app.py": "os.environ['STAGE']"}, {"STAGE": "dev"}, set()),
    "requirements": ("python3.12", {"requirements.txt": "a @ https://x/${STAGE}"}, {"STAGE": "dev"}, {"STAGE"}),
    "a package with a setup.py": (
        "python3.12",
        {"setup.py": "", "lib/version.py": "os.environ['STAGE']"},
        {"STAGE": "dev"},
        {"STAGE"},
    ),
    "a package with a build hook": (
        "python3.12",
        {"pyproject.toml": "[tool.hatch.build.hooks.custom]", "hatch_build.py": "os.environ['STAGE']"},
        {"STAGE": "dev"},
        {"STAGE"},
    ),
    "a version that is read from code": (
        "python3.12",
        {"pyproject.toml": '[tool.setuptools.dynamic]\nversion = {attr = "a.VERSION"}', "a.py": "os.environ['BUILD']"},
        {"BUILD": "1"},
        {"BUILD"},
    ),
    "a version that is read from code, in setup.cfg": (
        "python3.12",
        {"setup.cfg": "[metadata]\nversion = attr: a.VERSION", "a.py": "os.environ['BUILD']"},
        {"BUILD": "1"},
        {"BUILD"},
    ),
    "what npm sets for what it runs": (
        "nodejs22.x",
        {"package.json": "{}"},
        {
            "npm_config_user_agent": "npm/11",
            "npm_config_allow_scripts": "",
            "npm_config_nodedir": "/usr",
            "npm_config_omit_lockfile_registry_resolved": "true",
            "npm_config_registry": "https://example.invalid",
            "npm_config_ignore_scripts": "",
        },
        set(),
    ),
    "a registry of one's own": (
        "nodejs22.x",
        {"package.json": "{}"},
        {"npm_config_registry": "https://example.invalid"},
        {"npm_config_registry"},
    ),
    "a handler of Node.js": ("nodejs22.x", {"package.json": "{}", "app.js": "STAGE"}, {"STAGE": "dev"}, set()),
    "a script of npm": (
        "nodejs22.x",
        {"package.json": '{"scripts": {"postinstall": "node x.js"}}', "x.js": "STAGE"},
        {"STAGE": "dev"},
        {"STAGE"},
    ),
    "a build of Gradle": (
        "java21",
        {"build.gradle": "getenv('STAGE')", "A.java": "X"},
        {"STAGE": "1", "X": "1"},
        {"STAGE"},
    ),
    "a project of .NET": ("dotnet8", {"a.csproj": "$(STAGE)", "A.cs": "X"}, {"STAGE": "1", "X": "1"}, {"STAGE"}),
    "a build script of Cargo": ("rust-cargolambda", {"build.rs": "STAGE"}, {"STAGE": "1"}, {"STAGE"}),
    "Go": ("go1.x", {"main.go": "STAGE"}, {"STAGE": "1"}, set()),
}


@pytest.mark.parametrize(("method", "files", "environ", "expected"), WORDS.values(), ids=WORDS)
def test_variable_counts_if_a_build_reads_its_name(
    method: str, files: dict[str, str], environ: dict[str, str], expected: set[str], find: Callable[..., dict[str, str]]
) -> None:
    assert find(method, files, environ) == {name: environ[name] for name in expected}
    assert find(method, files, environ, BuildType.CONTAINER) == {}


TOOLS = {
    "makefile": (["CC", "CFLAGS", "SOURCE_DATE_EPOCH"], ["PIP_PRE", "MAKEFLAGS"]),
    "python3.12": (["PIP_PRE", "PIP_NO_BINARY", "CFLAGS", "PYTHONPATH"], ["PIP_CACHE_DIR", "PIP_QUIET", "UV_INDEX"]),
    "python-uv": (["UV_INDEX", "UV_PRERELEASE"], ["UV_CACHE_DIR", "UV_NO_PROGRESS", "PIP_PRE"]),
    "nodejs22.x": (
        ["npm_config_omit", "NPM_CONFIG_LEGACY_PEER_DEPS", "NODE_OPTIONS"],
        ["npm_config_cache", "npm_config_user_agent", "npm_package_name", "npm_lifecycle_event"],
    ),
    "esbuild": (["NODE_ENV", "NODE_PATH"], ["npm_config_loglevel"]),
    "ruby3.3": (["BUNDLE_WITHOUT", "RUBYOPT"], ["BUNDLE_JOBS", "BUNDLE_PATH"]),
    "java21": (["MAVEN_OPTS", "JAVA_TOOL_OPTIONS", "ORG_GRADLE_PROJECT_stage"], ["JAVA_HOME"]),
    "dotnet8": (["VersionSuffix", "Configuration", "VERSION"], ["DOTNET_ROOT", "NUGET_PACKAGES"]),
    "go1.x": (["GOFLAGS", "CGO_ENABLED", "CC"], ["GOPATH", "GOCACHE"]),
    "rust-cargolambda": (["RUSTFLAGS", "CC_x86_64", "CARGO_LAMBDA_COMPILER"], ["CARGO_HOME", "CARGO_TARGET_DIR"]),
}


@pytest.mark.parametrize(("method", "expected", "others"), [(name, *row) for name, row in TOOLS.items()])
def test_a_tool_reads_variables_of_its_own(
    method: str, expected: list[str], others: list[str], find: Callable[..., dict[str, str]]
) -> None:
    environ = dict.fromkeys([*expected, *others, "PIP_INDEX_TOKEN", "npm_config__auth"], "x")
    assert sorted(find(method, {}, environ)) == sorted(expected)


_NPM = """npm_node_execpath npm_config_noproxy npm_package_json npm_config_userconfig npm_config_local_prefix COLOR NODE
npm_config_prefix npm_config_npm_version npm_config_cache npm_config_node_gyp npm_package_name npm_lifecycle_script
npm_config_globalconfig npm_config_init_module npm_execpath npm_config_global_prefix npm_command INIT_CWD EDITOR
npm_config_registry npm_config_nodedir npm_config_update_notifier npm_config_omit_lockfile_registry_resolved"""
_YARN = """npm_config_version_commit_hooks npm_config_bin_links npm_config_init_version npm_config_init_license
YARN_WRAP_OUTPUT npm_config_version_tag_prefix npm_config_registry npm_config_version_git_message npm_config_argv
npm_package_scripts_build npm_config_version_git_tag npm_config_strict_ssl npm_config_save_prefix npm_execpath
INIT_CWD"""
_PNPM = "npm_config_node_gyp npm_config_registry NODE PNPM_SCRIPT_SRC_DIR npm_command INIT_CWD npm_package_private"
# by runner, the variables that it sets for what it runs
RUNNERS = {
    "make": "MAKEFLAGS MFLAGS MAKELEVEL MAKE_TERMOUT MAKE_TERMERR",
    "npm": f"{_NPM} npm_config_user_agent",
    "yarn": f"{_YARN} npm_config_user_agent",
    "pnpm": f"{_PNPM} npm_config_user_agent",
    "uv run": "UV UV_RUN_RECURSION_DEPTH VIRTUAL_ENV VIRTUAL_ENV_PROMPT",
    "pipenv run": "PIPENV_ACTIVE PIPENV_PROJECT_DIR VIRTUAL_ENV",
    "poetry run": "POETRY_ACTIVE VIRTUAL_ENV",
    "hatch run": "HATCH_ENV_ACTIVE VIRTUAL_ENV",
}


@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize("method", ["makefile", "python3.12", "python-uv", "nodejs22.x", "esbuild"])
def test_what_a_runner_sets_counts_as_nothing(runner: str, method: str, find: Callable[..., dict[str, str]]) -> None:
    names = RUNNERS[runner]
    package = '{"scripts": {"postinstall": "sh run.sh"}}'
    files = {"Makefile": f"npm pip uv {names}", "setup.py": names, "package.json": package, "run.sh": names}
    assert find(method, files, dict.fromkeys(names.split(), "x")) == {}


RUN_BY_MAKE = {
    "pip": ("pip install -r requirements.txt -t $(ARTIFACTS_DIR)", "PIP_PRE"),
    "uv": ("uv pip install -r requirements.txt", "UV_PRERELEASE"),
    "npm": ("npm ci", "npm_config_omit"),
    "bundle": ("bundle install", "BUNDLE_WITHOUT"),
    "mvnw": ("./mvnw package", "MAVEN_OPTS"),
    "gradle": ("gradle build", "ORG_GRADLE_PROJECT_stage"),
    "dotnet": ("dotnet publish", "VersionSuffix"),
    "go": ("go build -o $(ARTIFACTS_DIR)", "GOFLAGS"),
    "cargo": ("cargo build --release", "RUSTFLAGS"),
    "a path": (".venv/bin/pip install x", "PIP_PRE"),
    "a path that is quoted": ('"$(BIN)/python3" -m venv x', "PIP_PRE"),
    "a version": ("/usr/bin/python3.12 -m venv x", "PIP_PRE"),
    "a program of a tool": ("pip-compile && true", "PIP_PRE"),
    "a failure that does not count": ("-npm ci", "npm_config_omit"),
    "a variable of the makefile": ("X=python3 && $$X x", "PIP_PRE"),
}
RUN_BY_NONE = {
    "a directory": "cp $(X)/python/stage.py $(ARTIFACTS_DIR)",
    "a directory first": "cp -r python/ $(ARTIFACTS_DIR)",
    "a directory with a version": "cp lib/python3.12/x lib/pip-tools/y $(ARTIFACTS_DIR)",
    "the directory of a layer": "mkdir -p $(ARTIFACTS_DIR)/python ${ARTIFACTS_DIR}/python $$ARTIFACTS_DIR/python",
    "a file": "cp pip.conf requirements.pip my-pip.txt $(ARTIFACTS_DIR)",
    "a part of a name": "my-pip; x.pip; pipx",
}


@pytest.mark.parametrize("name", RUN_BY_MAKE)
def test_a_makefile_runs_tools_that_read_variables_of_their_own(name: str, find: Callable[..., dict[str, str]]) -> None:
    command, variable = RUN_BY_MAKE[name]
    environ = {variable: "x", "PIP_CACHE_DIR": "y"}
    assert find("makefile", {"Makefile": f"build-Fn:\n\t{command}\n"}, environ) == {variable: "x"}
    assert find("makefile", {"Makefile": "", "run.sh": command}, environ) == {variable: "x"}
    assert find("makefile", {"Makefile": "", "app.py": command, "README.md": command}, environ) == {}


@pytest.mark.parametrize("name", RUN_BY_NONE)
def test_directory_named_in_a_makefile_is_not_a_program(name: str, find: Callable[..., dict[str, str]]) -> None:
    assert find("makefile", {"Makefile": f"build-Fn:\n\t{RUN_BY_NONE[name]}\n"}, {"PIP_PRE": "x"}) == {}


@pytest.mark.parametrize("method", ["go1.x", "makefile"])
def test_go_env_counts_where_the_environment_sets_nothing(
    method: str, tmp_path: Path, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    makefile = tmp_path / "Makefile"
    makefile.write_text("build-Fn:\n\tgo build -o $(ARTIFACTS_DIR)\n")
    unit = make_unit(make_resource("Fn", metadata={"BuildMethod": method}))
    texts = read_texts(unit, [str(makefile)], tmp_path)
    settings = {"GOFLAGS": "-trimpath", "GOAMD64": "v3", "CGO_ENABLED": "0", "GOPROXY": "off", "GOARM64": ""}
    environ = {"GOAMD64": "v2", "CGO_ENABLED": ""}
    found = find_variables(unit, texts, environ, lambda: settings)
    assert found == {"GOFLAGS": "-trimpath", "GOAMD64": "v2", "CGO_ENABLED": "0"}


def test_what_go_env_has_set_is_read_for_go_alone(
    tmp_path: Path, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    unit = make_unit(make_resource("Fn", metadata={"BuildMethod": "python3.12"}))
    assert find_variables(unit, read_texts(unit, [], tmp_path), {}, lambda: pytest.fail("read")) == {}


def test_what_was_looked_at_is_known(find: Callable[..., dict[str, str]]) -> None:
    """A variable that is not set may be set the next time."""
    environ = ObservedEnvironment({"STAGE": "dev"})
    find("makefile", {"Makefile": "STAGE REVISION"}, environ)
    assert {"STAGE", "REVISION"} <= environ.names
    assert any("SOURCE_DATE_EPOCH" in pattern for pattern in environ.patterns)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/home/me/app", "."),
        ("/home/me/app/conf:/home/me/app2:/home/me/x", "./conf:~/app2:~/x"),
        ("-I/home/me/app/include -L/usr/lib", "-I./include -L/usr/lib"),
        ("https://me:secret@index/simple", "https://index/simple"),
        ("/home/meanwhile", "/home/meanwhile"),
        ("dev", "dev"),
    ],
)
def test_a_value_is_the_same_in_every_place_and_for_every_user(value: str, expected: str) -> None:
    assert plain_value(value, ["/home/me/app"], "/home/me") == expected
    assert plain_value("/x/" + os.sep, ["/"], None) == "/x//"
