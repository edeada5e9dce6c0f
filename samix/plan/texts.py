"""What stands in the files that a build reads: the words in them, and what they ask git."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from samix.reading import read_bytes

_LARGEST = 1 << 20  # bytes; what is larger nobody has written by hand
_WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")


class Asked(Enum):
    """What a build may write of the checkout that it runs in, named as it is told."""

    COMMIT = ""
    BRANCH = "branch"
    WORK_TREE = "work tree"


@dataclass(frozen=True)
class Text:
    """What was found in a file.

    Attributes:
        words: All words that may name a variable.
        asked: What its commands, or the packages that it names, ask git.
        stamps: The builders that it runs, of those that write the commit unasked and are not told to let it be.
    """

    words: frozenset[str] = frozenset()
    asked: frozenset[Asked] = frozenset()
    stamps: frozenset[str] = frozenset()


def text_of(path: str) -> Text:
    """What stands in a file; nothing where it cannot be read, is no text, or is too large to be written by hand."""
    try:
        status = os.stat(path)
    except OSError:
        return Text()
    return _text(path, status.st_mtime_ns, status.st_size, status.st_ino)


def content_of(path: str) -> bytes:
    """The content of a file; nothing where it cannot be read, or is too large to be written by hand."""
    try:
        return read_bytes(path) if os.path.getsize(path) <= _LARGEST else b""
    except OSError:
        return b""


@lru_cache(maxsize=10_000)
def _text(path: str, *look: int) -> Text:
    """What stands in a file that looks so; functions of one directory read the same files."""
    del look
    content = content_of(path)
    if b"\0" in content:
        return Text()
    words = frozenset(word.decode() for word in _WORD.findall(content))
    return Text(words, _asked(content), _stamps(content))


_GIT = rb"""\bgit["']?\)?[\s,.](?:\$\([^)]*\)|[^;|&)]){0,80}?(?<=["'\s])"""
_QUESTIONS = {
    Asked.COMMIT: re.compile(
        _GIT
        + rb"""(?:describe|rev-list|log|show|show-ref|for-each-ref|shortlog|cat-file|archive|tag
            |rev-parse(?!["',\s]+--(?:show-|git-|is-|absolute-)))(?![\w-])""",
        re.VERBOSE,
    ),
    Asked.BRANCH: re.compile(
        _GIT + rb"(?:branch|symbolic-ref|name-rev|rev-parse[^;|&)]*--abbrev-ref|status[^;|&)]*-s?b)(?![\w-])"
    ),
    Asked.WORK_TREE: re.compile(
        _GIT + rb"(?:status|diff|diff-index|diff-files|ls-files|stash|describe[^;|&)]*--(?:dirty|broken))(?![\w-])"
    ),
}
_FILES_OF_GIT = re.compile(rb"\.git/(?:HEAD|refs|logs|packed-refs)\b")
# packages whose business it is to tell the version by git, in small letters
_TOLD_BY_GIT = frozenset(
    b"""setuptools-scm setuptools_scm hatch-vcs versioningit dunamai poetry-dynamic-versioning uv-dynamic-versioning
    versioneer vergen vergen-git2 vergen-gitcl vergen-gix git-version shadow-rs
    git-commit-id-plugin git-commit-id-maven-plugin buildnumber-maven-plugin jgitver jgitver-maven-plugin
    com.gorylenko.gradle-git-properties com.palantir.git-version org.ajoberstar.grgit org.ajoberstar.reckon
    pl.allegro.tech.build.axion-release nerdbank.gitversioning gitversion gitversion.msbuild minver gitinfo
    git-rev-sync git-revision-webpack-plugin git-describe git-last-commit git-commit-info simple-git
    isomorphic-git""".split()
)
_TOKEN = re.compile(rb"[\w.-]+")
_STAMPING = {
    "go": (re.compile(rb"""\bgo["']?[\s,]+["']?(?:build|install)\b"""), re.compile(rb"-buildvcs=false")),
    "dotnet": (
        re.compile(rb"""\bdotnet["']?[\s,]+["']?(?:build|publish|pack|lambda)\b"""),
        re.compile(rb"IncludeSourceRevisionInInformationalVersion(?:=|>\s*)false", re.IGNORECASE),
    ),
}


def _asked(content: bytes) -> frozenset[Asked]:
    if not _TOLD_BY_GIT.isdisjoint(_TOKEN.findall(content.lower())):
        return frozenset(Asked)
    if b"git" not in content:
        return frozenset()
    if _FILES_OF_GIT.search(content):
        return frozenset(Asked)
    return frozenset(asked for asked, pattern in _QUESTIONS.items() if pattern.search(content))


def _stamps(content: bytes) -> frozenset[str]:
    return frozenset(
        name
        for name, (runs, lets_be) in _STAMPING.items()
        if runs.search(content) is not None and lets_be.search(content) is None
    )
