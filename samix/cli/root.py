"""The command line with its commands."""

from __future__ import annotations

import os

import typer

from samix import __version__
from samix.cli.clean import clean
from samix.cli.errors import report_errors
from samix.cli.parser import TableCommand, TableGroup, with_options
from samix.cli.plan import plan
from samix.options.table import BUILD, CLEAN, PLAN, ROOT


def _build(ctx: typer.Context) -> None:
    """Build, and exit with the code of the build.

    Raises:
        typer.Exit: Always.
    """
    from samix.cli.run_build import run  # noqa: PLC0415 - so that --help and wrong usage answer at once

    with report_errors(as_json=ctx.params["output"] == "json"):
        code = run(ctx)
    raise typer.Exit(code)


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
for _command, _run in ((BUILD, _build), (PLAN, plan), (CLEAN, clean)):
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
