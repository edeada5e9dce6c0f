"""`samix clean`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from samix.cli.arguments import command_line, parameters_of, working_directory
from samix.cli.build import build
from samix.cli.errors import explained
from samix.cli.help import panels


@parameters_of(build, "template_file", "build_dir", "cache_dir", "config_file", "config_env")
def clean(
    ctx: typer.Context,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Tell what would be removed, and remove nothing.", rich_help_panel=panels.MAIN),
    ] = False,
) -> None:
    """Remove what samix made, and only that. What a bare sam or a person put there stays."""
    # so that --help and wrong usage answer at once
    from samix.clean.remove import run_clean  # noqa: PLC0415
    from samix.cli.output import error_console  # noqa: PLC0415
    from samix.options.merge import merge_places  # noqa: PLC0415
    from samix.report.cleaning import cleaning_lines  # noqa: PLC0415
    from samix.report.line_reporter import ConsolePrinter, LineReporter  # noqa: PLC0415
    from samix.state.layout import Layout  # noqa: PLC0415

    with explained(interrupted="Interrupted: samix clean removes the rest."):
        project = working_directory()
        layout = Layout(project, *merge_places(command_line(ctx.params), os.environ, project))
        reporter = LineReporter(ConsolePrinter(error_console()))
        cleaned = run_clean(layout, reporter.waiting, dry_run=dry_run)
    for line in cleaning_lines(cleaned, layout, dry_run=dry_run):
        typer.echo(line)
