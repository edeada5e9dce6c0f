"""What a build reads from outside of its source, as makefiles and manifests say it."""

from __future__ import annotations

import itertools
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from samix.options.build_type import BuildType
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samix.builders.outside import Outside

SOURCE = "app/fn"
COMMON = ("app/common.txt", "app/shared/x.py", "app/shared/y.py", "app/other/z.py", "lib/a.py", "my lib/b.py")


def _write(root: Path, files: Mapping[str, str]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


@pytest.fixture(scope="session")
def find(look_outside: Callable[..., Outside]) -> Callable[..., list[str]]:
    """What the build of a function reads whose source is `app/fn`, relative to the root."""

    def find(root: Path, method: str, **values: object) -> list[str]:
        found = look_outside(root, method, **values).read
        return [os.path.relpath(path, os.path.realpath(root)) for path in found]

    return find


def _recipe(*commands: str) -> str:
    return "build-Fn:\n" + "".join(f"\t{command}\n" for command in commands)


MAKEFILES = {
    "a relative path": (_recipe("cp ../common.txt $(ARTIFACTS_DIR)"), ["app/common.txt"]),
    "a path above": (_recipe("cp -r ../../lib $(ARTIFACTS_DIR)"), ["lib"]),
    "quotes": (_recipe("cp -r \"../shared\" '../common.txt' ."), ["app/common.txt", "app/shared"]),
    "blanks in quotes": (_recipe('cp -r "../../my lib" .'), ["my lib"]),
    "a prerequisite": ("build-Fn: ../common.txt\n", ["app/common.txt"]),
    "an option": (_recipe("cc -I../shared --extra=../common.txt"), ["app/common.txt", "app/shared"]),
    "a continued line": (_recipe("cp \\\n  ../common.txt \\\n  ../../lib/a.py ."), ["app/common.txt", "lib/a.py"]),
    "a glob": (_recipe("cp ../shared/*.py ."), ["app/shared/x.py", "app/shared/y.py"]),
    "braces": (_recipe("cp ../shared/{x,y}.py ."), ["app/shared/x.py", "app/shared/y.py"]),
    "a loop": (_recipe("for f in x y; do cp ../shared/$$f.py .; done"), ["app/shared/x.py", "app/shared/y.py"]),
    "CURDIR": (_recipe("cp -r $(CURDIR)/../shared ."), ["app/shared"]),
    "PWD": (_recipe("cp -r $(PWD)/lib ."), ["lib"]),
    "the shell's pwd": (_recipe("cp -r $$(pwd)/../shared ."), ["app/shared"]),
    "make's shell": ("HERE := $(shell pwd)\n" + _recipe("cp -r $(HERE)/../shared ."), ["app/shared"]),
    "the top of the repository": (_recipe("cp -r $(shell git rev-parse --show-toplevel)/lib ."), ["lib"]),
    "a variable": ("S = ../shared\n" + _recipe("cp -r $(S) ."), ["app/shared"]),
    "a variable in another": ("ROOT := ../..\nS = $(ROOT)/lib\n" + _recipe("cp -r ${S} ."), ["lib"]),
    "a variable with two values": (
        "ifdef X\nS = ../shared\nelse\nS = ../../lib\nendif\n" + _recipe("cp -r $(S)/. ."),
        ["app/shared", "lib"],
    ),
    "a name that begins with another": (
        "A = ../shared\nAB = ../..\n" + _recipe("cp -r $(AB)/lib ."),
        ["app/shared", "lib"],
    ),
    "a variable that refers to itself": (
        "A = $(A)/../shared\n" + _recipe("cp $(A) ../common.txt ."),
        ["app/common.txt"],
    ),
    "a variable of the shell": (_recipe("ROOT=../..; cp -r $$ROOT/lib ."), ["lib"]),
    "a variable for one target": ("build-Fn: S = ../shared\n" + _recipe("cp -r $(S) ."), ["app/shared"]),
    "a function": (_recipe("cp $(wildcard ../shared/x*) $(addprefix ../shared/,y.py) ."), ["app/shared"]),
    "where the makefile lies": (
        "HERE := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))\n" + _recipe("cp -r $(HERE)../shared ."),
        ["app/shared"],
    ),
    "where the makefile lies, by the shell": (
        "HERE := $(shell cd $(dir $(lastword $(MAKEFILE_LIST)))/.. && pwd)\n" + _recipe("cp -r $(HERE)/shared ."),
        ["app/shared"],
    ),
    "a resolved parent": (
        "ROOT := $(realpath $(dir $(realpath $(firstword $(MAKEFILE_LIST))))/../..)\n" + _recipe("cp -r $(ROOT)/lib ."),
        ["lib"],
    ),
    "all around the makefile": (
        "ROOT := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))/..\n" + _recipe("cd $(ROOT) && cp -r shared ."),
        ["app"],
    ),
    "nothing outside": (_recipe("cp app.py $(ARTIFACTS_DIR)/../x", "cp ./../fn/app.py ."), []),
    "a directory of its own": (_recipe("mkdir build && cd build && cmake .. && cd .."), []),
    "what is not there": (_recipe("cp ../missing ../shared/missing* ."), []),
    "a comment": ("# ../shared\n" + _recipe("# ../shared"), []),
    "another's rule": (".PHONY: build-Other\nbuild-Other:\n\tcp ../shared .\n\n\tcp ../shared .\n", []),
    "another's rule that it needs": ("build-Fn: build-Other\nbuild-Other:\n\tcp ../shared .\n", ["app/shared"]),
    "a rule for many": ("build-%:\n\tcp ../shared .\n", ["app/shared"]),
    "above the root": (_recipe("cp -r ../../.. /etc/passwd /etc/* ."), []),
    "what sam leaves out": (_recipe("cp ../../.git/config ../../.aws-sam/x ."), []),
}


@pytest.mark.parametrize(("makefile", "expected"), MAKEFILES.values(), ids=MAKEFILES)
def test_a_makefile_names(find: Callable[..., list[str]], tmp_path: Path, makefile: str, expected: list[str]) -> None:
    hidden = (".git/config", ".aws-sam/x")
    _write(tmp_path, dict.fromkeys((*COMMON, *hidden), "") | {"app/fn/app.py": "", "app/fn/Makefile": makefile})
    assert find(tmp_path, "make") == expected


def test_an_absolute_path_counts_below_the_root(find: Callable[..., list[str]], tmp_path: Path) -> None:
    _write(tmp_path, {"lib/a.py": "", "app/fn/Makefile": _recipe(f"cp {tmp_path}/lib/a.py .")})
    assert find(tmp_path, "make") == ["lib/a.py"]


def test_make_that_runs_in_the_source_reads_what_is_around_it(find: Callable[..., list[str]], tmp_path: Path) -> None:
    _write(tmp_path, dict.fromkeys(COMMON, "") | {"app/fn/Makefile": _recipe("cd ../.. && cp -r lib .")})
    assert find(tmp_path, "make") == []
    assert find(tmp_path, "make", in_source=True) == ["."]


def test_a_parent_that_is_only_a_value_does_not_count(find: Callable[..., list[str]], tmp_path: Path) -> None:
    makefile = "ROOT := ../..\n" + _recipe("cp -r $(ROOT)/lib .")
    _write(tmp_path, dict.fromkeys(COMMON, "") | {"app/fn/Makefile": makefile})
    assert find(tmp_path, "make", in_source=True) == ["lib"]
    (tmp_path / "app/fn/Makefile").write_text("export " + makefile)
    assert find(tmp_path, "make", in_source=True) == ["."]


def test_paths_are_relative_to_where_make_runs(find: Callable[..., list[str]], tmp_path: Path) -> None:
    _write(tmp_path, dict.fromkeys(COMMON, "") | {"app/fn/Makefile": _recipe("cp -r ../lib x.py $(ARTIFACTS_DIR)")})
    assert find(tmp_path, "make", working="app/shared") == ["app/shared/x.py"]
    assert find(tmp_path, "make", working="app") == ["lib"]


def test_included_makefiles_are_read_as_well(find: Callable[..., list[str]], tmp_path: Path) -> None:
    main = "include $(dir $(abspath $(lastword $(MAKEFILE_LIST))))../mk/one.mk\n-include missing.mk\n"
    one = "include ../mk/two.mk\ninclude ../mk/one.mk\nS = ../../lib\n"
    two = "build-Fn:\n\tcp -r $(S) .\n"
    _write(tmp_path, dict.fromkeys(COMMON, "") | {"app/fn/Makefile": main, "app/mk/one.mk": one, "app/mk/two.mk": two})
    assert find(tmp_path, "make") == ["app/mk/one.mk", "app/mk/two.mk", "lib"]


def test_a_manifest_elsewhere_is_read_where_it_lies(find: Callable[..., list[str]], tmp_path: Path) -> None:
    _write(tmp_path, dict.fromkeys(COMMON, "") | {"conf/req.txt": "-r more.txt\n", "conf/more.txt": "../lib\n"})
    assert find(tmp_path, "pip", manifest="conf/req.txt") == ["conf/more.txt", "lib"]
    assert find(tmp_path, "pip", manifest="conf/req.txt", build_type=BuildType.CONTAINER) == ["conf/more.txt"]


def test_a_container_and_an_image_see_nothing_outside(find: Callable[..., list[str]], tmp_path: Path) -> None:
    _write(tmp_path, dict.fromkeys(COMMON, "") | {"app/fn/requirements.txt": "-r ../common.txt\n"})
    assert find(tmp_path, "pip") == ["app/common.txt"]
    assert find(tmp_path, "pip", build_type=BuildType.CONTAINER) == []
    assert find(tmp_path, "pip", kind=Kind.IMAGE) == []


GO_MOD = "module example.com/app\n\ngo 1.21\n"
MANIFESTS: Mapping[str, tuple[str, dict[str, str], list[str]]] = {
    "pip: files, in files as well": (
        "pip",
        {
            "app/fn/requirements.txt": "-r ../common.txt # why\n--constraint=../limits.txt\n",
            "app/common.txt": "-r more.txt\n-r ../app/common.txt\n",
            "app/limits.txt": "",
            "app/more.txt": "",
        },
        ["app/common.txt", "app/limits.txt", "app/more.txt"],
    ),
    "pip: packages": (
        "pip",
        {
            "app/fn/requirements.txt": "-e ../shared[x]\n../../lib ; python_version > '3'\n"
            "b @ file:../../my%20lib\nother\n",
        },
        ["app/shared", "lib", "my lib"],
    ),
    "pip: a name is no path": ("pip", {"app/fn/requirements.txt": "-r ../r.txt", "app/r.txt": "shared"}, ["app/r.txt"]),
    "uv: a source": (
        "uv",
        {"app/fn/pyproject.toml": '[tool.uv.sources]\nlib = { path = "../../lib", editable = true }\n'},
        ["lib"],
    ),
    "uv: a source of a source": (
        "uv",
        {
            "app/fn/pyproject.toml": '[tool.uv.sources]\na = {path = "../a"}\n',
            "app/a/pyproject.toml": '[tool.uv.sources]\nb = {path = "../b"}\na = {path = "../a"}\n',
            "app/b/x": "",
        },
        ["app/a", "app/b"],
    ),
    "uv: a dependency": (
        "uv",
        {"app/fn/pyproject.toml": '[project]\ndependencies = ["six", "a @ file:../shared ; x", "b@file:../gone"]\n'},
        ["app/shared"],
    ),
    "pip: what a package names": (
        "pip",
        {
            "app/fn/requirements.txt": "../a\n",
            "app/a/pyproject.toml": '[project.optional-dependencies]\nx = ["b @ file:../my%20b"]\n',
            "app/my b/x": "",
        },
        ["app/a", "app/my b"],
    ),
    "pip: what Poetry's backend hands on, and no groups": (
        "pip",
        {
            "app/fn/requirements.txt": "../a\n",
            "app/a/pyproject.toml": '[tool.poetry.dependencies]\nb = {path = "../b", develop = true}\n'
            'c = [{path = "../../lib", markers = "x"}, {version = "^1"}]\n'
            '[tool.poetry.group.dev.dependencies]\nd = {path = "../shared"}\n'
            '[dependency-groups]\nd = ["e @ file:../e"]\n',
            "app/b/x": "",
            "app/e/x": "",
        },
        ["app/a", "app/b", "lib"],
    ),
    "pip: the placeholders of hatchling and PDM": (
        "pip",
        {
            "app/fn/requirements.txt": "../a\n",
            "app/a/pyproject.toml": '[project]\ndependencies = ["b @ {root:uri}/../b", "c @ {root:parent:uri}/shared",'
            ' "d @ file:///${PROJECT_ROOT}/../../lib"]\n[build-system]\nrequires = ["e @ file:../e"]\n',
            "app/b/x": "",
            "app/e/x": "",
        },
        ["app/a", "app/b", "app/e", "app/shared", "lib"],
    ),
    "pip: an index of the project": (
        "pip",
        {"app/fn/requirements.txt": "--extra-index-url=file:../simple\nsix\n", "app/simple/six/x": ""},
        ["app/simple"],
    ),
    "pip: nothing else is read": (
        "pip",
        {
            "app/fn/requirements-dev.txt": "../shared\n",
            "app/fn/pyproject.toml": "tool.uv.sources.a.path = '../../lib'\n",
        },
        [],
    ),
    "uv: the first manifest alone": (
        "uv",
        {
            "app/fn/requirements-dev.txt": "../shared\n",
            "app/fn/requirements-test.txt": "../../lib\n",
            "app/fn/pyproject.toml": 'tool.uv.sources.a.path = "../../lib"\n',
        },
        ["app/shared"],
    ),
    "uv: the groups of its own project alone": (
        "uv",
        {
            "app/fn/pyproject.toml": '[dependency-groups]\ndev = ["a @ file:../a", {include-group = "x"}]\n',
            "app/a/pyproject.toml": '[dependency-groups]\ndev = ["b @ file:../shared"]\n',
        },
        ["app/a"],
    ),
    "uv: members of members of a workspace, and what its root says": (
        "uv",
        {
            "pyproject.toml": '[tool.uv.workspace]\nmembers = ["app/*"]\n[tool.uv.sources]\nC = {path = "lib"}\n',
            "uv.lock": "",
            "app/fn/pyproject.toml": "[tool.uv.sources]\na = {workspace = true}\n",
            "app/one/pyproject.toml": '[project]\nname = "A"\n[tool.uv.sources]\nB_b = {workspace = true}\n',
            "app/two/pyproject.toml": '[project]\nname = "b-b"\n',
            "app/other/pyproject.toml": '[project]\nname = "other"\n',
        },
        ["app/one", "app/two", "lib", "pyproject.toml", "uv.lock"],
    ),
    "uv: a member of another workspace": (
        "uv",
        {
            "app/fn/requirements.txt": "../w/m\n",
            "app/w/pyproject.toml": '[tool.uv.workspace]\nmembers = ["m", "n"]\n',
            "app/w/m/pyproject.toml": "[tool.uv.sources]\nn = {workspace = true}\n",
            "app/w/n/pyproject.toml": '[project]\nname = "n"\n',
        },
        ["app/w/m", "app/w/n", "app/w/pyproject.toml"],
    ),
    "uv: a root among the sources has members elsewhere": (
        "uv",
        {
            "app/fn/pyproject.toml": 'tool.uv.workspace.members = ["../a"]\ntool.uv.sources.a.workspace = true\n',
            "app/a/pyproject.toml": '[project]\nname = "a"\n',
        },
        ["app/a"],
    ),
    "uv: places of packages": (
        "uv",
        {
            "app/fn/pyproject.toml": '[tool.uv]\nfind-links = ["../dist", "https://e.com"]\n'
            'override-dependencies = ["a @ file:../shared"]\n[[tool.uv.index]]\nname = "x"\nurl = "../../lib"\n',
            "app/dist/a.whl": "",
        },
        ["app/dist", "app/shared", "lib"],
    ),
    "uv: the nearest settings": (
        "uv",
        {
            "app/fn/pyproject.toml": "[project]\n",
            "app/uv.toml": 'find-links = ["../lib"]\n[pip]\nextra-index-url = "file:shared"\n',
            "pyproject.toml": "[tool.uv]\nresolution = 'lowest'\n",
        },
        ["app/shared", "app/uv.toml", "lib"],
    ),
    "uv: settings for requirements lie where sam is started": (
        "uv",
        {
            "app/fn/requirements.txt": "six\n",
            "app/uv.toml": "",
            "pyproject.toml": "[tool.uv]\nresolution = 'lowest'\n",
        },
        ["pyproject.toml"],
    ),
    "npm: packages, of packages as well": (
        "npm",
        {
            "app/fn/package.json": '{"dependencies": {"a": "file:../a", "b": "link:../b", "c": "^1", "d": "./d"}}',
            "app/a/package.json": '{"dependencies": {"z": "../../z", "a": "file:../a"}}',
            "app/b/x": "",
            "z/package.json": "[1",
        },
        ["app/a", "app/b", "z"],
    ),
    "esbuild: a package to be bundled": (
        "esbuild",
        {"app/fn/package.json": '{"devDependencies": {"a": "file:../shared"}}'},
        ["app/shared"],
    ),
    "ruby: gems": (
        "ruby",
        {"app/fn/Gemfile": "gem 'a', path: '../shared'\ngem 'b', :path => \"../../lib\"\neval_gemfile '../Gemfile'\n"}
        | {"app/Gemfile": "gem 'c', path: 'other'\n"},
        ["app/Gemfile", "app/other", "app/shared", "lib"],
    ),
    "go: a module that replaces another": (
        "go",
        {
            "app/fn/go.mod": "module f\nreplace (\n\te.com/l v1.0.0 => ../../lib // here\n)\n"
            "replace e.com/x => ../shared\n",
            "lib/go.mod": "module e.com/l\n",
        },
        ["app/shared", "lib"],
    ),
    "go: imported packages of the module around": (
        "go",
        {
            "go.mod": GO_MOD,
            "go.sum": "",
            "app/fn/main.go": 'package main\n\nimport (\n\t"fmt"\n\tl "example.com/app/lib/a" // why)\n)\n',
            "lib/a/a.go": 'package a\n/* import "example.com/app/no" */\nimport "example.com/app/lib/b"\n',
            "lib/b/b.go": "package b\n",
            "lib/b/b_test.go": 'package b\nimport "example.com/app/no"\n',
            "lib/c/c.go": "package c\n",
            "no/no.go": "package no\n",
            "app/other/main.go": "package main\n",
        },
        ["go.mod", "go.sum", "lib/a", "lib/b"],
    ),
    "go: a package around the source": (
        "go",
        {
            "go.mod": GO_MOD,
            "root.go": 'package app\nimport _ "embed"\n//go:embed data all:more/*.txt\nvar D string\n',
            "data/x": "",
            "more/y.txt": "",
            "vendor/modules.txt": "",
            "app/fn/main.go": 'package main\nimport . "example.com/app"\n',
        },
        ["data", "go.mod", "more/y.txt", "root.go", "vendor"],
    ),
    "go: a workspace": (
        "go",
        {
            "go.work": "go 1.21\nuse ./app/fn\nuse (\n\t./lib // used\n\t./app/other\n)\n",
            "app/fn/go.mod": "module e.com/fn\n",
            "app/fn/main.go": 'package main\nimport "e.com/lib/x"\n',
            "lib/go.mod": "module e.com/lib\n",
            "lib/x/x.go": "package x\n",
            "lib/y/y.go": "package y\n",
            "app/other/go.mod": "module e.com/other\n",
        },
        ["app/other/go.mod", "go.work", "lib/go.mod", "lib/x"],
    ),
    "cargo: crates, of crates as well": (
        "cargo",
        {
            "app/fn/Cargo.toml": '[dependencies]\na = { path = "../a" }\n'
            '[target.x.dev-dependencies]\nb = { path = "../b" }\n',
            "app/a/Cargo.toml": '[dependencies.z]\npath = "../../z"\n[build-dependencies]\na = { path = "../a" }\n',
            "app/b/Cargo.toml": "[[[",
            "z/Cargo.toml": "",
        },
        ["app/a", "app/b", "z"],
    ),
    "cargo: a workspace": (
        "cargo",
        {
            "Cargo.toml": '[workspace.dependencies]\na = { path = "a" }\nb = { path = "b" }\n'
            '[patch.crates-io]\nc = { path = "c" }\n',
            "Cargo.lock": "",
            "rust-toolchain.toml": "",
            "app/fn/Cargo.toml": "[dependencies]\na.workspace = true\n",
            "a/Cargo.toml": "",
            "b/Cargo.toml": "",
            "c/Cargo.toml": "",
        },
        ["Cargo.lock", "Cargo.toml", "a", "c", "rust-toolchain.toml"],
    ),
    "cargo: a crate around the source": (
        "cargo",
        {
            "app/fn/Cargo.toml": '[dependencies]\na = { path = "../.." }\n',
            "Cargo.toml": "[package]\n",
            "src/lib.rs": "",
        },
        ["Cargo.toml", "src"],
    ),
    "dotnet: projects, of projects as well": (
        "dotnet",
        {
            "app/fn/Fn.csproj": '<ProjectReference Include="..\\L\\L.csproj" /><Import Project="..\\x.props" />',
            "app/L/L.csproj": '<ProjectReference Include="../../M/M.csproj" /><Compile Include="..\\S\\*.cs"/>',
            "app/L/L.cs": "",
            "app/L/bin/L.dll": "",
            "app/L/obj/x": "",
            "app/S/s.cs": "",
            "app/x.props": "<HintPath>$(MSBuildThisFileDirectory)..\\lib\\a.py</HintPath>",
            "M/M.csproj": '<ProjectReference Include="../app/fn/Fn.csproj" />',
            "M/../nuget.config": "",
            "Directory.Build.props": "",
        },
        [
            "Directory.Build.props",
            "M/M.csproj",
            "app/L/L.cs",
            "app/L/L.csproj",
            "app/S/s.cs",
            "app/x.props",
            "lib/a.py",
            "nuget.config",
        ],
    ),
    "maven: parents": (
        "java",
        {
            "app/fn/pom.xml": "<project><parent><artifactId>p</artifactId></parent></project>",
            "app/pom.xml": "<parent><relativePath>../top</relativePath></parent>",
            "top/pom.xml": "<parent><relativePath/></parent>",
            "pom.xml": "",
        },
        ["app/pom.xml", "top/pom.xml"],
    ),
    "gradle: what sets the build up": (
        "java",
        {
            "app/fn/build.gradle": "apply from: '../x.gradle'\napply from: \"$rootDir/y.gradle\"\n",
            "app/x.gradle": "",
            "y.gradle": "",
            "settings.gradle": "include ':app:fn'",
            "build.gradle": "",
        },
        ["app/x.gradle", "build.gradle", "settings.gradle", "y.gradle"],
    ),
    "gradle: a project of the build": (
        "java",
        {"app/fn/build.gradle.kts": 'implementation(project(":lib"))', "app/settings.gradle.kts": ""},
        ["app"],
    ),
}


@pytest.mark.parametrize(("method", "files", "expected"), MANIFESTS.values(), ids=MANIFESTS)
def test_a_manifest_names(
    find: Callable[..., list[str]], tmp_path: Path, method: str, files: dict[str, str], expected: list[str]
) -> None:
    _write(tmp_path, dict.fromkeys((*COMMON, "app/fn/app.py"), "") | files)
    assert find(tmp_path, method) == expected


def test_a_link_that_leads_out_of_the_root_is_named_itself(find: Callable[..., list[str]], tmp_path: Path) -> None:
    root = tmp_path / "root"
    _write(tmp_path, {"away/x.txt": "", "root/app/fn/requirements.txt": "-r ../link.txt\n-r ../away/x.txt\n"})
    (root / "app/link.txt").symlink_to(tmp_path / "away/x.txt")
    (root / "app/away").symlink_to(tmp_path / "away")
    assert find(root, "pip") == ["app/link.txt"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("-r ../../../common/x.txt", ["../common/x.txt"]),
        ("-r {away}/x.txt", []),
        ("../../../../..", []),
        ("-e ../../..", []),
    ],
    ids=["relative", "absolute", "all", "around the source"],
)
def test_outside_the_root_only_relative_names_count(
    line: str, found: list[str], find: Callable[..., list[str]], tmp_path: Path
) -> None:
    """Where there is no `.git` the root is the template's directory, and the project may be larger."""
    written = line.format(away=tmp_path / "common")
    _write(tmp_path, {"common/x.txt": "", "root/app/fn/requirements.txt": f"{written}\n"})
    assert find(tmp_path / "root", "pip") == found


