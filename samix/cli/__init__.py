"""The command line."""

from __future__ import annotations

import sys

from samix.cli.signals import INTERRUPTED_EXIT, heed_signals, ignore_signals


def main() -> None:
    """Run the command line and exit."""
    try:
        _run()
    except KeyboardInterrupt:  # while something is imported: there is nothing yet that could be said of a build
        sys.exit(INTERRUPTED_EXIT)
    finally:
        ignore_signals()


def _run() -> None:
    # what is imported here takes longer than some answers, which need none of it
    from samix.cli.front import answer  # noqa: PLC0415

    arguments = sys.argv[1:]
    text = answer(arguments)
    if text is not None:
        sys.stdout.write(text)
        return

    from samix.cli.recall import recall  # noqa: PLC0415

    if recall(arguments):
        return

    from samix.cli.head_start import head_start  # noqa: PLC0415

    heed_signals()
    with head_start(arguments) as server:
        from samix.cli.arguments import repeat_options  # noqa: PLC0415
        from samix.cli.root import app  # noqa: PLC0415

        app(args=repeat_options(arguments), prog_name="samix", obj=server)
