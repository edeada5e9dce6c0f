"""A run of sam that is looked at every now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.run.stall import StallWatch

if TYPE_CHECKING:
    from pathlib import Path

_ID = "a751ee0bdf3428ca537b7309e17e59d96454f42fb48013819ebdb058f6d2815f"
_SAID = f"Mounting /src as /tmp/samcli/source:ro,delegated\nSAM_CONTAINER_ID: {_ID}\n".encode()


class _Processes:
    """The processes of a machine, of which a watch is told."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        (directory / "self").mkdir()
        self.let_use(1, 1, 700)

    def let_use(self, process: int, group: int, ticks: int) -> None:
        """A process has taken so much time, half of it in system mode."""
        place = self._directory / str(process)
        place.mkdir(exist_ok=True)
        before = f"{process} (sam) 1) S 1 {group} {group} 0 -1 4194560 13000 25000 0 0"
        (place / "stat").write_text(f"{before} {ticks - ticks // 2} {ticks // 2} 9 9 20 0 1 0\n")


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Processes:
    monkeypatch.setattr("samix.run.stall._PROCESSES", str(tmp_path))
    monkeypatch.setattr("samix.run.stall._LOOK_SECONDS", 0.0)
    found = _Processes(tmp_path)
    found.let_use(40, 40, 150)
    found.let_use(41, 40, 5)
    return found


class _Containers:
    """What is asked for of containers, and answered."""

    def __init__(self, *answers: bool | None) -> None:
        self.asked: list[str] = []
        self._answers = list(answers)

    def runs(self, container: str) -> bool | None:
        self.asked.append(container)
        return self._answers.pop(0)


@pytest.mark.usefixtures("processes")
def test_a_sam_that_does_nothing_while_its_container_does_not_run_is_stalled() -> None:
    containers = _Containers(True, True, False)
    watch = StallWatch(containers.runs)
    watch.hear(_SAID)
    assert [watch.is_stalled(40) for _ in range(4)] == [False, False, False, True]
    assert containers.asked == [_ID] * 3


def test_a_sam_that_copies_what_its_container_made_is_not(processes: _Processes) -> None:
    watch = StallWatch(_Containers(*[False] * 5).runs)
    watch.hear(_SAID)
    for ticks in range(5):
        processes.let_use(41, 40, 5 + ticks)  # a process that it has started counts as well
        assert not watch.is_stalled(40)


def test_the_time_that_others_take_does_not_count(processes: _Processes) -> None:
    watch = StallWatch(_Containers(False).runs)
    watch.hear(_SAID)
    assert not watch.is_stalled(40)
    processes.let_use(42, 42, 99)
    assert watch.is_stalled(40)


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("answer", [True, None], ids=["runs", "nobody knows"])
def test_a_container_that_may_run_is_waited_for(answer: bool | None) -> None:
    watch = StallWatch(_Containers(*[answer] * 9).runs)
    watch.hear(_SAID)
    assert not any(watch.is_stalled(40) for _ in range(9))


@pytest.mark.usefixtures("processes")
def test_a_sam_that_has_named_no_container_is_waited_for() -> None:
    watch = StallWatch(_Containers().runs)
    watch.hear(b"Building layer 'L'\nPulling ...")
    assert not any(watch.is_stalled(40) for _ in range(3))


@pytest.mark.usefixtures("processes")
def test_no_container_but_the_first_is_asked_for() -> None:
    containers = _Containers(True)
    watch = StallWatch(containers.runs)
    watch.hear(_SAID)
    watch.hear(b"SAM_CONTAINER_ID: " + b"0" * 64)
    assert not watch.is_stalled(40)
    assert containers.asked == [_ID]


def test_where_no_processor_time_is_told_nothing_is_stalled(
    tmp_path: Path, processes: _Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    del processes
    watch = StallWatch(_Containers(*[False] * 3).runs)
    watch.hear(_SAID)
    monkeypatch.setattr("samix.run.stall._PROCESSES", str(tmp_path / "none"))
    assert not any(watch.is_stalled(40) for _ in range(3))


@pytest.mark.usefixtures("processes")
def test_it_is_seldom_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("samix.run.stall._LOOK_SECONDS", 3600.0)
    watch = StallWatch(_Containers().runs)
    watch.hear(_SAID)
    assert not any(watch.is_stalled(40) for _ in range(100))
