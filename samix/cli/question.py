"""A question that is asked at a terminal."""

from __future__ import annotations

import sys

import typer


def can_ask() -> bool:
    """Whether somebody can answer: standard input is a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()  # it is None where the caller has closed it


def confirm(question: str) -> bool:
    """Ask on standard error whether something is to be done; the default is no.

    An input that ends (Ctrl-D, a terminal that has gone) is a no, behind the word that sam says then: `click.confirm`
    makes an `Abort` of it, and click prints that and exits with 1.

    Raises:
        KeyboardInterrupt: The user interrupts it.
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
