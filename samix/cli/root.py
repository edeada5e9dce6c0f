"""The command line with its commands."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from samix import __version__
from samix.cli.build import EXAMPLES, build
from samix.cli.clean import clean
from samix.cli.errors import explained
from samix.cli.fast.front import ABOUT
from samix.cli.help.commands import PanelCommand, PanelGroup
from samix.cli.plan import EXAMPLES as PLAN_EXAMPLES
from samix.cli.plan import plan

app = typer.Typer(
    name="samix",
    cls=PanelGroup,
    help=ABOUT,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,  # brackets in a text are no markup, and errors are plain lines that no frame cuts
    context_settings={"help_option_names": ["--help", "-h"]},
)
app.command("build", cls=PanelCommand, epilog=EXAMPLES)(build)
app.command("plan", cls=PanelCommand, epilog=PLAN_EXAMPLES)(plan)
app.command("clean", cls=PanelCommand)(clean)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"samix {__version__}")
        raise typer.Exit


def _show_completion(shell: str | None) -> None:
    if shell is not None:
        from samix.cli.completion.scripts import script  # noqa: PLC0415 - for this alone

        with explained():
            typer.echo(script(shell), nl=False)
        raise typer.Exit


def _install_completion(shell: str | None) -> None:
    if shell is not None:
        from samix.cli.completion.scripts import install  # noqa: PLC0415 - for this alone

        with explained():
            path = install(shell, os.environ)
        typer.echo(f"{shell} completion installed in {path}\nIt takes effect in the next {shell} that is started.")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    install_completion: Annotated[
        str | None,
        typer.Option(
            "--install-completion",
            metavar="[SHELL]",
            callback=_install_completion,
            is_eager=True,
            help="Install completion for bash, zsh or fish; by default for the one that is used.",
        ),
    ] = None,
    show_completion: Annotated[
        str | None,
        typer.Option(
            "--show-completion",
            metavar="[SHELL]",
            callback=_show_completion,
            is_eager=True,
            help="Show the completion script, to put it where you like.",
        ),
    ] = None,
) -> None:
    """Build each function and layer of an AWS SAM application where it belongs: on the host or in a container."""
