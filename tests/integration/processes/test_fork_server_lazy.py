"""Modules that a fork executes only when it uses them: it cannot tell, and whatever fails is as without."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.small_sam import both_ways, fork_server, run_program, small_sam, spawner

from samix.sam.process import LostError, Processes

if TYPE_CHECKING:
    from collections.abc import Mapping

# a module of this name is one that a server leaves for later, whatever is in it
_NAME = "_awscrt"
_MODULE = """\
import threading, time
executed = globals().get("executed", 0) + 1
print("executed", flush=True)
class Base:
    def __init__(self, value): self.value = value
    def __eq__(self, other): return self.value == other.value
    __hash__ = None
def count():
    global executed
    executed += 1
    return executed
def __getattr__(name):
    if name.startswith("late_"): return name
    raise AttributeError(f"module '_awscrt' has no attribute '{name}'")
"""


def _sam(directory: Path, module: str, first: str = f"import {_NAME}", **more: str) -> Path:
    sam = small_sam(directory, first)
    for name, text in {_NAME: module, **more}.items():
        (directory / f"{name}.py").write_text(text)
    return sam


def _forked(sam: Path, program: str, directory: Path, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    processes = Processes(fork_server(sam, directory / "place"))
    try:
        return run_program(processes, sam, program, directory / "log", environment or {})
    finally:
        processes.end()


@pytest.mark.parametrize(
    "program",
    [
        "print(m.executed, m.count(), m.executed)",
        "from _awscrt import Base, count; print(Base(1).value, count(), m.executed)",
        "from _awscrt import *; print(count(), sorted(name for name in globals() if name[0] != '_'))",
        "print(hasattr(m, 'nothing'), hasattr(m, 'Base'), m.late_name, getattr(m, 'nothing', 3))",
        "try: m.nothing\nexcept AttributeError as error: print(error)",
        "try: m.__path__\nexcept AttributeError as error: print(error)",
        "from _awscrt import nothing",
        "import _awscrt.nothing",
        "class Own(m.Base): pass\nprint(isinstance(Own(1), m.Base), Own.__mro__, m.Base.__module__)",
        "import pickle; print(pickle.loads(pickle.dumps(m.Base(3))) == m.Base(3))",
        "m.executed = 7; print(m.executed, m.count())",
        "del m.executed; print(hasattr(m, 'executed'), hasattr(m, 'Base'))",
        "print(sorted(dir(m)), sorted(vars(m)), m.__dict__ is vars(m))",
        "print(repr(m), m.__name__, m.__file__, m.__package__, m.__spec__.name, m.__doc__)",
        "print(m.__loader__ is m.__spec__.loader, type(m.__loader__), m.__spec__.loader_state, m.executed)",
        "import types; print(isinstance(m, types.ModuleType), m.__class__, isinstance(m, type), callable(m))",
        "m.executed; import types; print(type(m) is types.ModuleType, m == sys.modules['_awscrt'], hash(m) != 0)",
        "import inspect as i; print(i.ismodule(m), i.getmembers(m, i.isclass), i.getsource(m.count), i.getfile(m))",
        "import importlib; print(importlib.reload(m) is m, m.executed)",
        "import copy, weakref; print(weakref.ref(m)() is m, bool(m))",
        "del sys.modules['_awscrt']; import _awscrt; print(_awscrt is m, _awscrt.executed, m.executed)",
        "from unittest import mock as k\nwith k.patch('_awscrt.count', lambda: 9): print(m.count())\nprint(m.count())",
        "import importlib.util as u; print(u.find_spec('_awscrt').name, 'Lazy' in str(sys.meta_path))",
        "import traceback\ntry: m.Base()\nexcept TypeError: traceback.print_exc()",
    ],
)
def test_a_module_is_the_same_when_it_is_executed_later(tmp_path: Path, program: str) -> None:
    # when it is executed, it says so; that is what is not the same
    sam = _sam(tmp_path / "installed", _MODULE.replace('print("executed", flush=True)\n', ""))
    spawned, forked = both_ways(sam, f"import sys, _awscrt as m\n{program}", tmp_path, {})
    assert forked == spawned


@pytest.mark.parametrize(
    ("program", "said"),
    [
        pytest.param("pass", "", id="unused"),
        pytest.param("import _awscrt", "", id="imported"),
        pytest.param("import _awscrt; print(_awscrt.__name__)", "_awscrt\n", id="named"),
        pytest.param("import inspect, sys; print(inspect.isclass(sys.modules['_awscrt']))", "False\n", id="seen"),
        pytest.param("from _awscrt import count", "executed\n", id="imported from"),
        pytest.param("import _awscrt as m; m.count(); m.count(); print(m.executed)", "executed\n3\n", id="used"),
    ],
)
def test_a_module_is_executed_once_it_is_used(tmp_path: Path, program: str, said: str) -> None:
    assert _forked(_sam(tmp_path / "installed", _MODULE), program, tmp_path) == (0, said)


def test_what_the_import_of_sam_uses_is_executed_at_once(tmp_path: Path) -> None:
    sam = _sam(tmp_path / "installed", _MODULE, "from _awscrt import count; count()")
    spawned, forked = both_ways(sam, "import _awscrt; print(_awscrt.executed)", tmp_path, {})
    assert forked == spawned == (0, "executed\n2\n")


def test_threads_execute_a_module_once_and_see_all_of_it(tmp_path: Path) -> None:
    module = f"{_MODULE}\ntime.sleep(0.3)\nlast = 5\n"
    program = """\
