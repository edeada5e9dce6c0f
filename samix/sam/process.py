"""Child processes: each the head of a process group of its own, its output in a log file."""

from __future__ import annotations

import math
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, Protocol

from samix.sam.fork_server_main import CANNOT_HOST

if TYPE_CHECKING:
    from samix.sam.sam_run import Hear, SamRun
    from samix.sam.wording import Wording

FORK_SERVER_MAIN = Path(__file__).with_name("fork_server_main.py")
"""The program that runs sam with its state in a directory of samix's; it is not a module of samix."""

_POLL_SECONDS = 0.2
_CHUNK = 1 << 16
_LONGEST_LINE = 1 << 22
_HEARD_EARLY = 1 << 10


class LostError(Exception):
    """It is unknown how a child ended, or whether it has done its work."""


class StalledError(LostError):
    """A child was ended because it would have waited forever; the text says why."""


class UnhostableError(LostError):
    """samix cannot choose where this sam keeps its state (`Runner.hosts` is false from now on)."""


class OvertimeError(Exception):
    """A child took too long, and was ended."""


class Runner(Protocol):
    """Runs programs to their end, in several threads."""

    @property
    def are_ended(self) -> bool:
        """Whether `end` was called."""

    @property
    def hosts(self) -> bool:
        """Whether samix can choose where sam keeps its state (`Spawner.hosts`)."""

    def run(self, run: SamRun) -> int:
        """Run a program to its end; its exit code, negative the signal that ended it.

        Raises:
            OSError: It cannot be started, or the log cannot be written.
            LostError: It was ended too early and can be run once more; what it wrote is thrown away.
            StalledError: Likewise, because it would have waited forever.
            OvertimeError: It was ended, with all that it had started, because it took too long.
            UnhostableError: samix cannot choose where this sam keeps its state; it did nothing.
        """

    def end(self) -> None:
        """End all children and all that they started. No more are started."""


class Child(Protocol):
    """A process that was started, as the head of a session of its own; the methods may be called in any thread."""

    pid: int
    stdin: IO[bytes] | None  # where to write what it reads; None where it reads nothing
    stdout: IO[bytes] | None  # its output, both streams
    is_lost: bool  # whether it was given up: it is unknown whether it runs

    def poll(self) -> int | None:
        """Its exit code, negative the signal that ended it; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended.

        Raises:
            TimeoutExpired: It runs after so many seconds.
        """


class _Spawned(subprocess.Popen[bytes]):
    """A child that the system started."""

    is_lost = False


