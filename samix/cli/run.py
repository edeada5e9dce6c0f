"""Running a build and printing its end."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from rich.console import Console
from rich.text import Text

from samix.build import run_build
from samix.cli.build import command_line
from samix.cli.explain import explained
from samix.cli.handover import hand_over
from samix.cli.save import save
from samix.options import DEFAULT_BUILD_DIR, OutputFormat, merge_options
from samix.report.document import build_document
from samix.report.lines import LineReporter
from samix.report.summary import print_errors, print_failures, print_table, success_lines

if TYPE_CHECKING:
    from types import FrameType

    import typer

    from samix.build import BuildResult

_UNLIMITED_WIDTH = 400
_SIGNAL_EXIT = 128


def run(ctx: typer.Context) -> int:
    """Run the build that a command line asks for, and print its end.

    Returns:
        The exit code.

    Raises:
        SamixError: Nothing could be built.
    """
    project = Path.cwd()
    options = merge_options(command_line(ctx.params), os.environ, project)
    errors = Console(stderr=True, highlight=False)
    reporter = LineReporter(errors)
    with explained(as_json=options.output is OutputFormat.JSON):
        if options.hook_name:
            hand_over(ctx, options, reporter)
        if options.save_params:
            reporter.note(save(ctx, options))
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _terminate)
        result = run_build(options, os.environ, reporter)
    if options.output is OutputFormat.JSON:
        print_failures(errors, result.outcomes)
        sys.stdout.write(f"{build_document(result)}\n")
    else:
        _print_text(result, errors, is_default=result.build_dir == project / DEFAULT_BUILD_DIR)
    return 0 if result.is_complete else 1


def output_console() -> Console:
    """Where tables are printed: as wide as the window, or as wide as they are where there is none."""
    output_is_terminal = sys.stdout is not None and sys.stdout.isatty()
    # lines that no window cuts are easier to read, and to search, as they are
    return Console(highlight=False, width=None if output_is_terminal else _UNLIMITED_WIDTH)


def _print_text(result: BuildResult, errors: Console, *, is_default: bool) -> None:
    output = output_console()
    print_table(output, result.outcomes)
    if not result.is_complete:
        output.file.flush()
        print_failures(errors, result.outcomes)
        output.print(Text("\nBuild Failed", style="red"))
        output.file.flush()
        print_errors(errors, result.outcomes)
        return
    output.print(Text("\nBuild Succeeded", style="green"))
    closing = success_lines(result.build_dir, result.template, is_default=is_default)
    output.print(Text(closing, style="yellow"), soft_wrap=True)


def _terminate(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(_SIGNAL_EXIT + number)
