"""How a forked run ends: without taking apart what its server had imported, if nobody can tell the difference.

This is a part of `fork_server_main.py`, which loads it by its path; it imports nothing but the standard library.

At its end Python destroys all modules and objects one by one. For a fork that is a third of its work: it copies nearly
all of the memory that it shares with its server, only to give it back. What others can notice of a program's end comes
before that (threads are waited for, functions of `atexit` are called, the standard streams are flushed), or is done by
finalizers: a file that is still open is flushed, a `__del__` may be called (Python does not promise it).
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import io
import os
import sys
import threading
import types
from itertools import compress
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    _Buffer: TypeAlias = io.TextIOWrapper | io.BufferedWriter | io.BufferedRandom | io.BufferedRWPair

_BUFFERS = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom, io.BufferedRWPair)
_LARGEST_CODE = 255
# finalizers that nobody notices, if the objects are made when sam is imported
_HARMLESS = (
    ("samtranslator.metrics.metrics", "Metrics"),  # Python never comes to it: something of sam's keeps the object
    ("multiprocessing.resource_tracker", "ResourceTracker"),  # it ends a process that sees the end of this one
    ("regex._regex_core", ""),  # any of this module's: they forget what they refer to
    ("botocore.response", "StreamingBody"),  # an answer that is read in the run that asks
    ("click._compat", "_NonClosingTextIOWrapper"),  # it lets go of a standard stream
)


class QuickEnd:
    """Ends forks of this process by the system's exit, once all that can be noticed of their end is done.

    Attributes:
        code: The exit code, as soon as it is known. As long as it is None, the program ends as any other.
    """

    def __init__(self) -> None:
        """Be the first function of `atexit`, which is the last that is called; do nothing if there is one already."""
        self.code: int | None = None
        self._is_possible = not atexit._ncallbacks()  # noqa: SLF001 - nothing public tells it
        self._generators: list[types.GeneratorType[Any, Any, Any]] = []
        self._descriptors = _descriptors()
        try:
            self._flush_c = ctypes.CDLL(None).fflush
        except (OSError, AttributeError):  # there may be output that Python does not know of
            self._is_possible = False
        if self._is_possible:
            atexit.register(self._end)

    def freeze(self) -> None:
        """Keep all objects that exist out of the garbage collections of forks, or these would copy them."""
        if self._can_have_finalizers():
            self._look_at_all()
        gc.freeze()

    def _can_have_finalizers(self) -> bool:
        """Whether an object that exists may have a finalizer that can be noticed.

        What the standard library finalizes holds a descriptor, and nobody is warned of the rest.
        """
        known: frozenset[str] = getattr(sys, "stdlib_module_names", frozenset())
        return (
            not self._descriptors
            or _descriptors() != self._descriptors
            or bool(sys.warnoptions or sys.flags.dev_mode or not known)
            or any(
                kind.__module__.partition(".")[0] not in known and not _is_harmless(kind) for kind in _finalized_kinds()
            )
        )

    def _look_at_all(self) -> None:
        """Find the objects whose finalizers can be noticed; it takes a twentieth of sam's import."""
        objects = gc.get_objects()
        kinds = [*map(type, objects)]
        finalized = {kind for kind in {*kinds} if _has_finalizer(kind)}
        own = {id(part) for stream in _streams() for part in (stream, getattr(stream, "buffer", None))}
        for found in compress(objects, map(finalized.__contains__, kinds)):
            if isinstance(found, types.GeneratorType):
                self._generators.append(found)
            elif isinstance(found, _BUFFERS):
                self._is_possible = self._is_possible and (id(found) in own or not _can_be_written(found))
            else:
                self._is_possible = self._is_possible and _is_harmless(type(found))

    def _end(self) -> None:
        """End this process now, if its ordinary end would only take it apart."""
        if not self._is_possible or any(generator.gi_frame for generator in self._generators):
            gc.unfreeze()  # or what is in a cycle would not be finalized
            return
        if self.code is None or not 0 <= self.code <= _LARGEST_CODE:
            return
        try:
            # these are the objects since the fork: those that were frozen are not among them
            if threading.active_count() > 1 or any(map(_has_finalizer, {*map(type, gc.get_objects())})):
                return
            for stream in _streams():
                if stream and not stream.closed:
                    stream.flush()
            self._flush_c(None)  # what an extension has written with C's own means
        except BaseException:  # noqa: BLE001 - the ordinary end meets it again, and tells it
            return
        os._exit(self.code)


def _streams() -> tuple[TextIO | None, ...]:
    return sys.stdin, sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__


def _descriptors() -> frozenset[str]:
    """The descriptors that are open; none where the system does not list them."""
    try:
        return frozenset(os.listdir("/proc/self/fd"))
    except OSError:
        return frozenset()


def _finalized_kinds() -> Iterator[type]:
    """All classes that define a finalizer."""
    seen: set[int] = set()
    rest: list[type] = [object]
    while rest:
        kinds: list[type] = type.__subclasses__(rest.pop())
        for kind in kinds:
            if id(kind) not in seen:
                seen.add(id(kind))
                rest.append(kind)
                if "__del__" in vars(kind):
                    yield kind


def _has_finalizer(kind: type) -> bool:
    return any("__del__" in vars(base) for base in kind.__mro__)


def _can_be_written(found: _Buffer) -> bool:
    try:
        return not found.closed and found.writable()
    except ValueError:  # it has lost what is below it
        return False


def _is_harmless(kind: type) -> bool:
    """Whether it makes no difference to others if objects of this kind are finalized."""
    if isinstance(kind.__del__, types.WrapperDescriptorType):  # type: ignore[attr-defined]
        return True  # written in C: a descriptor is closed
    return any(kind.__module__ == module and name in {"", kind.__qualname__} for module, name in _HARMLESS)