@dataclass(eq=False)
class Spawner:
    """Starts each program as a new process."""

    interpreter: Sequence[str] = ()  # that of sam's script, with its flags; empty where sam is not such a script

    @property
    def hosts(self) -> bool:
        """Whether it knows sam's interpreter, and so can make sam keep its state in a directory of samix's."""
        return bool(self.interpreter)

    def prepare(self) -> None:
        """Wait until `start` takes no time."""

    def start(self, run: SamRun) -> Child:
        """Start a program.

        Raises:
            OSError: It cannot be started.
            ValueError: An argument or a variable cannot be passed to a program, such as one that contains a NUL byte.
        """
        program, *rest = run.arguments
        if run.state and self.interpreter:
            command = [*self.interpreter, str(FORK_SERVER_MAIN), "run", program, str(run.state), *rest]
        else:
            command = [program, *rest]
        return _Spawned(
            command,
            cwd=run.directory,
            env=dict(run.environment),
            stdin=subprocess.PIPE if run.standard_input else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def close(self) -> None:
        """Free what this holds; all that it started has ended."""


@dataclass
class Processes:
    """A `Runner` whose children can all be ended from another thread."""

    starter: Spawner = field(default_factory=Spawner)
    grace: float = 10.0  # seconds that a child has to end after a signal
    look: float = 15.0  # seconds from one look at whether a child waits forever to the next
    _running: set[Child] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: bool = False
    _is_unhostable: bool = False

    def run(self, run: SamRun) -> int:
        """Run a program to its end; see `Runner`."""
        logs = run.log.parent
        if logs.is_symlink():
            logs.unlink()
        logs.mkdir(parents=True, exist_ok=True)
        run.log.unlink(missing_ok=True)
        with run.log.open("xb") as file:
            self.starter.prepare()
            with self._lock:
                if self._closed:
                    return -signal.SIGTERM
                process = self.starter.start(run)
                self._running.add(process)
            if run.standard_input:  # in a thread, because it may write much before it reads any
                threading.Thread(target=_feed, args=(process, run.standard_input), daemon=True).start()
            watch = _Watch(process, self, run)
            try:
                code = _copy_output(process, _Log(file, run.wording, run.hear))
            except BaseException:  # the log cannot be written, or `hear` fails
                _end_group(process, self.grace)
                raise
            finally:
                watch.stop()
                with self._lock:
                    self._running.discard(process)
        if watch.verdict and not self._closed:
            raise watch.verdict
        if process.is_lost and not self._closed:
            _end_group(process, self.grace)
            raise LostError
        if code == CANNOT_HOST and run.state and self.starter.hosts:
            self._is_unhostable = True
            raise UnhostableError
        return code

    @property
    def are_ended(self) -> bool:
        """Whether `end` was called."""
        return self._closed

    @property
    def hosts(self) -> bool:
        """Whether samix can choose where sam keeps its state; see `Runner`."""
        return self.starter.hosts and not self._is_unhostable

    def end(self) -> None:
        """End all children and all that they started. No more are started.

        The first signal is SIGINT, on which sam removes its container; then TERM, then KILL.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
            running = list(self._running)
        left = running
        try:
            for number in (signal.SIGINT, signal.SIGTERM):
                for process in left:
                    _signal(process, number)
                deadline = time.monotonic() + self.grace
                for process in left:
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(max(0.0, deadline - time.monotonic()))
                left = [process for process in left if process.poll() is None]
        finally:
            # also after another interruption, and also the groups whose head has ended: the rest of them
            # would keep the output open
            for process in running:
                _signal(process, signal.SIGKILL)
            self.starter.close()


class _Watch:
    """Ends a child that takes too long or waits forever, while its output is read; `verdict` is why it did, or None."""

    def __init__(self, process: Child, processes: Processes, run: SamRun) -> None:
        self.verdict: OvertimeError | StalledError | None = None
        self._process, self._processes = process, processes
        self._deadline = math.inf if run.timeout is None else time.monotonic() + run.timeout
        self._why_stalled = run.why_stalled
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        if run.timeout is not None or run.why_stalled:
            self._thread.start()

    def stop(self) -> None:
        """Watch no longer; if the child is being ended, that is done first."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _look(self) -> None:
        while not self._stopped.wait(min(self._processes.look, self._deadline - time.monotonic())):
            if self._process.poll() is not None:
                return
            self.verdict = self._judge()
            if self.verdict:
                _end_group(self._process, self._processes.grace)
                return

    def _judge(self) -> OvertimeError | StalledError | None:
        if time.monotonic() >= self._deadline:
            return OvertimeError()
        # a child with unread output may wait for that
        if self._why_stalled and not _has_unread(self._process) and (why := self._why_stalled(self._process.pid)):
            return StalledError(why)
        return None


def _has_unread(process: Child) -> bool:
    try:
        return process.stdout is not None and bool(select.select([process.stdout], [], [], 0)[0])
    except ValueError:  # it was closed just now
        return False


def _feed(process: Child, content: bytes) -> None:
    if process.stdin:
        with suppress(OSError), process.stdin as pipe:  # it may have ended without reading
            pipe.write(content)


@dataclass(frozen=True)
class _Log:
    """Where the output of a child goes."""

    file: BinaryIO
    wording: Wording
    hear: Hear | None

    def write(self, lines: bytes, rest: bytes) -> None:
        """Write whole lines; the rest is the beginning of one that will be written later."""
        text = self.wording.reword(lines)
        self.file.write(text)
        self.file.flush()
        if self.hear:
            self.hear(text, self.wording.reword(rest[:_HEARD_EARLY]))


def _copy_output(process: Child, log: _Log) -> int:
    """Copy a child's output to its log, until it ends; its exit code.

    Something that the child started may outlive it and keep its output open: that is not waited for.
    """
    if process.stdout is None:
        return process.wait()
    with process.stdout as output:
        pending = b""
        while True:
            has_ended = process.poll() is not None  # asked first: what it wrote until then can still be read
            ready, _, _ = select.select([output], [], [], 0 if has_ended else _POLL_SECONDS)
            if ready:
                chunk = os.read(output.fileno(), _CHUNK)
                if not chunk:
                    break
                # whole lines, so that no secret is cut in two; only a line without an end is cut
                lines, end, pending = (pending + chunk).rpartition(b"\n")
                if len(pending) > _LONGEST_LINE:
                    lines, end, pending = lines + end + pending, b"", b""
                log.write(lines + end, pending)
            elif has_ended:
                break
        log.write(pending, b"")
    return process.wait()


def _end_group(process: Child, grace: float) -> None:
    """End what is left of a child that cannot be waited for."""
    _signal(process, signal.SIGINT)
    deadline = time.monotonic() + grace
    while _is_there(process) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        process.poll()  # until then a process that has ended still exists
    _signal(process, signal.SIGKILL)


def _is_there(process: Child) -> bool:
    try:
        os.killpg(process.pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _signal(process: Child, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS: a group of zombies
        os.killpg(process.pid, number)
