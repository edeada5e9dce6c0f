"""The page of help of a command, from the table of options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samix.cli.help.page import Page, Section
from samix.options.option import Panel
from samix.options.table import COMMANDS, HELP, ROOT

if TYPE_CHECKING:
    from samix.options.option import Command, Opt


def page_of(command: Command) -> Page:
    """The page of help of a command: a section for its arguments, and one for each panel of options."""
    arguments = [(_head(option), option.help) for option in command.options if option.is_argument]
    panels: dict[Panel, list[tuple[str, str]]] = {panel: [] for panel in Panel}
    for option in (*command.options, HELP):
        if not option.is_argument:
            panels[Panel.MAIN if command is ROOT else option.panel].append((_head(option), option.help))
    commands = [(one.name, one.summary) for one in COMMANDS.values()] if command is ROOT else []
    sections = [
        Section("Arguments", arguments),
        *(Section(panel.value, rows) for panel, rows in panels.items()),
        Section("Commands", commands),
    ]
    return Page(_usage(command), command.about, [section for section in sections if section.rows], command.examples)


def _usage(command: Command) -> str:
    if command is ROOT:
        return "samix [OPTIONS] COMMAND [ARGS]..."
    arguments = [f"[{option.type.metavar}]..." for option in command.options if option.is_argument]
    return " ".join(["samix", command.name, "[OPTIONS]", *arguments])


def _head(option: Opt) -> str:
    """An option as it is written on the command line: `-x, --exclude RESOURCE`, `--wait / --no-wait`, `RESOURCE...`."""
    if option.is_argument:
        return f"{option.type.metavar}..."
    written = ", ".join(sorted(option.names, key=lambda name: name.startswith("--")))
    if option.contrary:
        written += f" / {option.contrary}"
    return f"{written} {option.type.metavar}".rstrip()
