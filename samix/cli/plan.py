"""`samix plan`."""

from __future__ import annotations

import os
import sys

import typer  # noqa: TC002 - it is read from the signature

from samix.cli.arguments import command_line, parameters_of, working_directory
from samix.cli.build import build
from samix.cli.explain import explained


@parameters_of(build)
def plan(ctx: typer.Context) -> None:
    """Show what samix build would do with the same arguments, and why. Builds and writes nothing."""
    with explained(as_json=ctx.params["output"] == "json"):
        _plan(ctx)


def _plan(ctx: typer.Context) -> None:
    # so that --help and wrong usage answer at once
    from rich.console import Console  # noqa: PLC0415

    from samix.build import plan_build  # noqa: PLC0415
    from samix.cli.ending import write  # noqa: PLC0415
    from samix.cli.run import output_console  # noqa: PLC0415
    from samix.errors import OptionError  # noqa: PLC0415
    from samix.options import OutputFormat, merge_options  # noqa: PLC0415
    from samix.report.document import plan_document  # noqa: PLC0415
    from samix.report.ending import PLAN_TITLES, is_plain, plain_table  # noqa: PLC0415
    from samix.report.lines import LineReporter  # noqa: PLC0415
    from samix.report.summary import plan_rows, print_plan  # noqa: PLC0415

    options = merge_options(command_line(ctx.params), os.environ, working_directory())
    is_document = options.output is OutputFormat.JSON
    with explained(as_json=is_document):
        if options.hook_name:
            raise OptionError(
                "--hook-name: there is no plan of a build that is sam's as a whole.", hint="Run samix build."
            )
        reporter = LineReporter(Console(stderr=True, highlight=False))
        if options.save_params:
            reporter.note("--save-params has no effect: samix plan writes nothing.")
        planned = plan_build(options, os.environ, reporter)
    rows = plan_rows(planned.plan)
    if is_document:
        sys.stdout.write(f"{plan_document(planned.plan, options.build_dir)}\n")
    elif is_plain(sys.stdout, os.environ):
        write(sys.stdout, plain_table(rows, PLAN_TITLES))
    else:
        print_plan(output_console(), rows)
