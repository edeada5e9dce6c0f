"""The command line."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit."""
    from samix.cli.recall import recall  # noqa: PLC0415 - nothing is imported before it is known to be needed

    arguments = sys.argv[1:]
    code = recall(arguments)
    if code is None:
        from samix.cli.app import run  # noqa: PLC0415

        run(arguments)
    sys.exit(code)
