"""The short way to copy a file does what `shutil.copy2` does."""

from __future__ import annotations

import os
import shutil
import stat
from typing import TYPE_CHECKING

import pytest

from samix.sam import fork_server_copy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The copies that the standard library is left to make; its own function is shortened."""
    calls: list[str] = []
    copy2 = shutil.copy2

    def count(src: str, dst: str, *, follow_symlinks: bool = True) -> object:
        calls.append(src)
        return copy2(src, dst, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(shutil, "copy2", count)
    fork_server_copy.shorten_copies()
    return calls


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"one" * 100_000)
    path.chmod(0o751)
    os.utime(path, ns=(1_000_000_007, 2_000_000_009))
    return path


def _look(path: Path) -> tuple[bytes, int, int]:
    status = path.lstat()
    return path.read_bytes(), stat.S_IMODE(status.st_mode), status.st_mtime_ns


@pytest.mark.parametrize("content", [b"", b"x", b"y" * 3_000_000])
def test_new_file_is_copied_with_mode_and_times(content: bytes, file: Path, calls: list[str]) -> None:
    file.write_bytes(content)
    target = file.with_name("new")
    assert shutil.copy2(os.fspath(file), os.fspath(target)) == os.fspath(target)
    assert _look(target) == _look(file)
    assert calls == []


def _there(path: Path) -> Path:
    path.write_text("longer than before" * 100_000)
    return path


def _directory(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.mark.parametrize("make", [_there, _directory])
def test_what_is_there_is_left_to_the_standard_library(
    make: Callable[[Path], Path], file: Path, calls: list[str]
) -> None:
    target = make(file.with_name("there"))
    made = shutil.copy2(os.fspath(file), os.fspath(target))
    assert _look(type(file)(made)) == _look(file)
    assert calls == [os.fspath(file)]


def test_a_file_with_attributes_keeps_them(file: Path, calls: list[str]) -> None:
    try:
        os.setxattr(file, "user.samix", b"x")
    except OSError:
        pytest.skip("this file system has no attributes")
    shutil.copy2(os.fspath(file), os.fspath(file.with_name("new")))
    assert os.getxattr(file.with_name("new"), "user.samix") == b"x"
    assert calls == [os.fspath(file)]


def test_a_link_is_followed_or_copied(file: Path, calls: list[str]) -> None:
    link = file.with_name("link")
    link.symlink_to(file.name)
    shutil.copy2(os.fspath(link), os.fspath(file.with_name("new")))
    shutil.copy2(os.fspath(link), os.fspath(file.with_name("same")), follow_symlinks=False)
    assert _look(file.with_name("new")) == _look(file)
    assert os.readlink(file.with_name("same")) == file.name
    assert calls == [os.fspath(link)]


@pytest.mark.parametrize(
    ("source", "target", "error"),
    [
        ("missing", "new", FileNotFoundError),
        ("pipe", "new", shutil.SpecialFileError),
        ("file", "file", shutil.SameFileError),
        ("file", "missing/new", FileNotFoundError),
        ("directory", "new", IsADirectoryError),
    ],
)
def test_what_cannot_be_copied_is_said_as_ever(
    source: str, target: str, error: type[Exception], file: Path, calls: list[str]
) -> None:
    os.mkfifo(file.with_name("pipe"))
    file.with_name("directory").mkdir()
    with pytest.raises(error):
        shutil.copy2(os.fspath(file.parent / source), os.fspath(file.parent / target))
    assert calls == [os.fspath(file.parent / source)]
    assert not os.path.lexists(file.with_name("new"))
