"""The files behind the digests of sources."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.state.source_lists import Listings, Sources

DIGEST = "1" * 64
TEXTS = st.text(max_size=20)
UNSPEAKABLE = "name-\udcff"  # bytes that are no text, as Python has them


@given(entries=st.dictionaries(TEXTS | st.just(UNSPEAKABLE), TEXTS))
def test_what_is_kept_is_found_by_the_next_build(entries: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "sources.json")
        listings = Listings(path)
        listings.keep(Sources(DIGEST, "src", entries))
        assert listings.find(DIGEST) == entries
        listings.save()
        assert Listings(path).find(DIGEST) == entries
        assert Listings(path).find("2" * 64) == {}


def test_what_no_one_speaks_of_any_more_goes(tmp_path: Path) -> None:
    path = tmp_path / "sources.json"
    listings = Listings(path)
    for number in "123":
        listings.keep(Sources(number * 64, "src", {"app.py": number}))
    listings.save()
    size = path.stat().st_size
    later = Listings(path)
    later.keep_only({DIGEST})
    later.save()
    assert [Listings(path).find(number * 64) for number in "123"] == [{"app.py": "1"}, {}, {}]
    assert path.stat().st_size < size


def test_nothing_new_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "sources.json"
    listings = Listings(path)
    listings.keep(Sources(DIGEST, "src", {"app.py": "1"}))
    listings.save()
    before = path.stat().st_ino
    listings.keep(Sources(DIGEST, "src", {"app.py": "1"}))
    listings.keep_only({DIGEST})
    listings.save()
    assert path.stat().st_ino == before


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    listings = Listings(tmp_path / "sources.json")
    listings.keep(Sources(DIGEST, "src", {"app.py": "1"}))
    listings.save()
    assert listings.path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    listings = Listings(tmp_path / "file" / "sources.json")
    listings.keep(Sources(DIGEST, "src", {"app.py": "1"}))
    listings.save()
    assert listings.find(DIGEST) == {"app.py": "1"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "null",
        "\udcff",
        *(f'{{"{DIGEST}": {packed}}}' for packed in ('""', '"é"', '"eA"', '"eA=="', "1")),
    ],
)
def test_a_broken_file_holds_nothing(text: str, tmp_path: Path) -> None:
    path = tmp_path / "sources.json"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    listings = Listings(path)
    assert listings.find(DIGEST) == {}
    listings.keep(Sources("2" * 64, "src", {"app.py": "1"}))
    listings.save()
    assert Listings(path).find("2" * 64) == {"app.py": "1"}
