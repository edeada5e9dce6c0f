"""The program that runs sam's script in sam's own interpreter, with sam's state in a private place.

It is started by its path, with the Python that sam is installed with (3.8 or later), which has no samix: it imports
nothing but the standard library and sam. It has two forms:

    interpreter [flags] fork_server_main.py run SCRIPT STATE ARGUMENT...
    interpreter [flags] fork_server_main.py serve SCRIPT DESCRIPTOR

`run` is one run of sam. sam keeps its build graph in the parent of the build dir and downloaded dependencies below the
working directory, regardless of the build dir (`samcli.lib.build.build_graph`). This program makes sam keep both in the
directory STATE, so that runs side by side, in the user's own working directory, share no file. A sam that has other
names for these places is not run: the exit code is then `CANNOT_HOST`.

`serve` is the fork server: it imports sam once, and forks for each run. DESCRIPTOR is a socket. When sam is imported,
one byte is written to it. Each request that then comes is the length of a JSON document, as 8 bytes, and the document,
with three descriptors: a run's input, its output, and where to report on it. Its texts represent bytes (Latin-1). The
reports on a run are its process id, as soon as it is the head of its session, and after its end the status that
`waitpid` gives: each a number on a line. When the socket is closed, this program ends what still runs, as samix would,
and itself.
"""

from __future__ import annotations

import os
import sys

_SCRIPT = sys.argv[2] if __name__ == "__main__" else ""
if _SCRIPT and not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
    sys.path[0] = os.path.dirname(os.path.realpath(_SCRIPT))  # instead of where this file is

import functools
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

    from samix.sam.fork_server_end import QuickEnd
    from samix.sam.fork_server_lazy import LazyModules

CANNOT_HOST = 117  # not an exit code of sam or of a shell
_ENTRY = "samcli.cli.main"
# where sam's modules have the places of its state: `DEFAULT_DEPENDENCIES_DIR` is imported by name
_GRAPH_FILE = ("DEFAULT_BUILD_GRAPH_FILE_NAME", ("samcli.lib.build.build_graph",))
_DEPENDENCIES = (
    "DEFAULT_DEPENDENCIES_DIR",
    ("samcli.lib.build.build_graph", "samcli.lib.build.build_strategy", "samcli.commands.build.build_context"),
)
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
# sam reads a template with samtranslator, which checks its own policy templates by their schema each time
_POLICY_TEMPLATES = (
    "samtranslator.policy_template_processor.processor",
    "PolicyTemplatesProcessor",
    "_is_valid_templates_dict",
)
_READY = b"\n"
_LENGTH = struct.Struct("!Q")
_DESCRIPTORS = struct.Struct("3i")
_GRACE_SECONDS = 10.0
_POLL_SECONDS = 0.05


class _Request(NamedTuple):
    """A run that is asked for."""

    arguments: list[bytes]
    directory: bytes
    state: bytes
    unset: list[bytes]  # the variables of this process that its environment does not have
    set: dict[bytes, bytes]  # the variables that only its environment has, or has with other values
    input: int  # the descriptor of its standard input
    output: int  # the descriptor of its output, both streams
    status: int  # the descriptor to which its process id and the status of its end are written


class _Server:
    """Forks a process for each run, and reports how it ended."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children: dict[int, int] = {}  # the descriptor for the status of each
        self._handler = signal.getsignal(signal.SIGCHLD)
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._waker, False)

    def serve(self) -> _Request:
        """Serve until a fork; this returns only in the child, with the run that it is for."""
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
        except OSError:  # nothing is reported: samix starts the run without this
            process = -1
        if process == 0:
            try:
                self._leave()
                _become(request)
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
        """Close, in a child, what belongs to the server."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, self._handler)
        for descriptor in (self._woken, self._waker, *self._children.values()):
            os.close(descriptor)
        self._control.close()

    def _collect(self) -> None:
        """Report the children that have ended."""
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
        """End all runs, and this process."""
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
        content["state"].encode("latin-1"),
        [name.encode("latin-1") for name in content["unset"]],
        {name.encode("latin-1"): value.encode("latin-1") for name, value in content["set"].items()},
        *_DESCRIPTORS.unpack(descriptors),
    )


def _read(control: socket.socket, length: int) -> bytes:
    """As many bytes as `length`; none if the other side closes first."""
    content = b""
    while len(content) < length:
        chunk = control.recv(length - len(content))
        if not chunk:
            return b""
        content += chunk
    return content


def _become(request: _Request) -> None:
    """Set up this process as requested, up to its program."""
    os.setsid()
    for descriptor, standard in ((request.input, 0), (request.output, 1), (request.output, 2)):
        os.dup2(descriptor, standard)
    os.close(request.input)
    os.close(request.output)
    os.chdir(request.directory)
    for name in request.unset:
        os.environb.pop(name, None)
    os.environb.update(request.set)
    _place_state(os.fsdecode(request.state))
    _set_arguments([os.fsdecode(argument) for argument in request.arguments])
    # from now on signals reach the whole run
    os.write(request.status, b"%d\n" % os.getpid())
    os.close(request.status)


