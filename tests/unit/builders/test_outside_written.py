"""What builders write outside of a source, and whose artifacts they name, as manifests say it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from samix.builders.outside import Outside
from samix.options.build_type import BuildType
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

COMMON = ("lib/setup.py", "lib/x.whl", "app/fn/app.py", "app/fn/own/setup.py", "app/other/x.py")
WORKSPACE = '[tool.uv.workspace]\nmembers = ["lib", "app/*"]\n'


def _write(root: Path, files: Mapping[str, str]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def _relative(paths: Iterable[Path], root: Path) -> list[str]:
    return [os.path.relpath(path, os.path.realpath(root)) for path in paths]


def _found(root: Path, found: Outside) -> dict[str, list[str]]:
    """What is there of each kind, less what is empty."""
    kinds = {"read": found.read, "written": found.written, "roaming": found.roaming}
    beside = {"beside": [os.path.relpath(path, root / ".aws-sam/build") for path in found.neighbours]}
    return {kind: names for kind, names in beside.items() if names} | {
        kind: _relative(paths, root) for kind, paths in kinds.items() if paths
    }


def _package(**values: object) -> str:
    return json.dumps(values)


PYTHON: Mapping[str, tuple[str, dict[str, str], dict[str, list[str]]]] = {
    "pip: a package": (
        "pip",
        {"app/fn/requirements.txt": "./lib\n"},
        {"read": ["lib"], "written": ["lib"]},
    ),
    "pip: a package beside the source": (
        "pip",
        {"app/fn/requirements.txt": "../other\n"},
        {"read": ["app/other"]},  # pip looks for it from the project
    ),
    "pip: an editable package with extras": (
        "pip",
        {"app/fn/requirements.txt": "-e ./lib[x]\n"},
        {"read": ["lib"], "written": ["lib"]},
    ),
    "pip: a file's address": (
        "pip",
        {"app/fn/requirements.txt": "lib @ file:./lib\n"},
        {"read": ["lib"], "written": ["lib"]},
    ),
    "pip: in an included file": (
        "pip",
        {"app/fn/requirements.txt": "-r ../common.txt\n", "app/common.txt": "./lib\n"},
        {"read": ["app/common.txt", "lib"], "written": ["lib"]},
    ),
    "pip: a wheel, and where wheels are": (
        "pip",
        {"app/fn/requirements.txt": "./lib/x.whl\n--find-links ./lib\n-c ./lib/x.txt\n"},
        {"read": ["lib"]},
    ),
    "pip: the source's own": ("pip", {"app/fn/requirements.txt": "./app/fn/own\n./app/fn\n"}, {}),
    "pip: the project": ("pip", {"app/fn/requirements.txt": ".\n"}, {"read": ["."], "written": ["."]}),
    "uv: a source": (
        "uv",
        {"app/fn/pyproject.toml": '[tool.uv.sources]\nl = { path = "../../lib" }\nx = { path = "../../lib/x.whl" }\n'},
        {"read": ["lib"], "written": ["lib"]},
    ),
    "uv: a workspace": (
        "uv",
        {"app/fn/pyproject.toml": "[project]\n", "pyproject.toml": WORKSPACE, "uv.lock": ""},
        {"read": ["pyproject.toml", "uv.lock"], "written": ["uv.lock"]},
    ),
    "uv: members of a workspace": (
        "uv",
        {
            "app/fn/pyproject.toml": "[tool.uv.sources]\nLib_One.workspace = true\n",
            "pyproject.toml": WORKSPACE,
            "lib/pyproject.toml": '[project]\nname = "lib-one"\n',
            "app/other/pyproject.toml": '[project]\nname = "other"\n',
        },
        {"read": ["lib", "pyproject.toml"], "written": ["lib", "uv.lock"]},
    ),
    "uv: its own workspace": (
        "uv",
        {"app/fn/pyproject.toml": WORKSPACE, "pyproject.toml": WORKSPACE},
        {},
    ),
    "uv: no workspace, but settings": (
        "uv",
        {"app/fn/pyproject.toml": "", "pyproject.toml": "[tool.uv]\n"},
        {"read": ["pyproject.toml"]},
    ),
    "uv: neither": ("uv", {"app/fn/pyproject.toml": "", "pyproject.toml": "[tool.ruff]\n"}, {}),
}
NPM: Mapping[str, tuple[str, dict[str, str], dict[str, list[str]]]] = {
    "npm: a package beside the artifact": (
        "npm",
        {"app/fn/package.json": _package(dependencies={"common": "file:../CommonT", "x": "^1"})},
        {"beside": ["CommonT"]},
    ),
    "npm: a package beside both": (
        "npm",
        {"app/fn/package.json": _package(dependencies={"other": "link:../other/"})},
        {"read": ["app/other"], "beside": ["other"]},
    ),
    "npm: a package from the artifact": (
        "npm",
        {"app/fn/package.json": _package(devDependencies={"lib": "file:../../../lib"})},
        {"read": ["lib"]},
    ),
    "npm: its own, and the build dir": (
        "npm",
        {"app/fn/package.json": _package(dependencies={"a": "file:./own", "b": "file:..", "c": "../Fn/x", "d": "/x"})},
        {"read": ["app"]},  # beside its manifest, npm's `..` is that
    ),
    "npm: scripts": (
        "npm",
        {
            "app/fn/package.json": _package(
                scripts={
                    "preinstall": "cp ../../../lib/setup.py .",
                    "install": "node-gyp rebuild",
                    "postinstall": "cp -r ../Web/dist . && cat $PWD/../Api/x",
                    "prepare": "cd ../Top && tar cf x .",
                    "test": "cp ../No/x .",
                }
            )
        },
        {"read": ["lib/setup.py"], "beside": ["Api/x", "Top", "Top/x", "Web/dist"]},
    ),
    "npm: a script that writes": (
        "npm",
        {"app/fn/package.json": _package(scripts={"install": "mkdir -p ../../../out && touch x && tool ../../../lib"})},
        {"read": ["lib"], "written": ["lib", "out"]},
    ),
    "npm: a script in the project": (
        "npm",
        {"app/fn/package.json": _package(scripts={"install": "cd ../../.. && tool"})},
        {"read": ["."], "written": ["."], "roaming": ["."]},
    ),
    "esbuild: nothing from the artifact": (
        "esbuild",
        {
            "app/fn/package.json": _package(
                dependencies={"a": "file:../CommonT", "b": "../other"}, scripts={"install": "cp ../Web/x ."}
            )
        },
        {"read": ["app/other"]},
    ),
    "npm: what is no package": ("npm", {"app/fn/package.json": '{"scripts": ["../x"], "dependencies": {"a": 1}}'}, {}),
}
BUILDERS: Mapping[str, tuple[str, dict[str, str], dict[str, list[str]]]] = {
    "dotnet: projects": (
        "dotnet",
        {
            "app/fn/Fn.csproj": '<ProjectReference Include="..\\other\\L.csproj" />',
            "app/other/L.csproj": '<ProjectReference Include="../../lib/M.fsproj" /><Compile Include="..\\S\\*.cs"/>',
            "app/S/s.cs": "",
            "lib/M.fsproj": '<ProjectReference Include="../app/fn/Fn.csproj" />',
        },
        {
            "read": ["app/S/s.cs", "app/other/L.csproj", "app/other/x.py", "lib/M.fsproj", "lib/setup.py", "lib/x.whl"],
            "written": ["app/other", "lib"],
        },
    ),
    "dotnet: a project around the source": (
        "dotnet",
        {
            "app/fn/Fn.csproj": '<ProjectReference Include="..\\..\\App.csproj" />',
            "App.csproj": "",
        },
        {"read": ["App.csproj", "app", "lib"], "written": ["bin", "obj"]},
    ),
    "ruby: gems": ("ruby", {"app/fn/Gemfile": "gem 'a', path: '../../lib'\n"}, {"read": ["lib"]}),
    "java: parents": (
        "java",
        {"app/fn/pom.xml": "<project><parent></parent></project>", "app/pom.xml": ""},
        {"read": ["app/pom.xml"]},
    ),
    "cargo: crates": (
        "cargo",
        {"app/fn/Cargo.toml": '[dependencies]\nl = { path = "../../lib" }\n'},
        {"read": ["lib"]},
    ),
    "go: modules": (
        "go",
        {"app/fn/go.mod": "module f\nreplace e.com/x => ../../lib\n"},
        {"read": ["lib"]},
    ),
}


@pytest.mark.parametrize(
    ("method", "files", "expected"),
    [*PYTHON.values(), *NPM.values(), *BUILDERS.values()],
    ids=[*PYTHON, *NPM, *BUILDERS],
)
def test_a_manifest_says_what_is_outside(
    look_outside: Callable[..., Outside],
    tmp_path: Path,
    method: str,
    files: dict[str, str],
    expected: dict[str, list[str]],
) -> None:
    _write(tmp_path, dict.fromkeys(COMMON, "") | files)
    found = look_outside(tmp_path, method, name="Fn")
    assert _found(tmp_path, found) == expected


def test_pip_builds_from_where_sam_is_started(look_outside: Callable[..., Outside], tmp_path: Path) -> None:
    _write(tmp_path, dict.fromkeys(COMMON, "") | {"app/fn/requirements.txt": "../lib\n"})
    (tmp_path / "link").symlink_to("app")
    found = look_outside(tmp_path, "pip", project="link")
    assert _found(tmp_path, found) == {"read": ["lib"], "written": ["lib"]}


def test_uv_writes_the_lock_beside_its_manifest(look_outside: Callable[..., Outside], tmp_path: Path) -> None:
    _write(tmp_path, dict.fromkeys(COMMON, "") | {"conf/pyproject.toml": "[project]\n"})
    found = look_outside(tmp_path, "uv", manifest="conf/pyproject.toml")
    assert _found(tmp_path, found) == {"written": ["conf/uv.lock"]}


IN_SOURCE: Mapping[str, tuple[dict[str, str], list[str], list[str]]] = {
    "no workspace": ({"app/fn/package.json": _package(dependencies={"a": "^1"}), "package.json": _package()}, [], []),
    "a workspace": (
        {
            "package.json": _package(workspaces=["app/*", "lib"]),
            "package-lock.json": "",
            "app/fn/package.json": _package(dependencies={"lib": "*"}),
            "lib/package.json": _package(name="lib", dependencies={"other": "workspace:^"}),
            "app/other/package.json": _package(name="other"),
        },
        ["app/other", "lib", "package-lock.json", "package.json"],
        ["node_modules", "package-lock.json"],
    ),
    "packages that it does not need": (
        {
            "app/package.json": _package(workspaces={"packages": ["*"]}),
            "app/fn/package.json": _package(dependencies={"a": "file:../../lib"}),
            "app/other/package.json": _package(name="other"),
        },
        ["app/package.json", "lib"],
        ["app/node_modules", "app/package-lock.json"],
    ),
    "its own workspace": ({"app/fn/package.json": _package(workspaces=["own"])}, [], []),
}


@pytest.mark.parametrize("method", ["npm", "esbuild"])
@pytest.mark.parametrize(("files", "read", "written"), IN_SOURCE.values(), ids=IN_SOURCE)
def test_npm_in_the_source_installs_for_its_workspace(
    look_outside: Callable[..., Outside],
    tmp_path: Path,
    method: str,
    files: dict[str, str],
    read: list[str],
    written: list[str],
) -> None:
    _write(tmp_path, dict.fromkeys(COMMON, "") | files)
    found = look_outside(tmp_path, method, in_source=True)
    assert (_relative(found.read, tmp_path), _relative(found.written, tmp_path)) == (read, written)
    assert (found.roaming, found.neighbours) == ((), ())
    assert look_outside(tmp_path, method).written == ()


def test_npm_in_the_source_installs_beside_a_manifest(look_outside: Callable[..., Outside], tmp_path: Path) -> None:
    _write(tmp_path, dict.fromkeys(COMMON, "") | {"conf/package.json": _package()})
    found = look_outside(tmp_path, "npm", in_source=True, manifest="conf/package.json")
    assert _found(tmp_path, found) == {"written": ["conf/node_modules", "conf/package-lock.json"]}


def test_a_container_writes_what_is_mounted_so(look_outside: Callable[..., Outside], tmp_path: Path) -> None:
    _write(tmp_path, dict.fromkeys(COMMON, "") | {"conf/pyproject.toml": '[tool.uv.sources]\nl = {path = "../lib"}\n'})
    container = {"build_type": BuildType.CONTAINER, "manifest": "conf/pyproject.toml"}
    assert look_outside(tmp_path, "uv", **container) == Outside()
    found = look_outside(tmp_path, "uv", **container, mounts_with_write=True)
    assert _found(tmp_path, found) == {"written": ["conf/uv.lock"]}


def test_a_container_does_nothing_around_its_source(look_outside: Callable[..., Outside], tmp_path: Path) -> None:
    recipe = "build-Fn:\n\tcd $(PWD) && tool $(ARTIFACTS_DIR)/../Web\n"
    _write(tmp_path, dict.fromkeys(COMMON, "") | {"app/fn/Makefile": recipe})
    assert look_outside(tmp_path, "make", name="Fn").neighbours
    for values in ({}, {"mounts_with_write": True}, {"working": "lib"}):
        found = look_outside(tmp_path, "make", name="Fn", build_type=BuildType.CONTAINER, **values)
        assert found == Outside()


def test_an_image_has_nothing_outside(look_outside: Callable[..., Outside], tmp_path: Path) -> None:
    _write(tmp_path, dict.fromkeys(COMMON, "") | {"app/fn/requirements.txt": "./lib\n"})
    assert look_outside(tmp_path, "pip", kind=Kind.IMAGE) == Outside()
