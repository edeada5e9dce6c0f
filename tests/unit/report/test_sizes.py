"""How large things are, and how that is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.report.sizes import artifact_bytes, in_words

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (12_345_678, "12.3 MB"),
        (5 * 10**12, "5.0 TB"),
        (10**16, "10000.0 TB"),
    ],
)
def test_sizes_are_printed_in_readable_units(count: int, text: str) -> None:
    assert in_words(count) == text


def test_the_files_of_an_artifact_count_and_its_links_do_not(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "file").write_bytes(b"x" * 10)
    (tmp_path / "sub" / "file").write_bytes(b"x" * 7)
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "elsewhere").symlink_to("sub")
    assert artifact_bytes(str(tmp_path)) == 17


def test_an_image_has_no_size() -> None:
    assert artifact_bytes("image:latest") is None
