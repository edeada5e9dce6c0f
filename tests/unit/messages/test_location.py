from __future__ import annotations

from pathlib import Path

import pytest

from samix.messages.location import Location, display_path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path.resolve()
    monkeypatch.chdir(directory)
    return directory


def test_path_below_the_working_directory_is_relative(here: Path) -> None:
    assert display_path(here / "sub" / "t.yaml") == "sub/t.yaml"


@pytest.mark.parametrize("path", ["/elsewhere/t.yaml", "already/relative.yaml"])
@pytest.mark.usefixtures("here")
def test_other_path_stays(path: str) -> None:
    assert display_path(Path(path)) == path


@pytest.mark.parametrize(("line", "text"), [(7, "t.yaml:7"), (None, "t.yaml")])
def test_location_names_the_line_where_it_is_known(here: Path, line: int | None, text: str) -> None:
    assert str(Location(here / "t.yaml", line)) == text
