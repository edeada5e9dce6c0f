"""`samix build`."""

from __future__ import annotations

import typer

from samix.cli.errors import report_errors


def build(ctx: typer.Context) -> None:
    """Build, and exit with the code of the build.

    Raises:
        typer.Exit: Always.
    """
    from samix.cli.run_build import run  # noqa: PLC0415 - so that --help and wrong usage answer at once

    with report_errors(as_json=ctx.params["output"] == "json"):
        code = run(ctx)
    raise typer.Exit(code)
