"""The programs of the host that sam's builder for a unit calls: another version of one may make another artifact."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from samix.builders.search import read
from samix.builders.uv_manifest import uv_manifest
from samix.files.access_log import observed
from samix.options.build_type import BuildType
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from samix.units.unit import Unit

# `CachedOrIncrementalBuildStrategyWrapper.SUPPORTED_RUNTIME_PREFIXES` and their manifests
MANIFESTS = {"python": "requirements.txt", "nodejs": "package.json", "ruby": "Gemfile"}
# `get_layer_subfolder`: where a layer's build method puts what it builds
LAYER_FOLDERS = {"python": "python", "nodejs": "nodejs", "ruby": "ruby/lib"}
_INSTALLERS = {"python": "pip", "nodejs": "npm", "ruby": "bundler"}
_BUNDLER = "esbuild"


@dataclass(frozen=True)
class Tool:
    """A program of the host, and how it tells its version.

    Attributes:
        name: What it is called, for people and in fingerprints.
        programs: Names to look for on PATH. The first program that is found and gives a version counts.
        arguments: What makes it tell its version.
        pattern: A regular expression for what it then prints; its groups make up the version. What prints something
            else is not the program that the builder takes. Lines `watch: PATH` name files that come with the version.
        home: A variable that names a directory; the program in its `bin` goes before those on PATH.
        variables: Variables that make the program run as another version.
        beside: Paths, from the directory of the program itself, of what changes along with its version.
        in_source: Whether the builder runs it in the source directory, whose files may choose the version.
        is_needed: Whether nothing can be built without it.
        installs: Whether it does nothing but install dependencies.
        title: What it is called where it is not there, if not by its name; there must be one that gives a version then.
    """

    name: str
    programs: tuple[str, ...]
    arguments: tuple[str, ...]
    pattern: str
    home: str = ""
    variables: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    in_source: bool = False
    is_needed: bool = True
    installs: bool = False
    title: str = ""


# with all places where a pip would go before the one that is found now; the working directory is none of them
_PYTHON = """\
import os, sys
sys.path[:] = [place for place in sys.path if place]
try:
    import pip
except ImportError:
    pip = None
print(sys.version.split()[0] + (", pip " + pip.__version__ if pip else ""))
try:
    import site
    places = [site.getusersitepackages()]
except Exception:
    places = []
found = pip and os.path.dirname(os.path.dirname(pip.__file__))
for place in sys.path:
    places.append(place)
    if place == found:
        break
for place in places:
    print("watch: " + os.path.join(place, "pip", "__init__.py"))
