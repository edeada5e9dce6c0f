"""Commands whose help is a page with a panel for each group of options."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from typer.core import TyperCommand, TyperGroup

from samix.cli.errors import wrong_usage_marked
from samix.cli.help.page import EXAMPLES, Page, Section, look_for, shown
from samix.cli.help.panels import MAIN, ORDER, OTHER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Protocol

    import typer

    class Formatter(Protocol):
        """Where the parser has help written to."""

        def write(self, string: str) -> None:
            """Take some text."""

    class Parameter(Protocol):
        """An option or an argument as the parser has it."""

        @property
        def opts(self) -> Sequence[str]:
            """Its names."""

        @property
        def secondary_opts(self) -> Sequence[str]:
            """The names with which it means the contrary."""

        @property
        def param_type_name(self) -> str:
            """Which of the two it is."""


_ARGUMENTS, _COMMANDS = "Arguments", "Commands"
_LONGEST = 200


class PanelCommand(TyperCommand):
    """A command whose help shows each panel of options on its own."""

    def format_help(self, ctx: typer.Context, formatter: Formatter) -> None:  # type: ignore[override]
        """Write the help of the command."""
        _write(_page(self, ctx), ctx, formatter)


class PanelGroup(TyperGroup):
    """A command that has commands, with help of the same kind."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Read the rest of the command line and run the command that it names."""
        with wrong_usage_marked():
            return super().invoke(ctx)

    def format_help(self, ctx: typer.Context, formatter: Formatter) -> None:  # type: ignore[override]
        """Write the help of the command."""
        commands = [(name, command.get_short_help_str(_LONGEST)) for name, command in self.commands.items()]
        _write(_page(self, ctx, Section(_COMMANDS, commands)), ctx, formatter)


def _write(page: Page, ctx: typer.Context, formatter: Formatter) -> None:
    look = look_for(sys.stdout, os.environ)
    if look.coloured:
        ctx.color = True  # or colours that are asked for where there is no terminal are taken out again
    formatter.write(shown(page, look))


def _page(command: TyperCommand | TyperGroup, ctx: typer.Context, *more: Section) -> Page:
    panels: dict[str, list[tuple[str, str]]] = {}
    parameters = [one for one in command.get_params(ctx) if not getattr(one, "hidden", False)]
    has_panels = any(getattr(one, "rich_help_panel", None) for one in parameters)
    for parameter in parameters:
        if parameter.param_type_name == "argument":
            panel = _ARGUMENTS
        else:
            panel = getattr(parameter, "rich_help_panel", None) or (OTHER if has_panels else MAIN)
        panels.setdefault(panel, []).append((_head(parameter), getattr(parameter, "help", None) or ""))
    order = [_ARGUMENTS, *ORDER]
    titles = sorted(panels, key=lambda title: order.index(title) if title in order else len(order))
    return Page(
        " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)]),
        [" ".join(paragraph.split()) for paragraph in (command.help or "").split("\n\n")],
        [*(Section(title, panels[title]) for title in titles), *more],
        list(_examples(command.epilog or "")),
    )


def _head(parameter: Parameter) -> str:
    """What to write on the command line: `-x, --exclude RESOURCE`, `--wait / --no-wait`, `RESOURCE...`."""
    metavar = getattr(parameter, "metavar", None) or ""
    if parameter.param_type_name == "argument":
        return f"{metavar}..."
    names = sorted(parameter.opts, key=lambda name: name.startswith("--"))
    written = ", ".join(names)
    if parameter.secondary_opts:
        written += f" / {', '.join(parameter.secondary_opts)}"
    return written if getattr(parameter, "is_flag", False) else f"{written} {metavar}"


def _examples(epilog: str) -> Iterator[str]:
    """The command lines of an epilog, one a line below a title."""
    lines = [line.strip() for line in epilog.splitlines()]
    yield from (line for line in lines if line and line not in {"\b", f"{EXAMPLES}:"})
