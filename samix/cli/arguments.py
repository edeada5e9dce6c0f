"""Arguments as sam takes them, where a command line parser would not, and as commands share them."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, cast

from samix.messages.errors import SamixError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import typer

    from samix.template.value import Value

OF_SHELLS = frozenset({"--install-completion", "--show-completion"})
_SEVERAL_VALUES = frozenset({"--parameter-overrides"})


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
    """The arguments with such an option apart from a value that stands behind a `=`."""
    for argument in arguments:
        option, equals, value = argument.partition("=")
        if equals and option in _SEVERAL_VALUES:
            yield from (option, value)
        else:
            yield argument


def name_shell(arguments: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """The arguments with the shell in them that is asked of if none is named: the one that samix is started from."""
    if len(arguments) != 1 or arguments[0] not in OF_SHELLS:
        return list(arguments)
    from samix.cli.completion.scripts import detect  # noqa: PLC0415 - for this alone

    return [*arguments, detect(environ)]


def command_line(parameters: Mapping[str, object]) -> dict[str, Value]:
    """What the command line gives, by sam's names of the options; None and empty lists where it gives nothing."""
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in parameters.items()}
    return cast("dict[str, Value]", values)


def is_spoken(ctx: typer.Context, name: str) -> bool:
    """Whether the command line gives a parameter."""
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def parameters_of(command: Callable[..., None], *names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give another command the parameters of a command, which it reads from its context.

    Args:
        command: The command that declares them.
        names: Those that are meant; without any: all.
    """
    declared = inspect.signature(command, eval_str=True).parameters

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(function, eval_str=True).parameters
        taken = [declared[name] for name in names or declared if name not in own]

        def run(**values: object) -> None:
            function(**{name: values[name] for name in own})

        run.__doc__, run.__name__ = function.__doc__, function.__name__
        run.__signature__ = inspect.Signature([*own.values(), *taken])  # type: ignore[attr-defined]
        return run

    return decorate


def working_directory() -> Path:
    """The directory in which samix was started.

    Raises:
        SamixError: It was removed meanwhile.
    """
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise SamixError(
            "The working directory does not exist any more.", hint="Go to another one (cd), and start samix there."
        ) from None
