"""The rules of a makefile that build one unit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

_RULE = re.compile(r"^build-([^\s:=]+)\s*::?(?!=)")
_DIRECTIVE = re.compile(r"^ *(?:ifeq|ifneq|ifdef|ifndef|else|endif|[-s]?include|vpath|unexport)\b")
_DEFINE = re.compile(r"^ *(?:override +|export +)*define +([^\s:=?+!]+)")
_CALL = re.compile(r"\$[({](?:call +)?([\w.-]+) *(?:,((?:[^(){}$]|\$[({][^(){}]*[)}]|\$)*))?[)}]")
_VALUE = re.compile(r"^\s*(?:export |override )*[A-Za-z_][\w.-]*\s*[:?+!]{0,3}=")
_SUBMAKE = re.compile(r"(?:\$[({]MAKE[)}]|\bmake)((?:\s+[^\s;&|]+)+)")
_TARGET = re.compile(r"\$(?:@|\(@\)|\{@\})")
_TARGET_DIRECTORY = re.compile(r"\$(?:\(@D\)|\{@D\})")
_MOST_CALLS = 50


def joined_lines(text: str) -> list[str]:
    """The lines of a makefile without comments, continued ones joined."""
    return [line for line in re.sub(r"\\\n", " ", text).split("\n") if not line.lstrip().startswith("#")]


def own_lines(text: str, names: frozenset[str]) -> list[str]:
    """The lines of a makefile, as `joined_lines` gives them, without the rules that only build other units.

    A rule that is named twice is kept: of what a build reads, too much does no harm.
    """
    lines = joined_lines(text)
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


@dataclass
class Rule:
    """One rule of a makefile; all texts are as written."""

    targets: str
    prerequisites: str  # what the targets need, or an assignment to a variable for the targets alone
    recipe: list[str] = field(default_factory=list)

    @property
    def is_assignment(self) -> bool:
        """Whether it gives a variable a value for its targets."""
        return _VALUE.match(self.prerequisites) is not None


@dataclass
class Rules:
    """The content of makefiles."""

    lines: list[str] = field(default_factory=list)  # those that belong to no rule
    rules: list[Rule] = field(default_factory=list)
    bodies: dict[str, list[str]] = field(default_factory=dict)  # the lines to which `define` gives a name, by name

    def read(self, lines: Iterable[str], depth: int = 0) -> None:
        """Read the lines of a makefile."""
        rule: Rule | None = None
        body: list[str] | None = None
        for line in lines:
            if body is not None:
                if line.strip() == "endef":
                    body = None
                else:
                    body.append(line)
            elif define := _DEFINE.match(line):
                body = self.bodies[define[1]] = []
            elif line.startswith("\t"):
                if rule:
                    rule.recipe.append(line[1:])
            elif parted := _parse_rule(line):
                rule = parted
                self.rules.append(rule)
            elif line.strip() and not _DIRECTIVE.match(line):
                rule = None
                self.lines.append(line)
                if depth < 2 and "eval" in line:  # noqa: PLR2004 - rules that make rules that make rules
                    self.read([made.replace("$$", "$") for made in self.expand_calls(line)], depth + 1)

    def expand_calls(self, line: str) -> list[str]:
        """The lines that a line calls by the names that `define` gave them, with the arguments inserted."""
        found: list[str] = []
        for name, arguments in _CALL.findall(line)[:_MOST_CALLS]:
            given = [name, *(argument.strip() for argument in arguments.split(","))]
            found += [_with_arguments(body, given) for body in self.bodies.get(name, ())]
        return found

    def own(self, names: Iterable[str], expand: Callable[[str], list[str]]) -> list[Rule]:
        """The rules that make runs for `build-NAME`: those of the goal, and of everything that it needs or calls."""
        patterns = [(rule, _patterns(rule, expand)) for rule in self.rules]
        goals = [f"build-{name}" for name in sorted(names)]
        found: list[Rule] = []
        for goal in goals:  # grows as more is needed
            for rule in _matching(goal, patterns):
                if not any(rule is other for other in found):
                    found.append(rule)
                    goals += [needed for needed in self._needed(rule, expand) if needed not in goals]
        return found

    def recipe(self, rule: Rule) -> list[str]:
        """The commands of a rule, with those that it calls by a name, and with the name of its target inserted."""
        lines = [text for line in rule.recipe for text in (line, *self.expand_calls(line))]
        target = rule.targets
        if len(target.split()) != 1:
            return lines
        named = [_TARGET.sub(lambda _: target, line) for line in lines]
        return [_TARGET_DIRECTORY.sub(lambda _: f"$(dir {target})", line) for line in named]

    def _needed(self, rule: Rule, expand: Callable[[str], list[str]]) -> list[str]:
        texts = [] if rule.is_assignment else expand(rule.prerequisites)
        for line in self.recipe(rule):
            texts += [text for words in _SUBMAKE.findall(line) for text in expand(words)]
        return list(dict.fromkeys(word for text in texts for word in text.split() if not word.startswith("-")))


def _with_arguments(text: str, given: Sequence[str]) -> str:
    def argument(match: re.Match[str]) -> str:
        number = int(match[1] or match[2] or match[3])
        return given[number] if number < len(given) else ""

    return re.sub(r"\$(?:\((\d)\)|\{(\d)\}|(\d))", argument, text)


def _parse_rule(line: str) -> Rule | None:
    """The rule that a line begins; None if it does not begin one."""
    depth = 0
    for index, character in enumerate(line):
        if character in "({":
            depth += 1
        elif character in ")}":
            depth -= 1
        elif depth == 0 and character == "=":
            return None
        elif depth == 0 and character == ":":
            rest = line[index + 1 :].removeprefix(":")
            targets = line[:index].removesuffix("&").strip()
            if rest.startswith(("=", ":=")) or not targets:
                return None
            prerequisites, semicolon, command = rest.partition(";")
            return Rule(targets, prerequisites, [command] if semicolon else [])
    return None


def _patterns(rule: Rule, expand: Callable[[str], list[str]]) -> list[re.Pattern[str]]:
    targets = dict.fromkeys(target for text in expand(rule.targets) for target in text.split())
    texts = [re.escape(target.replace("%", "*")).replace(r"\*", ".*") for target in targets if target != ".PHONY"]
    return [re.compile(text) for text in texts]


def _matching(goal: str, patterns: Sequence[tuple[Rule, list[re.Pattern[str]]]]) -> list[Rule]:
    """The rules for a goal; a goal with a recipe of its own needs no pattern."""
    named = [rule for rule, own in patterns if any(pattern.pattern == re.escape(goal) for pattern in own)]
    if any(rule.recipe for rule in named):
        return named
    return [rule for rule, own in patterns if any(pattern.fullmatch(goal) for pattern in own)]
