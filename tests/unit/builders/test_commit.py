"""What a build may write of the checkout that it runs in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.builders.commit import find_git_question
from samix.builders.question import Asked, Question
from samix.builders.references import depends_on_references
from samix.builders.variables import read_texts
from samix.options.build_type import BuildType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from samix.template.resources import Resource
    from samix.units.unit import Unit

COMMIT, BRANCH, WORK_TREE = Asked.COMMIT, Asked.BRANCH, Asked.WORK_TREE
VERSION, TAGS, HISTORY, REFERENCES = Asked.VERSION, Asked.TAGS, Asked.HISTORY, Asked.REFERENCES
_BUT_REFERENCES = set(Asked) - {REFERENCES}
_PROJECT = "<Project><PropertyGroup>{}</PropertyGroup></Project>"


@pytest.fixture
def ask(question: Callable[..., Question]) -> Callable[..., set[Asked]]:
    """What is asked of git for a function of a builder that is made from some files."""
    return lambda *arguments, **named: set(question(*arguments, **named).asked)


@pytest.fixture
def question(
    tmp_path: Path, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> Callable[..., Question]:
    """The same, with the settings."""

    def question(
        method: str,
        files: Mapping[str, str],
        *,
        sdk: str = "",
        go: str = "",
        is_go_stamping: bool = True,
        build_type: BuildType = BuildType.HOST,
        is_in_source: bool = True,
    ) -> Question:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        unit = make_unit(make_resource("Fn", metadata={"BuildMethod": method}), build_type=build_type)
        unit = replace(unit, is_in_source=is_in_source)
        tools = {name: version for name, version in (("dotnet", sdk), ("go", go)) if version}
        paths = [str(tmp_path / name) for name in files]
        texts = read_texts(unit, paths, tmp_path)
        return find_git_question(unit, tmp_path / "src", tmp_path, paths, texts, tools, lambda: is_go_stamping)

    return question


IN_MAKEFILES = {
    "nothing": ("\tcp app.py $(ARTIFACTS_DIR)", set()),
    "the hash": ("V := $(shell git rev-parse --short HEAD)", {COMMIT}),
    "the root of the checkout": ("ROOT := $(shell git rev-parse --show-toplevel)", set()),
    "whether there is a checkout": ("\tgit rev-parse --is-inside-work-tree && true", set()),
    "the root, and the hash": (
        "R := $(shell git rev-parse --show-toplevel)\nV := $(shell git rev-parse HEAD)",
        {COMMIT},
    ),
    "the tag": ("V := $(shell git describe --tags)", {COMMIT, VERSION, HISTORY}),
    "the tag and what is modified": (
        "V := $(shell git describe --always --dirty)",
        {COMMIT, VERSION, HISTORY, WORK_TREE},
    ),
    "a tag that comes later": ("V := $(shell git describe --contains)", {COMMIT, VERSION, HISTORY, TAGS}),
    "the tags": ("V := $(shell git tag --points-at HEAD)", {COMMIT, TAGS}),
    "the newest tag": (
        "V := $(shell git describe --tags $$(git rev-list --tags --max-count=1))",
        {COMMIT, VERSION, HISTORY, TAGS},
    ),
    "refs": ("\tgit for-each-ref refs/tags > $(ARTIFACTS_DIR)/refs", {COMMIT, TAGS}),
    "the number of commits": ("V := $(shell git rev-list --count HEAD)", {COMMIT, HISTORY}),
    "the log": ("\tgit log --oneline > $(ARTIFACTS_DIR)/log", {COMMIT, HISTORY}),
    "the names of a commit": ("\tgit log -1 --format=%D > $@", {COMMIT, BRANCH, VERSION, REFERENCES}),
    "the time": ("\tSOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) zip x", {COMMIT}),
    "in another directory": ("\tgit -C .. --no-pager log -n 1 > $(ARTIFACTS_DIR)/log", {COMMIT}),
    "the branch": ("\tgit branch --show-current > $(ARTIFACTS_DIR)/branch", {BRANCH}),
    "the branch in another way": ("\tgit rev-parse --abbrev-ref HEAD", {COMMIT, BRANCH}),
    "what is modified": ("\tgit status --porcelain", {WORK_TREE}),
    "the state for people": ("\tgit status > x", {WORK_TREE, BRANCH, REFERENCES}),
    "another branch": ("\tgit rev-parse rel", {COMMIT, REFERENCES}),
    "the file of git": ("\tcp ../.git/HEAD $(ARTIFACTS_DIR)", set(Asked)),
    "beside the artifact": ("\tgit -C $(ARTIFACTS_DIR) show -s > $@", {COMMIT}),
    "on two lines": ("\tgit -C .. \\\n\t\tshow HEAD > $(ARTIFACTS_DIR)/show", {COMMIT}),
    "git on one line, and its words on the next": ("# this is no git\n# describe, show and log nothing", set()),
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


ON_REFERENCES = {
    "a shell": """
        git rev-parse rel
        git rev-parse origin/main
        git rev-parse --verify --short=7 "refs/heads/rel"
        git rev-parse 'rel^{commit}'
        git rev-parse @{upstream}
        git rev-parse $(BRANCH)
        git rev-parse --abbrev-ref rel@{u}
        git -C .. rev-parse rel
        git log -1 --format=%h rel
        git log -n 1 --format='%h %s' rel -- src
        git log -1 --format=%D
        git log --all --oneline
        git log HEAD...rel
        git log --branches=r*
        git log ^rel HEAD
        git show -s --format=%H rel > $(ARTIFACTS_DIR)/v
        git show rel:src/app.py
        git rev-list --count HEAD..rel
        git rev-list --count rel..
        git rev-parse --default rel
        git shortlog -n rel
        git describe --all
        git describe --tags rel
        git describe $$(git rev-parse rel)
        git merge-base HEAD origin/main
        git cherry rel
        git diff --stat rel HEAD
        git archive -o x.tar rel src
        git cat-file -p rel
        git blame rel src/app.py
        git branch -a
        git branch --list
        git branch --contains HEAD
        git stash list
        git stash show
        git notes show
        git show-ref --heads
        git show-branch
        git for-each-ref
        git for-each-ref --format='%(objectname)' refs/heads refs/tags
        git name-rev HEAD
        git tag --merged rel
        git tag --contains=rel
        git symbolic-ref refs/remotes/origin/HEAD
        git ls-remote .
        git status
        git status -sb
        git status --porcelain=v2 --branch
    """,
    "Python": """
        run(["git", "rev-parse", "rel"], cwd=root)
        run(["git", "rev-parse", branch])
        run(["git", "rev-parse", f"origin/{branch}"])
        run("git", "log", "-1", "HEAD..rel", stdout=PIPE)
        run("git rev-parse rel", shell=True)
    """,
    "Rust": """
        Command::new("git").current_dir("..").args(["rev-parse", "rel"])
        Command::new("git").arg("show").arg("-s").arg("rel")
    """,
}
ON_HEAD = {
    "a shell": """
        git rev-parse HEAD
        git rev-parse @ > $(ARTIFACTS_DIR)/v
        git rev-parse "HEAD~1" 2> /dev/null
        git rev-parse HEAD^2~3 HEAD^{tree} # of which rel knows
        git rev-parse HEAD:src
        git rev-parse --short=12 HEAD || echo rel
        git rev-parse `git rev-parse HEAD`
        git rev-parse --git-path hooks
        zip $$(git rev-parse HEAD).zip rel
        git log -1 --format=%h -- src
        git log -1 --format="%h of rel"
        git log -n 5 --since 2.weeks HEAD .
        git log --tags --max-count=1
        git log HEAD~3..HEAD
        git show -s --format='%H rel' HEAD
        git rev-list --count HEAD
        git rev-list --count --first-parent HEAD^..
        git describe --tags --match "v*" $$(git rev-list --tags --max-count=1)
        git describe --tags --always --dirty=-rel
        git archive --prefix=x/ -o $(ARTIFACTS_DIR)/x.tar HEAD src
        git ls-tree HEAD src
        git diff --quiet
        git diff HEAD -- src
        git blame src/app.py
        git branch --show-current
        git for-each-ref --sort -creatordate refs/tags
        git show-ref --tags
        git name-rev --tags HEAD
        git tag --list v*
        git tag --points-at HEAD
        git tag
        git tag > x
        git tag --merged
        git show
        git blame
        git symbolic-ref --short HEAD
        git ls-remote --get-url origin
        git status --porcelain
        git status -s
        git stash
        git ls-files
        git rev-parse 3a1c95c5b1cbb1f1ab0bd9e7b9ef2ed7a0a2f7a0
    """,
    "Python": """
        run(["git", "rev-parse", "HEAD"], cwd=root, text=True).stdout
        run("git", "rev-parse", "HEAD", stdout=PIPE, cwd="rel")
        run("git rev-parse HEAD", shell=True)
        run(["git", "log", "-1", "--format=%h"], env={"rel": "x"})
    """,
    "Rust": """
        Command::new("git").args(["rev-parse", "HEAD"]).output()
        Command::new("git").current_dir("..").arg("show").arg("HEAD")
    """,
}


def _lines(calls: Mapping[str, str]) -> list[str]:
    return [line.strip() for text in calls.values() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("line", _lines(ON_REFERENCES))
def test_references_count_where_a_call_shows_or_names_one(ask: Callable[..., set[Asked]], line: str) -> None:
    assert REFERENCES in ask("makefile", {"Makefile": f"build-Fn:\n\t{line}\n"})


@pytest.mark.parametrize("line", _lines(ON_HEAD))
def test_references_do_not_count_where_a_call_looks_at_head(ask: Callable[..., set[Asked]], line: str) -> None:
    assert REFERENCES not in ask("makefile", {"Makefile": f"build-Fn:\n\t{line}\n"})


PIECES = rb"""git tag show blame branch status -n -- --contains = ' " ` \ $( ) ] [ , . > # rel""".split()


