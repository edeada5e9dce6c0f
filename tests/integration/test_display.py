"""The display of a build in a real terminal."""

from __future__ import annotations

import re
import sys
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest
from support.engine import containers_of
from support.makefiles import COPY, made
from support.project import HOST_PYTHON, Project
from support.terminal import Terminal, terminal

from samix.report.live.screen import FINE_SIGNS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SAMIX = f"{sys.executable} -m samix"
NAMES = ("Orders", "Refund", "Invoices", "NotificationsOfCustomersThatHaveALongName")
BAR = FINE_SIGNS.bar


class Gate:
    """What units of an application wait for, and report to."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir()

    def recipe(self, name: str) -> str:
        """Build once the gate is open."""
        return f"@while ! test -e {self._directory}/{name}; do sleep 0.1; done; {COPY}"

    def open(self, name: str) -> None:
        (self._directory / name).touch()


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path / "gate")


@pytest.fixture
def waiting(tmp_path: Path, gate: Gate) -> Project:
    """Four functions, of which one waits for another."""
    return made(tmp_path / "app", {name: gate.recipe(name) for name in NAMES}, Invoices="BuildDependsOn: Orders")


@contextmanager
def _building(project: Project, tmp_path: Path, columns: int, lines: int, *arguments: str) -> Iterator[Terminal]:
    """A terminal in which an application is being built, two units at a time."""
    with terminal(tmp_path, project.path, columns, lines) as window:
        window.type(f"seq 100; {SAMIX} build --jobs 2 {' '.join(arguments)}")
        yield window


def _steady(lines: list[str]) -> str:
    """What is on a screen, with the times and the spinners as they were at the beginning."""
    text = "\n".join(line.rstrip() for line in lines)
    text = re.sub(rf"[{FINE_SIGNS.spinner}]", FINE_SIGNS.spinner[0], text)
    text = re.sub(r"\d+:\d\d", "0:00", text)
    return re.sub(r"in \d+\.\d s", "in 0.0 s", text)


def _is_whole(screen: list[str], columns: int) -> bool:
    """Whether a screen shows the display of two units once, drawn for its width and each line in one row."""
    label = columns // 4 if columns < 60 else columns * 2 // 5
    first, second, numbers, last = screen[-4:]
    return (
        first[9:].startswith(f"{'Orders':<{label + 2}}ho"[: columns - 10])
        and second[9:].startswith(f"{'Refund':<{label + 2}}ho"[: columns - 10])
        and numbers.endswith("running, 2 waiting")
        and last.endswith("0 of 4")
        and sum("0 of 4" in line for line in screen) == 1
    )


def _remains(window: Terminal) -> list[str]:
    """What is left of the display in all that was ever on the screen."""
    signs = set(FINE_SIGNS.spinner) | set(BAR) | {FINE_SIGNS.cut}
    return [line for line in window.history() if signs & set(line) or re.search(r"\d running, \d+ waiting", line)]


def _resize(window: Terminal, columns: int, lines: int) -> None:
    """Resize a window right after a frame: one that is on its way to a terminal cannot fit what it has become."""
    written, deadline = len(window.written()), time.monotonic() + 60
    while len(window.written()) == written:  # the display of a build that runs is never still
        assert time.monotonic() < deadline
        time.sleep(0.005)
    window.resize(columns, lines)


SNAPSHOTS = {
    (80, 24): """\
⠋  0:00  Orders                            host  running make
⠋  0:00  Refund                            host  running make
  2 running, 2 waiting
  ────────────────────────────────────────  0 of 4""",
    (40, 8): """\
⠋  0:00  Orders      host  running make
⠋  0:00  Refund      host  running make
  2 running, 2 waiting
  ─────────────────────────────  0 of 4""",
    (220, 50): """\
⠋  0:00  Orders                                     host  running make
⠋  0:00  Refund                                     host  running make
  2 running, 2 waiting
  ────────────────────────────────────────  0 of 4""",
    (80, 4): """\
