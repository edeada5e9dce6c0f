"""What a shell may complete a command line with: commands, options, and values as the table of options has them.

It reads the template that the command line so far names. It writes nothing, starts no process, and prints nothing if
the template or the options are wrong: the user is still typing.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from types import FrameType
from typing import TYPE_CHECKING, NamedTuple, NoReturn, cast

from samix.cli.arguments import OF_SHELLS, given_options, repeat_options, working_directory
from samix.cli.completion.scripts import SHELLS
from samix.options.option import Completer
from samix.options.table import COMMANDS, HELP, OPTION, ROOT

if TYPE_CHECKING:
    from typer.core import TyperGroup

    from samix.options.option import Command, Opt
    from samix.template.resources import Resource
    from samix.template.stacks import Application

# `samix.cli.main` looks for it, and the scripts in `samix.cli.completion.scripts` set all three
VARIABLE = "_SAMIX_COMPLETE"
LINE_VARIABLE = "_SAMIX_LINE"
BREAKS_VARIABLE = "_SAMIX_WORDBREAKS"
_PATIENCE_SECONDS = 5.0
_SEPARATOR = "--"


class Kind(Enum):
    """What a shell does with an answer: offer its words, or look for paths itself."""

    WORDS = "words"
    FILE = "file"
    DIRECTORY = "directory"


class Answer(NamedTuple):
    """What may stand where the cursor is."""

    kind: Kind
    # whole words that begin with what is there, each with its meaning, which may be empty. After one that ends with
    # `=` or `.` something is to follow.
    words: Sequence[tuple[str, str]] = ()


_NOTHING = Answer(Kind.WORDS)


def answer_shell(arguments: Sequence[str], environ: Mapping[str, str], patience: float = _PATIENCE_SECONDS) -> None:
    """Print what a completion script asks for: the kind of answer, then a word a line.

    The arguments are the command line without the program, unless the script gives that as one text in the environment.
    After so many seconds there is no answer.
    """
    signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, patience)
    try:
        lines = list(_lines(arguments, environ))
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()
    except Exception:  # noqa: BLE001 - no error may show in the line that is typed
        sys.exit(1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _give_up(_number: int, _frame: FrameType | None) -> NoReturn:
    raise TimeoutError


def _lines(arguments: Sequence[str], environ: Mapping[str, str]) -> Iterator[str]:
    """What the script of a shell reads."""
    is_bash = environ.get(VARIABLE) == "complete_bash"
    start = 0
    if is_bash:
        words, current, start = split_line(environ.get(LINE_VARIABLE, ""), environ.get(BREAKS_VARIABLE, ""))
        words = words[1:]
    else:
        *words, current = arguments or [""]
    answer = complete([os.path.expandvars(os.path.expanduser(word)) for word in words], current)
    yield answer.kind.value
    for word, meaning in answer.words:
        if not word.isprintable() or (is_bash and shlex.quote(word) != word):
            continue  # bash puts it there as it is: a name in a template would become a command
        # bash replaces what follows the last of its breaks, the others the whole word
        yield word[start:] if is_bash else f"{word}\t{' '.join(meaning.split())}"


def split_line(line: str, breaks: str) -> tuple[list[str], str, int]:
    """Split a command line at the cursor, whose text before that is given, as bash does with these COMP_WORDBREAKS.

    Returns:
        The words without their quotes; the last of them, which is not ended yet; and where in that the part begins
        which bash will replace.
    """
    words: list[str] = []
    word = quote = ""
    is_word = is_escaped = False
    start = before = 0
    for character in line:
        if is_escaped or (quote and character != quote and (character != "\\" or quote == "'")):
            word, is_escaped = word + character, False
        elif character == "\\":
            is_word = is_escaped = True
        elif quote:
            quote, start = "", before
        elif character in "'\"":
            quote, is_word, before, start = character, True, start, len(word)
        elif character.isspace():
            words += [word] if is_word else []
            word, is_word, start = "", False, 0
        else:
            word, is_word = word + character, True
            start = len(word) if character in breaks else start
    return words, word, start


def complete(words: Sequence[str], current: str) -> Answer:
    """What may stand after these words (without the program) at the end of a command line, if it begins like this."""
    position = next((index for index, word in enumerate(words) if not word.startswith("-")), None)
    if position is None:
        if words and words[-1] in OF_SHELLS:
            return _starting(((shell, "") for shell in SHELLS), current)
        if current.startswith("-"):
            return _starting(_names_of(ROOT), current)
        return _starting(((command.name, command.summary) for command in COMMANDS.values()), current)
    command = COMMANDS.get(words[position])
    return _Line(command, words[position + 1 :]).complete(current) if command else _NOTHING


class _Line:
    """The arguments of a command before the word that is completed."""

    def __init__(self, command: Command, words: Sequence[str]) -> None:
        self._command = command
        self._words = list(words)
        self._options = dict(_named(command))

    def complete(self, current: str) -> Answer:
        """What may stand here, if it begins like this."""
        is_ended = _SEPARATOR in self._words
        waiting = None if is_ended else self._waiting(current)
        if waiting:
            return self._value(waiting, current)
        name, equals, begun = current.partition("=")
        option = self._options.get(name)
        if equals and option and name.startswith("--") and not is_ended:
            answer = self._value(option, begun)
            return answer._replace(words=[(f"{name}={word}", meaning) for word, meaning in answer.words])
        if current.startswith("-") and not is_ended:
            return _starting(_names_of(self._command), current)
        argument = next((option for option in self._command.options if option.is_argument), None)
        return self._value(argument, current) if argument else _NOTHING

    def _waiting(self, current: str) -> Opt | None:
        """The option or argument whose value the word would be; None if there is none."""
        waiting: Opt | None = None
        # here an option of several values stands before each of them
        for word in repeat_options([*self._words, current])[:-1]:
            option = self._options.get(word) if waiting is None else None
            waiting = option if option and not option.is_switch else None
        return waiting

    def _value(self, option: Opt, current: str) -> Answer:
        match option.type.completer:
            case Completer.FILES:
                return Answer(Kind.FILE)
            case Completer.DIRECTORIES:
                return Answer(Kind.DIRECTORY)
            case Completer.CHOICES:
                words: Iterable[tuple[str, str]] = ((word, "") for word in option.type.choices)
            case Completer.BUILD_TYPES:
                words = self._build_types(option, current)
            case Completer.RESOURCES:
                words = self._full_paths()
            case Completer.IMAGES:
                words = self._logical_ids("=")
            case Completer.VARIABLES:
                words = self._logical_ids(".")
            case Completer.PARAMETERS:
                words = self._template_parameters()
            case _:
                return _NOTHING
        return _starting(words, current)

    def _build_types(self, option: Opt, current: str) -> Iterator[tuple[str, str]]:
        name, equals, _ = current.rpartition("=")
        yield from ((f"{name}{equals}{word}", "") for word in option.type.choices)
        yield from () if equals else self._full_paths("=")

    def _full_paths(self, end: str = "") -> Iterator[tuple[str, str]]:
        for one in self._resources():
            yield f"{one.full_path}{end}", one.runtime or one.kind.value

    def _logical_ids(self, end: str) -> Iterator[tuple[str, str]]:
        for one in self._resources():
            yield f"{one.logical_id}{end}", one.runtime or one.kind.value

    def _template_parameters(self) -> Iterator[tuple[str, str]]:
        from samix.template.value import as_mapping, as_text  # noqa: PLC0415 - as below

        application = self._application()
        declared = as_mapping(application.root.data.get("Parameters")) if application else {}
        for name, content in declared.items():
            yield f"{name}=", as_text(as_mapping(content).get("Description")) or ""

    def _resources(self) -> Iterator[Resource]:
        from samix.template.resources import buildable_resources  # noqa: PLC0415 - as below

        application = self._application()
        for stack in application.stacks if application else ():
            yield from buildable_resources(stack)

    def _application(self) -> Application | None:
        """The application that the command line so far is about; None if it cannot be read."""
        # only where names are asked for, and not before the time limit applies
        import typer.main  # noqa: PLC0415

        from samix.cli.root import app  # noqa: PLC0415
        from samix.messages.errors import SamixError  # noqa: PLC0415
        from samix.options.application import read_application  # noqa: PLC0415
        from samix.options.merge import merge_options  # noqa: PLC0415

        command = cast("TyperGroup", typer.main.get_command(app)).commands[self._command.name]
        context = cast(
            "typer.Context", command.make_context("samix", repeat_options(self._words), resilient_parsing=True)
        )
        # other options may be wrong
        given = {name: value for name, value in given_options(context).items() if OPTION[name].finds_resources}
        try:
            options = merge_options(given, os.environ, working_directory())
            return read_application(options)
        except (SamixError, OSError, ValueError, RecursionError):
            return None


def _named(command: Command) -> Iterator[tuple[str, Opt]]:
    """The options of a command with their names on the command line."""
    for option in command.options:
        yield from ((name, option) for name in (*option.names, option.contrary) if name)
    yield HELP.long, HELP


def _names_of(command: Command) -> Iterator[tuple[str, str]]:
    return ((name, option.help) for name, option in _named(command))


def _starting(words: Iterable[tuple[str, str]], current: str) -> Answer:
    found = {word: meaning for word, meaning in words if word.startswith(current)}
    return Answer(Kind.WORDS, list(found.items()))
