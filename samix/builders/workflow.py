"""The table of builders: all that samix knows of each of sam's workflows, and which of them builds a unit.

A new builder is a row, listed in `WORKFLOWS` before any row with a name with which its own begins, and a module named
after its language for the functions that the row names. Its programs are added to `samix.builders.tool`, and the first
version of sam that has it to `samix.template.sam_rules`. Only `names` is required; `samix.builders.columns` explains
each column.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders import tool
from samix.builders.columns import Reading, Stamp, Workflow, lazy_function
from samix.files.access_log import observe
from samix.options.build_type import BuildType
from samix.template.resources import Kind
from samix.template.sam_rules import CACHED_UV

if TYPE_CHECKING:
    from samix.builders.tool import Tool
    from samix.units.unit import Unit

_COMPILER = (
    r"CC|CXX|CPP|LD|AR|AS|C(?:XX|PP)?FLAGS|LDFLAGS|LDLIBS|CPATH|C(?:PLUS)?_INCLUDE_PATH|LIBRARY_PATH|PKG_CONFIG_\w+"
    r"|ARCHFLAGS|SOURCE_DATE_EPOCH"
)


def _with_prefix(prefix: str, endings: str) -> str:
    """A pattern for names that begin alike; case does not count, as for npm."""
    return rf"(?i:{prefix}(?:{'|'.join(endings.split())}))"


_OF_NPM = r"(?i:npm_config_\w+)|NODE_ENV|NODE_OPTIONS"
# what npm itself sets for the scripts that it runs, and what is of the machine
NOT_OF_NPM = _with_prefix(
    "npm_config_",
    r"""cache logs?_?\w* loglevel progress color unicode fund audit\w* update_notifier user_agent local_prefix
    global_prefix prefix noproxy https?_proxy proxy node_gyp init_module userconfig globalconfig npm_version maxsockets
    fetch_\w+ ca cafile cert key cwd tmp timing yes
    allow_scripts nodedir omit_lockfile_registry_resolved call argv bin_links save_prefix strict_ssl init_\w+
    version_\w+ frozen_lockfile""",
)
_NPM_SETTINGS = (
    *("npm_config_userconfig", "npm_config_globalconfig"),
    *("NPM_CONFIG_USERCONFIG", "NPM_CONFIG_GLOBALCONFIG"),
)
_STEPS_OF_NPM = {
    "NpmPack": "packing sources",
    **dict.fromkeys(("NpmInstall", "NpmCI", "NpmUpdate"), "installing dependencies"),
}
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
# manifests, and what they contain if they make a builder read variables in all files
_PACKAGES = {
    "setup.py": re.compile(b""),
    "setup.cfg": re.compile(rb"\battr\s*:"),
    "pyproject.toml": re.compile(
        rb"backend-path|build\.hooks|\[tool\.poetry\.build\]|\battr\s*=|\bsource\s*=\s*[\"']code|flit_core"
    ),
}
_SETUPTOOLS = r"(?:.*/)?(?:[^/]+\.egg-info|build/lib|build/bdist\.[^/]+|build/temp\.[^/]+)"

_PYTHON = Workflow(
    names=("python",),
    manifests=("requirements.txt",),
    is_incremental=True,
    installer="pip",
    layer_folder="python",
    is_overlaid=True,  # by `PythonPipWorkflow`
    covers_dependencies=lazy_function("python", "covers_dependencies"),
    batched=re.compile(r"python[\d.]+"),
    is_light=lazy_function("python", "installs_nothing"),
    find_tools=lazy_function("python", "find_pip"),
    is_idle_without_manifest=True,
    suits_containers=True,
    search=lazy_function("python", "search_pip"),
    reading=Reading(
        files=re.compile(r"requirements.*\.txt|pyproject\.toml|setup\.(?:py|cfg)"),
        tool=rf"PIP_\w+|SETUPTOOLS_\w+|PYTHONPATH|{_COMPILER}",
        ignored=_NOT_OF_PIP,
        programs=frozenset({"pip", "pip3", "python", "python3"}),
        marks=_PACKAGES,
    ),
    naming=("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT", "PIP_REQUIREMENT", "PIP_FIND_LINKS", "PIP_CONFIG_FILE"),
    generated=re.compile(_SETUPTOOLS),
    empty=re.compile(r"(?:.*/)?build"),
    goes_on_without_source=lambda _: True,  # `CopySourceAction` copies nothing then
    steps={"ResolveDependencies": "resolving dependencies"},
)
_UV = Workflow(
    names=("python-uv",),
    manifests=("requirements.txt", "pyproject.toml", "uv.lock"),
    is_incremental=True,
    installer="uv",
    keeps_of_layers=False,
    layer_folder="python",
    is_overlaid=True,
    covers_dependencies=lazy_function("python", "covers_dependencies"),
    cached_since=CACHED_UV,
    find_tools=lazy_function("python", "find_uv"),
    search=lazy_function("python", "search_uv"),
    reading=Reading(
        files=re.compile(r"requirements.*\.txt|pyproject\.toml|uv\.toml|setup\.(?:py|cfg)"),
        tool=rf"UV_\w+|{_COMPILER}",
        ignored=_NOT_OF_UV,
        programs=frozenset({"uv"}),
        marks=_PACKAGES,
    ),
    naming=("UV_CONSTRAINT", "UV_BUILD_CONSTRAINT", "UV_OVERRIDE", "UV_FIND_LINKS", "UV_CONFIG_FILE"),
    find_notes=lazy_function("python", "uv_notes"),
    find_environment=lazy_function("uv_environment", "uv_environment"),
    generated=re.compile(_SETUPTOOLS),
    locks=re.compile(r"(?:.*/)?uv\.lock"),
    empty=re.compile(r"(?:.*/)?build"),
    # sam ends with a traceback in a container, where it knows no manifest of uv
    goes_on_without_source=lambda unit: unit.kind is Kind.FUNCTION and not unit.in_container,
    steps={"ResolveDependencies": "resolving dependencies"},
)
_NODEJS = Workflow(
    names=("nodejs",),
    manifests=("package.json", "package-lock.json", "npm-shrinkwrap.json"),
    is_incremental=True,
    installer="npm",
    layer_folder="nodejs",
    installs_among_sources=True,
    tests_variable="SAM_NPM_RUN_TEST_WITH_BUILD",
    finds_neighbours=True,
    batched=re.compile(r"nodejs[\d.]+x"),
    tools=(tool.NODE, tool.NPM),
    is_idle_without_manifest=True,
    suits_containers=True,
    search=lazy_function("nodejs", "search_npm"),
    runs_npm=True,
    reading=Reading(
        files=re.compile(r"package\.json|\.npmrc"),
        tool=_OF_NPM,
        ignored=NOT_OF_NPM,
        marks={"package.json": re.compile(rb'"(?:pre|post)?(?:install|prepare|prepublish)"\s*:')},
    ),
    naming=_NPM_SETTINGS,
    goes_on_without_source=lambda _: True,
    steps=_STEPS_OF_NPM,
)
_ESBUILD = Workflow(
    names=("esbuild",),
    layer_folder="nodejs",
    installer="npm",
    keeps_of_layers=False,
    tools=(tool.NODE, tool.NPM, tool.ESBUILD),  # esbuild in the source's node_modules has priority, as a dependency
    suits_containers=True,
    search=lazy_function("nodejs", "search_esbuild"),
    runs_npm=True,
    reading=Reading(
        files=None,
        tool=rf"{_OF_NPM}|NODE_PATH|ESBUILD_BINARY_PATH",
        ignored=NOT_OF_NPM,
        programs=frozenset({"npm", "npx", "yarn", "pnpm", "node", "esbuild"}),
    ),
    naming=_NPM_SETTINGS,
    is_bundler=True,
    bundles_alike=lazy_function("esbuild", "bundles_alike"),
    steps={**_STEPS_OF_NPM, "EsbuildBundle": "bundling"},
)
_RUBY = Workflow(
    names=("ruby",),
    manifests=("Gemfile", "Gemfile.lock"),
    is_incremental=True,
    installer="bundler",
    layer_folder="ruby/lib",
    installs_among_sources=True,
    tools=(tool.RUBY, tool.BUNDLE),
    suits_containers=True,
    search=lazy_function("ruby", "search_ruby"),
    reading=Reading(
        files=re.compile(r"Gemfile.*|.*\.gemspec|extconf\.rb"),
        tool=rf"BUNDLE_\w+|RUBYOPT|{_COMPILER}",
        ignored=_with_prefix("BUNDLE_", r"PATH CACHE\w* JOBS RETRY USER_\w+ APP_CONFIG GEMFILE SILENCE\w* TIMEOUT BIN"),
        programs=frozenset({"bundle", "bundler", "gem"}),
    ),
    naming=("BUNDLE_GEMFILE", "BUNDLE_APP_CONFIG"),
    find_notes=lazy_function("ruby", "bundler_notes"),
    # Bundler runs in the artifact, which exists only in a container
    goes_on_without_source=lambda unit: unit.in_container,
    steps={"RubyBundle": "installing dependencies"},
)
_JAVA = Workflow(
    names=("java",),
    manifests=("pom.xml", "build.gradle", "build.gradle.kts"),
    find_tools=lazy_function("java", "find_tools"),
    suits_containers=True,
    search=lazy_function("java", "search_java"),
    reading=Reading(
        files=re.compile(
            r"pom\.xml|.*\.gradle(?:\.kts)?|gradle\.properties|.*\.(?:groovy|toml)|maven\.config|jvm\.config"
        ),
        tool="MAVEN_OPTS|MAVEN_ARGS|GRADLE_OPTS|JAVA_OPTS|JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS|ORG_GRADLE_PROJECT_\\w+",
        programs=frozenset({"mvn", "mvnw", "gradle", "gradlew"}),
        marks={"pom.xml": re.compile(rb"<filtering>\s*true")},
    ),
    naming=("MAVEN_CONFIG",),
    runs_project_code=True,
    shares="repository of Maven",  # before Maven 4 two processes take half-written files away from each other
    uses_maven=True,
    is_of_platform=False,
    steps={
        "GradleBuild": "building with gradle",
        "MavenBuild": "building with maven",
        "MavenCopyDependency": "copying dependencies",
    },
)
_GO = Workflow(
    names=("go",),
    manifests=("go.mod", "go.sum"),
    tools=(tool.GO,),
    search=lazy_function("go", "search_go"),
    reading=Reading(
        files=re.compile(r"go\.(?:mod|work)"),
        tool=r"GOFLAGS|GOEXPERIMENT|GOAMD64|GOARM64|GO111MODULE|GOTOOLCHAIN|GOWORK|CGO_\w+|CC|CXX|FC",
        programs=frozenset({"go"}),
        is_of_go=True,
    ),
    stamp=Stamp(
        runs=re.compile(rb"""\bgo["']?[\s,]+["']?(?:build|install)\b"""),
        prevents=re.compile(rb"-buildvcs=false"),
        is_made=lambda *_: True,
        asks=lazy_function("go", "asks_git"),
        is_certain=True,
    ),
    builds_in_source=True,  # `aws_lambda_builders.workflows.go_modules`
    steps={"Build": "building"},
)
_DOTNET = Workflow(
    names=("dotnet",),
    retired=("dotnetcore",),
    tools=(tool.DOTNET,),
    search=lazy_function("dotnet", "search_dotnet"),
    reading=Reading(
        files=re.compile(r".*\.(?:\w+proj|props|targets|rsp)|(?i:nuget\.config)|global\.json"),
        # MSBuild takes every variable for a property; these are of its own targets
        tool=r"(?i:(?:Assembly|File|Informational|Package)?Version|Version(?:Prefix|Suffix)|Platform|Configuration"
        r"|TargetFramework|RuntimeIdentifier|SelfContained|Deterministic|ContinuousIntegrationBuild)",
        programs=frozenset({"dotnet"}),
    ),
    generated=re.compile(r"(?:.*/)?(?:obj|bin)"),
    stamp=Stamp(
        runs=re.compile(rb"""\bdotnet["']?[\s,]+["']?(?:build|publish|pack|lambda)\b"""),
        prevents=re.compile(rb"IncludeSourceRevisionInInformationalVersion(?:=|>\s*)false", re.IGNORECASE),
        is_made=lazy_function("dotnet", "stamps"),
        asks=lazy_function("dotnet", "asks_git"),
    ),
    builds_in_source=True,  # `aws_lambda_builders.workflows.dotnet_clipackage`
    writes_source=True,
    runs_project_code=True,
    # `...dotnet_clipackage.actions.GlobalToolInstallAction`: `dotnet tool install -g`, then `update -g`, guarded by a
    # lock between threads alone
    shares="tool of .NET",
    steps={"RunPackageAction": "packing"},
)
_RUST = Workflow(
    names=("rust-cargolambda",),
    manifests=("Cargo.toml", "Cargo.lock"),
    tools=(tool.CARGO, tool.RUSTC, tool.CARGO_LAMBDA, tool.ZIG),
    search=lazy_function("rust", "search_cargo"),
    reading=Reading(
        files=None,
        tool=r"RUSTFLAGS|CARGO_ENCODED_RUSTFLAGS|CARGO_(?:BUILD|PROFILE|TARGET|LAMBDA|UNSTABLE)_\w+|RUSTC\w*"
        rf"|RUSTUP_TOOLCHAIN|(?:{_COMPILER})(?:_\w+)?",
        ignored=r"CARGO_TARGET_DIR|CARGO_BUILD_(?:JOBS|TARGET_DIR)|RUSTC_WRAPPER|CARGO_LAMBDA_INVOKE_\w+",
        programs=frozenset({"cargo", "rustc"}),
    ),
    generated=re.compile(r"(?:.*/)?target"),
    locks=re.compile(r"(?:.*/)?Cargo\.lock"),
    builds_in_source=True,  # `aws_lambda_builders.workflows.rust_cargo`
    marks_output=True,
    runs_project_code=True,
    shares="cargo",  # packages of one workspace share a directory; only cargo knows which belong to one
    shares_in_containers=True,
    steps={"CargoLambdaBuild": "building with cargo"},
)
_MAKE = Workflow(
    names=("makefile", "provided"),
    find_notes=lazy_function("makefile", "find_notes"),
    manifests=("Makefile",),
    tools=(tool.MAKE,),
    find_tools=lazy_function("makefile", "find_tools"),
    suits_containers=True,
    search=lazy_function("makefile", "search_makefile"),
    reading=Reading(files=None, tool=_COMPILER),
    runs_project_code=True,
    is_make=True,
    steps={"MakeBuild": "running make"},
)
_UNKNOWN = Workflow(names=())
# by the first of their names; the first row with a name with which the text in a template begins is the one
WORKFLOWS = {row.names[0]: row for row in (_MAKE, _UV, _PYTHON, _NODEJS, _ESBUILD, _RUBY, _JAVA, _GO, _DOTNET, _RUST)}


