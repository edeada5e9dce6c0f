"""What a makefile names outside of the source, and which tools it calls.

Mirrors `aws_lambda_builders.workflows.custom_make`: make runs in a copy of the source, unless it is built in the
source or `WorkingDirectory` is outside of it. The makefile itself is read in the source.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders import tool
from samix.builders.outside import metadata_paths, named_makefile, rule_names
from samix.builders.search import find_line, is_inside, read
from samix.builders.shell.effects import Effects
from samix.builders.shell.rules import Rules, joined_lines, own_lines
from samix.builders.shell.variables import (
    ARTIFACTS,
    MAKEFILE,
    ROOT,
    STARTED,
    UNKNOWN,
    WORKING,
    Variables,
    split_place,
    tokens,
    words,
)
from samix.builders.tool import Tool, python_tool
from samix.files.access_log import observe
from samix.messages.location import Location
from samix.messages.note import Note
from samix.template.artifact import ARTIFACT_VARIABLE
from samix.template.references import DEPENDS_ON, written_dependencies

if TYPE_CHECKING:
    from samix.builders.search import Search
    from samix.options.merge import BuildOptions
    from samix.units.unit import Unit

_INCLUDE = re.compile(r"^ *[-s]?include\s+(.+)$")
_PARENTHESES = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_IN_SHELL = re.compile(rf"(?:(?<=^)|(?<=[\s;&|(]))([A-Za-z_]\w*)=((?:{_PARENTHESES}|[^\s;&|])+)")
_MAKEFILE_OF_SUBMAKE = re.compile(r"(?:\$[({]MAKE[)}]|\bmake)\s[^;&|]*?(?:-f|--(?:make)?file)[\s=]*([^\s;&|]+)")
_CONDITION = re.compile(r"^ *(?:else +)?ifn?eq\b")
_SHELL = re.compile(r"\$\(shell +((?:[^()]|\([^()]*\))*)\)")
_PREFIX = re.compile(r"^\.RECIPEPREFIX *:{0,2}\?*= *(\S)", re.MULTILINE)
# of make's own: `make -p`
_PROGRAMS = {"MAKE": "make", "CC": "cc", "CXX": "g++", "LD": "ld", "RM": "rm -f", "SHELL": "/bin/sh"}
# in a recipe this is the shell's, which knows where it runs
_PWD_OF_SHELL = re.compile(r"\$\$(?:PWD\b|\{PWD\})|`pwd`")
_COMPILERS = {
    name: (Tool(name, (name,), ("--version",), r"\A(\S.*)"),)  # the first line: vendors have their own
    for name in ("cc", "c++", "gcc", "g++", "clang", "clang++")
}
# by the word for it in a makefile
_CALLED: dict[str, tuple[Tool, ...]] = {
    **_COMPILERS,
    "CC": _COMPILERS["cc"],
    "CXX": _COMPILERS["c++"],
    "cargo": (tool.CARGO, tool.RUSTC),
    "go": (tool.GO,),
    "mvn": (tool.JAVA, tool.MAVEN),
    "node": (tool.NODE,),
    "npm": (tool.NODE, tool.NPM),
    "npx": (tool.NODE, tool.NPM),
    "rustc": (tool.RUSTC,),
    "uv": (tool.UV,),
    **{
        name: (python_tool(name, (name,), r"(?m)^(\d[^\s,]*(?:, pip .+)?)"),)
        for name in ("python", "python3", *(f"python3.{minor}" for minor in range(8, 20)))
    },
}
_LENT = re.compile(rf"\$[({{]({ARTIFACT_VARIABLE}\w+)[)}}]")
_TESTED = r"ifn?def +{0}\b|(?:\$\((?:if|or|and) .*|ifn?eq .*|-[dnz] +[\"']?)\$[({{]{0}[)}}]"
_WORD = re.compile(r"(?<![\w./+-])[A-Za-z][\w.+]*(?![\w./+-])")


def find_tools(runtime: str, source: Path, root: Path | None, manifest: Path | None) -> Iterable[Tool]:
    """The tools whose names occur anywhere in a makefile: a wrong guess only costs asking for its version."""
    del runtime, root
    found = dict.fromkeys(_WORD.findall(read(os.fspath(manifest or source / "Makefile"))))
    tools = (one for word in found for one in _CALLED.get(word, ()))
    return dict.fromkeys(replace(one, is_needed=False) for one in tools)


def find_notes(
    unit: Unit, source: Path, options: BuildOptions, variable: Callable[[str], str | None]
) -> Iterator[Note]:
    """Notes on artifacts that a unit's rules read by a variable that is not set: to make it is empty.

    A makefile that tests the variable may do without, and gets no note.
    """
    del variable
    root = metadata_paths(unit, options).get("ProjectRootDirectory", source)
    makefile = named_makefile(unit, options) or root / "Makefile"
    text = read(os.fspath(makefile))
    rules = "\n".join(own_lines(text, rule_names(unit)))
    given = [] if unit.in_container else [name.rpartition("/")[2] for name in written_dependencies(unit.first)]
    for variable_name in dict.fromkeys(_LENT.findall(rules)):
        name = variable_name.removeprefix(ARTIFACT_VARIABLE)
        if name in given or re.search(_TESTED.format(variable_name), text):
            continue
        why = "a container gets no artifacts" if unit.in_container else f"{DEPENDS_ON} does not name {name}"
        line = find_line(os.fspath(makefile), re.compile(rf"\b{variable_name}\b"))
        yield Note(f"{variable_name} is empty in {unit.label}: {why}.", Location(makefile, line))


def search_makefile(search: Search) -> None:
    """Find what the makefile of a unit, and those that it includes, name outside of its source.

    For what recipes do outside, only the rules of the unit count, not those of other units.
    """
    makefile = _Makefile(search)
    for path in search.manifests("Makefile"):
        makefile.load(path)
    for path in makefile.named():
        search.add(path)
    makefile.follow()
    if not is_inside(search.directory, search.source):  # recipes run there
        search.add_written(search.directory)
        search.add_roaming(search.directory)


@dataclass
class _Makefile:
    search: Search
    files: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    included: list[str] = field(default_factory=list)
    variables: Variables = field(default_factory=Variables)
    rules: Rules = field(default_factory=Rules)

    def load(self, path: str) -> None:
        """Read a makefile and what it includes, each once."""
        pending = [path]
        while pending:
            path = pending.pop()
            if path in self.files:
                continue
            self.files.append(path)
            text = _with_tabs(read(path))
            self.rules.read(joined_lines(text))
            for line in own_lines(text, self.search.names):
                self._keep(line)
                include = _INCLUDE.match(line)
                if include:
                    self.included.append(include[1])
                written = words(include[1]) if include else _MAKEFILE_OF_SUBMAKE.findall(line)
                found = [found for word in written for found in self._paths(word)]
                pending += [found for found in found if os.path.isfile(observe(found))]

    def _keep(self, line: str) -> None:
        if self.variables.take(line):
            return
        for name, value in _IN_SHELL.findall(line):
            self.variables.assign(name, value.strip("\"'"))
        self.lines.append(line)

    def named(self) -> Iterator[str]:
        """The paths that are named, those in the source as well."""
        self.lines += [called for line in self.lines for called in self.rules.expand_calls(line)]
        known = self.variables.values
        values = [value for all_values in known.values() for value in all_values]
        used = {name for text in [*self.lines, *values] for name in known if _refers(text, name)}
        seen_in_uses = used - self.variables.exported
        texts = [_IN_SHELL.sub(lambda match: "" if match[1] in seen_in_uses else match[0], text) for text in self.lines]
        texts += [value for name in known if name not in seen_in_uses for value in known[name]]
        for word in dict.fromkeys(word for text in texts for word in words(text)):
            yield from self._paths(word)

    def _paths(self, word: str) -> Iterator[str]:
        for text in self.variables.expand(word):
            for token in tokens(text):
                yield from self._locate(token.lstrip("@+-"))
                if token.startswith("-"):
                    yield from self._locate(token[2:])  # such as -I../include

    def _locate(self, token: str) -> Iterator[str]:
        if not token:
            return
        place, rest = split_place(token)
        written = (rest.lstrip("/") or "." if place else rest).replace("%", UNKNOWN)
        for base, is_read in self._bases(place or WORKING):
            if place == ARTIFACTS:  # it need not exist, and links in the build dir are not the project's
                paths = self.search.expand_from_artifact(written)
            else:
                paths = self.search.expand(base, written)
            for path in paths:
                # from a copy of the source, `..` is not a directory of the project
                if is_read or not self.search.holds_source(path):
                    yield path

    def _bases(self, place: str) -> list[tuple[str, bool]]:
        """The directories that a place may be, and whether the build certainly sees what is around them."""
        search = self.search
        if place == WORKING:
            return [(search.directory, search.runs_in_source or not is_inside(search.directory, search.source))]
        if place == MAKEFILE:
            return [(os.path.dirname(path), True) for path in self.files]
        if place == STARTED:  # from make's environment: where samix was started, which no file shows
            return [(directory, True) for directory in (search.source, *search.above(search.source))]
        return [(search.artifact if place == ARTIFACTS else search.root, True)]

    def follow(self) -> None:
        """Find what the commands that make runs for the unit do."""
        programs = {name: [value] for name, value in _PROGRAMS.items()}
        variables = Variables(programs, environment=self.search.path_of_variable)
        for line in self.rules.lines:
            variables.take(line)
        own = self.rules.own(self.search.names, variables.expand)
        for rule in own:
            if rule.is_assignment:
                variables.take(rule.prerequisites.strip())
        effects = Effects(self.search, variables, self._visible_bases())
        self._follow_reading(effects)
        is_one_shell = any(rule.targets == ".ONESHELL" for rule in self.rules.rules)
        for rule in own:
            if not rule.is_assignment:
                effects.name(rule.prerequisites)
            recipe = [_PWD_OF_SHELL.sub("$(CURDIR)", line) for line in self.rules.recipe(rule)]
            for text in ["\n".join(recipe)] if is_one_shell else recipe:
                effects.follow(text)

    def _follow_reading(self, effects: Effects) -> None:
        """Follow what make does while it reads: it includes files, decides conditions and runs `$(shell ...)`."""
        for text in (*self.included, *filter(_CONDITION.match, self.lines)):
            effects.name(text)
        for line in dict.fromkeys([*self.rules.lines, *self.lines]):
            for command in () if line.startswith("\t") else _SHELL.findall(line):
                effects.follow(command)

    def _visible_bases(self) -> dict[str, list[str]]:
        """By place, the directories that it may be and around which is the project."""
        bases = {place: self._bases(place) for place in (WORKING, MAKEFILE, ROOT)}
        seen = {place: [base for base, is_seen in found if is_seen] for place, found in bases.items()}
        return {**seen, STARTED: [self.search.project], ARTIFACTS: [self.search.artifact]}


def _with_tabs(text: str) -> str:
    """A makefile whose recipes begin with tabs, whatever its `.RECIPEPREFIX` is."""
    prefix = _PREFIX.search(text)
    return re.sub(rf"^{re.escape(prefix[1])}", "\t", text, flags=re.MULTILINE) if prefix else text


def _refers(text: str, name: str) -> bool:
    return re.search(rf"\$[({{]?{re.escape(name)}(?![\w.-])", text) is not None
