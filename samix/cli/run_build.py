"""Running a build and printing its end."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from samix.cli.arguments import working_directory
from samix.cli.errors import report_errors
from samix.cli.fast.snapshot import take_snapshot, write_snapshot
from samix.cli.output import error_console, flush, print_ending, print_note, print_rows, print_text
from samix.cli.report_files import write_files_at_end
from samix.files.access_log import ObservedEnvironment, record_observations
from samix.messages.errors import ReadOnlySourceError
from samix.messages.note import Note
from samix.messages.printable import write
from samix.options.merge import DEFAULT_BUILD_DIR, merge_options
from samix.options.reporting import Verbosity
from samix.report.choice import reporter_for
from samix.report.ci.detect import find_platform
from samix.report.ending import FAILED, LEFT, LEFT_AND_KEPT, Ending
from samix.report.line import styled
from samix.report.rows import rows_of
from samix.report.timeline import Timeline
from samix.state.layout import Layout

if TYPE_CHECKING:
    from samix.build.events import Event, Report
    from samix.build.run import Backend, BuildResult
    from samix.options.merge import BuildOptions
    from samix.report.ci.platform import Platform
    from samix.report.console import LineConsole
    from samix.template.value import Value


def run(given: Mapping[str, Value], backend: Backend) -> int:
    """Run the build that a command line with these options asks for, print its end, and return the exit code.

    Raises:
        SamixError: Nothing could be built.
    """
    started = time.time_ns()
    timeline = Timeline()
    project = working_directory()
    environ = ObservedEnvironment(os.environ)
    platform = find_platform(environ)
    errors = error_console()
    with record_observations() as observation:
        options = merge_options(given, environ, project)
        reporting = options.reporting
        explaining = report_errors(as_json=reporting.as_json, build=backend.commit_point)
        with explaining, reporter_for(options, errors, environ, platform) as reporter:
            if options.hook_name:
                from samix.cli.handover import hand_over  # noqa: PLC0415 - seldom asked for

                if backend.early:  # this process will be sam, and end no other
                    backend.early.close()
                hand_over(given, options, reporter)

            def report(event: Event) -> None:
                if reporting.is_recorded:
                    timeline(event)
                reporter(event)

            if options.save_params:
                from samix.cli.save_params import save  # noqa: PLC0415 - seldom asked for

                report(Note(save(given, options)))
            with write_files_at_end(options, timeline) as kept:
                try:
                    result = kept.result = _build(options, environ, report, backend)
                finally:
                    backend.commit_point.release()
    if not result.is_complete:
        _print_failed(result, errors, options)
        platform.mark_failures(errors.file, result.outcomes)
        _record(platform, result, reporter.notes)
        return 1
    _record(platform, result, reporter.notes)  # also if nobody reads the end
    ending = _ending(result, options)
    is_quiet = reporting.verbosity is Verbosity.QUIET
    if not is_quiet or reporting.as_json:
        print_ending(ending)
    if not (is_quiet or result.is_unchanged or platform.keeps_more):
        _remind(reporter.notes)
    can_be_repeated = reporting.can_be_repeated and not platform.keeps_more
    snapshot = None
    if can_be_repeated and result.is_unchanged and options.cached and not options.save_params:
        snapshot = take_snapshot(
            observation,
            environ,
            sys.argv[1:],
            os.fspath(project),
            started=started,
            notes=[str(note) for note in reporter.notes],
            said=[outcome.said for outcome in result.outcomes if outcome.said],
            ending=ending,
        )
    write_snapshot(Layout(project, options.build_dir, options.cache_dir).snapshot_file, snapshot)
    return 0


def _build(options: BuildOptions, environ: Mapping[str, str], report: Report, backend: Backend) -> BuildResult:
    """Build; at a terminal, ask whether a builder may write into its source, as sam does.

    Raises:
        SamixError: Nothing could be built.
        KeyboardInterrupt: The user interrupts the question.
    """
    try:
        return backend.build(options, environ, report)
    except ReadOnlySourceError as error:
        can_ask = sys.stdin is not None and sys.stdin.isatty()  # it is None where the caller has closed it
        question = f"{error} That may change or add files there. Mount the source with write access?"
        if options.reporting.as_json or not can_ask or not _confirm(question):
            raise
    return backend.build(replace(options, mount_with="WRITE"), environ, report)


def _confirm(question: str) -> bool:
    """Ask on standard error whether to do something; the default is no.

    At the end of input (Ctrl-D, or a closed terminal) the answer is no, and `Aborted!` is printed as sam does: on the
    `Abort` that `click.confirm` raises, click prints that and exits with 1.

    Raises:
        KeyboardInterrupt: The user interrupts the question.
    """
    import typer  # noqa: PLC0415 - to ask alone

    try:
        return typer.confirm(question, err=True)
    except typer.Abort as abort:
        if isinstance(abort.__context__, KeyboardInterrupt):  # the parser makes one error of both
            raise KeyboardInterrupt from None
    except OSError:  # the terminal has gone, or belongs to another program
        pass
    typer.echo("\nAborted!", err=True)
    return False


def _remind(notes: Sequence[Note]) -> None:
    """Print the notes that name a place in a file again: above the logs of a build they are easily missed."""
    flush()
    for note in notes:
        if note.where:
            print_note(str(note))


def _record(platform: Platform, result: BuildResult, notes: Sequence[Note]) -> None:
    for note in platform.record(result, notes):
        print_note(note)


def _ending(result: BuildResult, options: BuildOptions) -> Ending:
    return Ending(
        rows_of(result.outcomes),
        os.path.relpath(result.build_dir),
        os.path.relpath(result.template),
        is_default=result.build_dir == options.project / DEFAULT_BUILD_DIR,
        document=_document(result) if options.reporting.as_json else None,
        can_sync=result.is_of_one_place,
        flags="--language-extensions" if result.is_expanded else "",
    )


def _document(result: BuildResult) -> str:
    from samix.report.document import build_document  # noqa: PLC0415 - for `--output json` alone

    return build_document(result)


def _print_failed(result: BuildResult, errors: LineConsole, options: BuildOptions) -> None:
    from samix.report.failures import print_errors, print_failures  # noqa: PLC0415 - most builds end well

    if options.reporting.as_json:
        print_failures(errors, result.outcomes)
        write(sys.stdout, f"{_document(result)}\n")
        return
    if options.reporting.verbosity is not Verbosity.QUIET:
        print_rows(sys.stderr, rows_of(result.outcomes))
    print_failures(errors, result.outcomes)
    print_text(FAILED, "red")
    flush()
    left = LEFT_AND_KEPT if any(outcome.is_kept for outcome in result.outcomes) else LEFT
    errors.print(styled(left))
    print_errors(errors, result.outcomes)
