"""Answers that need no command line parser: importing that takes several times as long as giving them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samix import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence


ABOUT = "Build each function and layer of an AWS SAM application where it belongs: on the host or in a container."
"""What samix does."""


def answer(arguments: Sequence[str]) -> str | None:
    """What the command line prints for some arguments, as the parser does; None if that takes the parser to tell."""
    match arguments:
        case ["--help" | "-h"]:
            return _help()
        case ["--version"]:
            return f"samix {__version__}\n"
    return None


def _help() -> str:
    from samix.cli.help.page import Page, Section, shown  # noqa: PLC0415 - not for the version

    # what `samix.cli.root` declares, where the parser finds it
    return shown(
        Page(
            "samix [OPTIONS] COMMAND [ARGS]...",
            [ABOUT],
            [
                Section(
                    "Options",
                    [
                        ("--version", "Show the version and exit."),
                        (
                            "--install-completion [SHELL]",
                            "Install completion for bash, zsh or fish; by default for the one that is used.",
                        ),
                        ("--show-completion [SHELL]", "Show the completion script, to put it where you like."),
                        ("-h, --help", "Show this message and exit."),
                    ],
                ),
                Section(
                    "Commands",
                    [
                        ("build", "Build every function and layer, each on the host or in a container."),
                        ("plan", "Show what samix build would do with the same arguments, and why."),
                        ("clean", "Remove what samix made, and only that."),
                    ],
                ),
            ],
        )
    )
