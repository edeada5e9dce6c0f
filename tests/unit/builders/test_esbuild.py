"""What esbuild shows of the dependencies that it bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samix.builders.esbuild import shows

if TYPE_CHECKING:
    from pathlib import Path


def test_texts_are_found_in_files_and_in_names(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_text("one two")
    (tmp_path / "link").symlink_to("nowhere")
    assert shows(tmp_path, b"e t")
    assert shows(tmp_path, b"b")
    assert not shows(tmp_path, b"three")
