"""What GitHub's runner and GitLab read in a log, and in the files of a step.

Written after what they document, and what the runner does (`ActionCommand`, `ActionCommandManager`,
`FileCommandManager`) and GitLab (`Gitlab::Regex.build_trace_section_regex`); none of samix's code is in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REGISTERED = frozenset(
    {
        *("internal-set-repo-path", "set-env", "set-output", "save-state", "add-mask", "add-path", "add-matcher"),
        *("remove-matcher", "debug", "warning", "error", "notice", "group", "endgroup", "echo"),
    }
)
_STOP = "stop-commands"
_LINE_ENDS = re.compile("\r\n|\r|\n")
# of .NET: `Char.IsWhiteSpace`
_WHITE_SPACE = "\t\x0b\x0c \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
_WHITE_SPACE += "\u2028\u2029\u202f\u205f\u3000"
_SECTION = re.compile(r"section_(start|end):(\d+):([a-zA-Z0-9_.-]+)(\[\w+=\w+(?:, ?\w+=\w+)*\])?\r\x1b\[0K")


@dataclass(frozen=True)
class Command:
    """A workflow command as the runner understands it."""

    name: str
    data: str
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Log:
    """What the runner makes of the output of a step.

    Attributes:
        commands: What it did, in order.
        lines: What it showed as lines.
        folded: The lines in each group, by its title.
    """

    commands: list[Command] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    folded: list[tuple[str, list[str]]] = field(default_factory=list)

    @property
    def errors(self) -> list[Command]:
        return [command for command in self.commands if command.name == "error"]


def read_log(output: bytes | str) -> Log:
    """Read the output of a step, one of its two streams, as GitHub's runner does."""
    text = output if isinstance(output, str) else output.decode("utf-8", "replace")
    log = Log()
    token = None
    is_in_group = False
    for line in _LINE_ENDS.split(text):
        command = parse_command(line, REGISTERED | {_STOP} | ({token} if token else frozenset()))
        if token and command and command.name == token:
            token = None
        elif not token and command and command.name == _STOP:
            token = command.data
            log.commands.append(command)
        elif not token and command:
            log.commands.append(command)
            if command.name == "group":
                log.folded.append((command.data, []))
            is_in_group = command.name == "group" or (is_in_group and command.name != "endgroup")
        elif is_in_group:
            log.folded[-1][1].append(line)
        else:
            log.lines.append(line)
    return log


def parse_command(line: str, registered: frozenset[str] = REGISTERED) -> Command | None:
    """The command that a line is: of the present form, or the old one."""
    return _parse(line, registered) or _parse_old(line, registered)


def _parse(line: str, registered: frozenset[str]) -> Command | None:
    line = line.lstrip(_WHITE_SPACE)
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    name, _, properties = line[2:end].partition(" ")
    if name.lower() not in registered:
        return None
    codes = {"\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C", "%": "%25"}
    found = dict(_properties(properties.strip(), ",", codes))
    data = _unescaped(line[end + 2 :], {"\r": "%0D", "\n": "%0A", "%": "%25"})
    return Command(name.lower(), data, found)


def _parse_old(line: str, registered: frozenset[str]) -> Command | None:
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name, _, properties = line[start + 3 : end].partition(" ")
    if name.lower() not in registered:
        return None
    codes = {";": "%3B", "\r": "%0D", "\n": "%0A", "]": "%5D", "%": "%25"}
    return Command(name.lower(), _unescaped(line[end + 1 :], codes), dict(_properties(properties, ";", codes)))


def _properties(text: str, separator: str, codes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for part in text.split(separator):
        name, _, value = part.partition("=")
        if name and value:
            yield name, _unescaped(value, codes)


def _unescaped(text: str, codes: Mapping[str, str]) -> str:
    for letter, code in codes.items():
        text = text.replace(code, letter)
    return text


def read_outputs(text: str) -> dict[str, str]:
    """What a step wrote to `$GITHUB_OUTPUT`, as the runner reads it on Linux."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, _, value = line.partition("=")
            found[name] = value
            continue
        name, _, delimiter = line.partition("<<")
        assert heredoc > 0, f"invalid format {line!r}"
        assert delimiter, f"invalid format {line!r}"
        value_lines: list[str] = []
        for inner in lines:
            if inner == delimiter:
                break
            value_lines.append(inner)
        else:
            raise AssertionError(f"no matching delimiter {delimiter!r}")
        found[name] = "\n".join(value_lines)
    return found


@dataclass(frozen=True)
class Section:
    """What opens or closes a section of GitLab's."""

    what: str
    name: str
    options: str


def read_sections(output: bytes | str) -> list[Section]:
    """What opens and closes sections in a log of GitLab's, in order."""
    text = output if isinstance(output, str) else output.decode("utf-8", "replace")
    return [Section(what, name, options or "") for what, _, name, options in _SECTION.findall(text)]
