"""The command line with its commands."""

from __future__ import annotations

from typing import Annotated

import typer

from samix import __version__
from samix.cli.build import EXAMPLES, build
from samix.cli.clean import clean
from samix.cli.plan import EXAMPLES as PLAN_EXAMPLES
from samix.cli.plan import plan

app = typer.Typer(
    name="samix",
    help="Build each function and layer of an AWS SAM application where it belongs: on the host or in a container.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["--help", "-h"]},
)
app.command("build", epilog=EXAMPLES)(build)
app.command("plan", epilog=PLAN_EXAMPLES)(plan)
app.command("clean")(clean)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"samix {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Build each function and layer of an AWS SAM application where it belongs: on the host or in a container."""
