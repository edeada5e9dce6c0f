"""Rewrites arguments that sam accepts and a command line parser does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from samix.messages.errors import SamixError
from samix.options.option import Completer
from samix.options.table import OPTION, ROOT

if TYPE_CHECKING:
    import typer

    from samix.template.value import Value

OF_SHELLS = frozenset(option.long for option in ROOT.options if option.type.completer is Completer.SHELLS)
_SEVERAL_VALUES = frozenset(option.long for option in OPTION.values() if option.is_greedy)


def repeat_options(arguments: Sequence[str]) -> list[str]:
    """The arguments with an option that takes several values repeated for each of them.

    Such an option takes everything up to the next option, as sam's `OptionNargs` has it:
    `--parameter-overrides A=1 B=2` becomes `--parameter-overrides A=1 --parameter-overrides B=2`.
    """
    repeated: list[str] = []
    option = ""
    for argument in _apart(arguments):
        if argument.startswith("-"):
            option = argument if argument in _SEVERAL_VALUES else ""
        elif option and repeated[-1] != option:
            repeated.append(option)
        repeated.append(argument)
    return repeated


def _apart(arguments: Sequence[str]) -> Iterator[str]:
    """The arguments, with an option that takes several values separated from a value that stands behind its `=`."""
    for argument in arguments:
        option, equals, value = argument.partition("=")
        if equals and option in _SEVERAL_VALUES:
            yield from (option, value)
        else:
            yield argument


def name_shell(arguments: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """The arguments, with the shell that samix was started from added to an option of completion that names none."""
    if len(arguments) != 1 or arguments[0] not in OF_SHELLS:
        return list(arguments)
    from samix.cli.completion.scripts import detect  # noqa: PLC0415 - for this alone

    return [*arguments, detect(environ)]


def given_options(ctx: typer.Context) -> dict[str, Value]:
    """The options that the parsed command line gives, by sam's names of the options, in its order."""
    given = ((name, value) for name, value in ctx.params.items() if _is_on_command_line(ctx, name))
    values = {name: cast("Value", list(value) if isinstance(value, tuple) else value) for name, value in given}
    # click 8.1 counts an argument without values as given
    return {name: value for name, value in values.items() if value != []}


def _is_on_command_line(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def working_directory() -> Path:
    """The directory in which samix was started.

    Raises:
        SamixError: The directory was removed meanwhile.
    """
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise SamixError(
            "The working directory no longer exists.", hint="Change to another directory (cd), and start samix there."
        ) from None
