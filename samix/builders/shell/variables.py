"""The variables of a makefile and of its recipes, and the texts that are their values."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from samix.builders.search import no_variable
from samix.files.names import SAM_DIRECTORY
from samix.template.artifact import ARTIFACT_VARIABLE

# placeholders for directories until a path is made of them: a path may contain blanks
WORKING, MAKEFILE, STARTED, ROOT, ARTIFACTS = "\ue000", "\ue001", "\ue002", "\ue003", "\ue004"
PLACE = re.compile(f"[{WORKING}{MAKEFILE}{STARTED}{ROOT}{ARTIFACTS}]")
PLACES: Mapping[str, str] = {
    "CURDIR": WORKING,
    "PWD": STARTED,
    "MAKEFILE_LIST": f"{MAKEFILE}/Makefile",
    "ARTIFACTS_DIR": ARTIFACTS,
}
UNKNOWN = "*"
_NO_PATH = "\0"
_PROJECT = f"{ARTIFACTS}/../../.."
_IN_THE_RULE = frozenset({"@", "<", "^", "+", "?", "|"})  # what the build makes, or what the rule names as well
_SAME_WORDS = frozenset({"abspath", "realpath", "strip", "sort", "firstword", "lastword", "wildcard"})
_REPLACING = frozenset({"subst", "patsubst"})
_COMMANDS = {"pwd": WORKING, "git rev-parse --show-toplevel": ROOT}
_CUT = re.compile(r"([A-Za-z_]\w*)(%%?|##?|//?)(\S*)")
_STEPS_CUT = re.compile(r"(?:/\*)+")
_CHANGED_DIRECTORY = re.compile(r"cd\s+(\S+)\s*(?:&&|;)\s*pwd(?:\s+-\w)?")

_ASSIGNMENT = re.compile(r"^(?:[^\t#:=][^#:=]*:)? *((?:export |override )*)([A-Za-z_][\w.-]*)\s*[:?+!]{0,3}=(.*)$")
_EXPORT = re.compile(r"^ *export((?: +[\w.-]+)*) *$")
_REFERENCE = re.compile(r"\$(?:\(([^(){}$]*)\)|\{([^(){}$]*)\}|([A-Za-z_]\w*|[@<^?*%+|!#0-9-]))")
_BRACES = re.compile(r"\{[^{}]*\}")
_QUOTED = re.compile(r"\"([^\"]*\s[^\"]*)\"|'([^']*\s[^']*)'")
_SEPARATORS = re.compile(r"[\s\"'`(){}$,;:=&|<>]+")
_MOST_STEPS = 200
_MOST_GROWTH = 10_000
_MOST_TEXTS = 1_000


@dataclass
class Variables:
    """Variables with all the values that they may have."""

    values: dict[str, list[str]] = field(default_factory=dict)  # what is assigned to each, under whatever condition
    exported: set[str] = field(default_factory=set)  # those that commands get in their environment
    places: Mapping[str, str] = field(default_factory=lambda: PLACES)
    environment: Callable[[str], str | None] = no_variable  # the value of a variable that is a path in the project

    def assign(self, name: str, value: str) -> None:
        """Keep one more value."""
        known = self.values.setdefault(name, [])
        if value not in known:
            known.append(value)

    def take(self, line: str) -> bool:
        """Keep what a line of a makefile assigns or exports; returns whether it does either."""
        assignment = _ASSIGNMENT.match(line)
        if assignment and not line.startswith("\t"):
            modifiers, name, value = assignment.groups()
            self.assign(name, value.strip())
            if "export" in modifiers:
                self.exported.add(name)
            return True
        if export := _EXPORT.match(line):
            self.exported.update(export[1].split() or self.values)  # without a name all
        return export is not None

    def expand(self, text: str) -> list[str]:
        """The text with each value of its variables; a variable that is not known becomes a wildcard."""
        pending, done = [text.replace("$$", "$")], []
        longest = len(text) + _MOST_GROWTH
        for _ in range(_MOST_STEPS):
            if not 0 < len(pending) < _MOST_TEXTS:
                break
            current = pending.pop()
            reference = _REFERENCE.search(current)
            if reference is None or len(current) > longest:
                done.append(current)
                continue
            before, after = current[: reference.start()], current[reference.end() :]
            pending += [
                before + value.replace("$$", "$") + after
                for value in self._of_content(next(filter(None, reference.groups()), ""))
            ]
        return done + pending

    def _of_content(self, written: str) -> list[str]:
        content = written.strip().removeprefix("shell ").strip()
        name, _, arguments = content.partition(" ")
        arguments = arguments.strip()
        if content in _COMMANDS:
            return [_COMMANDS[content]]
        if changed := _CHANGED_DIRECTORY.fullmatch(content):
            return [changed[1].strip("\"'")]
        if cut := _CUT.fullmatch(written):
            return [cut_path(value, cut[2], cut[3]) for value in self._of_variable(cut[1])]
        if not arguments:
            return self._of_variable(name.partition(":")[0])  # $(NAME:.c=.o)
        return [_result(name, arguments)]

    def _of_variable(self, name: str) -> list[str]:
        if name in _IN_THE_RULE or name.startswith(ARTIFACT_VARIABLE):
            return [_NO_PATH]
        if name in self.places:
            return [self.places[name]]
        path = self.environment(name)
        return [*self.values.get(name, [UNKNOWN]), *([path] if path else [])]


def _result(function: str, arguments: str) -> str:
    """The result of a function of make, or of a program, for its arguments."""
    if function in _REPLACING:
        return _replace(function, arguments)
    if function in _SAME_WORDS:
        return arguments
    if function in {"dir", "dirname"}:
        return " ".join(_directory(word.strip("\"'"), function) for word in arguments.split())
    return f" {arguments} "


def cut_path(value: str, operator: str, pattern: str) -> str:
    """The result of a shell expansion such as `${NAME%/*}` on a path at the artifact; `UNKNOWN` for other values.

    `${NAME%/*}` is the directory around it, and `${NAME%%/.aws-sam/*}` the project. The operator follows the name of
    the variable, and the pattern follows the operator.
    """
    if not value.startswith(ARTIFACTS):
        return UNKNOWN
    if operator == "%" and _STEPS_CUT.fullmatch(pattern):
        return value + "/.." * pattern.count("/")
    if operator == "%%" and pattern.startswith(f"/{SAM_DIRECTORY}"):
        return _PROJECT
    if operator[0] == "%":
        may_cut = pattern != "/" and re.match(r"[\w/*?]", pattern)  # a suffix such as `.zip` is not in the name
        return f"{value}/../{UNKNOWN}" if may_cut else value
    return f"{value}/../{UNKNOWN}" if operator[0] == "/" and not re.match(r"/|\\/", pattern) else UNKNOWN


def _replace(function: str, arguments: str) -> str:
    """The result of make's `subst` or `patsubst` for words; for an artifact's path, any directory around it."""
    pattern, _, rest = arguments.partition(",")
    replacement, _, text = rest.partition(",")
    if ARTIFACTS not in text:
        return f" {arguments} "
    replace = _replace_pattern if function == "patsubst" else _replace_text
    return " ".join(replace(word, pattern.strip(), replacement.strip()) for word in text.split())


def _replace_pattern(word: str, pattern: str, replacement: str) -> str:
    before, percent, after = pattern.partition("%")
    if before or not percent:
        return word
    if word.endswith(after):
        return replacement.replace("%", word.removesuffix(after))
    if word == ARTIFACTS and after.strip("/") and "/" in after:  # the artifact may have that name
        return replacement.replace("%", word + "/.." * after.count("/"))
    return word


def _replace_text(word: str, old: str, new: str) -> str:
    if not word.startswith(ARTIFACTS):
        return word.replace(old, new) if old else word
    if old in word[1:]:
        return ARTIFACTS + word[1:].replace(old, new)
    if PLACE.search(old) or not old.strip("/"):
        return word
    return f"{ARTIFACTS}{'/..' * (old.count('/') or 1)}/{UNKNOWN}{word[1:]}"  # the artifact may have that name


def split_place(text: str) -> tuple[str, str]:
    """The last place in a text, empty if there is none, and what follows it."""
    found = list(PLACE.finditer(text))
    return (found[-1][0], text[found[-1].end() :]) if found else ("", text)


def _directory(word: str, function: str) -> str:
    """The directory of a path, as make's `dir`, which keeps the slash, or the program `dirname` gives it."""
    word = word.rstrip("/")
    goes_up = os.path.basename(word) == ".." or PLACE.fullmatch(word)
    above = f"{word}/.." if goes_up else os.path.dirname(word) or "."
    return f"{above}/" if function == "dir" else above


def words(text: str) -> list[str]:
    """The parts of a text that can be expanded separately: it is split at blanks outside of parentheses and quotes."""
    found, start, depth = [], 0, 0
    quote = ""
    for index, character in enumerate(text):
        if character in "\"'" and quote in {"", character}:
            quote = "" if quote else character
        elif character in "({":
            depth += 1
        elif character in ")}":
            depth = max(0, depth - 1)
        elif character.isspace() and not depth and not quote:
            found.append(text[start:index])
            start = index + 1
    return [word for word in [*found, text[start:]] if word]


def tokens(text: str) -> Iterator[str]:
    """The parts of expanded text that may be paths: quoted texts, and the texts between separators."""
    yield from (one or other for one, other in _QUOTED.findall(text))
    yield from filter(None, _SEPARATORS.split(_BRACES.sub(UNKNOWN, text)))
