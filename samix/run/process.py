"""Child processes: each the head of a process group of its own, its output in a log file."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from samix.run.redact import redact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_GRACE_SECONDS = 10.0


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
        secrets: Sequence[str] = (),
    ) -> int:
        """Run a program to its end.

        Args:
            arguments: The program and its arguments.
            directory: Its working directory.
            environment: Its whole environment.
            log: Where its output goes, both streams in the order in which they come.
            secrets: Texts that must not reach the log.

        Returns:
            Its exit code, negative the signal that ended it.

        Raises:
            OSError: It cannot be started, or the log cannot be written.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as file:
            with self._lock:
                if self._closed:
                    return -signal.SIGTERM
                process = subprocess.Popen(  # noqa: S603 - the user's own sam, no shell
                    list(arguments),
                    cwd=directory,
                    env=dict(environment),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                self._running.add(process)
            try:
                with process:
                    output = process.stdout
                    for line in output or ():
                        file.write(redact(line, secrets))
                        file.flush()
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


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS: a group of zombies
        os.killpg(process.pid, number)