@given(call=st.lists(st.sampled_from(PIECES)))
def test_any_text_after_the_name_of_git_is_read(call: list[bytes]) -> None:
    for text in (b"".join(call), b" ".join(call)):
        for start in (b" ", b",", b")", b"."):
            assert depends_on_references(start + text) in {True, False}


SETTINGS = {
    "the origin": ("\tgit remote get-url origin > $(ARTIFACTS_DIR)/origin", {"remote.", "url."}),
    "the origin of another program": ("\tgit ls-remote --get-url > $(ARTIFACTS_DIR)/origin", {"remote.", "url."}),
    "a setting": (
        "WHO := $(shell git config user.name) <$(shell git config --get user.email)>",
        {"user.name", "user.email"},
    ),
    "a setting of the origin": ("URL := $(shell git config --get remote.origin.url)", {"remote.origin.url"}),
    "all settings": ("\tgit config --list > $(ARTIFACTS_DIR)/settings", {""}),
    "a setting that is not named": ("\tgit config $(NAME) > $(ARTIFACTS_DIR)/setting", {""}),
    "who commits": ("\tgit var GIT_AUTHOR_IDENT > $(ARTIFACTS_DIR)/who", {"user."}),
    "the file": ("\tcp ../.git/config $(ARTIFACTS_DIR)", {""}),
    "a word": ("# digit config; git is not asked", set()),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_makefile_writes_what_git_is_set_to(question: Callable[..., Question], name: str) -> None:
    line, settings = SETTINGS[name]
    assert question("makefile", {"Makefile": f"build-Fn:\n{line}\n"}).settings == settings


OTHERS = {
    "a script of a makefile": ("makefile", {"Makefile": "", "v.py": 'run(["git", "show"])'}, {COMMIT}),
    "a script whose command is on many lines": (
        "makefile",
        {"Makefile": "", "v.py": 'run(\n    [\n        "git",\n        "show",\n    ]\n)'},
        {COMMIT},
    ),
    "a text": (
        "makefile",
        dict.fromkeys(["Makefile", "README.md", "a.rst", "b.txt", "LICENSE"], "")
        | dict.fromkeys(
            ("README.md", "a.rst", "b.txt", "LICENSE"), "Run `git describe` and `go build`, or use setuptools-scm."
        ),
        set(),
    ),
    "a script of CMake": ("makefile", {"Makefile": "", "CMakeLists.txt": "COMMAND git show"}, {COMMIT}),
    "what packages have others bring": ("esbuild", {"package-lock.json": '"node_modules/simple-git": {}'}, set()),
    "a package that asks git": (
        "esbuild",
        {"package.json": '{"devDependencies": {"git-rev-sync": "^3"}}'},
        _BUT_REFERENCES,
    ),
    "a word of a package": (
        "esbuild",
        {"package.json": '{"description": "simple-git, or git describe", "scripts": {"test": "x"}}'},
        set(),
    ),
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
        _BUT_REFERENCES,
    ),
    "a plugin of Maven": (
        "java21",
        {"pom.xml": "<artifactId>git-commit-id-maven-plugin</artifactId>"},
        set(Asked),
    ),
    "a build script of Cargo": ("rust-cargolambda", {"build.rs": 'Command::new("git").args(["show"])'}, {COMMIT}),
    "a build script of Cargo on many lines": (
        "rust-cargolambda",
        {"build.rs": 'Command::new("git")\n        .current_dir("..")\n        .args(["show", "HEAD"])\n'},
        {COMMIT},
    ),
    "a build script of Cargo that begins with another call": (
        "rust-cargolambda",
        {"build.rs": 'Command::new("git").arg("-C").arg("..").arg("show")'},
        {COMMIT},
    ),
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


def test_go_makes_a_version_of_tags_since_its_1_24(ask: Callable[..., set[Asked]]) -> None:
    files = {"main.go": "", "go.mod": "module example.invalid/a\n\ngo 1.21\n"}
    assert ask("go1.x", files, go="go1.26.1") == {COMMIT, WORK_TREE, VERSION}
    assert ask("go1.x", files) == {COMMIT, WORK_TREE, VERSION}
    assert ask("go1.x", files, go="go1.23.4") == {COMMIT, WORK_TREE}
    assert ask("go1.x", files, go="go1.23.4, GOTOOLCHAIN=go1.25.0") == {COMMIT, WORK_TREE, VERSION}
    wants_newer = {**files, "go.mod": "module example.invalid/a\n\ngo 1.25\n"}
    assert ask("go1.x", wants_newer, go="go1.23.4") == {COMMIT, WORK_TREE, VERSION}


def test_go_makes_no_version_without_a_module_at_the_root(ask: Callable[..., set[Asked]]) -> None:
    assert ask("go1.x", {"src/main.go": "", "src/go.mod": "module a"}, go="go1.26.1") == {COMMIT, WORK_TREE}


def test_go_in_a_copy_of_the_source_finds_no_checkout(ask: Callable[..., set[Asked]]) -> None:
    makefile = {"src/Makefile": "\tgo build"}
    assert ask("makefile", makefile, is_in_source=False) == set()
    assert ask("makefile", {**makefile, "cmd/main.go": ""}, is_in_source=False) == {COMMIT, WORK_TREE}


def test_dotnet_writes_the_commit_since_its_sdk_8(ask: Callable[..., set[Asked]]) -> None:
    assert ask("dotnet8", {"a.csproj": _PROJECT.format("")}, sdk="8.0.404") == {COMMIT}
    assert ask("dotnet8", {"a.csproj": _PROJECT.format("")}, sdk="6.0.400") == set()
    kept_out = "<IncludeSourceRevisionInInformationalVersion>false</IncludeSourceRevisionInInformationalVersion>"
    assert ask("dotnet8", {"a.csproj": _PROJECT.format(kept_out)}, sdk="9.0.1") == set()


def test_a_container_gets_the_source_alone(question: Callable[..., Question]) -> None:
    makefile = {"Makefile": "\tgit describe; git config user.name"}
    assert not question("makefile", makefile, build_type=BuildType.CONTAINER)
