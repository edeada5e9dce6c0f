"""A question that is asked at a terminal."""

from __future__ import annotations

import sys

import typer


def can_ask() -> bool:
    """Whether somebody can answer a question: standard input is a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()  # it is None where the caller has closed it


def confirm(question: str) -> bool:
    """Ask on standard error whether to do something; the default is no.

    At the end of input (Ctrl-D, or a closed terminal) the answer is no, and `Aborted!` is printed as sam does: on the
    `Abort` that `click.confirm` raises, click prints that and exits with 1.

    Raises:
        KeyboardInterrupt: The user interrupts the question.
    """
    try:
        return typer.confirm(question, err=True)
    except typer.Abort as abort:
        if isinstance(abort.__context__, KeyboardInterrupt):  # the parser makes one error of both
            raise KeyboardInterrupt from None
    except OSError:  # the terminal has gone, or belongs to another program
        pass
    typer.echo("\nAborted!", err=True)
    return False
