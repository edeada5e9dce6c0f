"""Child processes: real ones, as small as they come, each started anew and forked by a process that waits for that."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.processes import is_running
from support.small_sam import fork_server, small_sam

from samix.sam.process import OvertimeError, Processes, Spawner, StalledError, _signal
from samix.sam.sam_run import SamRun
from samix.sam.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import FrameType

    from samix.sam.process import Child, Starter
    from samix.sam.sam_run import Hear

_TIMEOUT = 15
# says when it is ready, so that no signal comes too early
_IGNORES = """\
import signal, time
for number in (%s):
    signal.signal(number, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""
_IGNORES_ALL = _IGNORES % "signal.SIGINT, signal.SIGTERM"
_WAITS = 'import time\nprint("ready", flush=True)\ntime.sleep(600)\n'


@pytest.fixture(params=["by its script", "spawned", "forked"])
def processes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Processes]:
    """Runs programs in each of the ways."""
    sam = small_sam(tmp_path / "installed")
    starter: Starter = Spawner((sys.executable,) if request.param == "spawned" else ())
    if request.param == "forked":
        starter = fork_server(sam, tmp_path)
    found = Processes(starter)
    assert found.hosts == (request.param != "by its script")
    yield found
    found.end()


@pytest.fixture
def start(tmp_path: Path, processes: Processes) -> Callable[..., int]:
    """Runs a Python program as a child to its end."""

    def run(
        program: str,
        *,
        environment: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
        wording: Wording | None = None,
        log: Path = tmp_path / "logs" / "log",
        timeout: float | None = None,
        hear: Hear | None = None,
        why_stalled: Callable[[int], str | None] | None = None,
    ) -> int:
        return processes.run(
            SamRun(
                [str(tmp_path / "installed" / "sam"), textwrap.dedent(program)],
                directory=tmp_path,
                environment=environment or {},
                log=log,
                state=tmp_path / "state",
                secrets=secrets,
                wording=wording,
                timeout=timeout,
                hear=hear,
                why_stalled=why_stalled,
            )
        )

    return run


class _InThread:
    """A child that runs beside the test, until `ready` stands in its log."""

    def __init__(self, start: Callable[..., int], program: str, log: Path) -> None:
        self.code: int | None = None
        self._log = log
        self._thread = threading.Thread(target=self._run, args=(start, program), daemon=True)
        self._thread.start()
        pause = threading.Event()
        while "ready" not in (log.read_text() if log.exists() else ""):
            assert self._thread.is_alive(), "the child ended before it was ready"
            pause.wait(0.01)

    def _run(self, start: Callable[..., int], program: str) -> None:
        self.code = start(program, log=self._log)

    def join(self) -> int | None:
        self._thread.join(_TIMEOUT)
        assert not self._thread.is_alive(), "the child is still waited for"
        return self.code


@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_exit_code_comes_back(code: int, start: Callable[..., int]) -> None:
    assert start(f"raise SystemExit({code})") == code


def test_the_signal_that_ended_a_child_comes_back(start: Callable[..., int]) -> None:
    assert start("import os, signal; os.kill(os.getpid(), signal.SIGKILL)") == -signal.SIGKILL


def test_both_streams_are_in_the_log_in_their_order(start: Callable[..., int], tmp_path: Path) -> None:
    start(
        """\
        import os
        for number in range(3):
            os.write(1, b"out %d\\n" % number)
            os.write(2, b"error %d\\n" % number)
        os.write(1, b"no end of line \\xff")
        """
    )
    expected = b"".join(b"out %d\nerror %d\n" % (number, number) for number in range(3)) + b"no end of line \xff"
    assert (tmp_path / "logs" / "log").read_bytes() == expected


def test_last_output_of_a_child_is_in_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("samix.sam.process._Spawned.poll", lambda child: child.wait())
    program = 'import time; print("first", flush=True); time.sleep(1); print("last words")'
    run = [sys.executable, "-c", program]
    assert Processes().run(SamRun(run, directory=tmp_path, environment={}, log=tmp_path / "log")) == 0
    assert (tmp_path / "log").read_text() == "first\nlast words\n"


def test_a_child_has_its_directory_and_environment_and_no_input(start: Callable[..., int], tmp_path: Path) -> None:
    start(
        'import os, sys; print(os.getcwd(), os.environ["A"], "HOME" in os.environ, repr(sys.stdin.read()))',
        environment={"A": "b"},
    )
    assert (tmp_path / "logs" / "log").read_text() == f"{tmp_path.resolve()} b False ''\n"


@pytest.mark.parametrize("secret", ["s3cr3t-value", "s3cr3t-one\ns3cr3t-two"], ids=["one line", "two lines"])
def test_no_secret_reaches_the_log(secret: str, start: Callable[..., int], tmp_path: Path) -> None:
    start('import os; print("token", os.environ["TOKEN"], "end")', environment={"TOKEN": secret}, secrets=[secret])
    text = (tmp_path / "logs" / "log").read_text()
    assert "s3cr3t" not in text
    assert text.startswith("token ***")
    assert text.endswith("end\n")


