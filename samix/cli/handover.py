"""Builds that samix hands over to sam: those that a hook prepares."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

from samix.cli.arguments import is_on_command_line
from samix.host.sam_program import find_sam
from samix.messages.errors import OptionError
from samix.messages.note import Note
from samix.options.table import BUILD

if TYPE_CHECKING:
    import typer

    from samix.build.events import Report
    from samix.options.merge import BuildOptions


def hand_over(ctx: typer.Context, options: BuildOptions, report: Report) -> NoReturn:
    """Replace this process with sam, with the same arguments.

    Raises:
        SamixError: There is no sam, or an option is given that sam does not have.
    """
    arguments = _sam_command_line(ctx)
    sam = find_sam(options.sam, os.environ.get("PATH"))
    if any(options.rule_sets):
        report(Note("build_type of samconfig has no effect: sam does the whole build."))
    # without the arguments, which may contain secrets
    report(Note(f"sam build takes over, with the same arguments, because of --hook-name {options.hook_name}."))
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os.execv(sam, [str(sam), *arguments])  # noqa: S606 - the user's own sam, no shell


def _sam_command_line(ctx: typer.Context) -> list[str]:
    """The arguments of the command line as sam takes them.

    Raises:
        OptionError: An option is given that sam does not have.
    """
    arguments = ["build"]
    names: list[str] = []
    for option in BUILD.options:
        if not is_on_command_line(ctx, option.name):
            continue
        value = ctx.params[option.name]
        if option.is_own:
            if not option.suits_hook:
                raise OptionError(
                    f"{option.long} has no effect with --hook-name: sam then does the whole build.",
                    hint="Remove one of the two options.",
                )
        elif option.is_argument:
            names += value
        elif option.is_switch:
            arguments.append(option.long if value else option.contrary)
        elif option.is_greedy:
            arguments += [option.long, *value]
        else:
            for item in value if option.takes_several else [value]:
                arguments += [option.long, str(item)]
    return [*arguments, *(["--", *names] if names else [])]
