"""Reading a plain command line from the table of options, because importing the parser takes longer than planning.

Plain are whole names of options, with values that do not look like options.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from samix.cli.arguments import repeat_options
from samix.options.option import Kind
from samix.options.table import COMMANDS

if TYPE_CHECKING:
    from samix.options.option import Command, Opt, Type
    from samix.template.value import Value

_NUMBER = re.compile(r"[0-9]{1,9}")
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")


class Line(NamedTuple):
    """A command line that names a command."""

    command: str
    given: Mapping[str, Value]  # the options that it gives, by name, in its order


def read_line(arguments: Sequence[str]) -> Line | None:
    """The command line in these arguments, without the program, as the parser reads it.

    None if only the parser can say what it means: it is not plain, asks for help, or is wrong.
    """
    command = COMMANDS.get(arguments[0]) if arguments else None
    if command is None:
        return None
    try:
        "".join(arguments).encode()  # what is not UTF-8 not every parser takes
        return Line(command.name, _read_options(command, arguments[1:]))
    except (UnicodeEncodeError, _NotPlainError):
        return None


class _NotPlainError(Exception):
    pass


def _read_options(command: Command, arguments: Sequence[str]) -> dict[str, Value]:
    named = _options_by_name(command)
    given: dict[str, Value] = {}
    operands: list[Value] = []
    words = iter(repeat_options(arguments))
    for word in words:
        if not word.startswith("-"):
            operands.append(word)
            continue
        name, equals, text = word.partition("=")
        # after a short name the parser takes the `=` for a part of the value
        if name not in named or (equals and not name.startswith("--")):
            raise _NotPlainError
        option, meaning = named[name]
        value = _value_of(option, meaning, text if equals else None, words)
        if option.takes_several:
            before = given.get(option.name)
            value = [*(before if isinstance(before, list) else []), value]
        given[option.name] = value
    if operands:
        given[_argument_of(command)] = operands
    return given


def _options_by_name(command: Command) -> dict[str, tuple[Opt, bool]]:
    """The options by their names on the command line; for a switch, with whether the name means yes."""
    named = {name: (option, True) for option in command.options for name in option.names}
    return named | {option.contrary: (option, False) for option in command.options if option.contrary}


def _argument_of(command: Command) -> str:
    for option in command.options:
        if option.is_argument:
            return option.name
    raise _NotPlainError


def _value_of(option: Opt, meaning: bool, text: str | None, words: Iterator[str]) -> Value:
    """The value of an option: what its name means, the text behind its `=`, or else the next word."""
    if option.is_switch:
        if text is not None:
            raise _NotPlainError
        return meaning
    if text is None:
        text = next(words, "-")
    if text.startswith("-"):
        raise _NotPlainError
    return _read(option.type, text)


def _read(taken: Type, text: str) -> Value:
    match taken.kind:
        case Kind.NUMBER if _NUMBER.fullmatch(text) and int(text) >= taken.least:
            return int(text)
        case Kind.SECONDS if _SECONDS.fullmatch(text):
            return float(text)
        case Kind.WORD if text in taken.choices:
            return text
        case Kind.TEXT | Kind.TEXTS:
            return text
    raise _NotPlainError
