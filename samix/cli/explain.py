"""The one place where errors become messages and exit codes."""

from __future__ import annotations

import sys
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from samix import __version__
from samix.cli.signals import INTERRUPTED_EXIT
from samix.errors import SamixError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BUG_EXIT = 70  # EX_SOFTWARE of sysexits.h


@contextmanager
def explained(
    *, as_json: bool = False, interrupted: str = "Interrupted: the build dir is left as it was."
) -> Iterator[None]:
    """Print what samix raises on purpose as a message, and exit with the error's code; anything else with a traceback.

    Args:
        as_json: Whether standard output gets sam's JSON document of a failure as well.
        interrupted: What to say when the user interrupts it.
    """
    try:
        yield
    except SamixError as error:
        _print(f"Error: {error}", "red")
        if error.hint:
            _print(error.hint, "")
        _print_document(error, as_json=as_json)
        raise typer.Exit(error.exit_code) from None
    except (OSError, RecursionError, UnicodeError) as error:
        _print(f"Error: {type(error).__name__}: {error}", "red")
        _print_document(error, as_json=as_json)
        raise typer.Exit(SamixError.exit_code) from None
    except KeyboardInterrupt:
        _print(f"\n{interrupted}", "yellow")
        raise typer.Exit(INTERRUPTED_EXIT) from None
    except typer.Exit:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, nobody expected it
        traceback.print_exc()
        _print(f"\nThis is a bug in samix {__version__}. Please report it, with the lines above.", "red")
        _print_document(error, as_json=as_json)
        raise typer.Exit(_BUG_EXIT) from None


def _print(text: str, style: str) -> None:
    from rich.console import Console  # noqa: PLC0415 - only where there is something to print
    from rich.text import Text  # noqa: PLC0415

    Console(stderr=True, highlight=False).print(Text(text, style=style), soft_wrap=True)


def _print_document(error: Exception, *, as_json: bool) -> None:
    from samix.report.document import failure_document  # noqa: PLC0415

    if as_json:
        sys.stdout.write(f"{failure_document(type(error).__name__, str(error), None)}\n")
