"""Builds that samix hands over to sam: those that a hook prepares."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, NoReturn

from samix.host.sam_program import find_sam
from samix.messages.errors import OptionError
from samix.messages.note import Note
from samix.options.table import BUILD

if TYPE_CHECKING:
    from samix.build.events import Report
    from samix.options.merge import BuildOptions
    from samix.template.value import Value


def hand_over(given: Mapping[str, Value], options: BuildOptions, report: Report) -> NoReturn:
    """Replace this process with sam, with the options that the command line gives.

    Raises:
        SamixError: There is no sam, or an option is given that sam does not have.
    """
    arguments = _sam_command_line(given)
    sam = find_sam(options.sam, os.environ.get("PATH"))
    if any(options.rule_sets):
        report(Note("build_type of samconfig has no effect: sam does the whole build."))
    # without the arguments, which may contain secrets
    report(Note(f"sam build takes over, with the same arguments, because of --hook-name {options.hook_name}."))
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os.execv(sam, [str(sam), *arguments])  # noqa: S606 - the user's own sam, no shell


def _sam_command_line(given: Mapping[str, Value]) -> list[str]:
    """The arguments of the command line as sam takes them.

    Raises:
        OptionError: An option is given that sam does not have.
    """
    arguments = ["build"]
    names: list[str] = []
    for option in BUILD.options:
        if option.name not in given:
            continue
        value = given[option.name]
        if option.is_own:
            if not option.suits_hook:
                raise OptionError(
                    f"{option.long} has no effect with --hook-name: sam then does the whole build.",
                    hint="Remove one of the two options.",
                )
        elif option.is_argument:
            names += _texts(value)
        elif option.is_switch:
            arguments.append(option.long if value else option.contrary)
        elif option.is_greedy:
            arguments += [option.long, *_texts(value)]
        else:
            for item in _texts(value):
                arguments += [option.long, item]
    return [*arguments, *(["--", *names] if names else [])]


def _texts(value: Value) -> list[str]:
    return [str(item) for item in (value if isinstance(value, list) else [value])]
