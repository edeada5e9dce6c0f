"""The program of the fork server: sam's own interpreter, with sam imported, that forks for each run of sam.

It is started by its path, as `interpreter [flags] zygote.py SCRIPT DESCRIPTOR`, by whatever Python sam is installed
with (3.8 or later), where there is no samix: it imports nothing but the standard library and sam.

DESCRIPTOR is a socket. When sam is imported, one byte is written to it. Each request that then comes is the length of a
JSON document, as 8 bytes, and the document, with three descriptors: a run's input, its output, and where to tell of it.
Texts stand for bytes there (Latin-1). Of a run is told its process id, as soon as it is the head of its session, and
after its end the status that `waitpid` gives: each a number on a line.

When the socket is closed, what still runs is ended as samix would, and so is this.
"""

from __future__ import annotations

import os
import sys

_SCRIPT = sys.argv[1] if __name__ == "__main__" else ""
if _SCRIPT and not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
    sys.path[0] = os.path.dirname(os.path.realpath(_SCRIPT))  # instead of where this file is

import gc
import importlib
import json
import select
import signal
import socket
import struct
import tempfile
import threading
import time
import types
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from types import TracebackType

_ENTRY = "samcli.cli.main"
# what a build imports when it runs; a sam that has no such module does without
_LATER = (
    "samcli.commands.build",
    "samcli.commands.build.command",
    "samcli.commands.build.build_context",
    "samcli.lib.build.app_builder",
    "samcli.lib.utils.subprocess_utils",
    "samtranslator.plugins.api.implicit_api_plugin",
    "samtranslator.plugins.api.implicit_http_api_plugin",
    "samtranslator.plugins.api.implicit_rest_api_plugin",
    "samtranslator.public.open_api",
    "samtranslator.public.swagger",
    "aws_lambda_builders.builder",
    "aws_lambda_builders.workflows",
)
_READY = b"\n"
_LENGTH = struct.Struct("!Q")
_DESCRIPTORS = struct.Struct("3i")
_GRACE_SECONDS = 10.0
_POLL_SECONDS = 0.05


class _Request(NamedTuple):
    """A run that is asked for.

    Attributes:
        arguments: Its command line.
        directory: Its working directory.
        unset: What is not in its environment, of what is in this one's.
        set: What is in its environment otherwise.
        input: The descriptor of its standard input.
        output: That of its output, both streams.
        status: Where to tell of it.
    """

    arguments: list[bytes]
    directory: bytes
    unset: list[bytes]
    set: dict[bytes, bytes]
    input: int
    output: int
    status: int


class _Server:
    """Forks, and tells how the runs ended."""

    def __init__(self, control: socket.socket, directory: str) -> None:
        self._control = control
        self._directory = directory
        self._children: dict[int, int] = {}  # where to tell of each
        self._handler = signal.getsignal(signal.SIGCHLD)
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._waker, False)

    def serve(self) -> _Request:
        """Serve until a fork; this returns in the child alone, with what it is to do."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        self._control.sendall(_READY)
        while True:
            ready, _, _ = select.select([self._control.fileno(), self._woken], [], [])
            with suppress(BlockingIOError):
                os.read(self._woken, 4096)
            self._collect()
            if self._control.fileno() not in ready:
                continue
            request = _receive(self._control)
            if request is None:
                self._end()
            elif self._forks(request):
                return request

    def _forks(self, request: _Request) -> bool:
        """Fork; whether this is the child."""
        try:
            process = os.fork()
        except OSError:  # nothing is told: samix starts the run without this
            process = -1
        if process == 0:
            try:
                self._leave()
                _become(request, self._directory)
            except BaseException:  # noqa: BLE001 - whatever it is, this must not go on as a server
                os._exit(1)
            return True
        os.close(request.input)
        os.close(request.output)
        if process > 0:
            self._children[process] = request.status
        else:
            os.close(request.status)
        return False

    def _leave(self) -> None:
        """Give back what is the server's."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, self._handler)
        for descriptor in (self._woken, self._waker, *self._children.values()):
            os.close(descriptor)
        self._control.close()

    def _collect(self) -> None:
        """Tell of the children that have ended."""
        while self._children:
            process, status = os.waitpid(-1, os.WNOHANG)
            if process == 0:
                break
            descriptor = self._children.pop(process, None)
            if descriptor is not None:
                with suppress(OSError):  # samix is gone
                    os.write(descriptor, b"%d\n" % status)
                os.close(descriptor)

    def _end(self) -> None:
        """End all runs, and this."""
        groups = list(self._children)
        for number in (signal.SIGINT, signal.SIGTERM):
            _signal(self._children, number)
            deadline = time.monotonic() + _GRACE_SECONDS
            while self._children and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)
                self._collect()
        _signal(groups, signal.SIGKILL)
        os._exit(0)


