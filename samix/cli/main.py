"""Where the command line starts: answers that need no parser first, then typer."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from samix.build.commit_point import CommitPoint
from samix.cli.signals import INTERRUPTED_EXIT, handle_signals, ignore_signals

if TYPE_CHECKING:
    from samix.build.run import Backend
    from samix.sam.fork_server import ForkServer

# of systems that read commands from what is printed
_CI_VARIABLES = frozenset({"GITHUB_ACTIONS", "GITLAB_CI"})
_SELDOM = 100_000  # objects; most objects of a short run stay alive, and a collection finds next to nothing


def _backend(server: ForkServer | None, commit_point: CommitPoint) -> Backend:
    from samix.build.run import Backend  # noqa: PLC0415 - what imports it takes longer than some answers

    return Backend(server, commit_point)


def main(make_backend: Callable[[ForkServer | None, CommitPoint], Backend] = _backend) -> None:
    """Run the command line and exit.

    Builds and plans run on the backend, which is made from a warm sam, if there is one, and the commit point of builds.
    """
    gc.set_threshold(_SELDOM)
    try:
        try:
            _run(make_backend)
        finally:
            _flush_streams()
    except KeyboardInterrupt:  # while something is imported: there is nothing to say about a build yet
        sys.exit(INTERRUPTED_EXIT)
    finally:
        ignore_signals()


def _run(make_backend: Callable[[ForkServer | None, CommitPoint], Backend]) -> None:
    if _CI_VARIABLES & os.environ.keys():
        from samix.report.ci.guard import guard_streams  # noqa: PLC0415

        guard_streams(os.environ)

    arguments = sys.argv[1:]
    # what is imported here takes longer than some answers, which need none of it
    if "_SAMIX_COMPLETE" in os.environ:  # a shell asks while the user is typing
        from samix.cli.completion.answer import answer_shell  # noqa: PLC0415

        answer_shell(arguments, os.environ)
        return

    from samix.cli.fast.front import answer  # noqa: PLC0415

    text = answer(arguments)
    if text is not None:
        _print(text)
        return

    from samix.cli.fast.recall import recall  # noqa: PLC0415

    if recall(arguments):
        return

    from samix.cli.fast.head_start import head_start  # noqa: PLC0415

    commit_point = CommitPoint()
    handle_signals(commit_point)
    with head_start(arguments) as server:
        _run_command(arguments, partial(make_backend, server, commit_point))


def _run_command(arguments: list[str], make_backend: Callable[[], Backend]) -> None:
    from samix.cli.fast.line import read_line  # noqa: PLC0415

    line = read_line(arguments)
    if line:
        from samix.cli.commands import run_command  # noqa: PLC0415

        run_command(line.command, line.given, make_backend)
        return

    from samix.cli.arguments import name_shell, repeat_options  # noqa: PLC0415
    from samix.cli.root import app  # noqa: PLC0415

    app(args=name_shell(repeat_options(arguments), os.environ), prog_name="samix", obj=make_backend)


def _flush_streams() -> None:
    """Flush stdout and stderr; if the reader has gone, drop the rest, so that the interpreter does not complain."""
    for stream in (sys.stdout, sys.stderr):
        if stream is None:  # the caller has closed it
            continue
        try:
            stream.flush()
        except (OSError, ValueError):
            from samix.cli.output import discard  # noqa: PLC0415 - most are read

            with suppress(OSError, ValueError):
                discard(stream.fileno())


def _print(text: str) -> None:
    from samix.cli.output import flush, is_unread  # noqa: PLC0415
    from samix.messages.printable import write  # noqa: PLC0415

    try:
        write(sys.stdout, text)
        flush()
    except BrokenPipeError:
        if not is_unread():
            raise
