"""Files and directories put in place at once."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from samix.files.atomic import aside_of, make_directory, put_back, put_directory, write_atomically, write_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self


def _directory(path: Path, text: str) -> Path:
    path.mkdir(parents=True)
    (path / "file").write_text(text)
    return path


def _no_space(*_arguments: object, **_options: object) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_is_written_with_its_parents_and_mode(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    write_atomically(path, "text é", mode=0o600)
    assert path.read_text(encoding="utf-8") == "text é"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["file"]


@pytest.mark.parametrize("step", ["os.fsync", "os.open", "pathlib.Path.replace"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_the_old_text_stands_when_writing_fails(
    step: str, error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_options: object) -> NoReturn:
        raise error

    path = tmp_path / "file"
    write_atomically(path, "old")
    with monkeypatch.context() as patch:
        patch.setattr(step, fail)
        with pytest.raises(type(error)):
            write_atomically(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_reader_never_sees_half_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    texts = {"a" * 100_000, "b" * 100_000}
    write_atomically(path, "a" * 100_000)
    with _Reader(path.read_text) as reader:
        for _ in range(30):
            for text in sorted(texts):
                write_atomically(path, text)
    assert reader.seen <= texts
    assert not reader.errors


class _Reader:
    """Reads over and over in a thread of its own."""

    def __init__(self, read: Callable[[], str]) -> None:
        self.seen: set[str] = set()
        self.errors: list[OSError] = []
        self._read = read
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._loop)

    def _loop(self) -> None:
        while not self._stop.is_set():
            try:
                self.seen.add(self._read())
            except OSError as error:
                self.errors.append(error)
            self._ready.set()

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, Path.exists, lambda path: _directory(path, "text")])
def test_state_replaces_whatever_is_in_its_place(tmp_path: Path, make: Callable[[Path], object]) -> None:
    path = tmp_path / "state.json"
    make(path)
    write_state(path, "{}", mode=0o600)
    assert path.read_text() == "{}"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.json"]


def test_state_follows_no_link_to_a_directory(tmp_path: Path) -> None:
    elsewhere = _directory(tmp_path / "elsewhere", "text")
    path = tmp_path / "state.json"
    path.symlink_to(elsewhere)
    write_state(path, "{}")
    assert not path.is_symlink()
    assert list(elsewhere.iterdir())


def test_a_directory_goes_to_an_empty_place(tmp_path: Path) -> None:
    put_directory(_directory(tmp_path / "new", "new"), tmp_path / "deep" / "place")
    assert (tmp_path / "deep" / "place" / "file").read_text() == "new"
    assert not (tmp_path / "new").exists()


def test_directory_replaces_an_empty_one_that_cannot_be_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The container engine makes such a one, and it is root's."""
    place = tmp_path / "place"
    place.mkdir()
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self == place:
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr("samix.files.atomic.exchange", lambda *_: False)
    monkeypatch.setattr(Path, "rename", refuse)
    assert put_directory(_directory(tmp_path / "new", "new"), place) is False
    assert (place / "file").read_text() == "new"
    assert os.listdir(tmp_path) == ["place"]


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_directory_takes_the_place_of_another(
    can_exchange: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not can_exchange:
        monkeypatch.setattr("samix.files.atomic.exchange", lambda *_: False)
    place = _directory(tmp_path / "place", "old")
    (place / "left").touch()
    new = _directory(tmp_path / "new", "new")
    assert put_directory(new, place) is can_exchange
    assert os.listdir(place) == ["file"]
    assert (place / "file").read_text() == "new"
    other = new if can_exchange else aside_of(new)
    assert sorted(os.listdir(tmp_path)) == sorted([other.name, "place"])
    assert sorted(os.listdir(other)) == ["file", "left"]
    assert (other / "file").read_text() == "old"


@pytest.mark.skipif(sys.platform not in {"linux", "darwin"}, reason="only these can exchange directories")
def test_the_place_is_never_empty(tmp_path: Path) -> None:
    place = _directory(tmp_path / "place", "0")
    for number in range(1, 200):
        _directory(tmp_path / f"new{number}", str(number))
    with _Reader(lambda: str(os.stat(place).st_ino)) as reader:
        for number in range(1, 200):
            put_directory(tmp_path / f"new{number}", place)
    assert not reader.errors
    assert (place / "file").read_text() == "199"


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "no"), KeyboardInterrupt(), SystemExit(143)])
def test_old_directory_stays_if_the_new_one_cannot_be_moved(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = _directory(tmp_path / "place", "old")
    new = _directory(tmp_path / "new", "new")
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if self == new:
            raise error
        return rename(self, target)

    monkeypatch.setattr("samix.files.atomic.exchange", lambda *_: False)
    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(type(error)):
        put_directory(new, place)
    assert (place / "file").read_text() == "old"


def test_what_an_earlier_try_left_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("samix.files.atomic.exchange", lambda *_: False)
    _directory(tmp_path / "new.old", "older")
    place = _directory(tmp_path / "place", "old")
    put_directory(_directory(tmp_path / "new", "new"), place)
    assert (place / "file").read_text() == "new"
    assert (tmp_path / "new.old" / "file").read_text() == "old"


class _LowerLayer:
    """Has a directory behave as one in a lower layer of overlayfs, that cannot be renamed.

    Args:
        place: The directory.
        stops: Whether an interrupt comes while it is removed.

    Attributes:
        left: What was in it then.
    """

    def __init__(self, place: Path, *, stops: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        self._place, self._stops = place, stops
        self._rename, self._remove = Path.rename, shutil.rmtree
        monkeypatch.setattr("samix.files.atomic.exchange", lambda *_: False)
        monkeypatch.setattr(Path, "rename", lambda path, target: self._renamed(path, target))  # noqa: PLW0108 - a method binds
        monkeypatch.setattr("shutil.rmtree", self._removed)
        self.left: list[str] = []

    def _renamed(self, path: Path, target: Path) -> Path:
        if path == self._place:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return self._rename(path, target)

    def _removed(self, path: Path, **_: object) -> None:
        if path == self._place and self._stops:
            self._stops = False
            self.left = os.listdir(path)
            raise KeyboardInterrupt
        self._remove(path)


@pytest.mark.parametrize("stops", [True, False])
def test_directory_that_cannot_be_renamed_is_replaced_or_stays(
    stops: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = _directory(tmp_path / "place", "old")
    _directory(place / "inner", "old")
    new = _directory(tmp_path / "new", "new")
    _directory(new / "inner", "new")
    layer = _LowerLayer(place, stops=stops, monkeypatch=monkeypatch)
    if stops:
        with pytest.raises(KeyboardInterrupt):
            put_directory(new, place)
        assert layer.left == ["inner"]  # nobody takes that for the whole
    else:
        put_directory(new, place)
    text = "old" if stops else "new"
    assert [(place / name).read_text() for name in ("file", "inner/file")] == [text, text]
    assert sorted(os.listdir(tmp_path)) == ["new" if stops else "new.old", "place"]


@pytest.mark.parametrize("left", ["nothing", "half"])
def test_what_was_moved_and_not_replaced_is_put_back(tmp_path: Path, left: str) -> None:
    new, place = _directory(tmp_path / "new", "new"), tmp_path / "place"
    _directory(aside_of(new), "old")
    if left == "half":
        (place / "inner").mkdir(parents=True)
    put_back(new, place)
    assert (place / "file").read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["new", "place"]


def test_what_was_replaced_is_not_put_back(tmp_path: Path) -> None:
    place = _directory(tmp_path / "place", "new")
    _directory(aside_of(tmp_path / "new"), "old")
    put_back(tmp_path / "new", place)
    assert (place / "file").read_text() == "new"
    assert os.listdir(tmp_path) == ["place"]


def test_nothing_is_put_back_where_nothing_was_moved(tmp_path: Path) -> None:
    new, place = _directory(tmp_path / "new", "new"), _directory(tmp_path / "place", "old")
    put_back(new, place)
    assert (place / "file").read_text() == "old"
    assert (new / "file").read_text() == "new"


def test_a_broken_link_in_the_place_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "place").symlink_to("nowhere")
    put_directory(_directory(tmp_path / "new", "new"), tmp_path / "place")
    assert (tmp_path / "place" / "file").read_text() == "new"


def test_a_failed_move_to_an_empty_place_leaves_it_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = _directory(tmp_path / "new", "new")
    monkeypatch.setattr(Path, "rename", _no_space)
    with pytest.raises(OSError, match="No space"):
        put_directory(new, tmp_path / "place")
    assert not (tmp_path / "place").exists()
    assert (new / "file").read_text() == "new"


def test_directory_is_made_through_a_link_and_in_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("elsewhere/deep")
    for name in ("file", "link", "new/deep", "new"):
        make_directory(tmp_path / name)
        assert (tmp_path / name).is_dir()
    assert (tmp_path / "elsewhere" / "deep").is_dir()
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("other", ["pipe", "link to a file"])
def test_directory_replaces_anything_and_nothing_elsewhere_goes(tmp_path: Path, other: str) -> None:
    (tmp_path / "mine").write_text("mine")
    if other == "pipe":
        os.mkfifo(tmp_path / "place")
    else:
        (tmp_path / "place").symlink_to("mine")
    make_directory(tmp_path / "place")
    assert (tmp_path / "place").is_dir()
    assert (tmp_path / "mine").read_text() == "mine"


def test_link_in_place_of_a_temporary_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / f".state.{os.getpid()}.tmp").symlink_to("mine")
    write_atomically(tmp_path / "state", "new")
    assert (tmp_path / "state").read_text() == "new"
    assert (tmp_path / "mine").read_text() == "mine"
