"""Which reporter a build gets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from samix.options.reporting import LogOrder, Verbosity
from samix.report.console import RichConsole
from samix.report.ending import is_watched
from samix.report.line_reporter import LineReporter

if TYPE_CHECKING:
    from samix.options.merge import BuildOptions
    from samix.report.ci.platform import Platform
    from samix.report.console import LineConsole


@contextmanager
def reporter_for(
    options: BuildOptions, console: LineConsole, environ: Mapping[str, str], platform: Platform
) -> Iterator[LineReporter]:
    """The reporter of a build: a display on an interactive terminal, else lines."""
    reporting = options.reporting
    order = reporting.log_order
    if reporting.verbosity is Verbosity.QUIET:
        yield LineReporter(platform.printer(console), None, reporting.verbosity)
    elif isinstance(console, RichConsole) and is_watched(console.file, environ):
        from samix.report.live.reporter import live_reporter  # noqa: PLC0415 - for terminals alone

        if order is None and reporting.verbosity is Verbosity.VERBOSE:
            order = LogOrder.GROUPED
        with live_reporter(console.rich, options.jobs, order, reporting.verbosity) as reporter:
            yield reporter
    else:
        yield LineReporter(platform.printer(console), order or LogOrder.GROUPED, reporting.verbosity)
