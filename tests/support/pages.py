"""The pages of the documentation: the commands in them, the files that they have their reader write, and the outputs.

What is what is told by how it is written, and nothing else:

- A fenced block of language `sh` holds commands. A `text` block right after it holds lines that they print; in it
  `...` stands for more lines.
- A fenced block of language `console` holds commands after `$ `, each with lines that it prints.
- A block of any other language whose paragraph before it begins with a name in backticks and ends with a colon is a
  file of that name to write.
- The commands in a block of language `yaml` that is a recipe for a CI system, or a part of one, are commands too.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import tomlkit
import tomlkit.exceptions
import yaml
from markdown_it import MarkdownIt
from support.project import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from markdown_it.token import Token

LANGUAGES = frozenset({"sh", "console", "text", "yaml", "toml", "json", "python", "c", "make", "js", "mermaid"})
DIRECTIVES = frozenset({"{include}", "{literalinclude}"})

_FILE = re.compile(r"`(?P<name>[^`]+)`.*:", re.DOTALL)
_COMMAND_LISTS = frozenset({"script", "before_script", "after_script", "commands"})
_ACTION = re.compile(r"OWNER/samix@v\d+")
_PROMPT = "$ "
_LOOKS_LIKE_A_COMMAND = re.compile(r"(\$ |(?:samix|sam|docker|make|pip|sudo) )")


@dataclass(frozen=True)
class Write:
    """A file that the reader is to write."""

    name: str
    content: str


@dataclass(frozen=True)
class Command:
    """A command that the reader is to run, and lines that it and those right before it print."""

    line: str
    printed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """A page of the documentation."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(REPOSITORY).as_posix()

    def tokens(self) -> list[Token]:
        return MarkdownIt("commonmark").enable("table").parse(self.path.read_text(encoding="utf-8"))

    def fences(self) -> list[Token]:
        return [token for token in self.tokens() if token.type == "fence"]

    def steps(self) -> list[Write | Command]:
        """What the reader is to do, in order."""
        return list(_steps(self.tokens()))

    def commands(self) -> list[str]:
        return [step.line for step in self.steps() if isinstance(step, Command)]

    def options(self) -> set[str]:
        """The long options that are named between backticks in the text."""
        spans = (child for token in self.tokens() for child in token.children or [] if child.type == "code_inline")
        return {option for span in spans for option in re.findall(r"(?<![\w-])--[a-z][\w-]*", span.content)}

    def mistakes(self) -> list[str]:
        """What is written so that a command might be overlooked, or cannot be read as what it is said to be."""
        return [f"{self.name}:{(token.map or [0])[0] + 1}: {wrong}" for token, wrong in _mistakes(self.tokens())]


def pages() -> list[Page]:
    """Every page that users read."""
    docs = (path for path in (REPOSITORY / "docs").rglob("*.md") if "_build" not in path.parts)
    others = [*REPOSITORY.glob("*.md"), *(REPOSITORY / "examples").glob("*/*.md")]
    return [Page(path) for path in [*sorted(others), *sorted(docs)]]


def _steps(tokens: list[Token]) -> Iterator[Write | Command]:
    previous: Token | None = None
    commands: list[str] = []
    for token, paragraph in _blocks(tokens):
        language = token.info.split(" ")[0]
        is_output = language == "text" and previous is not None and previous.info == "sh" and paragraph is None
        if is_output and commands:
            *before, last = commands
            yield from map(Command, before)
            yield Command(last, tuple(token.content.splitlines()))
            commands = []
        else:
            yield from map(Command, commands)
            commands = []
            file = _FILE.fullmatch(paragraph or "")
            if language == "sh":
                commands = split_commands(token.content)
            elif language == "console":
                yield from _console(token.content)
            elif file:
                yield Write(file["name"], token.content)
            if language == "yaml":
                yield from map(Command, ci_commands(token.content))
        previous = token
    yield from map(Command, commands)


