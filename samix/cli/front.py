"""Answers that need no command line parser: importing that takes several times as long as giving them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from samix import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

_FULL_WIDTH = 80  # the parser breaks lines there, and sooner in a narrower window
_HELP = """\
Usage: samix [OPTIONS] COMMAND [ARGS]...

  Build each function and layer of an AWS SAM application where it belongs: on
  the host or in a container.

Options:
  --version   Show the version and exit.
  -h, --help  Show this message and exit.

Commands:
  build  Build every function and layer, each on the host or in a container.
  plan   Show what samix build would do with the same arguments, and why.
  clean  Remove what samix made, and only that.
"""


def answer(arguments: Sequence[str]) -> str | None:
    """What the command line prints for some arguments, as the parser does; None if that takes the parser to tell."""
    match arguments:
        case ["--help" | "-h"] if shutil.get_terminal_size().columns >= _FULL_WIDTH:
            return _HELP
        case ["--version"]:
            return f"samix {__version__}\n"
    return None