def test_the_log_shows_other_texts_for_some(start: Callable[..., int], tmp_path: Path) -> None:
    heard: list[tuple[bytes, bytes]] = []
    program = """\
        import sys, time
        print("built in /app/place/Fn", flush=True)
        sys.stdout.write("now in /app/place and ./place, ")
        sys.stdout.flush()
        time.sleep(0.5)
        print("s3cr3t-value")
        """
    start(
        program,
        secrets=["s3cr3t-value"],
        wording=Wording({"/app/place": "/app/build", "./place": "./build"}),
        hear=lambda lines, rest: heard.append((lines, rest)),
    )
    expected = "built in /app/build/Fn\nnow in /app/build and ./build, ***\n"
    assert (tmp_path / "logs" / "log").read_text() == expected
    assert b"".join(lines for lines, _ in heard) == expected.encode()
    assert (b"now in /app/build and ./build, ") in {rest for _, rest in heard}


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Processes().run(SamRun([str(tmp_path / "none")], directory=tmp_path, environment={}, log=tmp_path / "log"))


def test_running_children_are_ended_and_none_is_started_after(
    start: Callable[..., int], processes: Processes, tmp_path: Path
) -> None:
    children = [_InThread(start, _WAITS, tmp_path / f"log{number}") for number in range(3)]
    processes.end()
    assert [child.join() for child in children] == [-signal.SIGINT] * 3
    assert start('open("started", "w")') == -signal.SIGTERM
    assert not (tmp_path / "started").exists()


def test_ending_where_nothing_runs_is_no_error(start: Callable[..., int], processes: Processes) -> None:
    assert start("") == 0
    processes.end()


