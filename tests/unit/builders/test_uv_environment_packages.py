"""Which packages of the machine uv installs for a unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.builders.uv_environment import find_uv_packages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAMED = {"shared/pyproject.toml": '[project]\nname = "My_Shared"\n'}
UNKNOWN = None


def _project(text: str) -> dict[str, str]:
    return {"src/pyproject.toml": text}


def _requirements(text: str) -> dict[str, str]:
    return {"src/requirements.txt": text}


CASES: dict[str, tuple[Mapping[str, str], set[str] | None]] = {
    "none": (_requirements("six==1.16.0 ; python_version > '3'\n-i https://e.com/simple\n# ../shared\n"), set()),
    "no manifest": ({}, set()),
    "a directory": ({**_requirements("../shared[x]\nsix\n"), **NAMED}, {"my-shared"}),
    "from where sam is started": ({**_requirements("./shared\n"), **NAMED}, {"my-shared"}),
    "to be edited": ({**_requirements("-e ../shared\n"), **NAMED}, {"my-shared"}),
    "an address": ({**_requirements("lib @ file:../shared\n"), **NAMED}, {"lib"}),
    "one that is not there": (_requirements("../gone\n"), UNKNOWN),
    "one whose name a program makes": ({**_requirements("../shared\n"), "shared/setup.py": ""}, UNKNOWN),
    "the name in setup.cfg": (
        {**_requirements("../shared\n"), "shared/setup.cfg": "[metadata]\nname = a.b\n"},
        {"a-b"},
    ),
    "in files that are named": (
        {**_requirements("-r ../more.txt\n-c c.txt\n"), "more.txt": "./shared\n", "src/c.txt": "six<2\n", **NAMED},
        {"my-shared"},
    ),
    "in a file that is not there": (_requirements("-r ../more.txt\n"), UNKNOWN),
    "by a variable": (_requirements("${ROOT}/shared\n"), UNKNOWN),
    "archives": (
        {
            **_requirements("./dist/a_b-1.0-py3-none-any.whl\n../dist/c-d-2.0.tar.gz\n"),
            "dist/a_b-1.0-py3-none-any.whl": "",
            "dist/c-d-2.0.tar.gz": "",
        },
        {"a-b", "c-d"},
    ),
    "a directory of archives": (
        {**_requirements("--find-links ../dist\nacme\n"), "dist/acme-1.0-py3-none-any.whl": "", "dist/x.txt": ""},
        {"acme"},
    ),
    "a page of links": (_requirements("-f ../links.html\nacme\n"), UNKNOWN),
    "a source": ({**_project('[tool.uv.sources]\nlib = {path = "../shared"}\n'), **NAMED}, {"lib"}),
    "sources by platform": (
        {**_project('[tool.uv.sources]\nlib = [{path = "../shared", marker = "x"}, {index = "y"}]\n'), **NAMED},
        {"lib"},
    ),
    "a source of a source": (
        {
            **_project('[tool.uv.sources]\nlib = {path = "../shared"}\n'),
            "shared/pyproject.toml": '[tool.uv.sources]\ncore = {path = "../core"}\n',
            "core/pyproject.toml": "",
        },
        {"lib", "core"},
    ),
    "a dependency": ({**_project('[project]\ndependencies = ["six", "lib @ file:../shared"]\n'), **NAMED}, {"lib"}),
    "of Poetry": ({**_project('[tool.poetry.dependencies]\nlib = {path = "../shared"}\n'), **NAMED}, {"lib"}),
    "a group": ({**_project('[dependency-groups]\ndev = ["lib @ file:../shared", {x = "y"}]\n'), **NAMED}, {"lib"}),
    "a member of a workspace": (_project("[tool.uv.sources]\nlib = {workspace = true}\n"), UNKNOWN),
    "a workspace": (_project("[tool.uv.workspace]\nmembers = []\n"), UNKNOWN),
    "an index on this machine": (_project('[[tool.uv.index]]\nurl = "../dist"\nformat = "flat"\n'), UNKNOWN),
    "an index elsewhere": (_project('[[tool.uv.index]]\nname = "x"\nurl = "https://e.com"\n'), set()),
    "a program that may name more": (
        {**_requirements("../shared\n"), **NAMED, "shared/setup.py": "requires = ['core @ file:' + here]\n"},
        UNKNOWN,
    ),
    "a package that is a member of another workspace": (
        {
            **_requirements("../shared\n"),
            "shared/pyproject.toml": NAMED["shared/pyproject.toml"] + "[tool.uv.sources]\nx = {workspace = true}\n",
        },
        UNKNOWN,
    ),
    "what a package needs, without its groups": (
        {
            **_requirements("../shared\n"),
            "shared/pyproject.toml": '[project]\nname = "My_Shared"\ndependencies = ["a @ {root:parent:uri}/a"]\n'
            '[dependency-groups]\ndev = ["b @ file:../b"]\n[tool.poetry.group.dev.dependencies]\nc = {path = "../c"}\n'
            '[tool.poetry.dependencies]\nd = [{path = "../d", markers = "x"}]\n',
            "a/x": "",
            "b/x": "",
            "c/x": "",
            "d/x": "",
        },
        {"my-shared", "a", "d"},
    ),
    "settings that name packages": ({**_requirements("six\n"), "uv.toml": 'find-links = ["dist"]\n'}, UNKNOWN),
    "settings that name servers": (
        {**_requirements("six\n"), "uv.toml": '[pip]\nextra-index-url = ["https://e.com"]\n'},
        set(),
    ),
    "settings further up than others": (
        {**_project("[tool.uv]\n"), "uv.toml": 'find-links = ["dist"]\n'},
        set(),
    ),
    "an index in requirements": (_requirements("-i file:../simple\nsix\n"), UNKNOWN),
    "requirements before a project": ({**_requirements("six\n"), **_project("[tool.uv.workspace]\n")}, set()),
}


@pytest.mark.parametrize("name", CASES)
def test_local_packages_are_known_by_their_names_or_all_count(tmp_path: Path, name: str) -> None:
    files, expected = CASES[name]
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    found = find_uv_packages(tmp_path / "src", None, tmp_path, {})
    assert (found if found is None else {*found}) == expected


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("UV_FIND_LINKS", "/opt/wheels", UNKNOWN),
        ("UV_FIND_LINKS", "https://e.com/wheels", set()),
        ("UV_INDEX", "own=https://e.com/simple https://e.com/other", set()),
        ("UV_INDEX", "own=../dist", UNKNOWN),
        ("UV_OVERRIDE", "override.txt", UNKNOWN),
        ("PIP_FIND_LINKS", "/opt/wheels", set()),
    ],
)
def test_what_variables_name_has_no_names(tmp_path: Path, variable: str, value: str, expected: set[str] | None) -> None:
    found = find_uv_packages(tmp_path, None, tmp_path, {variable: value})
    assert (found if found is None else {*found}) == expected


def test_a_manifest_may_lie_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("./shared\n")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "pyproject.toml").write_text(NAMED["shared/pyproject.toml"])
    found = find_uv_packages(tmp_path / "src", tmp_path / "own.txt", tmp_path, {})
    assert (found if found is None else {*found}) == {"my-shared"}
