"""The process that forks the runs of sam: a run is as one that the system starts, and nothing is left of it."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from support.processes import is_running
from support.project import REPOSITORY
from support.small_sam import STATE_MODULES, both_ways, fork_server, run_program, small_sam, spawner

from samix.sam.fork_server import ForkServer, sam_starter
from samix.sam.process import LostError, Processes, Spawner, UnhostableError
from samix.sam.sam_run import SamRun

_DESCRIBE = """\
import locale, os, random, resource, signal, sys, threading
print("arguments", [sys.argv[0], len(sys.argv)], __name__)
main = sys.modules["__main__"]
print("program", main.__name__, main.__file__, sys.executable, sys.flags)
print("path", sys.path)
print("place", os.getcwd(), os.umask(0o22), os.getpgid(0) == os.getpid() == os.getsid(0))
print("environment", sorted(os.environb.items()))
print("texts", sys.getfilesystemencoding(), locale.getpreferredencoding(False), os.environ.get("TZ"))
for stream in (sys.stdin, sys.stdout, sys.stderr):
    print("stream", stream.name, stream.encoding, stream.errors, stream.isatty(), stream.fileno())
print("buffers", sys.stdout.line_buffering, sys.stderr.line_buffering, sys.stdout.write_through)
print("input", sys.stdin.read())
print("signals", [(number.name, str(signal.getsignal(number))[:30]) for number in sorted(signal.Signals)])
print("blocked", signal.pthread_sigmask(signal.SIG_BLOCK, ()))
print("limits", [resource.getrlimit(number) for number in range(10)])
print("threads", threading.active_count(), threading.current_thread() is threading.main_thread())
print("descriptors", len(os.listdir("/dev/fd")))
print("hooks", sys.getprofile(), sys.gettrace(), sys.stdout is sys.__stdout__)
"""


# where a hosted sam keeps its state, by each name that it has for that
_STATE = """\
import os, sys
from samcli.commands.build import build_context
from samcli.lib.build import build_graph, build_strategy
main = sys.modules["__main__"]
print("graph", build_graph.DEFAULT_BUILD_GRAPH_FILE_NAME)
for module in (build_graph, build_strategy, build_context):
    print("dependencies", module.DEFAULT_DEPENDENCIES_DIR)
