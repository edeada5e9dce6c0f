"""What a makefile names outside of the source.

Mirrors `aws_lambda_builders.workflows.custom_make`: make runs in a copy of the source, unless it is built in the
source or `WorkingDirectory` leads out of it. The makefile itself is read where it lies.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from samix.observed import observed
from samix.plan.outside.search import is_inside, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samix.plan.outside.search import Search

# places that stand for themselves until a path is made of them: they may hold blanks
_WORKING, _MAKEFILE, _STARTED, _ROOT = "\ue000", "\ue001", "\ue002", "\ue003"
_PLACE = re.compile(f"[{_WORKING}{_MAKEFILE}{_STARTED}{_ROOT}]")
_VARIABLES = {"CURDIR": _WORKING, "PWD": _STARTED, "MAKEFILE_LIST": f"{_MAKEFILE}/Makefile"}
_UNKNOWN = "*"
_NO_PATH = "\0"
# what the build makes, or what is named in the rule as well
_ELSEWHERE = frozenset({"ARTIFACTS_DIR", "@", "<", "^", "+", "?", "|"})
_SAME_WORDS = frozenset({"abspath", "realpath", "strip", "sort", "firstword", "lastword", "wildcard"})
_COMMANDS = {"pwd": _WORKING, "git rev-parse --show-toplevel": _ROOT}
_CHANGED_DIRECTORY = re.compile(r"cd\s+(\S+)\s*(?:&&|;)\s*pwd(?:\s+-\w)?")

_INCLUDE = re.compile(r"^ *[-s]?include\s+(.+)$")
_ASSIGNMENT = re.compile(r"^(?:[^\t#:=][^#:=]*:)? *((?:export |override )*)([A-Za-z_][\w.-]*)\s*[:?+!]{0,3}=(.*)$")
_IN_SHELL = re.compile(r"(?:(?<=^)|(?<=[\s;&|(]))([A-Za-z_]\w*)=([^\s;&|]+)")
_EXPORT = re.compile(r"^ *export((?: +[\w.-]+)*) *$")
_RULE = re.compile(r"^build-([^\s:=]+)\s*::?(?!=)")
_REFERENCE = re.compile(r"\$(?:\(([^(){}$]*)\)|\{([^(){}$]*)\}|([A-Za-z_]\w*|[@<^?*%+|!#0-9-]))")
_BRACES = re.compile(r"\{[^{}]*\}")
_QUOTED = re.compile(r"\"([^\"]*\s[^\"]*)\"|'([^']*\s[^']*)'")
_SEPARATORS = re.compile(r"[\s\"'`(){}$,;:=&|<>]+")
_MOST_STEPS = 200
_MOST_GROWTH = 10_000


def search_makefile(search: Search) -> None:
    """Find what the makefile of a unit, and those that it includes, name outside of its source."""
    makefile = _Makefile(search)
    for path in search.manifests("Makefile"):
        makefile.load(path)
    for path in makefile.named():
        search.add(path)


@dataclass
class _Makefile:
    search: Search
    files: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    variables: dict[str, list[str]] = field(default_factory=dict)
    exported: set[str] = field(default_factory=set)

    def load(self, path: str) -> None:
        """Read a makefile and what it includes, each once."""
        pending = [path]
        while pending:
            path = pending.pop()
            if path in self.files:
                continue
            self.files.append(path)
            for line in _own_lines(read(path), self.search.names):
                self._keep(line)
                if include := _INCLUDE.match(line):
                    found = [found for word in _words(include[1]) for found in self._paths(word)]
                    pending += [found for found in found if os.path.isfile(observed(found))]

    def _keep(self, line: str) -> None:
        assignment = _ASSIGNMENT.match(line)
        if assignment and not line.startswith("\t"):
            modifiers, name, value = assignment.groups()
            self.variables.setdefault(name, []).append(value.strip())
            if "export" in modifiers:
                self.exported.add(name)
            return
        if export := _EXPORT.match(line):
            self.exported.update(export[1].split())
            return
        for name, value in _IN_SHELL.findall(line):
            self.variables.setdefault(name, []).append(value.strip("\"'"))
        self.lines.append(line)

    def named(self) -> Iterator[str]:
        """The paths that are named, those in the source as well."""
        values = [value for all_values in self.variables.values() for value in all_values]
        used = {name for text in [*self.lines, *values] for name in self.variables if _refers(text, name)}
        seen_in_uses = used - self.exported
        texts = [_IN_SHELL.sub(lambda match: "" if match[1] in seen_in_uses else match[0], text) for text in self.lines]
        texts += [value for name in self.variables if name not in seen_in_uses for value in self.variables[name]]
        for word in dict.fromkeys(word for text in texts for word in _words(text)):
            yield from self._paths(word)

    def _paths(self, word: str) -> Iterator[str]:
        for text in self._expanded(word):
            whole = [one or other for one, other in _QUOTED.findall(text)]
            for token in [*whole, *_SEPARATORS.split(_BRACES.sub(_UNKNOWN, text))]:
                yield from self._located(token.lstrip("@+-"))
                if token.startswith("-"):
                    yield from self._located(token[2:])  # such as -I../include

    def _located(self, token: str) -> Iterator[str]:
        if not token:
            return
        places = list(_PLACE.finditer(token))
        written = token[places[-1].end() :].lstrip("/") or "." if places else token
        for base, is_read in self._bases(places[-1][0] if places else _WORKING):
            for path in self.search.expand(base, written.replace("%", _UNKNOWN)):
                # in a copy of the source `..` is no directory of the project
                if is_read or not self.search.holds_source(path):
                    yield path

    def _bases(self, place: str) -> list[tuple[str, bool]]:
        """The directories that a place may be, and whether the build is known to see what is around them."""
        search = self.search
        if place == _WORKING:
            return [
                (directory, search.runs_in_source or not is_inside(directory, search.source))
                for directory in search.directories
            ]
        if place == _MAKEFILE:
            return [(os.path.dirname(path), True) for path in self.files]
        if place == _STARTED:  # make has it from its environment: where samix was started, which no file says
            return [(directory, True) for directory in (search.source, *search.above(search.source))]
        return [(search.root, True)]

    def _expanded(self, text: str) -> list[str]:
        """The text with each value of its variables; what is not known becomes a wildcard."""
        pending, done = [text.replace("$$", "$")], []
        longest = len(text) + _MOST_GROWTH
        for _ in range(_MOST_STEPS):
            if not pending:
                break
            current = pending.pop()
            reference = _REFERENCE.search(current)
            if reference is None or len(current) > longest:
                done.append(current)
                continue
            before, after = current[: reference.start()], current[reference.end() :]
            pending += [
                before + value.replace("$$", "$") + after
                for value in self._values(next(filter(None, reference.groups()), ""))
            ]
        return done + pending

    def _values(self, content: str) -> list[str]:
        content = content.strip().removeprefix("shell ").strip()
        name, _, arguments = content.partition(" ")
        arguments = arguments.strip()
        if content in _COMMANDS:
            return [_COMMANDS[content]]
        if changed := _CHANGED_DIRECTORY.fullmatch(content):
            return [changed[1].strip("\"'")]
        if not arguments:
            return self._of_variable(name.partition(":")[0])  # $(NAME:.c=.o)
        if name in _SAME_WORDS:
            return [arguments]
        if name in {"dir", "dirname"}:
            return [" ".join(os.path.dirname(word.strip("\"'").rstrip("/")) or "." for word in arguments.split())]
        return [f" {arguments} "]

    def _of_variable(self, name: str) -> list[str]:
        if name in _ELSEWHERE or name.startswith("SAMIX_ARTIFACTS_"):
            return [_NO_PATH]
        return [_VARIABLES[name]] if name in _VARIABLES else self.variables.get(name, [_UNKNOWN])


def _own_lines(text: str, names: frozenset[str]) -> list[str]:
    """The lines without comments, continued ones joined, less the rules that only other units are built by."""
    lines = [line for line in re.sub(r"\\\n", " ", text).split("\n") if not line.lstrip().startswith("#")]
    mentioned = "\n".join(line for line in lines if not line.startswith(".PHONY"))
    kept = []
    is_other = False
    for line in lines:
        rule = _RULE.match(line)
        if rule:
            is_only = len(re.findall(rf"build-{re.escape(rule[1])}(?![\w-])", mentioned)) == 1
            is_other = (
                is_only and not re.search("[$%]", rule[1]) and rule[1] not in names and "build-$" not in mentioned
            )
        elif line.strip() and not line.startswith("\t"):
            is_other = False
        if not is_other:
            kept.append(line)
    return kept


def _refers(text: str, name: str) -> bool:
    return re.search(rf"\$[({{]?{re.escape(name)}(?![\w.-])", text) is not None


def _words(text: str) -> list[str]:
    """The text in parts that can be expanded each for itself: at blanks outside of parentheses and quotes."""
    words, start, depth = [], 0, 0
    quote = ""
    for index, character in enumerate(text):
        if character in "\"'" and quote in {"", character}:
            quote = "" if quote else character
        elif character in "({":
            depth += 1
        elif character in ")}":
            depth = max(0, depth - 1)
        elif character.isspace() and not depth and not quote:
            words.append(text[start:index])
            start = index + 1
    return [word for word in [*words, text[start:]] if word]