def _signal(groups: list[int] | dict[int, int], number: int) -> None:
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def _receive(control: socket.socket) -> _Request | None:
    """The next request, None where there will be none."""
    head, ancillary, _, _ = control.recvmsg(_LENGTH.size, socket.CMSG_SPACE(_DESCRIPTORS.size))
    descriptors = next((data for _, kind, data in ancillary if kind == socket.SCM_RIGHTS), b"")
    if len(descriptors) < _DESCRIPTORS.size:
        return None
    head += _read(control, _LENGTH.size - len(head))
    document = _read(control, _LENGTH.unpack(head)[0])
    if not document:
        return None
    content = json.loads(document.decode("ascii"))
    return _Request(
        [text.encode("latin-1") for text in content["arguments"]],
        content["directory"].encode("latin-1"),
        [name.encode("latin-1") for name in content["unset"]],
        {name.encode("latin-1"): value.encode("latin-1") for name, value in content["set"].items()},
        *_DESCRIPTORS.unpack(descriptors),
    )


def _read(control: socket.socket, length: int) -> bytes:
    """So many bytes, or none."""
    content = b""
    while len(content) < length:
        chunk = control.recv(length - len(content))
        if not chunk:
            return b""
        content += chunk
    return content


def _become(request: _Request, before: str) -> None:
    """Be what is asked for, up to its program; the directory until now may be gone."""
    os.setsid()
    for descriptor, standard in ((request.input, 0), (request.output, 1), (request.output, 2)):
        os.dup2(descriptor, standard)
    os.close(request.input)
    os.close(request.output)
    now = os.fsdecode(request.directory)
    os.chdir(request.directory)
    sys.path[:] = [_moved(path, before, now) for path in sys.path]  # relative paths in PYTHONPATH
    for name in request.unset:
        os.environb.pop(name, None)
    os.environb.update(request.set)
    sys.argv = [os.fsdecode(argument) for argument in request.arguments]
    if hasattr(sys, "orig_argv"):
        sys.orig_argv = [*sys.orig_argv[: sys.orig_argv.index(__file__)], *sys.argv]
    # from now on signals reach the whole run
    os.write(request.status, b"%d\n" % os.getpid())
    os.close(request.status)


def _moved(path: str, before: str, now: str) -> str:
    return now + path[len(before) :] if f"{path}/".startswith(f"{before}/") else path


def _import_sam() -> bytes:
    """Import what a build needs; what it says meanwhile."""
    with tempfile.TemporaryFile() as output:
        for standard in (1, 2):
            os.dup2(output.fileno(), standard)
        importlib.import_module(_ENTRY)
        for name in _LATER:
            with suppress(Exception):  # it is imported when it is needed, or fails then
                importlib.import_module(name)
        sys.stdout.flush()
        sys.stderr.flush()
        output.seek(0)
        said = output.read()
    with open(os.devnull, "r+b") as nothing:
        for standard in (1, 2):
            os.dup2(nothing.fileno(), standard)
    return said


def _has_threads() -> bool:
    """Whether there is more than one thread: a fork takes one along, and the locks of all."""
    try:
        return len(os.listdir("/proc/self/task")) > 1
    except OSError:
        return threading.active_count() > 1


def _hide_this() -> None:
    """Have errors that nothing catches shown as without this file."""
    show = sys.excepthook

    def show_rest(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        while traceback and traceback.tb_frame.f_code.co_filename == __file__:
            traceback = traceback.tb_next
        show(kind, error.with_traceback(traceback), traceback)

    sys.excepthook = show_rest


def _main() -> None:
    control = socket.socket(fileno=int(sys.argv[2]))
    directory = os.getcwd()
    with open(_SCRIPT, "rb") as file:
        code = compile(file.read(), _SCRIPT, "exec", dont_inherit=True)
    gc.disable()  # next to nothing of what is imported is garbage
    said = _import_sam()
    if _has_threads():
        sys.exit(1)
    gc.freeze()  # or the first collection of each child would copy all of it
    gc.enable()
    _Server(control, directory).serve()
    while said:
        said = said[os.write(1, said) :]
    _hide_this()
    program = types.ModuleType("__main__")
    program.__dict__.update(__file__=_SCRIPT, __builtins__=__builtins__)
    sys.modules["__main__"] = program
    exec(code, program.__dict__)  # noqa: S102 - sam's own first lines, as its interpreter runs them


if __name__ == "__main__":
    _main()
