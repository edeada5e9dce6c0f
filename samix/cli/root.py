"""The command line with its commands."""

from __future__ import annotations

import os

import typer

from samix import __version__
from samix.cli.arguments import given_options
from samix.cli.commands import run_command
from samix.cli.errors import report_errors
from samix.cli.parser import TableCommand, TableGroup, with_options
from samix.options.table import COMMANDS, ROOT


def _run(ctx: typer.Context) -> None:
    run_command(str(ctx.info_name), given_options(ctx), ctx.obj)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"samix {__version__}")
        raise typer.Exit


def _show_completion(shell: str | None) -> None:
    if shell is not None:
        from samix.cli.completion.scripts import script  # noqa: PLC0415 - for this alone

        with report_errors():
            typer.echo(script(shell), nl=False)
        raise typer.Exit


def _install_completion(shell: str | None) -> None:
    if shell is not None:
        from samix.cli.completion.scripts import install  # noqa: PLC0415 - for this alone

        with report_errors():
            path = install(shell, os.environ)
        typer.echo(f"{shell} completion installed in {path}\nIt takes effect in the next {shell} that is started.")
        raise typer.Exit


def _do_nothing(_: typer.Context) -> None:
    """Do nothing: each command does its own work."""


app = typer.Typer(
    name="samix",
    cls=TableGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,  # brackets in a text are not markup, and errors are plain lines without a frame
    context_settings={"help_option_names": ["--help", "-h"]},
)
for _command in COMMANDS.values():
    app.command(_command.name, cls=TableCommand)(with_options(_command, _run))
app.callback()(
    with_options(
        ROOT,
        _do_nothing,
        {
            "version": _print_version,
            "install_completion": _install_completion,
            "show_completion": _show_completion,
        },
    )
)
