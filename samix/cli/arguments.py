"""Arguments as sam takes them, where a command line parser would not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SEVERAL_VALUES = frozenset({"--parameter-overrides"})


def join_values(arguments: Sequence[str]) -> list[str]:
    """The arguments with all the values of an option that takes several joined to one.

    Such an option takes everything up to the next option, as `samcli.cli.types` and `OptionNargs` have it:
    `--parameter-overrides A=1 B=2` becomes `--parameter-overrides "A=1 B=2"`.
    """
    joined: list[str] = []
    collecting = False
    for argument in arguments:
        if argument.startswith("-"):
            collecting = argument in _SEVERAL_VALUES
            joined.append(argument)
        elif collecting and joined[-1] not in _SEVERAL_VALUES:
            joined[-1] += f" {argument}"
        else:
            joined.append(argument)
    return joined