print("arguments", sys.argv[0], sys.argv[2:])
print("place", os.getcwd())
print("program", main.__name__, main.__file__, sorted(vars(main)))
print("environment", sorted(os.environb.items()))
"""


@pytest.mark.parametrize("forks", [False, True], ids=["spawned", "forked"])
@pytest.mark.parametrize("flags", ["", " -s", " -u"])
def test_a_hosted_run_keeps_its_state_in_the_given_place(tmp_path: Path, flags: str, *, forks: bool) -> None:
    sam = small_sam(tmp_path / "installed", interpreter=f"{sys.executable}{flags}")
    environment = {"HOME": str(tmp_path), "ONE": "1"}
    processes = Processes(fork_server(sam, tmp_path / "place", {"TWO": "2"}) if forks else spawner(sam))
    assert processes.hosts
    code, said = run_program(processes, sam, _STATE, tmp_path / "log", environment, "build", "--cached", "x y")
    processes.end()
    assert code == 0, said
    lines = said.splitlines()
    assert lines[:-2] == [
        f"graph {tmp_path}/state/build.toml",
        *[f"dependencies {tmp_path}/state/deps"] * 3,
        f"arguments {sam} ['build', '--cached', 'x y']",
        f"place {tmp_path}/place",
    ]
    assert lines[-2].startswith(f"program __main__ {sam} [")
    assert "(b'ONE', b'1')" in lines[-1]
    assert "TWO" not in lines[-1]


def test_a_hosted_run_is_the_same_forked_and_spawned(tmp_path: Path) -> None:
    sam = small_sam(tmp_path / "installed")
    said = []
    for starter in (spawner(sam), fork_server(sam, tmp_path / "place", {"HOME": "/"})):
        processes = Processes(starter)
        environment = {"HOME": str(tmp_path), "BYTES": "\udcff"}
        said.append(run_program(processes, sam, _STATE, tmp_path / "log", environment, "\udcff", ""))
        processes.end()
    assert said[0] == said[1]
    assert said[0][0] == 0


def test_each_forked_run_has_a_state_of_its_own(tmp_path: Path) -> None:
    sam = small_sam(tmp_path / "installed")
    processes = Processes(fork_server(sam, tmp_path))
    program = "from samcli.lib.build import build_graph; print(build_graph.DEFAULT_DEPENDENCIES_DIR)"
    for name in ("one", "tw\u00f6 \udcff"):
        log, state = tmp_path / "log", tmp_path / name
        processes.run(SamRun([str(sam), program], directory=tmp_path, environment={}, log=log, state=state))
        assert log.read_bytes() == os.fsencode(f"{state}/deps\n")
    processes.end()


def test_a_run_without_a_state_is_not_hosted(tmp_path: Path) -> None:
    sam = small_sam(tmp_path / "installed")
    program = "from samcli.lib.build import build_graph; print(build_graph.DEFAULT_DEPENDENCIES_DIR)"
    for starter in (Spawner(), spawner(sam), fork_server(sam, tmp_path)):
        processes = Processes(starter)
        assert processes.run(SamRun([str(sam), program], directory=tmp_path, environment={}, log=tmp_path / "log")) == 0
        processes.end()
        assert (tmp_path / "log").read_text() == ".aws-sam/deps\n"


def test_the_server_runs_where_its_runs_do(tmp_path: Path) -> None:
    server = fork_server(small_sam(tmp_path / "installed"), tmp_path / "place")
    server.prepare()
    assert Path(f"/proc/{server.process_id}/cwd").resolve() == tmp_path / "place"
    assert [*(tmp_path / "place").iterdir()] == []
    server.close()


@pytest.mark.parametrize("forks", [False, True], ids=["spawned", "forked"])
@pytest.mark.parametrize(
    "lacking",
    [
        *(pytest.param({name: "OTHER = 1\n"}, id=name) for name in STATE_MODULES),
        pytest.param({"lib/build/build_graph.py": 'DEFAULT_DEPENDENCIES_DIR = "deps"\n'}, id="one name"),
        pytest.param(dict.fromkeys(STATE_MODULES), id="all modules"),
        pytest.param({"lib/build/build_strategy.py": None}, id="a module"),
    ],
)
def test_a_sam_that_keeps_its_state_elsewhere_is_not_run(
    tmp_path: Path, lacking: dict[str, str | None], *, forks: bool
) -> None:
    modules = {name: text for name, text in {**STATE_MODULES, **lacking}.items() if text is not None}
    sam = small_sam(tmp_path / "installed", state_modules=modules)
    processes = Processes(fork_server(sam, tmp_path / "place") if forks else spawner(sam))
    program = 'open("ran", "w"); print("run")'
    assert processes.hosts
    with pytest.raises(UnhostableError):
        run_program(processes, sam, program, tmp_path / "log", {})
    assert not processes.hosts
    assert not (tmp_path / "place" / "ran").exists()
    assert (tmp_path / "log").read_text() == ""
    log = tmp_path / "log"
    assert processes.run(SamRun([str(sam), program], directory=tmp_path / "place", environment={}, log=log)) == 0
    processes.end()
    assert log.read_text() == "run\n"


def test_each_of_several_runs_learns_that_sam_cannot_be_hosted(tmp_path: Path) -> None:
    """Also those that had begun before the first was told."""
    waits = f"""\
import os, time
open(os.path.join({str(tmp_path)!r}, "begun-%d" % os.getpid()), "w")
while len([name for name in os.listdir({str(tmp_path)!r}) if name.startswith("begun-")]) < 3:
    time.sleep(0.01)
