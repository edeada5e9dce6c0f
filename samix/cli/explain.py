"""The one place where errors become messages and exit codes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from samix.errors import SamixError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGINT_EXIT = 130


@contextmanager
def explained() -> Iterator[None]:
    """Print what samix raises on purpose as a message, and exit with the error's code."""
    try:
        yield
    except SamixError as error:
        typer.secho(f"Error: {error}", fg="red", err=True)
        if error.hint:
            typer.secho(error.hint, err=True)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        typer.secho("\nInterrupted: the last complete build stands.", fg="yellow", err=True)
        raise typer.Exit(_SIGINT_EXIT) from None
