"""Which calls of git depend on references: they show them, or name a revision that is not of HEAD.

The forms of revisions are those of gitrevisions(7). A word that may be a path or a revision counts as a revision, so
that at worst too much is built.
"""

from __future__ import annotations

import re
from itertools import zip_longest

_LIST = b","  # what follows the name of git in a list of words, as in Python
_CHAIN = (b")", b".", b"\r", b"\n")  # and in a chain of calls, as in Rust
_QUOTED = rb"""[bfru]{0,2}"(?:[^"\n\\]|\\.)*"|[bfru]{0,2}'(?:[^'\n\\]|\\.)*'"""
_IN_CHAIN = re.compile(_QUOTED)
_IN_LIST = re.compile(_QUOTED + rb"|[\w.$]+")
_KEYWORD = re.compile(rb"""[,\s]\w+\s*=\s*(?!=)[^,"']*(?:""" + _QUOTED + rb")?")
_CONTINUED = re.compile(rb"\\\r?\n")
_REDIRECTED = re.compile(rb"""[0-9]*[<>]+\s*(?:\$+\([^)]*\)|"[^"]*"|[^\s"])*""")
# a quote in the middle of a word ends the text of a program that contains the command, and a bracket a substitution
_IN_SHELL = re.compile(
    rb"""(?:\$+\([^)]*\)|\\.|(?:(?<=[\s=:/@-])|^)"[^"]*"|(?:(?<=[\s=:/@-])|^)'[^']*'|[^\s"'`)])+|(?P<end>["'`)])"""
)
_SUBSTITUTED = re.compile(rb"\$+\(\s*(?:shell\s+)?git\b([^)]*)\)")
_OPTIONS_WITH_VALUES = frozenset(
    b"""--since --until --after --before --author --committer --grep -S -G -L --date --match --exclude -o --output
    --format --sort --prefix --git-path --resolve-git-dir""".split()
)
_SHOWING = frozenset(b"for-each-ref show-ref show-branch branch stash notes name-rev ls-remote".split())
# those that take a revision, with the number of operands that may be one
_MANY = 100
_TAKING = dict.fromkeys(
    b"""rev-parse rev-list log show shortlog whatchanged describe merge-base merge-tree cherry cat-file diff diff-tree
    range-diff format-patch checkout read-tree symbolic-ref""".split(),
    _MANY,
) | dict.fromkeys(b"archive ls-tree diff-index".split(), 1)
_BLAMING, _TAGGING, _STATUS = b"blame", b"tag", b"status"
_KNOWN = _SHOWING | _TAKING.keys() | {_BLAMING, _TAGGING, _STATUS}
_ALL_OF_A_KIND = re.compile(rb"--(?:all|branches|remotes|glob|reflog|source|decorate)(?:=.*)?")
_DECORATED = re.compile(rb"%[-+ ]?[dD]|%\(decorate")
_OF_A_REVISION = re.compile(rb"--(?:points-at|(?:no-)?contains|(?:no-)?merged)(?:=(.*))?", re.DOTALL)
_SHORT = re.compile(rb"--(?:porcelain|short).*|-z|-[a-z]*s[a-z]*")
_WITH_BRANCH = re.compile(rb"--branch|-[a-z]*b[a-z]*")
_HEAD = rb"\^?(?:HEAD|@)?(?:[~^][0-9]*(?:\{[^}]*\})?)*"
_OF_HEAD = re.compile(_HEAD + rb"(?:\.{2,3}" + _HEAD + rb")?(?::(?!/).*)?", re.DOTALL)
_NO_REVISION = re.compile(
    rb"\.|\.\.?/.*|[0-9]{1,9}|[0-9a-f]{40}|\$+[({]?(?:ARTIFACTS_DIR|CURDIR|PWD)\b.*|\$[@<^]", re.DOTALL
)


def depends_on_references(call: bytes) -> bool:
    """Whether a call of git depends on other references than HEAD and tags.

    `call` is what follows the name of git, up to the end of the command.
    """
    if any(map(depends_on_references, _SUBSTITUTED.findall(call))):
        return True
    words = _words(_SUBSTITUTED.sub(b"", call))
    at = next((index for index, word in enumerate(words) if word in _KNOWN), None)
    return at is not None and _does_depend(words[at], words[at + 1 :])


def _does_depend(command: bytes, arguments: list[bytes]) -> bool:
    options, operands = _split(arguments)
    if command in _SHOWING:
        return not _is_of_one(command, options, operands)
    if command == _STATUS:
        return any(map(_WITH_BRANCH.fullmatch, options)) or not any(map(_SHORT.fullmatch, options))
    if command == _TAGGING:
        return _names_a_revision(_revisions_in_options(arguments))
    if command == _BLAMING:
        return _names_a_revision(operands[:1] if operands[1:] else [])
    is_of_all = any(_ALL_OF_A_KIND.fullmatch(option) or _DECORATED.search(option) for option in options)
    return is_of_all or _names_a_revision(operands[: _TAKING[command]])


def _is_of_one(command: bytes, options: list[bytes], operands: list[bytes]) -> bool:
    """Whether a command that shows references shows only the current branch, or only tags."""
    if command == b"branch":
        return b"--show-current" in options
    if command == b"stash":
        return not {b"list", b"show"} & set(operands)
    if command == b"for-each-ref":
        return bool(operands) and all(operand.startswith(b"refs/tags") for operand in operands)
    if command == b"ls-remote":
        return not {b"--get-url", b"--tags", b"-t"}.isdisjoint(options)
    return command in {b"show-ref", b"name-rev"} and b"--tags" in options and not _names_a_revision(operands)


def _split(arguments: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The options of a command, and its operands up to those that are certainly paths."""
    options: list[bytes] = []
    operands: list[bytes] = []
    is_value = False
    for word in arguments:
        if word == b"--":
            break
        if is_value or word.startswith(b"-"):
            options.append(word)
        else:
            operands.append(word)
        is_value = not is_value and word in _OPTIONS_WITH_VALUES
    return options, operands


def _revisions_in_options(arguments: list[bytes]) -> list[bytes]:
    """The revisions that options such as `--contains` name."""
    found = []
    for word, following in zip_longest(arguments, arguments[1:], fillvalue=b""):  # without a revision it is HEAD
        match = _OF_A_REVISION.fullmatch(word)
        if match:
            found.append(following if match[1] is None else match[1])
    return [revision for revision in found if not revision.startswith(b"-")]


def _names_a_revision(words: list[bytes]) -> bool:
    return any(not _OF_HEAD.fullmatch(word) and not _NO_REVISION.fullmatch(word) for word in words)


def _words(call: bytes) -> list[bytes]:
    """The words of a command, without quotes and without what is redirected."""
    if call.startswith(_CHAIN):
        return [_unquote(word) for word in _IN_CHAIN.findall(call)]
    if call.startswith(_LIST):
        return [_unquote(word) for word in _IN_LIST.findall(_KEYWORD.sub(b"", call.partition(b"]")[0]))]
    words: list[bytes] = []
    for match in _IN_SHELL.finditer(_REDIRECTED.sub(b" ", _CONTINUED.sub(b" ", call))):
        if match["end"] or match[0].startswith(b"#"):
            break
        words.append(_unquote(match[0]))
    return words


def _unquote(word: bytes) -> bytes:
    if word[:1].isalpha() and word[-1:] in b"\"'":  # the prefix of a string in Python
        word = re.sub(rb"^[bfru]{1,2}(?=[\"'])", b"", word)
    return word.replace(b'\\"', b"").replace(b'"', b"").replace(b"'", b"")
