"""Finds the paths by which scripts that a build runs leave the artifact.

A script knows where the artifact is from a variable such as `ARTIFACTS_DIR`, from an argument, or from the directory in
which it runs. What else it does is not known.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from samix.builders.search import read
from samix.builders.shell.variables import ARTIFACTS, UNKNOWN, cut_path

# os.path.dirname(, $(dirname ", path.dirname(
_DIRECTORY_OF = re.compile(r"dirname\b")
_DIRECTORIES_OF = r"(?P<up>(?:dirname\b(?:(?!dirname\b)[^\n;|&,]){0,40}?){0,9})"
# ${NAME%/*}
_CUT = re.compile(r"(%%?|##?|//?)([^}\s]*)\}")
# ")).parents[2], ") / "lib", ", "..", + "/../lib", /lib and, unknown, /$name, , name and / name
_STEP = re.compile(
    r"(?P<closed>[\"'`\])}]*)"
    r"(?:(?P<parent>\.parents?\b(?:\[(?P<more>\d)\])?)"
    r"|(?:,\s*|\s*[/+]\s*)(?:Path)?\(?[rbu]?[\"'`]/?(?P<quoted>[\w.@+/-]+)(?=[\"'`])"
    r"|/(?P<plain>[\w.@+-]+)(?![\w.@+$\x60{-])"
    r"|(?P<unknown>/[^\s/\"')}\]]+|,\s*[^\s,)]+|\s/\s+[A-Za-z_][\w.]*))"
)
# '../lib' and ../lib
_FROM_HERE = re.compile(r"(?<![\w./)\]}])(\.\.(?:/[\w.@+-]+)*)(?=[/\"'`\s)]|$)", re.MULTILINE)
# what is relative to the file: require("../x"), import("../x"), from "../x", path.join(__dirname, "..")
_OF_THE_FILE = re.compile(
    r"\b(?:require|import|from)\b[ (]{0,9}[\"'`][^\"'`\n]*[\"'`]|(?:__dirname|__file__|\bimport\.meta)[^;\n]*"
)
_ASSIGNED = re.compile(
    r"(?:^|[;&] *)[ \t]*(?:(?:export|local|readonly|const|let|var) +)*([A-Za-z_]\w*)"
    r"( *(?:: *\w+ *)?[:?]?=)(?!=)([^\n;&]{1,300})",
    re.MULTILINE,
)
_BEFORE_A_PATH = re.compile(r"\s*(?:[\w.]+\(|os\.environ\[|(?:process\.)?env\.|sys\.|[\"'`$({\[\s])*")
_AFTER_A_PATH = re.compile(r"[\"'`\])}\s,]*(?:#.*)?")
_SCRIPT = re.compile(r"(?<![\w./-])[\w./-]{1,200}\.(?:sh|bash|py|[cm]?js|ts|rb|pl|mk)(?![\w.-])")
_LONG = re.compile(r"[\w./-]{400,}")  # the output of a tool; no path is as long
_WORD = re.compile(r"\b[A-Za-z_][A-Za-z0-9_]+\b")
_OF_EVERYBODY = frozenset({"PATH", "PWD", "OLDPWD", "HOME", "TMPDIR", "SHELL", "ARTIFACTS_DIR", "_"})
_OF_A_LANGUAGE = re.compile(r"\s*(?:os\.|sys\.|path\.|process\.|Path\(|pathlib\.)")
# values with a default, paths that are made absolute, and other ways to write a step
_SAME = (
    (re.compile(r"\$\{(\w+):?[?=+-][^}\n]*\}"), r"${\1}"),
    (re.compile(r"(\benv\.\w+)\s*(?:\|\||\?\?)\s*[\"'`][^\"'`\n]*[\"'`]"), r"\1"),
    (re.compile(r"(?:environ\.get|getenv)\((\s*[\"']\w+[\"'])\s*,[^)\n]*\)"), r"environ[\1]"),
    (re.compile(r"\.(?:resolve|absolute|expanduser)\(\)"), ""),
    (re.compile(r"\bos\.(?:path\.)?pardir\b"), '".."'),
    (re.compile(r"\.with_name\("), ".parent / ("),
)
_MOST_SCRIPTS = 20
_MOST_TEXT = 1 << 18  # characters; a longer script is the output of a tool
_MOST_NAMES = 20
_UP = ".."


class Name(NamedTuple):
    """A piece of a script whose value is a path at the artifact."""

    pattern: str  # a regular expression without groups that finds it
    path: str = ARTIFACTS  # begins with `ARTIFACTS`; a step that is not known is `UNKNOWN`
    is_argument: bool = False  # whether it is an argument of the script; in a function, it is the function's own


ARTIFACTS_DIR = Name(r"\bARTIFACTS_DIR\b")


def argument(number: int, path: str) -> list[Name]:
    """The names of an argument in a script: in shells, Python and Ruby, and Node.js; the first has number 1."""
    texts = (rf"(?<=\$){number}(?!\d)", rf"(?<=\$\{{){number}(?!\d)", rf"\bargv\[[{number}{number + 1}]\]")
    return [Name(text, path, is_argument=True) for text in texts]


def variable(name: str, path: str) -> Name:
    """The names of a variable of the environment in a script."""
    return Name(rf"\b{re.escape(name)}\b", path)


def scripts_from(file: str, directory: str, is_ours: Callable[[str], bool]) -> Iterator[str]:
    """The texts of a script and of those that it names, each once.

    The script runs in `directory`; `is_ours` says whether a file is the project's.
    """
    pending = [file]
    for path in pending:  # grows as more are named
        text = _LONG.sub("", read(path)[:_MOST_TEXT])
        yield text
        for name in _SCRIPT.findall(text):
            for base in (os.path.dirname(path), directory):
                inner = os.path.normpath(os.path.join(base, name))
                if inner not in pending and len(pending) < _MOST_SCRIPTS and is_ours(inner) and os.path.isfile(inner):
                    pending.append(inner)


def _simple(text: str) -> str:
    """A script with only one way to write each step of a path."""
    for pattern, plain in _SAME:
        text = pattern.sub(plain, text)
    return text


@lru_cache(maxsize=512)
def find_paths_out_of_artifact(text: str, names: tuple[Name, ...], *, is_run_there: bool = False) -> tuple[str, ...]:
    """The paths, relative to the artifact, by which a script leaves it, as far as its text shows them.

    `names` are those of paths at the artifact; `is_run_there` says whether the script runs in the artifact.
    """
    text = _simple(text)
    known = list(names)
    for assigned, sign, value in _ASSIGNED.findall(text):
        path = _whole_path(value, known)
        if path is not None and len(known) < _MOST_NAMES:
            is_of_shell = sign == "=" and not _OF_A_LANGUAGE.match(value)
            known.append(
                Name(rf"(?<=\$){assigned}\b|(?<=\$\{{){assigned}\b" if is_of_shell else rf"\b{assigned}\b", path)
            )
    found = [path for path, _, _ in _paths(text, known)]
    if is_run_there or any(_changes_to(text, name) for name in known if name.path == ARTIFACTS):
        found += [f"{ARTIFACTS}/{path}" for path in _FROM_HERE.findall(_OF_THE_FILE.sub("", text))]
    ways = (_plain(path) for path in found)
    return tuple(dict.fromkeys("/".join(way) for way in ways if way[:1] == [_UP]))


@lru_cache(maxsize=512)
def words_of(text: str) -> tuple[str, ...]:
    """The words in a script that may be names of variables of the environment, in order."""
    return tuple(dict.fromkeys(word for word in _WORD.findall(text) if word not in _OF_EVERYBODY))


def parent_steps_after(name: str, text: str) -> set[str]:
    """The steps up that a script takes from the values of a variable, such as `/..`; an empty text means no step."""
    return set(re.findall(rf"\b{re.escape(name)}\b[\"'`}}\])]*((?:/\.\.)*)", text))


def paths_below(directory: str, text: str) -> list[str]:
    """The absolute paths of a directory, and of what is in it, that a script names."""
    return re.findall(rf"(?<![\w./-]){re.escape(directory)}(?:/[\w.@+-]+)*(?![\w-])", text)


def _changes_to(text: str, name: Name) -> bool:
    """Whether a script changes into the directory that a name means."""
    pattern = rf"\b(?:cd|pushd|chdir)\b[^\n;&|]{{0,40}}?(?:{name.pattern})[\"'`\]}}) ]*(?:$|[;&|])"
    return re.search(pattern, text, re.MULTILINE) is not None


def _whole_path(value: str, names: Sequence[Name]) -> str | None:
    """The path at the artifact that a value is; None if it is something else."""
    for path, start, end in _paths(value, names, top_only=False):
        if _BEFORE_A_PATH.fullmatch(value[:start]) and _AFTER_A_PATH.fullmatch(value[end:]):
            return "/".join([ARTIFACTS, *_plain(path, keep=True)])
        return None
    return None


def _paths(text: str, names: Sequence[Name], *, top_only: bool = True) -> Iterator[tuple[str, int, int]]:
    """The paths that begin with a name, with where each begins and ends."""
    groups = "|".join(f"(?P<n{number}>{name.pattern})" for number, name in enumerate(names))
    for match in re.finditer(f"{_DIRECTORIES_OF}(?:{groups})", text):
        name = names[int(str(match.lastgroup).removeprefix("n"))]
        line = text.rfind("\n", 0, match.start()) + 1
        if name.is_argument and top_only and text[line : line + 1].isspace():
            continue  # in a function, which has arguments of its own
        path, end = _follow(text, match.end(), name.path, len(_DIRECTORY_OF.findall(match["up"])))
        yield path, match.start(), end


def _follow(text: str, position: int, path: str, ups: int) -> tuple[str, int]:
    """A path with what follows its name in a script, and where that ends.

    The name ends at `position` and means `path`. `ups` is how many steps up are taken from everything in the same
    parentheses.
    """
    if cut := _CUT.match(text, position):
        path, position = cut_path(path, cut[1], cut[2]), cut.end()
    while step := _STEP.match(text, position):
        if ups and ")" in step["closed"]:
            path, ups = path + f"/{_UP}" * ups, 0
        if step["parent"]:
            path += f"/{_UP}" * (1 + int(step["more"] or 0))
        else:
            path += f"/{step['quoted'] or step['plain'] or UNKNOWN}"
        position = step.end()
    return path + f"/{_UP}" * ups, position


def _plain(path: str, *, keep: bool = False) -> list[str]:
    """The steps of a path at the artifact in the shortest form: as far as they are known, or all with `keep`."""
    if not path.startswith(ARTIFACTS):
        return []
    steps: list[str] = []
    for step in path[1:].split("/"):
        if step == _UP and steps and steps[-1] != _UP:
            steps.pop()
        elif step not in {"", "."}:
            steps.append(step)
    return steps if keep or UNKNOWN not in steps else steps[: steps.index(UNKNOWN)]