"""
    sam = small_sam(tmp_path / "installed", state_modules={"lib/build/build_graph.py": waits})
    processes = Processes(spawner(sam))
    ends: list[str] = []

    def run(number: int) -> None:
        try:
            ends.append(f"exit code {run_program(processes, sam, '', tmp_path / f'log{number}', {})[0]}")
        except UnhostableError:
            ends.append("told")

    threads = [threading.Thread(target=run, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    processes.end()
    assert ends == ["told"] * 3


def test_an_exit_code_of_a_run_that_is_not_hosted_says_nothing(tmp_path: Path) -> None:
    sam = small_sam(tmp_path / "installed")
    for processes in (Processes(), Processes(Spawner())):
        assert not processes.hosts
        assert run_program(processes, sam, "raise SystemExit(117)", tmp_path / "log", {}) == (117, "")


@pytest.mark.parametrize("forks", [False, True], ids=["spawned", "forked"])
def test_a_sam_that_is_broken_says_so_itself(tmp_path: Path, *, forks: bool) -> None:
    sam = small_sam(tmp_path / "installed", 'raise ImportError("half of it is missing")', state_modules={})
    by_script = run_program(Processes(), sam, "", tmp_path / "log", {})
    assert "half of it is missing" in by_script[1]
    processes = Processes(fork_server(sam, tmp_path / "place") if forks else spawner(sam))
    with pytest.raises(UnhostableError):
        run_program(processes, sam, "", tmp_path / "log", {})
    log = tmp_path / "log"
    code = processes.run(SamRun([str(sam), ""], directory=tmp_path / "place", environment={}, log=log))
    processes.end()
    assert (code, log.read_text()) == by_script


@pytest.mark.parametrize("flags", ["", " -s", " -Es", " -u", " -OO"])
def test_a_forked_run_finds_what_a_started_one_finds(tmp_path: Path, flags: str) -> None:
    sam = small_sam(tmp_path / "installed", interpreter=f"{sys.executable}{flags}")
    spawned, forked = both_ways(sam, _DESCRIBE, tmp_path, {"HOME": str(tmp_path)})
    assert forked == spawned
    assert spawned[0] == 0


def test_a_run_knows_the_command_line_of_sams_own_script(tmp_path: Path) -> None:
    sam = small_sam(tmp_path / "installed", interpreter=f"{sys.executable} -s")
    program = "import sys; print(sys.orig_argv)"
    spawned, forked = both_ways(sam, program, tmp_path, {})
    assert spawned == forked == (0, f"{[sys.executable, '-s', str(sam), program]}\n")


def test_the_installed_sam_runs_isolated(tmp_path: Path) -> None:
    sam = small_sam(tmp_path / "installed", 'raise ImportError("not this")', interpreter=f"{sys.executable} -I")
    spawned, forked = both_ways(sam, "--version", tmp_path, {"HOME": str(tmp_path), "SAM_CLI_TELEMETRY": "0"})
    assert forked == spawned
    assert re.fullmatch(r"SAM CLI, version \S+\n", spawned[1])


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"PYTHONUTF8": "1", "LC_ALL": "C"}, id="UTF-8 mode"),
        pytest.param({"PYTHONIOENCODING": "latin-1:replace", "TZ": "Asia/Tokyo"}, id="another encoding"),
        pytest.param({"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, id="ASCII"),
        pytest.param({"PYTHONPATH": ".:lib:", "PYTHONUNBUFFERED": "1", "PYTHONDEVMODE": "1"}, id="Python's own"),
        pytest.param({"EMPTY": "", "LINES": "one\ntwo=3", "BYTES": "\udcff\udc80", "ü": "ü", "A B": "=x"}, id="odd"),
    ],
)
def test_forked_run_has_the_environment_of_a_started_one(tmp_path: Path, environment: dict[str, str]) -> None:
    sam = small_sam(tmp_path / "installed")
    spawned, forked = both_ways(sam, _DESCRIBE, tmp_path, environment, {"SAMIX_ARTIFACTS_X": "ü\udcff", "EMPTY": "no"})
    assert forked == spawned
    assert spawned[0] == 0


def test_a_variable_of_the_server_alone_is_not_in_the_run(tmp_path: Path) -> None:
    sam = small_sam(tmp_path / "installed")
    processes = Processes(fork_server(sam, tmp_path / "place", {"ONE": "1", "TWO": "2"}))
    program = 'import os; print([name for name in ("ONE", "TWO") if name in os.environ])'
    assert run_program(processes, sam, program, tmp_path / "log", {"TWO": "2"}) == (0, "['TWO']\n")
    processes.end()


@pytest.mark.parametrize(
    "program",
    [
        "raise SystemExit(3)",
        'raise SystemExit("a text")',
        "raise SystemExit(None)",
        "raise SystemExit(256 + 7)",
        "raise KeyboardInterrupt",
        'raise ValueError("no") from KeyError("none")',
        "1 +",
        'import atexit; atexit.register(print, "at exit"); print("no line", end="")',
        'import threading, time; threading.Thread(target=lambda: (time.sleep(0.2), print("later"))).start()',
        'import os, signal; print("lost?", flush=True); os.kill(os.getpid(), signal.SIGTERM)',
        'import os; print("not flushed"); os._exit(4)',
        'import sys; sys.stdout.write("x" * 100_000); sys.stderr.write("y" * 100_000)',
        'import subprocess, sys; subprocess.run([sys.executable, "-c", "print(1)"], check=True)',
        'import multiprocessing as m; p = m.get_context("fork").Process(target=print, args=(1,)); p.start(); p.join()',
        'import logging; logging.basicConfig(); logging.warning("a warning")',
        'import warnings; warnings.warn("a warning")',
        "raise SystemExit(-1)",
        "raise SystemExit(True)",
        'print("lost?", end=""); raise SystemExit(0)',
        "import sys; sys.stdout.close(); raise SystemExit(0)",
        'import os; print("nowhere"); os.close(1); raise SystemExit(0)',
        'import io, sys; sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False)); print("held"); sys.exit(0)',
        "import sys; sys.stdout = None; raise SystemExit(0)",
        'import ctypes; ctypes.CDLL(None).printf(b"by C"); raise SystemExit(0)',
        'import atexit, sys; atexit.register(print, "at exit"); atexit.register(sys.exit, 4); sys.exit(3)',
        "import atexit, os; atexit.register(os._exit, 4); raise SystemExit(3)",
        'import weakref\nclass X: pass\nx = X(); weakref.finalize(x, print, "gone"); raise SystemExit(2)',
        'class X:\n    def __del__(self): print("gone")\nimport sys; sys.x = X(); sys.exit(0)',
        'def f():\n    try: yield\n    finally: print("gone")\nimport sys; sys.x = f(); next(sys.x); sys.exit(0)',
        'import sys, tempfile; sys.x = tempfile.TemporaryDirectory(prefix="left"); sys.exit(0)',
    ],
)
def test_a_forked_run_ends_like_a_started_one(tmp_path: Path, program: str) -> None:
    spawned, forked = both_ways(small_sam(tmp_path / "installed"), program, tmp_path, {})
    assert forked == spawned


@pytest.mark.parametrize(
    "first",
    [
        pytest.param('kept = open("kept", "w")', id="file"),
        pytest.param("import io; kept = io.TextIOWrapper(io.BufferedWriter(io.FileIO('kept', 'w')))", id="layers"),
        pytest.param(
            "import os\n"
            "class Kept:\n"
            "    def write(self, text): self.text = text\n"
            "    def __del__(self, write=os.write, open=os.open, flags=os.O_CREAT | os.O_WRONLY):\n"
            "        write(open('kept', flags), self.text.encode())\n"
            "kept = Kept()",
            id="finalizer",
        ),
        pytest.param(
            "import os\n"
            "class Kept:\n"
            "    def write(self, text): self.text = text\n"
            "def keep(kept, write=os.write, file=os.open('kept', os.O_CREAT | os.O_WRONLY)):\n"
            "    try: yield\n"
            "    finally: write(file, kept.text.encode())\n"
            "kept = Kept(); kept.keeper = keep(kept); next(kept.keeper)",
            id="generator",
        ),
    ],
)
def test_what_the_import_of_sam_has_made_is_kept_until_the_end(tmp_path: Path, first: str) -> None:
    sam = small_sam(tmp_path / "installed", first)
    program = 'import samcli.cli.main, sys; samcli.cli.main.kept.write("all of it"); sys.exit(0)'
    for name, processes in (
        ("spawned", Processes(spawner(sam))),
        ("forked", Processes(fork_server(sam, tmp_path / "forked" / "place"))),
    ):
        assert run_program(processes, sam, program, tmp_path / name / "log", {}) == (0, "")
        processes.end()
        assert (tmp_path / name / "place" / "kept").read_text() == "all of it"


def test_what_a_run_has_not_closed_is_written(tmp_path: Path) -> None:
    sam = small_sam(tmp_path / "installed")
    for starter in (spawner(sam), fork_server(sam, tmp_path / "place")):
        processes = Processes(starter)
        (tmp_path / "place" / "left").unlink(missing_ok=True)
        program = 'import sys; sys.left = open("left", "w"); sys.left.write("all of it"); sys.exit(0)'
        assert run_program(processes, sam, program, tmp_path / "log", {}) == (0, "")
        processes.end()
        assert (tmp_path / "place" / "left").read_text() == "all of it"


# exit() calls it, which the ordinary end of Python calls last of all
_IS_TAKEN_APART = "import ctypes, sys; c = ctypes.CDLL(None); c.__cxa_atexit(c._exit, 7, None)"


@pytest.mark.parametrize(
    ("first", "more", "code"),
    [
        pytest.param("", "sys.exit(3)", 3, id="by a code"),
        pytest.param("", "sys.exit()", 0, id="by none"),
        pytest.param("", "", 0, id="by its last line"),
        pytest.param("", 'sys.exit("a text")', 7, id="by a text"),
        pytest.param("", "sys.exit(300)", 7, id="by a code that is none"),
        pytest.param("", "raise ValueError", 7, id="by an error"),
        pytest.param("", 'sys.x = open("x", "w"); sys.exit(3)', 7, id="with an open file"),
        pytest.param('sys.x = open("x", "w")', "sys.exit(3)", 7, id="with an open file of its server"),
        pytest.param("", "import threading as t; t.Thread(target=t.Event().wait, daemon=True).start()", 7, id="thread"),
    ],
)
def test_a_fork_is_taken_apart_only_where_that_can_be_noticed(tmp_path: Path, first: str, more: str, code: int) -> None:
    processes = Processes(fork_server(small_sam(tmp_path / "installed", first), tmp_path / "place"))
    program = f"{_IS_TAKEN_APART}; {more}"
    assert run_program(processes, tmp_path / "installed" / "sam", program, tmp_path / "log", {})[0] == code
    processes.end()


_POLICIES = """\
import jsonschema, sys
from samtranslator.policy_template_processor.processor import PolicyTemplatesProcessor as Processor
shipped = Processor.get_default_policy_templates_json
def check(*arguments):
    try:
        return sorted(Processor(*arguments).policy_templates)
    except ValueError as error:
        return str(error)
