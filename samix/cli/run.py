"""Running a build and printing its end."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from samix.build import run_build
from samix.cli.arguments import command_line, working_directory
from samix.cli.ending import print_ending, write
from samix.cli.explain import explained
from samix.cli.handover import hand_over
from samix.cli.save import save
from samix.observed import ObservedEnvironment, observing
from samix.options import DEFAULT_BUILD_DIR, OutputFormat, merge_options
from samix.report.document import build_document
from samix.report.ending import Ending, is_plain, plain_table
from samix.report.lines import LineReporter
from samix.report.summary import print_errors, print_failures, print_table, rows_of
from samix.snapshot import take_snapshot, write_snapshot
from samix.state.layout import Layout

if TYPE_CHECKING:
    import typer

    from samix.build import BuildResult
    from samix.options import BuildOptions

_UNLIMITED_WIDTH = 400


def run(ctx: typer.Context) -> int:
    """Run the build that a command line asks for, and print its end.

    Returns:
        The exit code.

    Raises:
        SamixError: Nothing could be built.
    """
    started = time.time_ns()
    project = working_directory()
    environ = ObservedEnvironment(os.environ)
    errors = Console(stderr=True, highlight=False)
    reporter = LineReporter(errors)
    with observing() as observation:
        options = merge_options(command_line(ctx.params), environ, project)
        with explained(as_json=options.output is OutputFormat.JSON):
            if options.hook_name:
                if ctx.obj:  # this process will be sam, and end no other
                    ctx.obj.close()
                hand_over(ctx, options, reporter)
            if options.save_params:
                reporter.note(save(ctx, options))
            result = run_build(options, environ, reporter, ctx.obj)
    if not result.is_complete:
        _print_failed(result, errors, options)
        return 1
    ending = _ending(result, options)
    print_ending(ending)
    snapshot = None
    if result.is_unchanged and options.cached and not options.save_params:
        snapshot = take_snapshot(
            observation,
            environ,
            sys.argv[1:],
            os.fspath(project),
            started=started,
            notes=reporter.notes,
            ending=ending,
        )
    write_snapshot(Layout(project, options.build_dir, options.cache_dir).snapshot_file, snapshot)
    return 0


def _ending(result: BuildResult, options: BuildOptions) -> Ending:
    return Ending(
        rows_of(result.outcomes),
        os.path.relpath(result.build_dir),
        os.path.relpath(result.template),
        is_default=result.build_dir == options.project / DEFAULT_BUILD_DIR,
        document=build_document(result) if options.output is OutputFormat.JSON else None,
    )


def _print_failed(result: BuildResult, errors: Console, options: BuildOptions) -> None:
    if options.output is OutputFormat.JSON:
        print_failures(errors, result.outcomes)
        sys.stdout.write(f"{build_document(result)}\n")
        return
    output = output_console()
    rows = rows_of(result.outcomes)
    if is_plain(sys.stdout, os.environ):
        write(sys.stdout, plain_table(rows))
    else:
        print_table(output, rows)
    output.file.flush()
    print_failures(errors, result.outcomes)
    output.print(Text("\nBuild Failed", style="red"))
    output.file.flush()
    print_errors(errors, result.outcomes)


def output_console() -> Console:
    """Where tables are printed: as wide as the window, or as wide as they are where there is none."""
    output_is_terminal = sys.stdout is not None and sys.stdout.isatty()
    # lines that no window cuts are easier to read, and to search, as they are
    return Console(highlight=False, width=None if output_is_terminal else _UNLIMITED_WIDTH)
