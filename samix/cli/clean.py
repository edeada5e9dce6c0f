"""`samix clean`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from samix.cli.arguments import working_directory
from samix.cli.errors import report_errors

if TYPE_CHECKING:
    from samix.template.value import Value


def clean(given: Mapping[str, Value]) -> None:
    """Remove what samix made, and print what that was."""
    from samix.build.events import Waiting  # noqa: PLC0415 - the others are for builds and plans
    from samix.clean.remove import run_clean  # noqa: PLC0415
    from samix.cli.output import error_console  # noqa: PLC0415
    from samix.messages.printable import write  # noqa: PLC0415
    from samix.options.merge import merge_places  # noqa: PLC0415
    from samix.report.cleaning import cleaning_lines  # noqa: PLC0415
    from samix.report.line_reporter import LineReporter, Printer  # noqa: PLC0415
    from samix.state.layout import Layout  # noqa: PLC0415

    dry_run = bool(given.get("dry_run"))
    with report_errors(interrupted="Interrupted: run samix clean again to remove the rest."):
        project = working_directory()
        layout = Layout(project, *merge_places(given, os.environ, project))
        reporter = LineReporter(Printer(error_console()))
        cleaned = run_clean(layout, lambda holder: reporter(Waiting(holder)), dry_run=dry_run)
        for line in cleaning_lines(cleaned, layout, dry_run=dry_run):
            write(sys.stdout, f"{line}\n")