def workflow_of(unit: Unit) -> Workflow:
    """The workflow with which sam builds a unit, as its build method or its runtime names it."""
    return _find(unit.workflow)


def runtime_workflow(unit: Unit) -> Workflow:
    """The workflow that a function's runtime or a layer's build method names, even if another one builds the unit."""
    return _find(unit.first.builder or "")


def incremental_workflow(unit: Unit) -> Workflow | None:
    """The workflow of a unit, if sam builds with it incrementally on the host."""
    found = runtime_workflow(unit)
    return found if found.is_incremental else None


def named_workflows(unit: Unit) -> tuple[Workflow, ...]:
    """The workflows that a unit's build method and its runtime name."""
    return tuple(map(_find, (unit.first.build_method or "", unit.first.runtime or "")))


def _find(name: str) -> Workflow:
    for row in WORKFLOWS.values():
        if name.startswith(row.names):
            return row
    return _UNKNOWN


def tools_of(
    unit: Unit, source: Path | None, *, root: Path | None = None, manifest: Path | None = None
) -> tuple[Tool, ...]:
    """The tools that sam's builder for a unit calls on the host.

    There are none for a unit that is built in a container or by the engine, or that sam cannot build. For a makefile,
    they are those that it names itself; they may be missing. This looks at manifests and starts nothing. `root` is the
    directory of the root template or `--base-dir`, where sam looks for manifests of Java as well.

    Mirrors `samcli.lib.build.workflow_config.get_workflow_config` and the resolvers, validators and subprocesses of
    the workflows in `aws_lambda_builders.workflows`.
    """
    workflow, method = workflow_of(unit), unit.workflow
    if unit.kind is Kind.IMAGE or unit.decision.build_type is BuildType.CONTAINER or source is None:
        return ()
    if not workflow.is_called(method):
        return ()
    if _is_idle(workflow, source, manifest):
        return ()
    # sam chooses the workflow by either, and always hands it a function's runtime
    runtime = method if unit.kind is Kind.LAYER else unit.first.runtime or method
    return (*workflow.tools, *workflow.find_tools(runtime, source, root, manifest))