print("watch: " + sys.executable)
"""
BUILDERS = "aws-lambda-builders"  # what sam builds with on the host: no program, but part of what sam is
_RUSTC_LIKE = r"(\S+)(?: \((\w+))?"  # the commit too: it is what tells one nightly build from another

_NODE = Tool("node", ("node",), ("--version",), r"(?m)^v(\d\S*)$", is_needed=False)
_NPM = Tool("npm", ("npm",), ("--version",), r"(?m)^(\d\S*)$", beside=("../package.json",))
_ESBUILD = Tool("esbuild", ("esbuild",), ("--version",), r"(?m)^(\d\S*)$", beside=("../package.json",), is_needed=False)
# the build too: two vendors may have one version
_BUILD_OF_JAVA = r'(?s)version "[^"]+".*?\(build ([^),]+)|version "([^"]+)"'
_JAVA = Tool("java", ("java",), ("-version",), _BUILD_OF_JAVA, home="JAVA_HOME", is_needed=False)
_MAVEN = Tool("mvn", ("mvn",), ("--version",), r"Apache Maven (\d[\w.-]*)")
_GRADLE = Tool("gradle", ("gradlew", "gradle"), ("--version",), r"(?m)^Gradle (\S+)")
_UV = Tool("uv", ("uv",), ("--version",), r"(?m)^uv (\d\S*)")
_MAKE = Tool("make", ("make",), ("--version",), r"(?m)^(GNU Make \S+)")
_GO = Tool("go", ("go",), ("version",), r"(?m)^go version (.+) \S+/\S+$", variables=("GOTOOLCHAIN",))
_CARGO = Tool("cargo", ("cargo",), ("--version",), rf"(?m)^cargo {_RUSTC_LIKE}", in_source=True)
_RUSTC = Tool("rustc", ("rustc",), ("--version",), rf"(?m)^rustc {_RUSTC_LIKE}", in_source=True, is_needed=False)
_BY_WORKFLOW = {
    "nodejs": (_NODE, _NPM),
    "esbuild": (_NODE, _NPM, _ESBUILD),  # one in the source's node_modules goes before it, and is a dependency
    "ruby": (
        Tool("ruby", ("ruby",), ("--version",), r"(?m)^ruby (\S+)", is_needed=False),
        Tool("bundle", ("bundle",), ("--version",), r"(?m)^(?:Bundler version )?(\d\S*)", installs=True),
    ),
    "go": (_GO,),
    "dotnet": (
        Tool("dotnet", ("dotnet.exe", "dotnet"), ("--version",), r"(?m)^(\d\S*)\s*$", beside=("sdk",), in_source=True),
    ),
    "rust-cargolambda": (
        _CARGO,
        _RUSTC,
        Tool("cargo-lambda", ("cargo-lambda",), ("lambda", "--version"), rf"(?m)^cargo-lambda {_RUSTC_LIKE}"),
        Tool("zig", ("zig",), ("version",), r"(?m)^(\d\S*)$", is_needed=False),  # what cargo-lambda links with
    ),
    "provided": (_MAKE,),
    "makefile": (_MAKE,),
}
_MAKEFILE = "Makefile"
_COMPILERS = {
    name: (Tool(name, (name,), ("--version",), r"\A(\S.*)"),)  # the first line: vendors have their own
    for name in ("cc", "c++", "gcc", "g++", "clang", "clang++")
}
# by the word for it in a makefile
_CALLED: dict[str, tuple[Tool, ...]] = {
    **_COMPILERS,
    "CC": _COMPILERS["cc"],
    "CXX": _COMPILERS["c++"],
    "cargo": (_CARGO, _RUSTC),
    "go": (_GO,),
    "mvn": (_JAVA, _MAVEN),
    "node": (_NODE,),
    "npm": (_NODE, _NPM),
    "npx": (_NODE, _NPM),
    "rustc": (_RUSTC,),
    "uv": (_UV,),
    **{
        name: (Tool(name, (name,), ("-c", _PYTHON), r"(?m)^(\d[^\s,]*(?:, pip .+)?)"),)
        for name in ("python", "python3", *(f"python3.{minor}" for minor in range(8, 20)))
    },
}
_WORD = re.compile(r"(?<![\w./+-])[A-Za-z][\w.+]*(?![\w./+-])")
# without a manifest these builders copy the source and call nothing; so does that of uv, which has several
_MANIFESTS = {"python": "requirements.txt", "nodejs": "package.json"}


def tools_of(
    unit: Unit, source: Path | None, *, root: Path | None = None, manifest: Path | None = None
) -> tuple[Tool, ...]:
    """The tools that sam's builder for a unit calls on the host.

    None for what is built in a container or by its engine, and for what sam cannot build. Of what a makefile calls
    those that it names itself, which need not be there. Looks at manifests, starts nothing.

    Mirrors `samcli.lib.build.workflow_config.get_workflow_config` and the resolvers, validators and subprocesses of
    the workflows in `aws_lambda_builders.workflows`.

    Args:
        unit: The unit.
        source: Its source directory, as `sources.source_path` gives it.
        root: The directory of the root template or `--base-dir`, where sam looks for manifests of Java as well.
        manifest: What `--manifest` names.
    """
    first = unit.first
    if unit.kind is Kind.IMAGE or unit.decision.build_type is BuildType.CONTAINER or source is None:
        return ()
    # sam chooses the workflow by either, and hands it a function's runtime whatever the method
    method = unit.workflow
    runtime = method if unit.kind is Kind.LAYER else first.runtime or method
    workflow = method.partition(".")[0].rstrip("0123456789")
    if not _has_manifest(workflow, source, manifest):
        return ()
    if workflow == "python":
        return _pythons(runtime, with_pip=True)
    if workflow == "python-uv":
        return (_UV, *_pythons(runtime, with_pip=False))  # unless uv has a Python of its own, which it does not tell
    if workflow == "java":
        return _java_tools([source] if root is None else [source, root])
    tools = _BY_WORKFLOW.get(workflow, ())
    return (*tools, *_called_by(manifest or source / _MAKEFILE)) if _MAKE in tools else tools


def _called_by(makefile: Path) -> Iterable[Tool]:
    """The tools whose names stand in a makefile, wherever: one too many costs a question and no more."""
    words = dict.fromkeys(_WORD.findall(read(os.fspath(makefile))))
    tools = (tool for word in words for tool in _CALLED.get(word, ()))
    return dict.fromkeys(replace(tool, is_needed=False) for tool in tools)


def _has_manifest(workflow: str, source: Path, named: Path | None) -> bool:
    """Whether there is the manifest without which a builder calls nothing; others call what they call without one."""
    if workflow == "python-uv":
        return uv_manifest(source, named) is not None
    usual = _MANIFESTS.get(workflow)
    return usual is None or observed(named or source / usual).is_file()


def _pythons(runtime: str, *, with_pip: bool) -> tuple[Tool, ...]:
    """The Python of a runtime: the first on PATH that has its version, and pip where pip is called."""
    version = runtime.removeprefix("python")
    if not version.startswith("3."):
        return ()
    pattern = rf"(?m)^({version.replace('.', '[.]')}\b[^\s,]*{', pip .+' if with_pip else ''})"
    programs = (runtime, "python", "python3")
    title = f"{runtime} with pip" if with_pip else ""  # without, it is for uv, which finds one or gets it
    return (Tool(runtime, programs, ("-c", _PYTHON), pattern, is_needed=with_pip, installs=with_pip, title=title),)


def _java_tools(places: list[Path]) -> tuple[Tool, ...]:
    """Gradle goes before Maven, wherever each has its manifest; a wrapper among the sources is no tool of the host."""
    for manifest, tool in (("build.gradle", _GRADLE), ("build.gradle.kts", _GRADLE), ("pom.xml", _MAVEN)):
        if any(os.path.exists(observed(place / manifest)) for place in places):
            has_wrapper = tool is _GRADLE and any(os.access(observed(place / "gradlew"), os.X_OK) for place in places)
            return (_JAVA,) if has_wrapper else (_JAVA, tool)
    return ()


def language(unit: Unit) -> str | None:
    """The language that sam builds incrementally on the host, None for a unit that it does not."""
    builder = unit.first.builder or ""
    return next((name for name in MANIFESTS if builder.startswith(name)), None)


def manifest_path(unit: Unit, source: Path, manifest: Path | None) -> Path | None:
    """The file that names a unit's dependencies, None for a unit that sam does not build incrementally.

    Args:
        unit: The unit.
        source: Its source directory.
        manifest: A manifest that replaces the builder's default one.
    """
    spoken = language(unit)
    return source / (manifest or MANIFESTS[spoken]) if spoken else None


def is_bundled(unit: Unit) -> bool:
    """Whether esbuild makes one file of a unit's source and its dependencies."""
    return unit.kind is Kind.FUNCTION and unit.first.build_method == _BUNDLER


def dependency_folder(unit: Unit, artifact: Path) -> Path:
    """Where a unit's dependencies lie in its artifact: in a folder of their language, if it is a layer."""
    spoken = language(unit)
    return artifact / LAYER_FOLDERS[spoken] if unit.kind is Kind.LAYER and spoken else artifact


def _installer(unit: Unit) -> str | None:
    """What installs the unit's dependencies, None where sam installs them with the source or not at all."""
    spoken = language(unit)
    if spoken is None or unit.kind is Kind.IMAGE or unit.in_container or unit.is_in_source:
        return None
    method = unit.first.build_method or unit.first.builder or ""
    if unit.kind is Kind.FUNCTION and (spoken, method) == ("python", "python-uv"):
        return "uv"
    is_of_npm = spoken == "nodejs" and is_bundled(unit)
    return _INSTALLERS[spoken] if is_of_npm or method.rstrip("0123456789.x") == spoken else None
