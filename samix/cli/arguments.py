"""Arguments as sam takes them, where a command line parser would not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import typer

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


def is_spoken(ctx: typer.Context, name: str) -> bool:
    """Whether the command line gives a parameter."""
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
