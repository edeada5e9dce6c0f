"""Finds the words, and the calls of git, in the files that a build reads."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from samix.builders.question import Asked, Question
from samix.builders.workflow import WORKFLOWS
from samix.files.safe_read import read_bytes

if TYPE_CHECKING:
    from samix.builders.columns import Stamp

_LARGEST = 1 << 20  # bytes; nobody writes a larger file by hand
_WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")
# a word of its own or the last part of a path, with its version or a longer name (`python3.12`, `pip-compile`); a layer
# has a directory named for its language, and make takes a dash before a command
_PROGRAM = re.compile(
    rb"(?<![\w.])(?<![\w-]-)(?<!ARTIFACTS_DIR[)}]/)(?<!ARTIFACTS_DIR/)"
    rb"([A-Za-z_][A-Za-z0-9_]*)(?:\.[0-9]+)*(?:-[\w-]+)?(?![\w/-]|\.\w)"
)


@dataclass(frozen=True)
class Text:
    """What was found in a file that a build reads."""

    words: frozenset[str] = frozenset()  # all that may name a variable
    programs: frozenset[str] = frozenset()  # all that may name a program: no directories, no beginnings of file names
    question: Question = field(default_factory=Question)  # what its commands, or the packages that it names, ask git
    stamps: frozenset[Stamp] = frozenset()  # of the tools that it runs, unless it keeps them from writing the commit


def text_of(path: str) -> Text:
    """The words and calls of git in a file; none if it is unreadable, binary, or too large to be written by hand."""
    try:
        status = os.stat(path)
    except OSError:
        return Text()
    return _text(path, status.st_mtime_ns, status.st_size, status.st_ino)


def content_of(path: str) -> bytes:
    """The content of a file; empty if it is unreadable, or too large to be written by hand."""
    try:
        return read_bytes(path) if os.path.getsize(path) <= _LARGEST else b""
    except OSError:
        return b""


@lru_cache(maxsize=10_000)
def _text(path: str, *look: int) -> Text:
    """What is in a file with this status; cached, because functions of one directory read the same files."""
    del look
    content = content_of(path)
    if b"\0" in content:
        return Text()
    words = frozenset(word.decode() for word in _WORD.findall(content))
    commands = _commands(os.path.basename(path), content)
    programs = frozenset(word.decode() for word in _PROGRAM.findall(content))
    return Text(words, programs, _question(commands), _stamps(commands))


# files without anything that a build runs: texts for people, and what package managers write
_NO_COMMANDS = re.compile(
    r"(?i:.*\.(?:md|rst|txt|lock)|(?:license|licence|copying|notice|changelog)(?:\..*)?"
    r"|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml)"
)
_CMAKE = "CMakeLists.txt"
_PACKAGE_JSON = "package.json"
# what may come between the words of one command; a command continues on the next line only after these, or in a chain
_CHAIN = rb"(?:\)|\)?\r?\n[ \t]*)(?=\.[a-z])"
_CALL = re.compile(
    rb"""\bgit["']?((?:\)?[ \t,.]|""" + _CHAIN + rb""")(?:\$\([^)\n]{0,200}\)|[^;|&)\n]|(?<=[,\[(\\])\r?\n|"""
    + _CHAIN + rb"""){0,300})"""
)  # fmt: skip


def _with_git(*commands: bytes) -> re.Pattern[bytes]:
    """A pattern for what follows the name of git in a call of one of these commands; a star means more words."""
    written = b"|".join(command.replace(b"*", b".{0,200}?") for command in commands)
    return re.compile(rb""".{0,120}?(?<=["'\s])(?:""" + written + rb")(?![\w.-])", re.DOTALL)


