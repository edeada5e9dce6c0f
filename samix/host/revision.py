"""The values of a git checkout that a build may write into an artifact: commit, tags, settings.

The files from which git reads an answer are noted with it, so that a build with nothing to do need not ask.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.question import GIT_CONFIG, Asked
from samix.files.access_log import observe, observe_unknown
from samix.files.safe_read import read_text
from samix.host.git import CHECKOUT, HEAD, Git
from samix.host.own_files import is_clean_but_for_own_files
from samix.host.path_lookup import configuration_directory

if TYPE_CHECKING:
    from samix.builders.question import Question
    from samix.state.layout import Layout

_TAGS = ("for-each-ref", "--format=%(objectname) %(refname)")
_REFERENCES = ("for-each-ref", "--format=%(objectname) %(refname) %(symref)")
_ELSEWHERE = ("GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE")
_MOST_REFS = 5  # git follows no more in a row either
# of all settings, what differs from one run of a pipeline to the next and must not be seen
_NEVER = ("http.", "credential.", "includeif.", "include.", "safe.")


def find_revision(git: Git, question: Question, environ: Mapping[str, str], layout: Layout) -> dict[str, str]:
    """The values of a git checkout that a build may write into its artifact.

    The keys are those of `samix.builders.question.Asked`, or `GIT_CONFIG` and the name of a setting. There are only
    settings if there is no commit. Apart from whether there is a commit, git is only asked for what the question names.
    samix's own files, which the layout names, do not count as modifications.
    """
    is_elsewhere = any(environ.get(name) for name in _ELSEWHERE)
    if is_elsewhere or Asked.WORK_TREE in question.asked:
        observe_unknown()  # any file of the checkout may be modified
    _observe_files(git.checkout, question)
    answers = _answer_questions(git, question.asked, layout) if question.asked else {}
    return answers | (_settings(git, question.settings, environ) if question.settings else {})


def _answer_questions(git: Git, asked: Collection[Asked], layout: Layout) -> dict[str, str]:
    commit = git.answer("rev-parse", "--verify", "--short=12", HEAD)
    if not commit:
        return {}
    answers: dict[Asked, Callable[[], str | None]] = {
        Asked.COMMIT: commit.strip,
        Asked.BRANCH: lambda: str.strip(git.answer("rev-parse", "--abbrev-ref", HEAD) or ""),
        Asked.WORK_TREE: lambda: _state_of_files(git, layout),
        Asked.VERSION: lambda: _digest(git.answer(*_TAGS, "--merged", HEAD, "refs/tags")),
        Asked.TAGS: lambda: _digest(git.answer(*_TAGS, "refs/tags")),
        Asked.REFERENCES: lambda: _digest(git.answer(*_REFERENCES)),
        Asked.HISTORY: lambda: _digest(_content(_common_directory(git.checkout) / "shallow")),
    }
    found = {one.value: answer() for one, answer in answers.items() if one in asked}
    known = {name: value for name, value in found.items() if value is not None}
    return known if len(known) == len(found) else {}


def _state_of_files(git: Git, layout: Layout) -> str | None:
    changes = git.answer("status", "--porcelain")
    if changes is None:
        return None
    return "modified" if changes.strip() and not is_clean_but_for_own_files(git, layout) else "clean"


def _settings(git: Git, names: Collection[str], environ: Mapping[str, str]) -> dict[str, str]:
    """The values in git's configuration, by the names that were asked for."""
    home = environ.get("HOME", "")
    configuration = configuration_directory(environ)
    for path in (f"{home}/.gitconfig", f"{configuration}/git/config", "/etc/gitconfig"):
        observe(path)
    listed = git.answer("config", "--list", "--show-origin", "--null")
    if listed is None:
        return {}
    parts = listed.split("\0")
    values: list[tuple[str, str]] = []
    for origin, setting in zip(parts[::2], parts[1::2], strict=False):
        kind, _, path = origin.partition(":")
        if kind == "file" and os.path.isabs(path):
            observe(path)  # those of the checkout are noted already
        name, _, value = setting.partition("\n")
        values.append((name, value))
    return {f"{GIT_CONFIG}{_label(name)}": "\n".join(_matches(name, values)) for name in names}


def _label(name: str) -> str:
    return f" {name}*" if name.endswith(".") else f" {name}" if name else ""


def _matches(asked: str, values: Collection[tuple[str, str]]) -> list[str]:
    """The settings that match a name that was asked for; git ignores case in all but the middle part of a name."""
    wanted = asked.lower()
    if not wanted:
        return [f"{name}={value}" for name, value in values if not name.startswith(_NEVER)]
    if wanted.endswith("."):
        return [f"{name}={value}" for name, value in values if name.startswith(wanted)]
    return [value for name, value in values if name.lower() == wanted]


def _observe_files(checkout: Path, question: Question) -> None:
    """Note the files that git reads to answer."""
    own, common = _own_directory(checkout), _common_directory(checkout)
    observe(own / "commondir")
    ref = HEAD
    for _ in range(_MOST_REFS):
        place = observe((own if ref == HEAD else common) / ref)
        kind, _, ref = (_content(place) or "").strip().partition(": ")
        if kind != "ref" or not ref:
            break
    for name in ("packed-refs", "reftable/tables.list", "shallow"):
        observe(common / name)
    if own != common:
        observe(own / "reftable" / "tables.list")
    if Asked.REFERENCES in question.asked:
        for place in {own, common}:
            _observe_tree(place / "refs")
    elif question.asked & {Asked.TAGS, Asked.VERSION}:
        _observe_tree(common / "refs" / "tags")
    if question.settings:
        observe(common / "config")
        observe(own / "config.worktree")


def _observe_tree(place: Path) -> None:
    for directory, _, files in os.walk(observe(place)):
        observe(directory)
        for name in files:
            observe(os.path.join(directory, name))


def _own_directory(checkout: Path) -> Path:
    """git's directory for this checkout alone: a worktree and a submodule have a file that names it."""
    place = checkout / CHECKOUT
    if place.is_dir():
        return place
    kind, _, named = (_content(place) or "").strip().partition(": ")
    return checkout / named if kind == "gitdir" and named else place


def _common_directory(checkout: Path) -> Path:
    """git's directory that all worktrees share."""
    own = _own_directory(checkout)
    named = (_content(own / "commondir") or "").strip()
    return own / named if named else own


def _content(path: Path) -> str | None:
    try:
        return read_text(path, errors="replace")
    except OSError:
        return None


def _digest(text: str | None) -> str:
    return hashlib.sha256((text or "").encode()).hexdigest()
