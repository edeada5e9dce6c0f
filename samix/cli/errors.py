"""The one place where errors become messages and exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from samix import __version__
from samix.cli.output import error_console, flush, is_unread, print_note, print_text
from samix.cli.signals import INTERRUPTED_EXIT
from samix.messages.errors import SamixError
from samix.messages.printable import write
from samix.report.ending import FAILED, LEFT

if TYPE_CHECKING:
    from samix.build.commit_point import CommitPoint
    from samix.messages.location import Location

_BUG_EXIT = 70  # EX_SOFTWARE of sysexits.h


@contextmanager
def report_errors(
    *, as_json: bool = False, build: CommitPoint | None = None, interrupted: str | None = None
) -> Iterator[None]:
    """Print an expected error as a message and exit with its code; print any other error with a traceback.

    Args:
        as_json: Whether standard output gets sam's JSON document of the failure as well.
        build: The commit point of a build, for which standard output says that it failed, as with sam.
        interrupted: What to print when the user interrupts it; None for what has become of a build.
    """
    try:
        yield
        flush()  # a closed pipe raises its error here, where it is handled
    except SamixError as error:
        if build and error.fails_build and not as_json:
            print_text(FAILED, "red")
            flush()
            if not build.is_reached:
                _print(LEFT, "")
        _report(error, f"Error: {error}", f"{error.message}\n{error.hint}".strip(), as_json=as_json)
        sys.exit(error.exit_code)
    except (OSError, RecursionError, UnicodeError) as error:
        if not (isinstance(error, BrokenPipeError) and is_unread()):
            text = f"{type(error).__name__}: {error}"
            _report(error, f"Error: {text}", text, as_json=as_json)
        sys.exit(SamixError.exit_code)
    except KeyboardInterrupt:
        became = "is complete" if build and build.is_reached else "dir is left as it was"
        _print(f"\n{interrupted or f'Interrupted: the build {became}.'}", "yellow")
        sys.exit(INTERRUPTED_EXIT)
    except Exception as error:  # noqa: BLE001 - any error that was not expected
        traceback.print_exc()
        bug = f"This is a bug in samix {__version__}"
        text = f"\n{bug}. Please report it, with the lines above."
        _report(error, text, f"{bug}: {type(error).__name__}: {error}", as_json=as_json)
        sys.exit(_BUG_EXIT)


@contextmanager
def wrong_usage_marked() -> Iterator[None]:
    """Mark a wrong command line as an error in the CI system; the parser itself prints the error and exits."""
    try:
        yield
    except Exception as error:
        format_message = getattr(error, "format_message", None)  # errors of every version of the parser have it
        if format_message:
            _mark(format_message())
        raise


def _report(error: Exception, text: str, marked: str, *, as_json: bool) -> None:
    """Print a text about an error and its hint, mark the error in the CI system, and print its document."""
    from samix.report.document import failure_document  # noqa: PLC0415 - only where there is something to print

    hint, where = (error.hint, error.where) if isinstance(error, SamixError) else ("", None)
    _print(text, "red")
    if hint:
        _print(hint, "")
    _mark(marked, where)
    if as_json:
        write(sys.stdout, f"{failure_document(type(error).__name__, str(error), None, hint=hint)}\n")


def _print(text: str, style: str) -> None:
    from samix.report.line import styled  # noqa: PLC0415 - only where there is something to print

    error_console().print(styled(text, style))


def _mark(message: str, where: Location | None = None) -> None:
    """Mark an error in the CI system, if there is one."""
    from samix.report.ci.detect import find_platform  # noqa: PLC0415 - only where there is something to tell

    platform = find_platform(os.environ)
    platform.mark_error(sys.stderr, message, where)
    for note in platform.record_error(f"{where}: {message}" if where else message):
        print_note(note)