⠋  0:00  Orders                            host  running make
  2 running, 2 waiting
  ────────────────────────────────────────  0 of 4""",
}


@pytest.mark.parametrize("size", SNAPSHOTS, ids=lambda size: "x".join(map(str, size)))
def test_the_display_fits_the_window_and_is_gone_at_the_end(
    size: tuple[int, int], waiting: Project, gate: Gate, tmp_path: Path
) -> None:
    with _building(waiting, tmp_path, *size) as window:
        window.wait_for(lambda screen: _steady([line for line in screen if line.strip()]).endswith(SNAPSHOTS[size]))
        assert not window.shows_cursor
        for name in NAMES:
            gate.open(name)
        window.wait_for_prompt()
        assert window.shows_cursor
        assert _remains(window) == []
        ends = [line for line in window.history(joined=True) if line.startswith("built ")]
        assert len(ends) == 4
        assert "Build Succeeded" in [line.rstrip() for line in window.history()]


def test_window_resized_during_a_build_shows_no_remains(waiting: Project, gate: Gate, tmp_path: Path) -> None:
    with _building(waiting, tmp_path, 100, 30) as window:
        window.wait_for(lambda screen: "\n".join(screen).count("running make") == 2)
        for columns, lines in ((45, 30), (30, 30), (90, 30), (60, 12), (100, 30), (24, 30), (80, 24)):
            time.sleep(0.5)  # tmux tells nobody of a change that comes sooner after another
            _resize(window, columns, lines)
            window.wait_for(lambda screen, columns=columns: _is_whole(screen, columns))  # type: ignore[misc]
        for name in NAMES:
            gate.open(name)
        window.wait_for_prompt()
        window.resize(200, 50)
        assert _remains(window) == []
        assert len([line for line in window.history(joined=True) if line.startswith("built ")]) == 4


def test_longer_rows_leave_no_remains_in_a_narrower_window(waiting: Project, gate: Gate, tmp_path: Path) -> None:
    with _building(waiting, tmp_path, 100, 30) as window:
        window.wait_for(lambda screen: "\n".join(screen).count("running make") == 2)
        for name in NAMES[:3]:
            gate.open(name)
        window.wait_for(lambda screen: "  1 running, " in screen[-2] and "3 of 4" in screen[-1])
        _resize(window, 45, 30)
        window.wait_for(lambda screen: FINE_SIGNS.cut in screen[-3] and "3 of 4" in screen[-1])
        gate.open(NAMES[3])
        window.wait_for_prompt()
        assert _remains(window) == []


def test_a_frame_writes_only_the_lines_that_have_changed(waiting: Project, tmp_path: Path) -> None:
    with _building(waiting, tmp_path, 80, 24) as window:
        window.wait_for(lambda screen: "\n".join(screen).count("running make") == 2)
        before, top = len(window.written()), "\r\x1b[3A"  # where a frame begins
        window.wait_for(lambda _: window.written()[before:].count(top) > 20)
        steady = window.written()[before:].split(top)[1:-1]  # whole ones
        assert any("0:0" in frame for frame in steady)
        for frame in steady:
            assert "2 running" not in frame  # that line and the bar are as they were
            assert BAR[1] not in frame
            assert not re.search(r"\x1b\[\d*[JL]|\x1b\[2K|\x1bc", frame)  # nothing is taken away to be drawn again
        window.press("C-c")
        window.wait_for_prompt()


def test_background_build_leaves_the_terminal_to_the_shell(waiting: Project, gate: Gate, tmp_path: Path) -> None:
    with terminal(tmp_path, waiting.path, 80, 24) as window:
        window.type(f"{SAMIX} build --jobs 2 &")
        window.wait_for(lambda screen: "4 to build, 0 up to date." in screen)
        gate.open(NAMES[0])
        window.wait_for(lambda screen: any(line.startswith("built Orders") for line in screen))
        assert window.shows_cursor
        assert _remains(window) == []
        window.type("fg")
        window.wait_for(lambda screen: "1 built" in screen[-2])
        window.press("C-c")
        window.wait_for_prompt()
        assert _remains(window) == []


def test_display_takes_its_width_from_the_window_not_a_variable(waiting: Project, tmp_path: Path) -> None:
    with terminal(tmp_path, waiting.path, 50, 24) as window:
        window.type(f"COLUMNS=120 LINES=5 {SAMIX} build --jobs 2")
        window.wait_for(lambda screen: _is_whole(screen, 50) if len(screen) > 3 else False)
        window.press("C-c")
        window.wait_for_prompt()
        assert _remains(window) == []


def test_an_interrupted_build_gives_the_terminal_back(waiting: Project, tmp_path: Path) -> None:
    with _building(waiting, tmp_path, 80, 24) as window:
        window.wait_for(lambda screen: "\n".join(screen).count("running make") == 2)
        window.press("C-c")
        screen = window.wait_for_prompt()
        assert "Interrupted: the build dir is left as it was." in screen
        assert window.shows_cursor
        assert _remains(window) == []
        window.type("echo code $?")
        window.wait_for(lambda screen: "code 130" in screen)


def test_stopped_build_leaves_the_terminal_and_can_go_on(waiting: Project, gate: Gate, tmp_path: Path) -> None:
    with _building(waiting, tmp_path, 80, 24) as window:
        window.wait_for(lambda screen: "\n".join(screen).count("running make") == 2)
        window.press("C-z")
        window.wait_for_prompt()
        assert window.shows_cursor
        assert _remains(window) == []
        window.type("fg")
        window.wait_for(lambda screen: "\n".join(screen).count("running make") == 2)
        assert not window.shows_cursor
        for name in NAMES:
            gate.open(name)
        window.wait_for_prompt()
        assert "Build Succeeded" in window.history()
        assert _remains(window) == []


def test_long_lines_are_printed_above_the_display(tmp_path: Path, gate: Gate) -> None:
    long = "word " * 60
    project = made(tmp_path / "app", {"A": f"@echo {long}; {COPY}", "B": gate.recipe("B")})
    with _building(project, tmp_path, 50, 24, "--log-order", "stream") as window:
        window.wait_for(lambda screen: any(line.startswith("built A") for line in screen))
        gate.open("B")
        window.wait_for_prompt()
        assert _remains(window) == []
        assert [line for line in window.history(joined=True) if line.startswith("A | word")] == [f"A | {long.rstrip()}"]


def test_two_hundred_units_are_shown_in_a_few_lines(tmp_path: Path) -> None:
    template = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
    names = [f"Function{number}" for number in range(200)]
    resources = (
        f"  {name}:\n    Type: AWS::Serverless::Function\n"
        f"    Properties: {{CodeUri: {name}, Runtime: {HOST_PYTHON}, Handler: app.handler}}\n"
        for name in names
    )
    files = {"template.yaml": template + "".join(resources)} | {f"{name}/app.py": f"# {name}\n" for name in names}
    project = Project.from_files(tmp_path / "app", files)
    with terminal(tmp_path, project.path, 90, 12) as window:
        window.type(f"clear; {SAMIX} build --jobs 4 -v")
        window.wait_for(lambda screen: any("of 200" in line and not line.startswith("  0") for line in screen))
        screen = window.screen()
        assert len(screen) <= 12
        window.wait_for_prompt()
        assert _remains(window) == []
        assert len([line for line in window.history(joined=True) if line.startswith("built ")]) == 200


@pytest.mark.container
def test_container_is_shown_with_its_step_and_ends_with_build(tmp_path: Path) -> None:
    project = made(tmp_path / "app", {"Native": "sleep 300"}, Native="BuildType: container")
    with _building(project, tmp_path, 80, 24, "--skip-pull-image") as window:
        # what is said in the container comes when the engine passes it on
        step = re.compile(r"Native +container +(starting the container|copying sources|running make)")
        # one that does not run yet is known to the engine before sam knows it
        running = partial(containers_of, project.path / "Native", "--filter=status=running")
        window.wait_for(lambda screen: any(map(step.search, screen)) and running() != [])
        window.press("C-c")
        window.wait_for_prompt()
        assert _remains(window) == []
    assert containers_of(project.path / "Native") == []


def test_what_was_probably_not_meant_is_the_last_that_is_read(tmp_path: Path) -> None:
    project = made(tmp_path / "app", {"Orders": COPY}, Orders="BuidType: host")
    told = "note: template.yaml:5: Did you mean BuildType, not BuidType?"
    with _building(project, tmp_path, 100, 24) as window:
        window.wait_for_prompt()
        lines = window.history(joined=True)
        assert [line for line in lines if line == told] == [told] * 2
        assert lines.index("Build Succeeded") < len(lines) - 1 - lines[::-1].index(told)


def test_a_dumb_terminal_gets_lines(waiting: Project, gate: Gate, tmp_path: Path) -> None:
    for name in NAMES:
        gate.open(name)
    with _building(waiting, tmp_path, 100, 24) as window:
        window.wait_for_prompt()
        window.type(f"clear; TERM=dumb {SAMIX} build --no-cached")
        window.wait_for_prompt()
        assert any(line.startswith("building Orders (host)") for line in window.history())