@pytest.mark.parametrize(
    ("ignored", "grace", "ended_by"),
    [("signal.SIGINT,", 2.0, signal.SIGTERM), ("signal.SIGINT, signal.SIGTERM", 0.1, signal.SIGKILL)],
    ids=["interrupt", "interrupt and request to end"],
)
def test_a_child_that_ignores_a_signal_gets_a_stronger_one(
    ignored: str,
    grace: float,
    ended_by: signal.Signals,
    start: Callable[..., int],
    processes: Processes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("samix.sam.process._GRACE_SECONDS", grace)
    child = _InThread(start, _IGNORES % ignored, tmp_path / "log")
    processes.end()
    assert child.join() == -ended_by


def _has_ended(process: int) -> bool:
    """Whether a process is gone, or dead and not yet collected, within the time that the system takes for it."""
    pause = threading.Event()
    for _ in range(500):
        try:
            os.kill(process, 0)
            if Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except ProcessLookupError:
            return True
        except FileNotFoundError:  # gone just now, or a system without /proc
            pass
        pause.wait(0.01)
    return False


@pytest.mark.parametrize("program", [_WAITS, _IGNORES_ALL], ids=["obedient", "ignores signals"])
def test_what_a_child_started_is_ended_too(
    program: str, start: Callable[..., int], processes: Processes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child itself obeys at once, so nothing but its group is left to be ended."""
    monkeypatch.setattr("samix.sam.process._GRACE_SECONDS", 0.5)
    grandchild_program = f'import os\nwith open("grandchild", "w") as file: file.write(str(os.getpid()))\n{program}'
    parent = f"""\
        import subprocess, sys, time
        subprocess.Popen([sys.executable, "-c", {grandchild_program!r}])
        time.sleep(600)
        """
    child = _InThread(start, parent, tmp_path / "log")
    grandchild = int((tmp_path / "grandchild").read_text())
    try:
        processes.end()
        child.join()
        assert _has_ended(grandchild)
    finally:
        if not _has_ended(grandchild):
            os.kill(grandchild, signal.SIGKILL)


def test_a_second_interrupt_leaves_no_child_behind(
    start: Callable[..., int], processes: Processes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever presses Ctrl-C again does not want to wait, nor to find the children later."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    def signal_soon_interrupted(child: Child, number: signal.Signals) -> None:
        if number == signal.SIGINT:
            signal.setitimer(signal.ITIMER_REAL, 0.2)
        _signal(child, number)

    monkeypatch.setattr("samix.sam.process._GRACE_SECONDS", 600)
    monkeypatch.setattr("samix.sam.process._signal", signal_soon_interrupted)
    program = f'import os\nopen("child", "w").write(str(os.getpid()))\n{_IGNORES_ALL}'
    child = _InThread(start, program, tmp_path / "log")
    identifier = int((tmp_path / "child").read_text())
    earlier = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            processes.end()
        child.join()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, earlier)
        if not _has_ended(identifier):
            os.kill(identifier, signal.SIGKILL)
    assert child.code == -signal.SIGKILL


def test_children_are_out_of_reach_of_the_terminals_signals(start: Callable[..., int], tmp_path: Path) -> None:
    start("import os; print(os.getpgid(0) == os.getpid(), os.getsid(0) == os.getpid())")
    assert (tmp_path / "logs" / "log").read_text() == "True True\n"


@pytest.mark.parametrize("program", [_WAITS, _IGNORES_ALL + _WAITS], ids=["waits", "ignores signals"])
def test_child_that_takes_too_long_is_ended_with_its_children(
    start: Callable[..., int], tmp_path: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samix.sam.process._GRACE_SECONDS", 0.5)
    started = "import subprocess, sys\nprint(subprocess.Popen(['sleep', '600']).pid, flush=True)\n"
    words: list[str] = []
    for timeout in (2, 20, 60):  # the first time that lets it begin
        with pytest.raises(OvertimeError):
            start(started + program, timeout=timeout)
        words = (tmp_path / "logs" / "log").read_text().split()
        if words[1:2] == ["ready"]:
            break
    process, ready = words[:2]
    assert ready == "ready"
    assert not is_running(int(process))


# says something at its end, but not at once
_TIDIES = """\
import signal, time
def tidy(*_):
    time.sleep(1)
    print("tidied", flush=True)
    raise SystemExit
signal.signal(signal.SIGINT, tidy)
print("ready", flush=True)
time.sleep(600)
"""


def test_stalled_child_is_ended_with_its_children(
    start: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samix.sam.process._LOOK_SECONDS", 0.05)
    log = tmp_path / "logs" / "log"
    groups: list[int] = []

    def why_stalled(group: int) -> str | None:
        groups.append(group)
        return "a reason" if "ready" in log.read_text() else None

    started = "import subprocess, sys\nprint(subprocess.Popen(['sleep', '600']).pid, flush=True)\n"
    with pytest.raises(StalledError, match="a reason"):
        start(started + _TIDIES, why_stalled=why_stalled)
    grandchild, *said = log.read_text().split()
    assert said == ["ready", "tidied"]
    assert not is_running(int(grandchild))
    assert not is_running(groups[0])


def test_a_child_that_may_go_on_is_let_alone(
    start: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samix.sam.process._LOOK_SECONDS", 0.05)
    asked: list[int] = []

    def why_stalled(group: int) -> None:
        asked.append(group)

    assert start("import time; time.sleep(1); print('done')", why_stalled=why_stalled) == 0
    assert (tmp_path / "logs" / "log").read_text() == "done\n"
    assert asked


def test_it_is_seldom_asked_whether_a_child_will_go_on(start: Callable[..., int]) -> None:
    asked: list[int] = []
    assert start("import time; time.sleep(1)", why_stalled=asked.append) == 0
    assert asked == []


def test_a_child_to_which_nobody_listens_may_wait_for_that(
    start: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samix.sam.process._LOOK_SECONDS", 0.05)
    is_first, holds = iter([True]), threading.Event()

    def hear(_lines: bytes, _rest: bytes) -> None:
        if next(is_first, False):
            time.sleep(0.5)  # there is more in the pipe by then
            holds.set()
            time.sleep(0.5)
            holds.clear()

    program = "print('line\\n' * 1_000_000)"
    assert start(program, hear=hear, why_stalled=lambda _: "a reason" if holds.is_set() else None) == 0


def test_who_ends_a_child_first_says_why(start: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("samix.sam.process._LOOK_SECONDS", 0.05)
    assert start("") == 0  # what forks is there now
    begin = time.monotonic()
    with pytest.raises(OvertimeError):
        start(_TIDIES, timeout=1, why_stalled=lambda _: "a reason" if time.monotonic() > begin + 1.5 else None)


def test_a_child_of_a_build_that_is_being_ended_is_no_error(
    start: Callable[..., int], processes: Processes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samix.sam.process._LOOK_SECONDS", 0.05)
    child = _InThread(
        partial(start, why_stalled=lambda _: "a reason" if processes.are_ended else None), _TIDIES, tmp_path / "log"
    )
    processes.end()
    assert child.join() == 0


def test_a_child_that_ends_in_time_is_let_alone(start: Callable[..., int]) -> None:
    assert start("raise SystemExit(3)", timeout=300) == 3


def test_child_whose_output_nobody_reads_is_ended_with_children(
    start: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samix.sam.process._GRACE_SECONDS", 0.5)

    def hear(lines: bytes, _rest: bytes) -> None:
        if lines:
            raise BrokenPipeError

    started = "import os, subprocess\nprint(os.getpid(), subprocess.Popen(['sleep', '600']).pid, flush=True)\n"
    with pytest.raises(BrokenPipeError):
        start(started + _WAITS, hear=hear)
    child, other = map(int, (tmp_path / "logs" / "log").read_text().split()[:2])
    assert not is_running(child)
    assert not is_running(other)
