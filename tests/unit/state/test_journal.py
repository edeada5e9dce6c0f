"""The journal is written to no place but its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from samix.state.journal import begin_journal, read_journal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("other", ["pipe", "link", "directory"])
def test_what_is_in_place_of_the_journal_is_removed(tmp_path: Path, other: str) -> None:
    path = tmp_path / "state.journal"
    (tmp_path / "mine").write_text("mine")
    if other == "pipe":
        os.mkfifo(path)
    elif other == "link":
        path.symlink_to("mine")
    else:
        (path / "below").mkdir(parents=True)
    assert read_journal(path, "state") == {}
    begin_journal(path, "state")
    assert path.is_file()
    assert not path.is_symlink()
    assert (tmp_path / "mine").read_text() == "mine"
