"""What is asked of git, and which files its answers are noted with."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from samix.builders.question import Asked, Question
from samix.files.access_log import ObservedEnvironment, record_observations
from samix.host.git import Git, checkout_around
from samix.host.revision import find_revision
from samix.state.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_CONFIG = (
    "file:/etc/gitconfig\0user.name\nMe\0file:.git/config\0remote.origin.url\nhttps://example.invalid/a\0"
    "file:.git/config\0remote.origin.tagOpt\n--tags\0command line:\0http.extraheader\nAUTHORIZATION: x\0"
)


SAYS = {"rev-parse": "a1b2c3\n", "status": "", "for-each-ref": "a1 refs/tags/v1\n", "config": _CONFIG}


NO_COMMIT = SAYS | {"rev-parse": ""}


@dataclass(frozen=True)
class _Git(Git):
    """A git that answers by the command."""

    says: Mapping[str, str] = field(default_factory=dict)

    def answer(self, *arguments: str) -> str | None:
        return self.says.get(arguments[0], "")


def _find(
    checkout: Path, question: Question, values: Mapping[str, str] | None = None, says: Mapping[str, str] = SAYS
) -> dict[str, str]:
    """What is found in a checkout with this environment, and by these answers of git."""
    environ = values or {}
    return find_revision(_Git("/git", checkout, environ, says), question, environ, _layout(checkout))


def _checkout(path: Path, head: str = "ref: refs/heads/main\n") -> Path:
    (path / ".git" / "refs" / "tags" / "deep").mkdir(parents=True)
    (path / ".git" / "HEAD").write_text(head)
    return path


def _layout(project: Path) -> Layout:
    return Layout(project, project / ".aws-sam" / "build", project / ".aws-sam" / "cache")


def test_what_git_reads_is_noted(tmp_path: Path) -> None:
    checkout = _checkout(tmp_path)
    environ = ObservedEnvironment({"HOME": "/home/me"})
    with record_observations() as observation:
        assert checkout_around(checkout / "src") == checkout
        _find(checkout, Question(frozenset({Asked.COMMIT, Asked.VERSION})), environ)
    noted = {os.path.relpath(path, checkout / ".git") for path in observation.paths}
    assert {"HEAD", "refs/heads/main", "packed-refs", "refs/tags", "refs/tags/deep", "shallow"} <= noted
    assert "." not in noted  # it changes with every lock
    assert observation.is_whole


def test_what_steers_git_is_noted(tmp_path: Path) -> None:
    (tmp_path / "git").touch(0o755)
    environ = ObservedEnvironment({"PATH": str(tmp_path)})
    git = Git.find(tmp_path, environ)
    assert git
    assert git.program == str(tmp_path / "git")
    assert any("GIT_" in pattern for pattern in environ.patterns)


def test_all_references_are_noted_where_they_count(tmp_path: Path) -> None:
    checkout = _checkout(tmp_path)
    remote = checkout / ".git" / "refs" / "remotes" / "origin"
    remote.mkdir(parents=True)
    (remote / "main").write_text("a1\n")
    with record_observations() as observation:
        found = _find(checkout, Question(frozenset({Asked.REFERENCES})))
    noted = {os.path.relpath(path, checkout / ".git") for path in observation.paths}
    assert {"refs", "refs/tags/deep", "refs/remotes/origin", "refs/remotes/origin/main", "packed-refs"} <= noted
    assert observation.is_whole
    assert list(found) == ["references"]


def test_a_worktree_has_its_own_head_and_the_refs_of_all(tmp_path: Path) -> None:
    main = _checkout(tmp_path / "main")
    own = main / ".git" / "worktrees" / "other"
    own.mkdir(parents=True)
    (own / "HEAD").write_text("ref: refs/heads/other\n")
    (own / "commondir").write_text("../..\n")
    other = tmp_path / "other"
    other.mkdir()
    (other / ".git").write_text(f"gitdir: {own}\n")
    with record_observations() as observation:
        assert checkout_around(other) == other
        _find(other, Question(frozenset({Asked.COMMIT})))
    noted = {os.path.realpath(path) for path in observation.paths}
    heads = main.resolve() / ".git" / "refs" / "heads"
    assert {str(own.resolve() / "HEAD"), str(heads / "other"), str(other.resolve() / ".git")} <= noted
    assert str(heads / "main") not in noted


@pytest.mark.parametrize(
    ("asked", "environ"), [(Asked.WORK_TREE, {}), (Asked.COMMIT, {"GIT_DIR": "/x"})], ids=["the files", "elsewhere"]
)
def test_what_cannot_be_noted_is_asked_each_time(tmp_path: Path, asked: Asked, environ: dict[str, str]) -> None:
    with record_observations() as observation:
        _find(_checkout(tmp_path), Question(frozenset({asked})), environ)
    assert not observation.is_whole


def test_settings_are_read_as_they_are_asked_for(tmp_path: Path) -> None:
    names = frozenset({"User.Name", "remote.", "remote.origin.tagopt", "no.such", ""})
    with record_observations() as observation:
        found = _find(_checkout(tmp_path), Question(frozenset(), names), says=NO_COMMIT)
    assert found == {
        "git config User.Name": "Me",
        "git config remote.*": "remote.origin.url=https://example.invalid/a\nremote.origin.tagOpt=--tags",
        "git config remote.origin.tagopt": "--tags",
        "git config no.such": "",
        "git config": "user.name=Me\nremote.origin.url=https://example.invalid/a\nremote.origin.tagOpt=--tags",
    }
    assert "/etc/gitconfig" in observation.paths
    assert observation.is_whole


def test_without_a_commit_there_is_no_part_for_it(tmp_path: Path) -> None:
    assert _find(_checkout(tmp_path), Question(frozenset(Asked)), says=NO_COMMIT) == {}