MANIFEST_NAMES = {
    "make": "Makefile",
    "pip": "requirements.txt",
    "uv": "pyproject.toml",
    "npm": "package.json",
    "go": "go.mod",
    "cargo": "Cargo.toml",
    "dotnet": "x.csproj",
    "java": "pom.xml",
    "ruby": "Gemfile",
}
PIECES = [
    *(
        "../",
        "..",
        "../shared",
        "../*",
        "/",
        "$(A)",
        "$$",
        "${B}",
        "A=",
        "\nB = $(A)$(B)\n",
        "include ",
        "-r ",
        "\t",
        "\n",
    ),
    *(
        "replace x => ",
        "import (",
        '"',
        "path = ",
        "[workspace]\n",
        "file:",
        "{",
        "}",
        "<parent>",
        "Include=",
        "[",
        "\0",
        "é",
    ),
    *("$(dir ", "$(MAKEFILE_LIST)", "$(PWD)", ")", "\\\n", "../../.git", "~", "x" * 300, "project(':a')"),
]


@given(
    method=st.sampled_from(sorted(MANIFEST_NAMES)),
    text=st.lists(st.sampled_from(PIECES), max_size=30).map("".join).map(str.encode) | st.binary(max_size=200),
)
@example(method="npm", text=b"[" * 100_000)
@example(method="cargo", text=b"a = " + b"[" * 5_000)
@example(method="make", text=b"A = $(B)$(B)\nB = $(A)$(A)\nbuild-Fn:\n\tcp $(A) $(A)$(A)$(A)\n")
@example(method="make", text=b"build-Fn:\n\tcp ../*/../*/../*/../* .\n")
def test_any_text_names_only_existing_paths(find: Callable[..., list[str]], method: str, text: bytes) -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        _write(root, dict.fromkeys((*COMMON, "app/fn/main.go", "app/.git/x"), ""))
        (root / SOURCE / MANIFEST_NAMES[method]).write_bytes(text)
        found = [Path(name) for name in find(root, method, in_source=True)]
        assert found == sorted(found, key=str)
        for path in found:
            assert (root / path).exists()
            assert not path.is_relative_to(SOURCE)
            assert {".git", ".aws-sam", ".."}.isdisjoint(path.parts)
        assert not any(a.is_relative_to(b) or b.is_relative_to(a) for a, b in itertools.combinations(found, 2))


@pytest.mark.parametrize("method", MANIFEST_NAMES)
def test_a_manifest_that_cannot_be_read_names_nothing(
    find: Callable[..., list[str]], tmp_path: Path, method: str
) -> None:
    (tmp_path / SOURCE / MANIFEST_NAMES[method]).mkdir(parents=True)
    assert find(tmp_path, method) == []
    (tmp_path / SOURCE / MANIFEST_NAMES[method]).rmdir()
    os.mkfifo(tmp_path / SOURCE / MANIFEST_NAMES[method])
    assert find(tmp_path, method) == []
    (tmp_path / SOURCE / MANIFEST_NAMES[method]).unlink()
    (tmp_path / SOURCE / MANIFEST_NAMES[method]).symlink_to(MANIFEST_NAMES[method])
    assert find(tmp_path, method) == []