def _set_arguments(arguments: list[str]) -> None:
    """Set the command line that sam sees, without this program."""
    sys.argv = arguments
    if hasattr(sys, "orig_argv"):
        sys.orig_argv = [*sys.orig_argv[: sys.orig_argv.index(__file__)], *arguments]


def _place_state(state: str) -> None:
    """Make sam keep its build graph and its dependencies in a directory."""
    for names, file in ((_GRAPH_FILE, "build.toml"), (_DEPENDENCIES, "deps")):
        name, modules = names
        for module in modules:
            setattr(importlib.import_module(module), name, os.path.join(state, file))


def _can_place_state() -> bool:
    """Whether this sam has the places of its state by the names that `_place_state` sets."""
    try:
        return all(
            hasattr(importlib.import_module(module), name)
            for name, modules in (_GRAPH_FILE, _DEPENDENCIES)
            for module in modules
        )
    except ImportError:  # if sam itself is broken, its script reports that best
        return False


def _import_sam(lazy: LazyModules) -> bytes:
    """Import what a build needs, and return what that prints."""
    with tempfile.TemporaryFile() as output:
        for standard in (1, 2):
            os.dup2(output.fileno(), standard)
        with lazy:
            importlib.import_module(_ENTRY)
            for name in _LATER:
                with suppress(Exception):  # it is imported, or fails, when it is needed
                    importlib.import_module(name)
        sys.stdout.flush()
        sys.stderr.flush()
        output.seek(0)
        said = output.read()
    with open(os.devnull, "r+b") as nothing:
        for standard in (1, 2):
            os.dup2(nothing.fileno(), standard)
    return said


def _check_policy_templates() -> None:
    """Check samtranslator's policy templates once, instead of twice in each run; they are the same in all of them."""
    module, name, check_name = _POLICY_TEMPLATES
    processor = getattr(importlib.import_module(module), name)
    check = getattr(processor, check_name)
    templates = repr(processor.get_default_policy_templates_json())
    answer = check(processor.get_default_policy_templates_json())

    @functools.wraps(check)
    def check_unless_known(policy_templates_dict: object, schema: object = None) -> object:
        is_known = not schema and repr(policy_templates_dict) == templates
        return answer if is_known else check(policy_templates_dict, schema)

    setattr(processor, check_name, staticmethod(check_unless_known))


def _has_threads() -> bool:
    """Whether there is more than one thread: a fork has only one of them, and the locks of all."""
    try:
        return len(os.listdir("/proc/self/task")) > 1
    except OSError:
        return threading.active_count() > 1


def _hide_this() -> None:
    """Leave this file out of the traceback of errors that nothing catches."""
    show = sys.excepthook

    def show_rest(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        while traceback and traceback.tb_frame.f_code.co_filename == __file__:
            traceback = traceback.tb_next
        show(kind, error.with_traceback(traceback), traceback)

    sys.excepthook = show_rest


def _part(name: str) -> types.ModuleType:
    """A part of this program that lies beside it; sam cannot import it."""
    part = types.ModuleType(name)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name}.py")
    with open(path, "rb") as file:
        exec(compile(file.read(), path, "exec", dont_inherit=True), part.__dict__)  # noqa: S102 - a file of samix
    return part


def _serve(descriptor: int) -> tuple[bytes, QuickEnd]:
    """Import sam and fork for each run that is asked for.

    Returns:
        In a fork, what was printed while sam was imported, and how the fork ends.
    """
    end: QuickEnd = _part("fork_server_end").QuickEnd()
    control = socket.socket(fileno=descriptor)
    gc.disable()  # hardly anything that is imported is garbage
    said = _import_sam(_part("fork_server_lazy").LazyModules())
    _part("fork_server_copy").shorten_copies()
    if _has_threads() or not _can_place_state():
        sys.exit(1)
    with suppress(Exception):  # each run does it itself
        _check_policy_templates()
    end.freeze()
    gc.enable()
    _Server(control).serve()
    return said, end


def _main() -> None:
    form, script, *rest = sys.argv[1:]
    with open(script, "rb") as file:
        code = compile(file.read(), script, "exec", dont_inherit=True)
    said, end = b"", None
    if form == "serve":
        said, end = _serve(int(rest[0]))
    else:
        state, *arguments = rest
        _set_arguments([script, *arguments])
        if not _can_place_state():
            sys.exit(CANNOT_HOST)
        _place_state(state)
    while said:
        said = said[os.write(1, said) :]
    _hide_this()
    program = types.ModuleType("__main__")
    program.__dict__.update(__file__=script, __builtins__=__builtins__)
    sys.modules["__main__"] = program
    try:
        exec(code, program.__dict__)  # noqa: S102 - sam's own first lines, as its interpreter runs them
    except SystemExit as error:
        if end and (error.code is None or type(error.code) is int):
            end.code = error.code or 0
        raise


if __name__ == "__main__":
    _main()
