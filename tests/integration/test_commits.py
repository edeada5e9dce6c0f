"""What is built in a checkout is what sam builds there now: builds write the commit into artifacts.

Each application is built at one commit and then at the next, by samix, and by sam at the second.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from support.project import Project, clean_environment, differences, tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def _template(metadata: str, runtime: str, code: str = "src") -> str:
    return (
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Fn:\n    Type: AWS::Serverless::Function\n"
        f"    Metadata: {{{metadata}}}\n"
        f"    Properties: {{CodeUri: {code}, Runtime: {runtime}, Handler: bootstrap}}\n"
    )


# longer than the clock of a file system is trusted to tell two changes apart
_OLD_SECONDS = 0.3
_GO = {
    "src/go.mod": "module made\n\ngo 1.21\n",
    "src/main.go": "package main\n\nfunc main() {}\n",
}
_BY_MAKE = _template("BuildMethod: makefile", "provided.al2023")
_WITH_GO = {"template.yaml": _template("BuildMethod: go1.x", "provided.al2023"), **_GO}


def _made_by(command: str) -> dict[str, str]:
    """A makefile that writes what a command prints where git finds the checkout."""
    recipe = f"\tcd $(ARTIFACTS_DIR) && {command} > answer\n"
    return {"template.yaml": _BY_MAKE, "src/Makefile": f"build-Fn:\n{recipe}"}


@dataclass(frozen=True)
class _Case:
    """An application of which a commit is part.

    Attributes:
        files: Its files.
        told: What its note says, once; empty where there is none.
        changes: What git is told then.
        why: What that gives as the reason to build.
    """

    files: Mapping[str, str]
    told: str
    changes: tuple[tuple[str, ...], ...] = (("commit", "--allow-empty", "--message", "second"),)
    why: str = "commit stamp "


CASES = {
    "go": _Case(_WITH_GO, "GOFLAGS=-buildvcs=false"),
    "a makefile that asks git": _Case(
        {
            "template.yaml": _BY_MAKE,
            "src/Makefile": "build-Fn:\n\tgit -C $(ARTIFACTS_DIR) rev-parse HEAD > $(ARTIFACTS_DIR)/version\n",
        },
        "asks git for the commit",
    ),
    "a makefile that runs go": _Case(
        {
            "template.yaml": _BY_MAKE,
            "src/Makefile": "build-Fn:\n\tcd $(ARTIFACTS_DIR)/../../../cmd && go build -trimpath -o $(ARTIFACTS_DIR)\n",
            **{path.replace("src", "cmd"): text for path, text in _GO.items()},
        },
        "GOFLAGS=-buildvcs=false",
    ),
    "go that makes a version of tags": _Case(
        {
            "template.yaml": _template("BuildMethod: go1.x", "provided.al2023", "."),
            **{path.replace("src/", ""): text.replace("made", "example.invalid/made") for path, text in _GO.items()},
        },
        "GOFLAGS=-buildvcs=false",
        (("tag", "v1.2.3"),),
        "commit stamp tags in its history changed",
    ),
    "a makefile that asks for the tag": _Case(
        _made_by("git describe --tags --always"),
        "asks git for the commit",
        (("tag", "v1"),),
        "commit stamp tags in its",
    ),
    "a makefile that asks for all tags": _Case(
        _made_by("git tag"),
        "asks git for the commit",
        (("commit", "--allow-empty", "--message", "x"), ("tag", "v1"), ("reset", "--hard", "HEAD^")),
        "commit stamp tags changed",
    ),
    "a makefile that asks for the branch": _Case(
        _made_by("git branch --show-current"),
        "",
        (("switch", "--create", "other"),),
        "commit stamp branch main → other",
    ),
    "a makefile that asks for another branch": _Case(
        _made_by("(git rev-parse --verify --quiet rel || echo none)"),
        "asks git for the commit",
        (("update-ref", "refs/heads/rel", "HEAD"),),
        "commit stamp references changed",
    ),
    "a makefile that asks for the branch of a remote": _Case(
        _made_by("(git log -1 --format=%h origin/main || echo none)"),
        "asks git for the commit",
        (("update-ref", "refs/remotes/origin/main", "HEAD"),),
        "commit stamp references changed",
    ),
    "a makefile that asks for all branches": _Case(
        _made_by("git branch -a"),
        "",
        (("update-ref", "refs/remotes/origin/main", "HEAD"),),
        "commit stamp references changed",
    ),
    "a makefile that asks for the stash": _Case(
        _made_by("git stash list"),
        "",
        (("update-ref", "--create-reflog", "refs/stash", "HEAD"),),
        "commit stamp references changed",
    ),
    "a makefile that asks for a note": _Case(
        _made_by("(git notes show || echo none)"),
        "asks git for the commit",
        (("notes", "add", "--message", "a note"),),
        "commit stamp references changed",
    ),
    "a makefile that asks for the origin": _Case(
        _made_by("git remote get-url origin"),
        "",
        (("remote", "set-url", "origin", "https://example.invalid/b"),),
        "git config remote.* changed",
    ),
    "a makefile that asks for a setting": _Case(
        _made_by("git config user.email"),
        "",
        (("config", "user.email", "b@localhost"),),
        "git config user.email changed",
    ),
    "a script of npm": _Case(
        {
            "template.yaml": _template("", "nodejs22.x"),
            "src/bootstrap.js": "",
            "src/package.json": '{"name": "a", "version": "1.0.0", "scripts": {"postinstall": "sh version.sh"}}',
            "src/version.sh": 'git -C "$INIT_CWD" show -s --format=%s HEAD > version || echo none > version\n',
        },
        "asks git for the commit",
    ),
}


def _git(project: Project, *arguments: str) -> None:
    who = ("-c", "user.name=x", "-c", "user.email=x@localhost", "-c", "init.defaultBranch=main")
    subprocess.run(
        ["git", *who, *arguments], cwd=project.path, env=clean_environment(), check=True, capture_output=True
    )


def _checkout(path: Path, files: Mapping[str, str], ignored: str = ".aws-sam/\n", **environment: str) -> Project:
    project = Project.from_files(path, {**files, ".gitignore": ignored})
    _git(project, "init", "--quiet")
    _git(project, "add", "--all")
    _git(project, "commit", "--quiet", "--message", "first")
    _git(project, "remote", "add", "origin", "https://example.invalid/a")
    _git(project, "config", "user.email", "a@localhost")
    return Project(path, {"GOFLAGS": "-buildvcs=auto", **environment})  # the user's own settings may say no


@pytest.mark.parametrize("name", CASES)
def test_another_commit_gets_what_sam_builds_of_it(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    project = _checkout(tmp_path / "app", case.files)
    first = project.samix("build").succeeded()
    assert case.told in first.text
    assert first.text.count("again for each commit") == (1 if case.told else 0)
    assert _results(project) == {"reused"}
    old = tree(project.build_dir)
    for change in case.changes:
        _git(project, *change)
    again = project.samix("build").succeeded()
    assert case.why in again.text
    assert "again for each commit" not in again.text
    assert _results(project) == {"reused"}
    built = tree(project.build_dir)
    shutil.rmtree(project.path / ".aws-sam")
    project.sam("build").succeeded()
    assert differences(built, tree(project.build_dir)) == []
    assert differences(old, built) != []


def _results(project: Project) -> set[str]:
    return {result for _, result in project.samix("build").succeeded().results().values()}


UNCOUNTED = {
    "a tag, for go without a module at the root": (_WITH_GO, (("tag", "v1.2.3"), ("tag", "src/v1.2.3"))),
    "a tag, for a commit": (_made_by("git rev-parse HEAD"), (("tag", "v1"),)),
    "a tag of another history": (
        _made_by("git describe --tags --always"),
        (
            ("switch", "--create", "other"),
            ("commit", "--allow-empty", "--message", "x"),
            ("tag", "v1"),
            ("switch", "main"),
        ),
    ),
    "a reference, for a commit": (
        _made_by("git log -1 --format=%H HEAD"),
        (("update-ref", "refs/heads/rel", "HEAD"), ("update-ref", "refs/remotes/origin/main", "HEAD")),
    ),
    "another setting": (_made_by("git config user.email"), (("config", "color.ui", "always"),)),
    "another branch of the same commit": (_made_by("git rev-parse HEAD"), (("switch", "--create", "other"),)),
}


@pytest.mark.parametrize("name", UNCOUNTED)
def test_what_no_build_asks_for_has_nothing_built_again(tmp_path: Path, name: str) -> None:
    files, changes = UNCOUNTED[name]
    project = _checkout(tmp_path / "app", files)
    project.samix("build").succeeded()
    for change in changes:
        _git(project, *change)
    assert _results(project) == {"reused"}
    built = tree(project.build_dir)
    shutil.rmtree(project.path / ".aws-sam")
    project.sam("build").succeeded()
    assert differences(built, tree(project.build_dir)) == []


def test_what_git_says_beside_its_answer_is_none(tmp_path: Path) -> None:
    project = _checkout(tmp_path / "app", _made_by("git rev-parse HEAD"))
    project.samix("build").succeeded()
    traced = Project(project.path, {**project.environment, "GIT_TRACE": "1"})
    assert _results(traced) == {"reused"}


def _is_recalled(project: Project) -> bool:
    """Whether `samix build` plans nothing."""
    show = "import atexit, sys; atexit.register(lambda: print('samix.plan' in sys.modules, file=sys.stderr))\n"
    done = subprocess.run(
        [sys.executable, "-c", f"{show}from samix.cli.main import main; main()", "build"],
        cwd=project.path,
        env={**clean_environment(), **project.environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr.endswith("False\n")


@pytest.mark.parametrize("is_worktree", [False, True])
def test_a_unit_with_a_commit_is_recalled_until_there_is_another(tmp_path: Path, is_worktree: bool) -> None:
    """Where it is not asked whether the checkout is modified, which nobody can tell without git."""
    project = _checkout(tmp_path / "app", _made_by("git describe --tags --always"))
    if is_worktree:
        _git(project, "worktree", "add", "--quiet", "../other")
        project = Project(tmp_path / "other", project.environment)
    project.samix("build").succeeded()

    def settle() -> None:
        time.sleep(_OLD_SECONDS)
        assert _results(project) == {"reused"}
        assert _is_recalled(project)

    settle()
    for change in (
        ("commit", "--allow-empty", "--message", "second"),
        ("tag", "v1"),
        ("pack-refs", "--all"),
        ("commit", "--allow-empty", "--message", "third"),
        ("tag", "--force", "v1"),
        ("tag", "--delete", "v1"),
    ):
        _git(project, *change)
        result = {"reused"} if change[0] == "pack-refs" else {"built"}
        assert not _is_recalled(project) if change[0] == "pack-refs" else _results(project) == result
        settle()


@pytest.mark.parametrize("is_worktree", [False, True])
def test_a_unit_with_references_is_recalled_until_one_moves(tmp_path: Path, is_worktree: bool) -> None:
    project = _checkout(tmp_path / "app", _made_by("git branch -a"))
    if is_worktree:
        _git(project, "worktree", "add", "--quiet", "../other")
        project = Project(tmp_path / "other", project.environment)
    project.samix("build").succeeded()
    for name in ("refs/remotes/origin/main", "refs/heads/deep/rel"):
        time.sleep(_OLD_SECONDS)
        assert _results(project) == {"reused"}
        assert _is_recalled(project)
        _git(project, "update-ref", name, "HEAD")
        assert _results(project) == {"built"}


PARTS_OF_SAM = (".aws-sam/build", ".aws-sam/build.toml", ".aws-sam/cache", ".aws-sam/deps")
IGNORED = {
    "all": (".aws-sam", "false"),
    "all that sam writes": ("\n".join(PARTS_OF_SAM), "false"),
    "what sam writes for this": ("\n".join(PARTS_OF_SAM[:2]), "false"),
    "the build dir": (PARTS_OF_SAM[0], "true"),
    "nothing": ("", "true"),
}


@pytest.mark.parametrize("ignored", IGNORED)
def test_a_checkout_is_as_modified_as_with_sam(tmp_path: Path, ignored: str) -> None:
    names, modified = IGNORED[ignored]
    fn = _WITH_GO["template.yaml"].partition("Resources:\n")[2]
    files = {
        **_WITH_GO,
        "template.yaml": _WITH_GO["template.yaml"] + fn.replace("Fn:", "Other:").replace("src", "other"),
    }
    files |= {
        f"other/{name}": text for name, text in {"go.mod": _GO["src/go.mod"], "main.go": _GO["src/main.go"]}.items()
    }
    project = _checkout(tmp_path / "app", files, ignored=f"{names}\n")
    project.sam("build").succeeded()
    of_sam = tree(project.build_dir)
    shutil.rmtree(project.path / ".aws-sam")
    for result in ("built", "reused"):
        assert _results(project) == {result}
        assert differences(of_sam, tree(project.build_dir)) == []
    stamped = (project.build_dir / "Fn" / "bootstrap").read_bytes()
    assert f"vcs.modified={modified}".encode() in stamped
    hidden = project.path / ".aws-sam" / ".gitignore"
    assert hidden.exists() is (modified == "false" and ignored != "all")
    project.samix("build", "--no-cached").succeeded()
    assert differences(of_sam, tree(project.build_dir)) == []
    project.samix("clean").succeeded()
    assert not hidden.exists()


def test_go_without_a_commit_stamp_is_not_built_for_a_commit(tmp_path: Path) -> None:
    project = _checkout(tmp_path / "app", _WITH_GO, GOFLAGS="-buildvcs=false")
    project.samix("build").succeeded()
    _git(project, "commit", "--quiet", "--allow-empty", "--message", "second")
    run = project.samix("build").succeeded()
    assert {result for _, result in run.results().values()} == {"reused"}
    assert "GOFLAGS" not in run.text


def test_a_build_dir_that_git_does_not_ignore_is_no_change(tmp_path: Path) -> None:
    project = _checkout(tmp_path / "app", _WITH_GO, ignored="")
    project.samix("build").succeeded()
    assert {result for _, result in project.samix("build").succeeded().results().values()} == {"reused"}
    built = tree(project.build_dir)
    project.sam("build").succeeded()
    assert differences(built, tree(project.build_dir)) == []
