"""One samix at a time on one project."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from samix.messages.errors import BusyError, StateError
from samix.state.lock import project_lock

if TYPE_CHECKING:
    from pathlib import Path


def _unexpected(holder: str) -> None:
    pytest.fail(f"waits for {holder}")


def test_a_free_lock_is_taken_at_once_and_again(tmp_path: Path) -> None:
    path = tmp_path / "a" / "lock"
    for _ in range(2):
        with project_lock(path, _unexpected):
            assert path.read_text() == str(os.getpid())


def test_second_build_shows_who_holds_the_lock_and_waits(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    events: list[str] = []
    waits = threading.Event()

    def on_wait(holder: str) -> None:
        events.append(f"waits for {holder}")
        waits.set()

    def second() -> None:
        with project_lock(path, on_wait):
            events.append("second")

    thread = threading.Thread(target=second)
    with project_lock(path, _unexpected):
        thread.start()
        assert waits.wait(30)
        events.append("first ends")
    thread.join(30)
    assert events == [f"waits for {os.getpid()}", "first ends", "second"]


def test_an_unknown_holder_is_waited_for_too(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holders: list[str] = []
    waits = threading.Event()

    def on_wait(holder: str) -> None:
        holders.append(holder)
        waits.set()

    def second() -> None:
        with project_lock(path, on_wait):
            pass

    thread = threading.Thread(target=second)
    with project_lock(path, _unexpected):
        path.write_text("")
        thread.start()
        assert waits.wait(30)
    thread.join(30)
    assert holders == ["?"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_the_lock_goes_when_the_build_fails(error: type[BaseException], tmp_path: Path) -> None:
    def fail() -> None:
        with project_lock(tmp_path / "lock", _unexpected):
            raise error

    with pytest.raises(error):
        fail()
    with project_lock(tmp_path / "lock", _unexpected):
        pass


def test_a_lock_that_cannot_be_made_is_an_error_of_the_state(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    lock = project_lock(tmp_path / "file" / "lock", _unexpected)
    with pytest.raises(StateError, match="cannot be written"), lock:
        pass


def test_a_lock_that_its_holder_removes_is_made_again(tmp_path: Path) -> None:
    """As `samix clean` does: two that waited must not hold two locks."""
    path = tmp_path / "samix" / "lock"
    waits = threading.Event()
    held: list[str] = []

    def second() -> None:
        with project_lock(path, lambda _: waits.set()):
            held.append(path.read_text())

    thread = threading.Thread(target=second)
    with project_lock(path, _unexpected):
        thread.start()
        assert waits.wait(30)
        path.unlink()
        path.parent.rmdir()
    thread.join(30)
    assert held == [str(os.getpid())]


def test_no_wait_names_who_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with project_lock(path, _unexpected):
        with pytest.raises(BusyError, match=str(os.getpid())) as caught, project_lock(path, _unexpected, waits=False):
            pytest.fail("two hold it")
        assert caught.value.exit_code == 4
    with project_lock(path, _unexpected, waits=False):
        assert path.read_text() == str(os.getpid())


def test_a_file_that_has_another_name_too_is_not_written(tmp_path: Path) -> None:
    path, mine = tmp_path / "lock", tmp_path / "mine.txt"
    mine.write_text("mine")
    path.hardlink_to(mine)
    with project_lock(path, _unexpected):
        pass
    assert mine.read_text() == "mine"


def test_a_pipe_is_no_lock(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lock")
    with pytest.raises(StateError, match="is not a regular file"), project_lock(tmp_path / "lock", _unexpected):
        pass
