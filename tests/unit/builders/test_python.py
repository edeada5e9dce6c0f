"""What is particular to Python's packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.builders.python import installs_nothing

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("requirements", "expected"),
    [("", True), ("\n  \n", True), ("# six\n\t# of no use\n", True), ("# own\nsix\n", False), ("-r others.txt", False)],
)
def test_requirements_of_blanks_and_comments_install_nothing(requirements: str, expected: bool, tmp_path: Path) -> None:
    manifest = tmp_path / "requirements.txt"
    manifest.write_text(requirements)
    assert installs_nothing(manifest) is expected


def test_a_manifest_that_does_not_exist_installs_nothing(tmp_path: Path) -> None:
    assert installs_nothing(tmp_path / "requirements.txt")
    assert installs_nothing(None)


def test_what_cannot_be_read_may_install_something(tmp_path: Path) -> None:
    assert not installs_nothing(tmp_path)
