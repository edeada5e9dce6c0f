"""Answers that need no command line parser: importing that takes several times as long as giving them."""

from __future__ import annotations

from collections.abc import Sequence

from samix import __version__


def answer(arguments: Sequence[str]) -> str | None:
    """What the command line prints for these arguments, as the parser would; None if that needs the parser."""
    match arguments:
        case ["--version"]:
            return f"samix {__version__}\n"
        case ["--help" | "-h"]:
            return _help(None)
        case [command, "--help" | "-h"]:
            return _help(command)
    return None


def _help(name: str | None) -> str | None:
    # not for the version
    from samix.cli.help.command_page import page_of  # noqa: PLC0415
    from samix.cli.help.page import render_page  # noqa: PLC0415
    from samix.options.table import COMMANDS, ROOT  # noqa: PLC0415

    command = ROOT if name is None else COMMANDS.get(name)
    return render_page(page_of(command)) if command else None