"""


def test_policy_templates_that_are_not_sams_are_checked_as_ever(tmp_path: Path) -> None:
    program = f"""{_POLICIES}
print(check(shipped()), check(shipped(), {{}}), check({{}}), check(shipped(), {{"type": "array"}}))
changed = shipped()
changed["Templates"]["SQSPollerPolicy"]["Parameters"] = 1
print(check(changed), Processor._is_valid_templates_dict.__doc__)
"""
    spawned, forked = both_ways(small_sam(tmp_path / "installed"), program, tmp_path, {})
    assert forked == spawned
    assert "1 is not of type 'object'" in spawned[1]


def test_policy_templates_of_sam_are_checked_once_for_all_runs(tmp_path: Path) -> None:
    program = f"""{_POLICIES}
def refuse(*_):
    raise ValueError("checked")
jsonschema.validate = refuse
print(len(check(shipped())) > 20, check({{}}), check(shipped(), {{"type": "object"}}))
"""
    processes = Processes(fork_server(small_sam(tmp_path / "installed"), tmp_path / "place"))
    ended = run_program(processes, tmp_path / "installed" / "sam", program, tmp_path / "log", {})
    processes.end()
    assert ended == (0, "True checked checked\n")


def test_a_function_for_the_end_that_came_before_all_is_called(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text('import atexit; atexit.register(print, "at the end")')
    environment = {"PYTHONPATH": str(tmp_path)}
    spawned, forked = both_ways(small_sam(tmp_path / "installed"), "raise SystemExit(3)", tmp_path, environment)
    assert forked == spawned == (3, "at the end\n")


def test_what_is_said_while_sam_is_imported_stands_in_each_log(tmp_path: Path) -> None:
    sam = small_sam(tmp_path / "installed", 'print("out"); print("error", file=sys.stderr)')
    spawned, forked = both_ways(sam, 'print("run")', tmp_path, {"PYTHONUNBUFFERED": "1"})
    assert forked == spawned == (0, "out\nerror\nrun\n")


def test_runs_have_random_numbers_of_their_own(tmp_path: Path) -> None:
    sam = small_sam(tmp_path / "installed", "import random, uuid")
    processes = Processes(fork_server(sam, tmp_path / "place"))
    program = "import random, uuid; print(random.random(), uuid.uuid4(), uuid.uuid1())"
    said = [run_program(processes, sam, program, tmp_path / "log", {})[1] for _ in range(3)]
    processes.end()
    assert len({text for line in said for text in line.split()}) == 9


def test_sam_is_imported_once(tmp_path: Path) -> None:
    sam = small_sam(tmp_path / "installed", f'open({str(tmp_path / "imported")!r}, "a").write("x")')
    processes = Processes(fork_server(sam, tmp_path / "place"))
    for _ in range(3):
        assert run_program(processes, sam, "", tmp_path / "log", {})[0] == 0
    processes.end()
    assert (tmp_path / "imported").read_text() == "x"


@pytest.mark.parametrize(
    "first",
    [
        pytest.param('raise ImportError("half of it is missing")', id="cannot be imported"),
        pytest.param("import os; os._exit(0)", id="ends"),
        pytest.param(
            "import threading, time; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
            id="starts a thread",
        ),
    ],
)
def test_sam_that_cannot_be_imported_once_is_started_each_time(tmp_path: Path, first: str) -> None:
    troubles: list[str] = []
    sam = small_sam(tmp_path / "installed", first)
    spawned = run_program(Processes(), sam, 'print("run")', tmp_path / "log", {})
    processes = Processes(fork_server(sam, tmp_path / "place", tell=troubles.append))
    forked = run_program(processes, sam, 'print("run")', tmp_path / "log", {})
    processes.end()
    assert forked == spawned
    assert troubles == ["sam is started separately for each unit: it cannot be imported in advance."]


@pytest.mark.parametrize("stops", [False, True], ids=["killed", "stopped"])
def test_a_server_that_has_gone_is_done_without(tmp_path: Path, *, stops: bool) -> None:
    troubles: list[str] = []
    sam = small_sam(tmp_path / "installed")
    server = fork_server(sam, tmp_path / "place", tell=troubles.append)
    processes = Processes(server)
    assert run_program(processes, sam, "", tmp_path / "log", {}) == (0, "")
    server.fork_seconds = 0.3
    os.kill(server.process_id, signal.SIGSTOP if stops else signal.SIGKILL)
    assert run_program(processes, sam, 'print("run")', tmp_path / "log", {}) == (0, "run\n")
    processes.end()
    assert troubles == ["sam is started separately for each unit: the process that had imported it has ended."]


def test_a_run_whose_server_goes_is_ended_and_can_be_run_again(tmp_path: Path) -> None:
    sam = small_sam(tmp_path / "installed")
    server = fork_server(sam, tmp_path / "place")
    processes = Processes(server)
    program = """\