def _blocks(tokens: list[Token]) -> Iterator[tuple[Token, str | None]]:
    """The fenced blocks, each with the paragraph between it and what is before it."""
    paragraph: str | None = None
    for token in tokens:
        if token.type == "fence":
            yield token, paragraph
            paragraph = None
        elif token.type == "inline":
            paragraph = token.content
        elif token.type in {"heading_open", "html_block", "hr"}:
            paragraph = ""


def _console(text: str) -> Iterator[Command]:
    for part in re.split(r"(?m)^(?=\$ )", text):
        first, *printed = part.splitlines() or [""]
        if first.startswith(_PROMPT):
            yield Command(first.removeprefix(_PROMPT), tuple(printed))


def split_commands(text: str) -> list[str]:
    """The commands of a script: lines, and what bash reads as one command over several lines."""
    commands: list[str] = []
    begun = ""
    for line in text.splitlines():
        if not begun and (not line.strip() or line.lstrip().startswith("#")):
            continue
        begun = f"{begun}\n{line}" if begun else line
        if not line.endswith("\\") and _is_whole(begun):
            commands.append(begun)
            begun = ""
    assert not begun, f"bash cannot read this: {begun}"
    return commands


def _is_whole(command: str) -> bool:
    return subprocess.run(["bash", "-n", "-c", command], capture_output=True, check=False).returncode == 0


def ci_commands(text: str) -> list[str]:
    """The commands in a recipe for a CI system, or in a part of one: those of `uses: OWNER/samix` as a command line."""
    scripts = _scripts(yaml.load(text, _CloudFormationLoader), {})  # noqa: S506 - a safe one
    return [command for script in scripts for command in split_commands(script)]


def _scripts(node: object, matrix: Mapping[str, list[str]]) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _scripts(item, matrix)
    elif isinstance(node, dict):
        matrix = node.get("strategy", {}).get("matrix", matrix) if "steps" in node else matrix
        for key, value in node.items():
            if key == "run" or (key in _COMMAND_LISTS and isinstance(value, list)):
                yield value if isinstance(value, str) else "\n".join(value)
            elif key == "uses" and _ACTION.fullmatch(str(value)):
                yield from _for_each(_action_command(node.get("with", {})), matrix)
            else:
                yield from _scripts(value, matrix)


def _action_command(given: Mapping[str, str]) -> str:
    command = f"samix build {given.get('args', '')}".strip()
    return f"(cd {given['working-directory']} && {command})" if "working-directory" in given else command


def _for_each(command: str, matrix: Mapping[str, list[str]]) -> list[str]:
    """The command for each combination of what a matrix has."""
    commands = [command]
    for name, values in matrix.items():
        commands = [one.replace(f"${{{{ matrix.{name} }}}}", value) for one in commands for value in values]
    return commands


class _CloudFormationLoader(yaml.SafeLoader):
    """Reads the short forms of intrinsic functions."""


_CloudFormationLoader.add_multi_constructor("!", lambda _loader, _suffix, node: str(node.value))


_READERS: Mapping[str, Callable[[str], object]] = {
    "yaml": lambda text: yaml.load(text, _CloudFormationLoader),  # noqa: S506 - a safe one
    "toml": tomlkit.parse,
    "json": json.loads,
}


def _mistakes(tokens: list[Token]) -> Iterator[tuple[Token, str]]:
    for token in tokens:
        if token.type == "code_block":
            yield token, "an indented block: fence it, and say its language"
        elif token.type == "fence":
            yield from ((token, wrong) for wrong in _wrong(token.info.split(" ")[0], token.content))


def _wrong(language: str, content: str) -> Iterator[str]:
    if language not in LANGUAGES | DIRECTIVES:
        yield f"a block of language {language!r}, which no test knows"
    if language == "console" and not content.startswith(_PROMPT):
        yield "a console block without a command: make it text"
    if language == "text" and any(map(_LOOKS_LIKE_A_COMMAND.match, content.splitlines())):
        yield "a command in a text block: make it sh or console"
    if language in {"sh", "console"} and "<<" in content:
        yield "a here document, of which it cannot be told where it ends"
    if language in _READERS:
        try:
            _READERS[language](content)
        except (yaml.YAMLError, tomlkit.exceptions.TOMLKitError, ValueError) as error:
            yield f"this cannot be read as {language}: {error}"
