"""Child processes: each the head of a process group of its own, its output in a log file."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from samix.run.redact import redact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_GRACE_SECONDS = 10.0
_POLL_SECONDS = 0.2
_CHUNK = 1 << 16
_LONGEST_LINE = 1 << 22


@dataclass
class Processes:
    """The children that are running; they can all be ended from another thread."""

    _running: set[subprocess.Popen[bytes]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: bool = False

    def run(
        self,
        arguments: Sequence[str],
        *,
        directory: Path,
        environment: Mapping[str, str],
        log: Path,
        standard_input: bytes = b"",
        secrets: Sequence[str] = (),
    ) -> int:
        """Run a program to its end.

        Args:
            arguments: The program and its arguments.
            directory: Its working directory.
            environment: Its whole environment.
            log: Where its output goes, both streams in the order in which they come.
            standard_input: What it can read.
            secrets: Texts that must not reach the log.

        Returns:
            Its exit code, negative the signal that ended it.

        Raises:
            OSError: It cannot be started, or the log cannot be written.
        """
        if log.parent.is_symlink():
            log.parent.unlink()
        log.parent.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)
        with log.open("xb") as file:
            with self._lock:
                if self._closed:
                    return -signal.SIGTERM
                process = subprocess.Popen(  # noqa: S603 - the user's own sam, no shell
                    list(arguments),
                    cwd=directory,
                    env=dict(environment),
                    stdin=subprocess.PIPE if standard_input else subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                self._running.add(process)
            if standard_input:  # in a thread, because it may write much before it reads any
                threading.Thread(target=_feed, args=(process, standard_input), daemon=True).start()
            try:
                _copy_output(process, file, secrets)
            finally:
                with self._lock:
                    self._running.discard(process)
        return process.returncode

    @property
    def are_ended(self) -> bool:
        """Whether `end` was called."""
        return self._closed

    def end(self) -> None:
        """End all children and whatever they started. None is started any more.

        The first signal is SIGINT, on which sam removes its container; then TERM, then KILL.
        """
        with self._lock:
            self._closed = True
            running = list(self._running)
        left = running
        try:
            for number in (signal.SIGINT, signal.SIGTERM):
                for process in left:
                    _signal(process, number)
                deadline = time.monotonic() + _GRACE_SECONDS
                for process in left:
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(max(0.0, deadline - time.monotonic()))
                left = [process for process in left if process.poll() is None]
        finally:
            # also when interrupted again, and also the groups whose head has gone: what is left of them
            # would hold the output open
            for process in running:
                _signal(process, signal.SIGKILL)


def _feed(process: subprocess.Popen[bytes], content: bytes) -> None:
    if process.stdin:
        with suppress(OSError), process.stdin as pipe:  # it may have ended without reading
            pipe.write(content)


def _copy_output(process: subprocess.Popen[bytes], log: BinaryIO, secrets: Sequence[str]) -> None:
    """Copy a child's output to its log, until it ends.

    Something that the child started may outlive it and hold its output open: that is not waited for.
    """
    if process.stdout is None:
        return
    with process.stdout as output:
        pending = b""
        while True:
            ready, _, _ = select.select([output], [], [], _POLL_SECONDS)
            if ready:
                chunk = os.read(output.fileno(), _CHUNK)
                if not chunk:
                    break
                # whole lines, so that no secret is cut in two; a line without an end is cut all the same
                lines, end, pending = (pending + chunk).rpartition(b"\n")
                if len(pending) > _LONGEST_LINE:
                    lines, end, pending = lines + end + pending, b"", b""
                if lines or end:
                    log.write(redact(lines + end, secrets))
                    log.flush()
            elif process.poll() is not None:
                break
        log.write(redact(pending, secrets))
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS: a group of zombies
        os.killpg(process.pid, number)
