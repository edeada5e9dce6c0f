"""Only regular files are read: anything else might never end."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from samix.files.safe_read import read_bytes, read_text

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", ["pipe", "device", "link to a device", "socket", "directory", "nothing"])
def test_what_is_no_regular_file_is_refused_and_not_waited_for(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "link to a device":
        path.symlink_to("/dev/zero")
    elif kind == "socket":
        monkeypatch.chdir(tmp_path)  # the address of a socket is short
        with socket.socket(socket.AF_UNIX) as own:
            own.bind(path.name)
    elif kind == "directory":
        path.mkdir()
    with pytest.raises(OSError, match=r"regular|directory|device"):
        read_bytes("/dev/zero" if kind == "device" else path)


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"a\r\nb\rc\n\xff")
    (tmp_path / "link").symlink_to("file")
    assert read_bytes(tmp_path / "link") == b"a\r\nb\rc\n\xff"
    assert read_text(tmp_path / "link", errors="replace") == "a\nb\nc\n\ufffd"
    with pytest.raises(UnicodeDecodeError):
        read_text(tmp_path / "link")
