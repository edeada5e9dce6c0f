"""What is kept of the answers of tools."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.host.version_memory import Answer, VersionMemory

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ENTRY = st.fixed_dictionaries({"version": JSON | st.text(), "watched": JSON | st.dictionaries(st.text(), st.text())})
MEMORY = st.fixed_dictionaries({"version": st.just(1) | JSON, "answers": JSON | st.fixed_dictionaries({"key": ENTRY})})


@given(JSON | MEMORY)
def test_no_memory_is_too_odd_to_be_read_and_written(content: object) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "versions.json")
        path.write_text(json.dumps(content))
        memory = VersionMemory.open(path)
        answer = memory.find("key")
        if answer and answer.version is not None:
            answer.version.encode()  # it becomes part of a digest
        memory.keep("new", Answer("1.2"))
        memory.save()
        assert VersionMemory.open(path).find("new") == Answer("1.2")


@pytest.mark.parametrize("content", [b"", b"\xff", b"{", b"[" * 100_000], ids=["empty", "binary", "cut", "deep"])
def test_a_broken_memory_counts_as_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "versions.json"
    path.write_bytes(content)
    assert VersionMemory.open(path).find("key") is None


def test_the_memory_of_another_format_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "versions.json"
    memory = VersionMemory.open(path)
    memory.keep("key", Answer("1.2"))
    memory.save()
    assert VersionMemory.open(path).find("key") == Answer("1.2")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 0}))
    assert VersionMemory.open(path).find("key") is None


def test_the_oldest_answers_are_forgotten(tmp_path: Path) -> None:
    memory = VersionMemory.open(tmp_path / "versions.json")
    for number in range(1000):
        memory.keep(str(number), Answer("1"))
    memory.save()
    later = VersionMemory.open(memory.path)
    assert later.find("999")
    assert later.find("0") is None


def test_an_answer_holds_until_a_watched_file_comes_or_goes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    without = Answer.of("1", [str(path)])
    path.write_text("")
    present = Answer.of("1", [str(path)])
    assert [without.is_valid, present.is_valid] == [False, True]
    path.unlink()
    assert [without.is_valid, present.is_valid] == [True, False]