def is_of_platform(unit: Unit, source: Path | None, manifest: Path | None) -> bool:
    """Whether what a unit's build makes may depend on the system, the CPU and the C library of the host.

    It does not in a container, or if the builder only copies.
    """
    workflow = workflow_of(unit)
    if unit.needs_engine or source is None or not workflow.is_of_platform:
        return False
    installs_nothing = bool(workflow.manifests) and workflow.is_light(source / (manifest or workflow.manifests[0]))
    return not installs_nothing and not _is_idle(workflow, source, manifest)


def _is_idle(workflow: Workflow, source: Path, manifest: Path | None) -> bool:
    """Whether a workflow calls nothing, because there is no manifest."""
    return workflow.is_idle_without_manifest and not observe(manifest or source / workflow.manifests[0]).is_file()


def manifest_path(unit: Unit, source: Path, manifest: Path | None) -> Path | None:
    """The file that names a unit's dependencies, None for a unit that sam does not build incrementally.

    `manifest`, if given, replaces the builder's default one.
    """
    workflow = incremental_workflow(unit)
    return source / (manifest or workflow.manifests[0]) if workflow else None


def is_bundled(unit: Unit) -> bool:
    """Whether the build makes one file of a unit's source and its dependencies."""
    return unit.kind is Kind.FUNCTION and workflow_of(unit).is_bundler


def dependency_folder(unit: Unit, artifact: Path) -> Path:
    """Where a unit's dependencies are in its artifact: for a layer, in a folder of their language."""
    workflow = incremental_workflow(unit)
    return artifact / workflow.layer_folder if unit.kind is Kind.LAYER and workflow else artifact


def npm_directory(unit: Unit, artifact: Path) -> Path | None:
    """Where npm runs for a unit that is built with it: in the artifact, or, for a layer, in a folder of that."""
    workflow = workflow_of(unit)
    if not workflow.runs_npm:
        return None
    return artifact / workflow.layer_folder if unit.kind is Kind.LAYER else artifact


def installer_of(unit: Unit) -> str:
    """The installer of a unit's dependencies, empty if sam installs them with the source or not at all."""
    by_runtime, workflow = incremental_workflow(unit), workflow_of(unit)
    if by_runtime is None or unit.kind is Kind.IMAGE or unit.in_container or unit.is_in_source:
        return ""
    if not workflow.is_called(unit.workflow) or workflow.layer_folder != by_runtime.layer_folder:
        return ""
    return workflow.installer if unit.kind is Kind.FUNCTION or workflow.keeps_of_layers else ""