import _awscrt, threading
gate, seen = threading.Barrier(8), []
def use():
    gate.wait()
    seen.append((_awscrt.last, _awscrt.executed))
threads = [threading.Thread(target=use) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(set(seen), len(seen))
"""
    assert _forked(_sam(tmp_path / "installed", module), program, tmp_path) == (0, "executed\n{(5, 1)} 8\n")


def test_a_module_in_a_circle_of_imports_sees_what_is_there(tmp_path: Path) -> None:
    module = "early = 1\nimport helper\nlate = 2\n"
    helper = "import _awscrt\nseen = hasattr(_awscrt, 'early'), hasattr(_awscrt, 'late')\n"
    sam = _sam(tmp_path / "installed", module, helper=helper)
    spawned, forked = both_ways(
        sam, "import _awscrt, sys; _awscrt.late; print(sys.modules['helper'].seen)", tmp_path, {}
    )
    assert forked == spawned == (0, "(True, False)\n")


_OPTIONAL = """\
try:
    import _awscrt
    has_it = True
except ImportError:
    has_it = False
"""


@pytest.mark.parametrize("module", ['raise ImportError("it does not fit this system")', "1 +", "1 / 0"])
def test_a_module_that_fails_later_fails_where_it_would_have(tmp_path: Path, module: str) -> None:
    sam = _sam(tmp_path / "installed", module, _OPTIONAL)
    program = "import samcli.cli.main as m; print(m.has_it and m._awscrt.anything)"
    spawned = run_program(Processes(spawner(sam)), sam, program, tmp_path / "log", {})
    troubles: list[str] = []
    processes = Processes(fork_server(sam, tmp_path / "place", tell=troubles.append))
    with pytest.raises(LostError):
        run_program(processes, sam, program, tmp_path / "log", {})
    again = run_program(processes, sam, program, tmp_path / "log", {})
    processes.end()
    assert again == spawned
    assert troubles == ["sam is started separately for each unit: the process that had imported it has ended."]


def test_a_module_that_fails_while_sam_is_imported_fails_as_ever(tmp_path: Path) -> None:
    first = f"{_OPTIONAL}\nprint(has_it and _awscrt.anything)"
    sam = _sam(tmp_path / "installed", 'raise ImportError("it does not fit this system")', first)
    spawned = run_program(Processes(spawner(sam)), sam, 'print("run")', tmp_path / "log", {})
    assert _forked(sam, 'print("run")', tmp_path) == spawned == (0, "False\nrun\n")


def test_a_module_of_c_is_the_same_when_it_is_made_later(tmp_path: Path) -> None:
    program = """\
import sys, _awscrt, awscrt.auth, awscrt.checksums
print(sorted(dir(_awscrt)), _awscrt.__file__, _awscrt.__name__, _awscrt.__spec__.origin)
print(awscrt.checksums.crc32(b"some bytes"), awscrt.auth.AwsCredentials("id", "secret", "token").access_key_id)
print(_awscrt is sys.modules["_awscrt"], awscrt.auth._awscrt is _awscrt, type(_awscrt))
"""
    sam = small_sam(tmp_path / "installed", "import botocore.compat")
    spawned, forked = both_ways(sam, program, tmp_path, {})
    assert forked == spawned
    assert spawned[0] == 0


def test_a_name_that_a_module_has_from_another_comes_from_there(tmp_path: Path) -> None:
    program = """\
import botocore.httpsession, ssl, sys, urllib3.util.ssl_
name = "urllib3.contrib.pyopenssl"
print(botocore.httpsession.SSLContext is urllib3.util.ssl_.SSLContext is ssl.SSLContext)
print(type(sys.modules[name]).__name__)
import urllib3.contrib.pyopenssl as module
print(module.PyOpenSSLContext, module.orig_util_SSLContext is ssl.SSLContext, "OpenSSL" in sys.modules)
"""
    spawned, forked = both_ways(small_sam(tmp_path / "installed", "import botocore.httpsession"), program, tmp_path, {})
    assert forked == (0, spawned[1].replace("\nmodule\n", "\n_LazyModule\n"))


def test_a_module_with_another_thing_by_that_name_is_not_lazy(tmp_path: Path) -> None:
    sam = small_sam(tmp_path / "installed", "import urllib3.contrib.pyopenssl")
    for name, text in {
        "contrib/pyopenssl": "orig_util_SSLContext, other = 5, 6\n",
        "util/ssl_": "SSLContext = 4\n",
    }.items():
        file = tmp_path / "installed" / "urllib3" / f"{name}.py"
        file.parent.mkdir(parents=True)
        file.write_text(text)
        for package in (file.parent, file.parent.parent):
            (package / "__init__.py").touch()
    program = """\
from urllib3.contrib.pyopenssl import orig_util_SSLContext as given
import urllib3.contrib.pyopenssl as module
print(module.other, given)
"""
    processes = Processes(fork_server(sam, tmp_path / "place"))
    with pytest.raises(LostError):
        run_program(processes, sam, program, tmp_path / "log", {})
    assert run_program(processes, sam, program, tmp_path / "log", {}) == (0, "6 5\n")
    processes.end()
