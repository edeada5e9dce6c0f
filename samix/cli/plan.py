"""`samix plan`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from samix.cli.arguments import working_directory
from samix.cli.errors import report_errors
from samix.options.table import PLAN
from samix.template.value import as_text

if TYPE_CHECKING:
    from samix.build.run import Backend
    from samix.template.value import Value


def plan(given: Mapping[str, Value], make_backend: Callable[[], Backend]) -> None:
    """Print the plan of a build, in the format that is asked for."""
    form = as_text(given.get("format"))
    is_document = form == "json" or (form is None and given.get("output") == "json")
    with report_errors(as_json=is_document):
        _plan(given, make_backend, form)


def _plan(given: Mapping[str, Value], make_backend: Callable[[], Backend], form: str | None) -> None:
    # errors while these are imported are reported as well
    from samix.cli.output import error_console, print_rows  # noqa: PLC0415
    from samix.messages.errors import OptionError  # noqa: PLC0415
    from samix.messages.note import Note  # noqa: PLC0415
    from samix.messages.printable import write  # noqa: PLC0415
    from samix.options.merge import merge_options  # noqa: PLC0415
    from samix.report.ci.detect import find_platform  # noqa: PLC0415
    from samix.report.document import plan_document  # noqa: PLC0415
    from samix.report.ending import PLAN_TITLES  # noqa: PLC0415
    from samix.report.explanation import explanation  # noqa: PLC0415
    from samix.report.graph import dot, mermaid  # noqa: PLC0415
    from samix.report.line_reporter import LineReporter  # noqa: PLC0415
    from samix.report.rows import plan_rows  # noqa: PLC0415

    options = merge_options(given, os.environ, working_directory())
    form = form or ("json" if options.reporting.as_json else "table")
    with report_errors(as_json=form == "json"):
        if options.hook_name:
            raise OptionError(
                "--hook-name: samix cannot plan a build that sam does as a whole.", hint="Run samix build."
            )
        printer = find_platform(os.environ).printer(error_console())
        reporter = LineReporter(printer, verbosity=options.reporting.verbosity)
        for name in sorted(option.long for option in PLAN.options if option.writes_file and given.get(option.name)):
            reporter(Note(f"{name} has no effect: samix plan writes nothing."))
        planned = make_backend().plan(options, os.environ, reporter).plan
    if form == "json":
        write(sys.stdout, f"{plan_document(planned, options.build_dir)}\n")
    elif form in {"mermaid", "dot"}:
        write(sys.stdout, mermaid(planned) if form == "mermaid" else dot(planned))
    else:
        print_rows(sys.stdout, plan_rows(planned), PLAN_TITLES)
        for name in planned.selection.named:
            write(sys.stdout, f"\n{explanation(planned, name)}")
