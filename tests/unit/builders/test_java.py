"""What Maven's local repository holds of what a build installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.builders.java import Coordinates, is_installed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, None),
        ({"m2/acme/x/words/1.0/words-1.0.pom": ""}, None),
        ({"m2/acme/x/words/1.0/words-1.0.jar": "new"}, True),
        ({"m2/acme/x/words/1.0/words-1.0.jar": "old"}, False),
        ({"m2/acme/x/words/1.0/words-1.0.jar": "older"}, False),
    ],
    ids=["nothing", "no jar", "the same", "another", "another size"],
)
def test_the_repository_holds_what_the_artifact_has(
    tmp_path: Path, files: dict[str, str], expected: bool | None
) -> None:
    artifact = {"artifact/java/lib/words-1.0.jar": "new", "artifact/java/lib/other.jar": "oth"}
    for path, text in {**artifact, **files}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    coordinates = Coordinates("acme.x", "words", "1.0")
    assert is_installed(coordinates, tmp_path / "artifact", tmp_path / "m2") is expected


def test_coordinates_that_are_not_known_are_not_installed(tmp_path: Path) -> None:
    assert is_installed(Coordinates("acme", "words", "1.0"), tmp_path, None) is False
    assert is_installed(Coordinates("acme", "words"), tmp_path, tmp_path) is False