_DECORATED = rb"(?:log|show|archive)*(?:%[dD]|%\((?:describe|decorate)|--decorate|export-subst)"
_QUESTIONS = {
    Asked.COMMIT: _with_git(
        *b"""describe rev-list log show show-ref for-each-ref shortlog cat-file archive tag ls-tree whatchanged blame
        merge-base name-rev notes""".split(),
        rb"""rev-parse(?!["',\s]+--(?:show-|git-|is-|absolute-))""",
    ),
    Asked.BRANCH: _with_git(
        *b"branch symbolic-ref name-rev rev-parse*--abbrev-ref status*-s?b".split(),
        _DECORATED,
        rb"""status(?![^;|&\n]{0,200}[\s"'](?:--porcelain|--short|-z|-[a-z]*s))""",
    ),
    Asked.WORK_TREE: _with_git(
        *b"status diff diff-index diff-files ls-files stash describe*--dirty describe*--broken".split()
    ),
    Asked.VERSION: _with_git(b"describe", _DECORATED),
    Asked.TAGS: _with_git(
        *b"tag name-rev for-each-ref show-ref ls-remote describe*--contains describe*--all".split(),
        b"(?:log|rev-list|shortlog|rev-parse)*--(?:tags|all)",
    ),
    Asked.HISTORY: _with_git(
        *b"describe rev-list shortlog whatchanged blame merge-base".split(),
        rb"""log(?![^;|&\n]{0,200}[\s"'](?:-1|-n[\s"',]{0,9}1|--max-count=1)\b)""",
    ),
}
_CONFIG = re.compile(rb""".{0,120}?(?<=["'\s])config(?![\w.-])(.*)""", re.DOTALL)
_SETTING = re.compile(rb"""(?<![\w./$-])[A-Za-z][A-Za-z0-9-]*(?:\.[^\s"',;|&()$]+)?\.[A-Za-z][A-Za-z0-9-]*(?![\w.])""")
_ORIGIN = _with_git(*b"remote ls-remote".split())
_OF_ORIGIN = frozenset({"remote.", "url."})
_IDENTITY = _with_git(b"var")
_OF_IDENTITY = frozenset({"user."})
_FILES_OF_GIT = re.compile(rb"\.git/(?:HEAD|refs|logs|packed-refs)\b")
_CONFIG_OF_GIT = re.compile(rb"\.git/config\b")
# packages that get the version from git, in lower case
_TOLD_BY_GIT = frozenset(
    b"""setuptools-scm setuptools_scm hatch-vcs versioningit dunamai poetry-dynamic-versioning uv-dynamic-versioning
    versioneer vergen vergen-git2 vergen-gitcl vergen-gix git-version shadow-rs
    git-commit-id-plugin git-commit-id-maven-plugin buildnumber-maven-plugin jgitver jgitver-maven-plugin
    com.gorylenko.gradle-git-properties com.palantir.git-version org.ajoberstar.grgit org.ajoberstar.reckon
    pl.allegro.tech.build.axion-release nerdbank.gitversioning gitversion gitversion.msbuild minver gitinfo
    git-rev-sync git-revision-webpack-plugin git-describe git-last-commit git-commit-info simple-git
    isomorphic-git""".split()
)
# of these, those that write the origin and who builds as well
_TELLING_MORE = frozenset(
    b"git-commit-id-plugin git-commit-id-maven-plugin com.gorylenko.gradle-git-properties org.ajoberstar.grgit".split()
)
# and those that look at other branches
_TELLING_REFERENCES = _TELLING_MORE | frozenset(b"gitversion gitversion.msbuild simple-git isomorphic-git".split())
_TOKEN = re.compile(rb"[\w.-]+")


def _commands(name: str, content: bytes) -> bytes:
    """The part of a file's content that may have commands and names of packages."""
    if _NO_COMMANDS.fullmatch(name) and name != _CMAKE:
        return b""
    if name != _PACKAGE_JSON:
        return content
    try:
        package = json.loads(content)
        parts = [
            *map(str, package.get("scripts", {}).values()),
            *(name for key, names in package.items() if key.lower().endswith("dependencies") for name in names),
        ]
    except (ValueError, AttributeError, TypeError, RecursionError):  # npm may understand it differently
        return content
    return "\n".join(parts).encode("utf-8", "replace")


def _question(content: bytes) -> Question:
    tokens = set(_TOKEN.findall(content.lower()))
    if not _TOLD_BY_GIT.isdisjoint(tokens):
        settings = _OF_ORIGIN | _OF_IDENTITY if tokens & _TELLING_MORE else frozenset()
        asked = frozenset(Asked) if tokens & _TELLING_REFERENCES else frozenset(Asked) - {Asked.REFERENCES}
        return Question(asked, settings) | _asked(content)
    return _asked(content) if b"git" in content else Question()


def _asked(content: bytes) -> Question:
    """What commands ask git, and what is read of git's files."""
    calls = set(_CALL.findall(content))

    def has(pattern: re.Pattern[bytes]) -> bool:
        return any(pattern.match(call) for call in calls)

    asked = frozenset(asked for asked, pattern in _QUESTIONS.items() if has(pattern))
    from samix.builders.references import depends_on_references  # noqa: PLC0415 - for texts that call git alone

    if any(map(depends_on_references, calls)):
        asked |= {Asked.REFERENCES}
    if _FILES_OF_GIT.search(content):
        asked = frozenset(Asked)
    settings: set[str] = set()
    for match in filter(None, map(_CONFIG.match, calls)):
        settings |= {name.decode() for name in _SETTING.findall(match[1])} or {""}
    if _CONFIG_OF_GIT.search(content):
        settings.add("")
    settings |= _OF_ORIGIN if has(_ORIGIN) else set()
    settings |= _OF_IDENTITY if has(_IDENTITY) else set()
    return Question(asked, frozenset(settings))


def _stamps(content: bytes) -> frozenset[Stamp]:
    stamps = (row.stamp for row in WORKFLOWS.values() if row.stamp)
    return frozenset(one for one in stamps if one.runs.search(content) and not one.prevents.search(content))
