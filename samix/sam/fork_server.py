"""A warm sam: one process has imported sam, and forks for each run.

A short run of sam spends half of its time on importing sam. The process that saves this is
`samix/sam/fork_server_main.py`, in sam's own interpreter; a run that it forks has the arguments, directory,
environment, streams and session of one that the system starts. Where it cannot be started, or is lost, each run is a
new process, with the same results.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from samix.host.sam_version import entry_point_interpreter
from samix.sam.process import FORK_SERVER_MAIN, Spawner

if TYPE_CHECKING:
    from pathlib import Path

    from samix.sam.process import Child
    from samix.sam.sam_run import SamRun

WARM_VARIABLE = "SAMIX_WARM_SAM"
_SEPARATELY = "sam is started separately for each unit"
_LENGTH = struct.Struct("!Q")
_IMPORT_SECONDS = 60.0
_SHORTEST_POLL, _LONGEST_POLL = 0.0005, 0.05


def sam_starter(
    sam: Path,
    environment: Mapping[str, str],
    directory: Path,
    runs: int,
    tell: Callable[[str], None],
    early: ForkServer | None = None,
) -> Spawner:
    """What starts the runs of sam in one build, all in one working directory.

    `environment` is that of the runs; each may have more. `runs` is how many there will be. `tell` is called with the
    reason if they are not forked. `early` is a server that exists already.
    """
    if early:
        if early.is_of(sam, environment):
            early.tell = tell
            return early
        early.close()
    spawner = Spawner(entry_point_interpreter(sam, environment) or ())
    if runs < 2:  # noqa: PLR2004 - one run imports sam once, whatever is done
        return spawner
    try:
        return start_server(sam, environment, directory, tell)
    except (OSError, ValueError) as error:
        tell(f"{_SEPARATELY}: {error}.")
        return spawner


def start_server(
    sam: Path, environment: Mapping[str, str], directory: Path, tell: Callable[[str], None] = lambda _: None
) -> ForkServer:
    """Start a server, if the runs of this sam can be forked; the arguments are those of `sam_starter`.

    Raises:
        OSError: It cannot be started.
        ValueError: The runs cannot be forked, for the reason in the text, or a variable contains a NUL byte.
    """
    setting = environment.get(WARM_VARIABLE, "")
    if setting == "0":
        raise ValueError(f"{WARM_VARIABLE} is 0")
    if not hasattr(os, "fork"):
        raise ValueError("this system cannot fork")
    if sys.platform != "linux" and setting != "1":
        raise ValueError(f"samix forks sam only on Linux, unless {WARM_VARIABLE} is 1")
    interpreter = entry_point_interpreter(sam, environment)
    if not interpreter:
        raise ValueError(f"{sam} is not a Python script that pip or uv made")
    return ForkServer(sam, interpreter, environment, directory, tell)


class ForkServer(Spawner):
    """Forks the runs of one sam while it can, and otherwise starts each as a new process.

    The arguments are those of `sam_starter`, with the interpreter of sam's script and its flags. `tell` may be set
    later. What is raised is documented at `start_server`.
    """

    def __init__(
        self,
        sam: Path,
        interpreter: Sequence[str],
        environment: Mapping[str, str],
        directory: Path,
        tell: Callable[[str], None],
    ) -> None:
        super().__init__(interpreter)
        self.tell = tell
        self.fork_seconds = 10.0  # how long a fork may take
        self._sam = str(sam)
        self._environment = dict(environment)
        self._lock = threading.Lock()
        self._is_ready: bool | None = None  # None until it is known
        self._is_closed = False
        self._control, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - the interpreter of the user's own sam, no shell
                    [*interpreter, str(FORK_SERVER_MAIN), "serve", self._sam, str(theirs.fileno())],
                    cwd=directory,
                    env=self._environment,
                    stdin=subprocess.PIPE,  # pipes, because those of the runs are
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
            except BaseException:
                self._control.close()
                raise

    def is_of(self, sam: Path, environment: Mapping[str, str]) -> bool:
        """Whether it forks the runs of this sam in this environment; a run may have more variables."""
        return self._sam == str(sam) and self._environment == environment

    @property
    def process_id(self) -> int:
        """The process id of the server."""
        return self._process.pid

    def prepare(self) -> None:
        """Wait until sam is imported, or cannot be."""
        with self._lock:
            if self._is_ready is None and not self._is_closed:
                self._is_ready = self._has_answered()
                if not self._is_ready:
                    self._give_up("it cannot be imported in advance")

    def _has_answered(self) -> bool:
        ready, _, _ = select.select([self._control], [], [], _IMPORT_SECONDS)
        with suppress(OSError):
            return bool(ready and self._control.recv(1))
        return False

    def start(self, run: SamRun) -> Child:
        """Start a run; see `Spawner`."""
        self.prepare()
        with self._lock:
            if self._is_ready and not self._is_closed and run.state and run.arguments[0] == self._sam:
                try:
                    return self._fork(run, run.state)
                except OSError:
                    self._give_up("the process that had imported it has ended")
        return super().start(run)

    def close(self) -> None:
        """End the server. What it forked has ended."""
        self._is_closed = True
        self._process.kill()  # or whoever waits for it would keep the lock
        with self._lock:
            self._end_process()

    def _give_up(self, why: str) -> None:
        if not self._is_closed:
            self.tell(f"{_SEPARATELY}: {why}.")
        self._is_ready = False
        self._end_process()

    def _end_process(self) -> None:
        """End the process, if it has not ended, and close all that leads to it."""
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()
        self._process.wait()
        self._control.close()

    def _fork(self, run: SamRun, state: Path) -> _ForkedChild:
        request = {
            "arguments": [_json_text(text) for text in run.arguments],
            "directory": _json_text(str(run.directory)),
            "state": _json_text(str(state)),
            "unset": [_json_text(name) for name in self._environment.keys() - run.environment.keys()],
            "set": {
                _json_text(name): _json_text(value)
                for name, value in run.environment.items()
                if self._environment.get(name) != value
            },
        }
        content = json.dumps(request).encode("ascii")
        theirs: list[int] = []
        ours: list[int] = []
        try:
            source, feed = os.pipe() if run.standard_input else (os.open(os.devnull, os.O_RDONLY), None)
            theirs.append(source)
            ours += [feed] if feed is not None else []
            for _ in range(2):
                end, start = os.pipe()
                ours.append(end)
                theirs.append(start)
            socket.send_fds(self._control, [_LENGTH.pack(len(content))], theirs)
            self._control.sendall(content)
            while theirs:  # otherwise the end of what the child writes could not be seen
                os.close(theirs.pop())
            process = _read_process_id(ours[-1], self.fork_seconds)
        except BaseException:
            for descriptor in (*ours, *theirs):
                os.close(descriptor)
            raise
        *_, output, status = ours
        return _ForkedChild(
            process, os.fdopen(feed, "wb") if feed is not None else None, os.fdopen(output, "rb"), status
        )


def _json_text(text: str) -> str:
    """A text's bytes, in a form that JSON can contain."""
    if "\0" in text:
        raise ValueError("embedded null byte")
    return os.fsencode(text).decode("latin-1")


def _read_process_id(status: int, timeout: float) -> int:
    line = b""
    deadline = time.monotonic() + timeout
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([status], [], [], max(0.0, deadline - time.monotonic()))
        byte = os.read(status, 1) if ready else b""  # one byte at a time: the status of its end may follow
        if not byte:
            raise ChildProcessError("no child was forked")
        line += byte
    return int(line)


@dataclass(eq=False)
class _ForkedChild:
    """A child of the server; see `Child`."""

    pid: int
    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    status: int  # the descriptor from which its end can be read
    is_lost: bool = False  # whether the server ended before it
    _code: int | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""
        with self._lock:
            if self._code is None and select.select([self.status], [], [], 0)[0]:
                status = os.read(self.status, 64)
                os.close(self.status)
                self.is_lost = not status
                self._code = os.waitstatus_to_exitcode(int(status)) if status else -signal.SIGKILL
            return self._code

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended."""
        deadline = None if timeout is None else time.monotonic() + timeout
        pause = _SHORTEST_POLL
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() >= deadline:
                raise subprocess.TimeoutExpired("sam", timeout or 0.0)
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_POLL)
        return code