import os, signal, sys, time
def end(*_):
    open("tidied", "w")
    os._exit(1)
signal.signal(signal.SIGINT, end)
print(os.getpid(), flush=True)
time.sleep(60)
"""
    raised: list[type[BaseException]] = []

    def run() -> None:
        try:
            run_program(processes, sam, program, tmp_path / "log", {})
        except LostError as error:
            raised.append(type(error))

    thread = threading.Thread(target=run)
    thread.start()
    process = int(_wait_for(tmp_path / "log"))
    os.kill(server.process_id, signal.SIGKILL)
    thread.join(20)
    assert raised == [LostError]
    assert (tmp_path / "place" / "tidied").exists()
    assert not is_running(process)
    assert run_program(processes, sam, 'print("again")', tmp_path / "log", {}) == (0, "again\n")
    processes.end()


def test_ending_while_sam_is_imported_waits_for_nothing(tmp_path: Path) -> None:
    sam = small_sam(tmp_path / "installed", "import time; time.sleep(60)")
    server = fork_server(sam, tmp_path / "place")
    processes = Processes(server)
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(run_program(processes, sam, "", tmp_path / "log", {})[0]))
    thread.start()
    processes.end()
    thread.join(20)
    assert codes == [-signal.SIGTERM]
    assert not is_running(server.process_id)


def test_nothing_is_started_after_the_end(tmp_path: Path) -> None:
    sam = small_sam(tmp_path / "installed", "import time; time.sleep(60)")
    server = fork_server(sam, tmp_path / "place")
    processes = Processes(server)
    processes.end()
    assert run_program(processes, sam, 'print("run")', tmp_path / "log", {}) == (-signal.SIGTERM, "")
    assert not is_running(server.process_id)


def test_a_server_whose_samix_is_killed_ends_its_runs_and_itself(tmp_path: Path) -> None:
    sam = small_sam(tmp_path / "installed")
    program = f"""\
