"""A run of sam that is looked at every now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.sam.stall import StallWatch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_ID = "a751ee0bdf3428ca537b7309e17e59d96454f42fb48013819ebdb058f6d2815f"
_SAID = f"Mounting /src as /tmp/samcli/source:ro,delegated\nSAM_CONTAINER_ID: {_ID}\n".encode()
_GROUP = 40


class _Processes:
    """The processes of a machine, as Linux tells of them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        (directory / "self").mkdir()
        (directory / "99").mkdir()  # has gone while it was looked at

    def have(self, process: int, group: int, work: int, state: str = "S", *, in_nanoseconds: bool = True) -> None:
        """A process for which processors have worked so much."""
        place = self._directory / str(process)
        thread = place / "task" / str(process)
        thread.mkdir(parents=True, exist_ok=True)
        ticks = 150 if in_nanoseconds else work
        before = f"{process} (sam) 1) {state} 1 {group} {group} 0 -1 4194560 13000 25000 0 0"
        (place / "stat").write_text(f"{before} {ticks} 7 9 9 20 0 1 0\n")
        if in_nanoseconds:
            (thread / "schedstat").write_text(f"{work} 12345 {work}\n")


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Processes:
    monkeypatch.setattr("samix.sam.stall._PROCESSES", str(tmp_path))
    found = _Processes(tmp_path)
    found.have(1, 1, 700)
    found.have(40, _GROUP, 150)
    found.have(41, _GROUP, 5)
    return found


def _watch(*problems: str | None) -> StallWatch:
    """A watch of a sam that has named its container, of which these problems are told one after the other."""
    left = list(problems)

    def problem(container: str) -> str | None:
        assert container == _ID
        return left.pop(0)

    watch = StallWatch(problem)
    watch.hear(_SAID)
    return watch


@pytest.mark.usefixtures("processes")
def test_sam_that_is_idle_after_its_container_ended_is_stalled() -> None:
    watch = _watch(None, None, *["it has ended"] * 3)
    assert [watch.why_stalled(_GROUP) for _ in range(5)] == [None, None, None, None, "it has ended"]


@pytest.mark.usefixtures("processes")
def test_a_container_that_is_started_at_last_is_waited_for() -> None:
    watch = _watch("it was not started", "it was not started", *[None] * 7)
    assert not any(watch.why_stalled(_GROUP) for _ in range(9))


@pytest.mark.usefixtures("processes")
def test_container_with_changing_answers_is_waited_for() -> None:
    watch = _watch(*["it has ended", "it was not started"] * 4)
    assert not any(watch.why_stalled(_GROUP) for _ in range(8))


@pytest.mark.parametrize("in_nanoseconds", [True, False])
def test_a_sam_that_copies_what_its_container_made_is_not(processes: _Processes, *, in_nanoseconds: bool) -> None:
    watch = _watch(*["it has ended"] * 9)
    for work in range(9):
        processes.have(41, _GROUP, 5 + work, in_nanoseconds=in_nanoseconds)  # what sam has started counts as well
        assert not watch.why_stalled(_GROUP)


def test_a_sam_that_waits_for_a_disk_is_not(processes: _Processes) -> None:
    watch = _watch(*["it has ended"] * 9)
    processes.have(41, _GROUP, 5, "D")
    assert not any(watch.why_stalled(_GROUP) for _ in range(9))


@pytest.mark.usefixtures("processes")
def test_a_sam_that_says_something_is_not() -> None:
    watch = _watch(*["it has ended"] * 9)
    for _ in range(9):
        watch.hear(b"Running CustomMakeBuilder:MakeBuild\n")
        assert not watch.why_stalled(_GROUP)


def test_the_work_for_others_does_not_count(processes: _Processes) -> None:
    watch = _watch(*["it has ended"] * 3)
    told = []
    for work in range(3):
        processes.have(42, 42, work)
        told.append(watch.why_stalled(_GROUP))
    assert told == [None, None, "it has ended"]


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    "said", [b"Building layer 'L'\nPulling ...", b"", f"built {_ID}\n".encode(), b"SAM_CONTAINER_ID: none\n"]
)
def test_a_sam_that_has_named_no_container_is_waited_for(said: bytes) -> None:
    watch = StallWatch(lambda _: "it has ended")
    watch.hear(said)
    assert not any(watch.why_stalled(_GROUP) for _ in range(9))


@pytest.mark.usefixtures("processes")
def test_no_container_but_the_first_is_asked_for() -> None:
    watch = _watch(*["it has ended"] * 3)
    watch.hear(b"SAM_CONTAINER_ID: " + b"0" * 64)
    assert [watch.why_stalled(_GROUP) for _ in range(3)] == [None, None, "it has ended"]


def _nothing(processes: Path) -> Path:
    return processes / "none"


def _none_of_the_group(processes: Path) -> Path:
    (processes / "others").mkdir()
    return processes / "others"


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("place", [_nothing, _none_of_the_group])
def test_without_known_work_nothing_is_stalled(
    place: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samix.sam.stall._PROCESSES", str(place(tmp_path)))
    watch = _watch(*["it has ended"] * 9)
    assert not any(watch.why_stalled(_GROUP) for _ in range(9))
