"""Modules that a build of sam hardly ever uses, executed when something of them is used for the first time.

This is a part of `fork_server_main.py`, which loads it by its path; it imports nothing but the standard library.

Only modules are in this list that nothing uses while sam is imported, and that do nothing but define what is in them.
`importlib.util.LazyLoader` would not do: until Python 3.12 two threads could execute a module twice, and it executes a
module that `inspect` or `from package import module` only looks at.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import os
import signal
import sys
import time
import types
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class _Lazy(NamedTuple):
    """A module, or with a dot at the end all modules of a package.

    `names` are what others import from it at once, each with the place that it has it from itself.
    """

    module: str
    names: dict[str, tuple[str, str]] = {}  # noqa: RUF012 - it is not changed


_LAZY = (
    # pydantic's models of resources, for the translation to CloudFormation, which a build leaves to AWS: a tenth of
    # the time that the import of sam takes
    _Lazy("samtranslator.internal.schema_source."),
    # AWS's library in C, which botocore signs requests with: 12 MB to be linked
    _Lazy("_awscrt"),
    # botocore takes from it, with all of pyOpenSSL and cryptography, a name of urllib3. Without these it takes it
    # from there
    _Lazy("urllib3.contrib.pyopenssl", {"orig_util_SSLContext": ("urllib3.util.ssl_", "SSLContext")}),
)
# what a module has before it is executed
_HAS = frozenset(("__spec__", "__name__", "__loader__", "__package__", "__file__", "__cached__"))
# the lock of a module, by its name, as imports take it: they see a deadlock. Nothing public has it
_LOCK: Any = getattr(vars(importlib).get("_bootstrap"), "_ModuleLockManager", None)
_get, _set = types.ModuleType.__getattribute__, types.ModuleType.__setattr__


class _State:
    """What is known of a lazy module until it is executed."""

    def __init__(self, loader: Any, names: dict[str, tuple[str, str]]) -> None:  # noqa: ANN401 - it may be of any kind
        self.loader = loader
        self.names = names
        self.given: dict[str, object] = {}
        self.is_executing = False
        self.module: types.ModuleType | None = None  # as long as this refers to it, its id is its own


class _LazyModule(types.ModuleType):
    """A module that is executed when something of it is used; it is an ordinary one afterwards."""

    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401 - as any module
        if name in _HAS:
            return _get(self, name)
        if name == "__class__":
            return types.ModuleType
        if name == "__path__":
            raise AttributeError(f"module {_get(self, '__name__')!r} has no attribute '__path__'")
        state = _states[id(self)]
        if name in state.names:
            module, original = state.names[name]
            state.given[name] = getattr(importlib.import_module(module), original)
            return state.given[name]
        _execute(self)
        return getattr(self, name) if type(self) is types.ModuleType else _get(self, name)

    def __setattr__(self, name: str, value: object) -> None:
        _execute(self)
        _set(self, name, value)

    def __delattr__(self, name: str) -> None:
        _execute(self)
        types.ModuleType.__delattr__(self, name)


class _LazyLoader:
    """Makes a module, and leaves it to its first use to execute it."""

    def __init__(self, state: _State) -> None:
        self._state = state

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:
        """A module; one that is written in C is made only when it is used."""
        if isinstance(self._state.loader, importlib.machinery.ExtensionFileLoader):
            return types.ModuleType(spec.name)
        return self._state.loader.create_module(spec)  # type: ignore[no-any-return]

    def exec_module(self, module: types.ModuleType) -> None:
        """Make it a lazy one."""
        spec = module.__spec__
        assert spec  # noqa: S101 - one that is imported has one
        _states[id(module)] = self._state
        self._state.module = module
        spec.loader = module.__loader__ = self._state.loader
        module.__class__ = _LazyModule


class LazyModules:
    """While this is entered, those modules that are imported and are in the list become lazy ones."""

    def __enter__(self) -> None:
        global _server  # noqa: PLW0603 - a process is the server of its forks, and of no other
        _server = os.getpid()
        sys.meta_path.insert(0, self)

    def __exit__(self, *_: object) -> None:
        sys.meta_path.remove(self)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """How to import a module of the list; None for others."""
        lazy = next(_found(name), None)
        if not lazy or not _LOCK:
            return None
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target) if finder is not self else None
            if spec:
                kinds = (importlib.machinery.SourceFileLoader, importlib.machinery.ExtensionFileLoader)
                if isinstance(spec.loader, kinds) and spec.submodule_search_locations is None:
                    spec.loader = _LazyLoader(_State(spec.loader, lazy.names))  # type: ignore[assignment]
                return spec
        return None


_server = 0
_states: dict[int, _State] = {}  # by the id of the module


def _found(name: str) -> Iterator[_Lazy]:
    return (lazy for lazy in _LAZY if name == lazy.module or (lazy.module[-1] == "." and name.startswith(lazy.module)))


def _execute(module: _LazyModule) -> None:
    """Execute a module, once; a module that its own imports need sees what is in it so far, as with any import."""
    spec = _get(module, "__spec__")
    state = _states[id(module)]
    try:
        with _LOCK(spec.name):
            if type(module) is types.ModuleType or state.is_executing:
                return
            state.is_executing = spec._initializing = True  # noqa: SLF001 - other threads wait, as for any import
            try:
                if isinstance(state.loader, importlib.machinery.ExtensionFileLoader):
                    _execute_extension(module, spec, state)
                else:
                    state.loader.exec_module(module)
            finally:
                state.is_executing = spec._initializing = False  # noqa: SLF001
            content = _get(module, "__dict__")
            if any(content.get(name) is not given for name, given in state.given.items()):
                _abandon()
            types.ModuleType.__setattr__(module, "__class__", types.ModuleType)
    except Exception:  # noqa: BLE001 - whatever it is, an ordinary import would meet it where it belongs
        _abandon()


def _execute_extension(module: _LazyModule, spec: importlib.machinery.ModuleSpec, state: _State) -> None:
    """Make a module that is written in C, and let the one that stands for it have its content."""
    own = {name: value for name, value in _get(module, "__dict__").items() if name in _HAS}
    real = state.loader.create_module(spec)
    state.loader.exec_module(real)
    sys.modules[spec.name] = module
    _get(module, "__dict__").update({**real.__dict__, **own})


def _abandon() -> NoReturn:
    """End the server: samix then ends its runs and begins them again, each with all of its modules."""
    try:
        if os.getpid() != _server and os.getsid(_server) == _server:
            os.kill(_server, signal.SIGKILL)
            time.sleep(60)  # samix ends this, too
    finally:
        os._exit(1)