import os, signal, sys, threading, time
from pathlib import Path
sys.path.insert(0, {str(REPOSITORY / "tests")!r})
from support.small_sam import fork_server
from samix.sam.process import Processes
from samix.sam.sam_run import SamRun
place = Path({str(tmp_path)!r})
server = fork_server(place / "installed" / "sam", place)
waits = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
arguments, log, state = [{str(sam)!r}, waits], place / "log", place / "state"
run = lambda: Processes(server).run(SamRun(arguments, directory=place, environment={{}}, log=log, state=state))
threading.Thread(target=run, daemon=True).start()
while not (place / "log").exists() or not (place / "log").read_text().endswith("\\n"):
    time.sleep(0.01)
print(server.process_id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    code = Processes().run(
        SamRun([sys.executable, "-c", program], directory=tmp_path, environment=environment, log=tmp_path / "samix")
    )
    assert code == -signal.SIGKILL, (tmp_path / "samix").read_text()
    left = [int((tmp_path / name).read_text()) for name in ("samix", "log")]
    assert not any(is_running(process) for process in left)


@pytest.mark.parametrize(
    ("script", "why", "is_script"),
    [
        pytest.param('#!/bin/sh\nexec /usr/bin/sam "$@"\n', "is not a Python script", False, id="shell"),
        pytest.param(b"\x7fELF\x02\x01\x01\x00\xff", "is not a Python script", False, id="frozen"),
        pytest.param(
            "#!/usr/bin/python3\nfrom samcli.cli.main import cli\nopen('trace', 'w')\n"
            "if __name__ == '__main__':\n    import sys\n    sys.exit(cli())\n",
            "is not a Python script",
            False,
            id="does more",
        ),
        pytest.param(
            "#!/nowhere/bin/python3\nimport sys\nfrom samcli.cli.main import cli\n"
            "if __name__ == '__main__':\n    sys.exit(cli())\n",
            "No such file",
            True,
            id="no interpreter",
        ),
    ],
)
def test_what_is_no_script_of_pip_is_started_each_time(
    tmp_path: Path, script: str | bytes, why: str, *, is_script: bool
) -> None:
    sam = tmp_path / "sam"
    sam.write_bytes(script if isinstance(script, bytes) else script.encode())
    troubles: list[str] = []
    starter = sam_starter(sam, {}, tmp_path, 2, troubles.append)
    assert isinstance(starter, Spawner)
    assert starter.hosts == is_script
    assert re.search(why, troubles[0])


@pytest.mark.parametrize(("runs", "value", "forks"), [(2, "", True), (2, "1", True), (2, "0", False), (1, "1", False)])
def test_sam_is_imported_beforehand_where_it_is_of_use(tmp_path: Path, runs: int, value: str, *, forks: bool) -> None:
    sam = small_sam(tmp_path / "installed")
    starter = sam_starter(sam, {"SAMIX_WARM_SAM": value}, tmp_path, runs, lambda _: None)
    starter.close()
    assert isinstance(starter, ForkServer) == forks
    assert starter.hosts


def _wait_for(log: Path) -> str:
    """What a log holds once it has a whole line."""
    for _ in range(6000):
        text = log.read_text() if log.exists() else ""
        if text.endswith("\n"):
            return text
        time.sleep(0.01)
    pytest.fail("nothing was logged")
