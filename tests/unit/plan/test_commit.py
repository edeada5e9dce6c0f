"""What a build may write of the checkout that it runs in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from samix.plan.build_type import BuildType
from samix.plan.commit import asked_of_git
from samix.plan.environment import texts_read
from samix.plan.texts import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from samix.plan.units import Unit
    from samix.template.resources import Resource

COMMIT, BRANCH, WORK_TREE = Asked.COMMIT, Asked.BRANCH, Asked.WORK_TREE
_PROJECT = "<Project><PropertyGroup>{}</PropertyGroup></Project>"


@pytest.fixture
def ask(
    tmp_path: Path, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> Callable[..., set[Asked]]:
    """What is asked of git for a function of a builder that is made from some files."""

    def ask(
        method: str,
        files: Mapping[str, str],
        *,
        sdk: str = "",
        is_go_stamping: bool = True,
        build_type: BuildType = BuildType.HOST,
        is_in_source: bool = True,
    ) -> set[Asked]:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        unit = make_unit(make_resource("Fn", metadata={"BuildMethod": method}), build_type=build_type)
        unit = replace(unit, is_in_source=is_in_source)
        tools = {"dotnet": sdk} if sdk else {}
        paths = [str(tmp_path / name) for name in files]
        texts = texts_read(unit, paths, tmp_path)
        return set(asked_of_git(unit, tmp_path / "src", paths, texts, tools, lambda: is_go_stamping))

    return ask


IN_MAKEFILES = {
    "nothing": ("\tcp app.py $(ARTIFACTS_DIR)", set()),
    "the hash": ("V := $(shell git rev-parse --short HEAD)", {COMMIT}),
    "the root of the checkout": ("ROOT := $(shell git rev-parse --show-toplevel)", set()),
    "whether there is a checkout": ("\tgit rev-parse --is-inside-work-tree && true", set()),
    "the root, and the hash": (
        "R := $(shell git rev-parse --show-toplevel)\nV := $(shell git rev-parse HEAD)",
        {COMMIT},
    ),
    "the tag": ("V := $(shell git describe --tags)", {COMMIT}),
    "the tag and what is modified": ("V := $(shell git describe --always --dirty)", {COMMIT, WORK_TREE}),
    "the time": ("\tSOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) zip x", {COMMIT}),
    "in another directory": ("\tgit -C .. --no-pager log -1 > $(ARTIFACTS_DIR)/log", {COMMIT}),
    "the branch": ("\tgit branch --show-current > $(ARTIFACTS_DIR)/branch", {BRANCH}),
    "the branch in another way": ("\tgit rev-parse --abbrev-ref HEAD", {COMMIT, BRANCH}),
    "what is modified": ("\tgit status --porcelain", {WORK_TREE}),
    "the file of git": ("\tcp ../.git/HEAD $(ARTIFACTS_DIR)", {COMMIT, BRANCH, WORK_TREE}),
    "beside the artifact": ("\tgit -C $(ARTIFACTS_DIR) describe > $@", {COMMIT}),
    "a repository": ("\tgit clone --depth 1 https://example.invalid/x.git", set()),
    "a word": ("\tlegit describe; digit log", set()),
    "a file name": ("\tcat .gitignore .gitattributes | tail -n 1", set()),
    "go": ("\tGOOS=linux go build -o $(ARTIFACTS_DIR)/bootstrap", {COMMIT, WORK_TREE}),
    "go that is told to let it be": ("\tgo build -buildvcs=false -o $(ARTIFACTS_DIR)/bootstrap", set()),
    ".NET": ("\tdotnet publish -c Release -o $(ARTIFACTS_DIR)", {COMMIT}),
    ".NET that is told to let it be": ("\tdotnet publish -p:IncludeSourceRevisionInInformationalVersion=false", set()),
}


@pytest.mark.parametrize("name", IN_MAKEFILES)
def test_a_makefile_writes_what_it_asks_for(ask: Callable[..., set[Asked]], name: str) -> None:
    line, asked = IN_MAKEFILES[name]
    assert ask("makefile", {"Makefile": f"build-Fn:\n{line}\n"}) == asked


OTHERS = {
    "a script of a makefile": ("makefile", {"Makefile": "", "v.py": 'run(["git", "describe"])'}, {COMMIT}),
    "a script of npm": (
        "nodejs22.x",
        {"package.json": '{"scripts": {"postinstall": "git rev-parse HEAD > v"}}'},
        {COMMIT},
    ),
    "the repository of a package": (
        "nodejs22.x",
        {"package.json": '{"repository": "git+https://example.invalid/show/log.git", "scripts": {"test": "x"}}'},
        set(),
    ),
    "a script that no installer runs": ("nodejs22.x", {"package.json": "{}", "v.js": "git describe"}, set()),
    "setuptools-scm": (
        "python3.12",
        {"pyproject.toml": '[build-system]\nrequires = ["setuptools-scm>=8"]'},
        {COMMIT, BRANCH, WORK_TREE},
    ),
    "a plugin of Maven": (
        "java21",
        {"pom.xml": "<artifactId>git-commit-id-maven-plugin</artifactId>"},
        {COMMIT, BRANCH, WORK_TREE},
    ),
    "a build script of Cargo": ("rust-cargolambda", {"build.rs": 'Command::new("git").args(["describe"])'}, {COMMIT}),
    "a handler": ("python3.12", {"app.py": "git describe"}, set()),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_builders_write_what_their_files_ask_for(ask: Callable[..., set[Asked]], name: str) -> None:
    method, files, asked = OTHERS[name]
    assert ask(method, files) == asked


def test_go_writes_the_commit_unless_its_flags_say_no(ask: Callable[..., set[Asked]]) -> None:
    assert ask("go1.x", {"main.go": ""}) == {COMMIT, WORK_TREE}
    assert ask("go1.x", {"main.go": ""}, is_go_stamping=False) == set()
    assert ask("makefile", {"Makefile": "\tgo build"}, is_go_stamping=False) == set()


def test_go_in_a_copy_of_the_source_finds_no_checkout(ask: Callable[..., set[Asked]]) -> None:
    makefile = {"src/Makefile": "\tgo build"}
    assert ask("makefile", makefile, is_in_source=False) == set()
    assert ask("makefile", {**makefile, "cmd/main.go": ""}, is_in_source=False) == {COMMIT, WORK_TREE}


def test_dotnet_writes_the_commit_since_its_sdk_8(ask: Callable[..., set[Asked]]) -> None:
    assert ask("dotnet8", {"a.csproj": _PROJECT.format("")}, sdk="8.0.404") == {COMMIT}
    assert ask("dotnet8", {"a.csproj": _PROJECT.format("")}, sdk="6.0.400") == set()
    kept_out = "<IncludeSourceRevisionInInformationalVersion>false</IncludeSourceRevisionInInformationalVersion>"
    assert ask("dotnet8", {"a.csproj": _PROJECT.format(kept_out)}, sdk="9.0.1") == set()


def test_a_container_gets_the_source_alone(ask: Callable[..., set[Asked]]) -> None:
    assert ask("makefile", {"Makefile": "\tgit describe"}, build_type=BuildType.CONTAINER) == set()
