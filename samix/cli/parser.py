"""The table of options as the command line parser takes it."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer
from typer.core import TyperCommand, TyperGroup

from samix.cli.errors import wrong_usage_marked
from samix.cli.help.command_page import page_of
from samix.cli.help.page import look_for, render_page
from samix.options.option import Kind
from samix.options.table import COMMANDS, ROOT

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

    from samix.options.option import Command, Opt


_TYPES = {Kind.SWITCH: bool, Kind.TEXT: str, Kind.TEXTS: list[str], Kind.NUMBER: int, Kind.SECONDS: float}


class TableCommand(TyperCommand):
    """A command whose help is made from the table."""

    def format_help(self, ctx: typer.Context, formatter: SupportsWrite[str]) -> None:  # type: ignore[override]
        """Write the help of the command."""
        _write(COMMANDS[str(self.name)], ctx, formatter)


class TableGroup(TyperGroup):
    """samix itself, with help of the same kind."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Read the rest of the command line and run the command that it names."""
        with wrong_usage_marked():
            return super().invoke(ctx)

    def format_help(self, ctx: typer.Context, formatter: SupportsWrite[str]) -> None:  # type: ignore[override]
        """Write the help of samix."""
        _write(ROOT, ctx, formatter)


def _write(command: Command, ctx: typer.Context, formatter: SupportsWrite[str]) -> None:
    look = look_for(sys.stdout, os.environ)
    if look.coloured:
        ctx.color = True  # else click strips colours that are asked for where there is no terminal
    formatter.write(render_page(page_of(command), look))


def with_options(
    command: Command,
    run: Callable[[typer.Context], None],
    callbacks: Mapping[str, Callable[..., None]] | None = None,
) -> Callable[..., None]:
    """A function with the options of a command as its parameters, for typer.

    It calls `run`, which reads the options from its context. A callback is called as soon as the option of its name is
    read.
    """

    def call(**values: object) -> None:
        run(cast("typer.Context", values["ctx"]))

    context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    options = [_parameter(option, (callbacks or {}).get(option.name)) for option in command.options]
    call.__signature__ = inspect.Signature([context, *options])  # type: ignore[attr-defined]
    return call


def _parameter(option: Opt, callback: Callable[..., None] | None) -> inspect.Parameter:
    taken = option.type
    if option.is_argument:
        declared = typer.Argument(metavar=taken.metavar)
    else:
        long, *others = option.names
        declared = typer.Option(
            f"{long}/{option.contrary}" if option.contrary else long,
            *others,
            metavar=taken.metavar or None,
            min=taken.least if taken.kind is Kind.NUMBER else None,
            callback=callback,
            is_eager=callback is not None,
        )
    kind: object = Literal[taken.choices] if taken.kind is Kind.WORD else _TYPES[taken.kind]
    return inspect.Parameter(
        option.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind | None, declared],  # type: ignore[operator]
    )
