"""The digests of files by what stat says of them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from samix.files.copies import hash_file
from samix.state.stat_index import VERSION, StatIndex, has_changed_source, may_change_unseen

if TYPE_CHECKING:
    from collections.abc import Callable

LATER = 10_000_000_000


@pytest.fixture
def reads() -> list[str]:
    """The names of the files that are read."""
    return []


@pytest.fixture
def open_at(reads: list[str]) -> Callable[..., StatIndex]:
    """An index that believes a clock, and notes what it reads."""

    def hash_and_note(path: str) -> tuple[str, os.stat_result]:
        reads.append(os.path.basename(path))
        return hash_file(path)

    def make(clock: Callable[[], int], path: Path, *, is_believed: bool = True) -> StatIndex:
        return StatIndex(path, is_believed=is_believed, clock=clock, read=hash_and_note)

    return make


@pytest.fixture
def later(open_at: Callable[..., StatIndex]) -> Callable[..., StatIndex]:
    """An index of a later time, when files have been left alone for a while."""
    return partial(open_at, lambda: time.time_ns() + LATER)


@pytest.fixture
def index_file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "stats.json"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_text("one")
    os.utime(path, ns=(1_500_000_000_123_456_789, 1_500_000_000_123_456_789))
    return path


def _digest(index: StatIndex, path: Path) -> str:
    return index.digest(os.fspath(path), os.lstat(path))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _edit_unseen(path: Path, text: str) -> None:
    """Write into a file in place, and put its mtime back."""
    before = path.stat()
    while True:  # the clock of the file system may not have ticked yet
        path.write_text(text)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        if path.stat().st_ctime_ns != before.st_ctime_ns:
            return


def test_a_file_that_was_left_alone_is_read_once(
    file: Path, index_file: Path, reads: list[str], later: Callable[..., StatIndex]
) -> None:
    index = later(index_file)
    assert [_digest(index, file) for _ in range(2)] == [_sha256("one")] * 2
    index.save(is_whole=True)
    assert _digest(later(index_file), file) == _sha256("one")
    assert reads == ["file"]


@pytest.fixture
def now(file: Path, open_at: Callable[..., StatIndex]) -> Callable[..., StatIndex]:
    """An index of the time at which the file changes, however long the test takes."""
    return partial(open_at, lambda: file.stat().st_ctime_ns)


def test_a_file_that_changed_just_now_is_read_again(
    file: Path, now: Callable[..., StatIndex], index_file: Path, reads: list[str]
) -> None:
    index = now(index_file)
    for _ in range(3):
        assert _digest(index, file) == _sha256("one")
    assert len(reads) == 3


@pytest.mark.parametrize(
    ("modified", "changed", "seconds", "is_young"),
    [
        pytest.param(0, 500_000_000, 0, True, id="just now"),
        pytest.param(0, 500_000_000, 1, False, id="some ticks ago"),
        pytest.param(0, 0, 1, True, id="within one tick of a clock of seconds"),
        pytest.param(0, 0, 3, False, id="some seconds ago"),
        pytest.param(0, 1, 1, False, id="a time that was put back to a whole second"),
    ],
)
def test_file_must_rest_longer_where_clocks_tick_in_seconds(
    modified: int, changed: int, seconds: int, is_young: bool
) -> None:
    before = 1_500_000_000_000_000_000
    status = os.stat_result([0] * 10 + [0.0] * 3 + [0, before + modified, before + changed])
    assert may_change_unseen(status, before + changed + seconds * 1_000_000_000) is is_young


def test_a_file_from_the_future_is_read_each_time(
    file: Path, index_file: Path, reads: list[str], later: Callable[..., StatIndex]
) -> None:
    ahead = time.time_ns() + 3600 * 1_000_000_000 + 1
    os.utime(file, ns=(ahead, ahead))
    index = later(index_file)
    for _ in range(2):
        _digest(index, file)
    assert len(reads) == 2


@pytest.mark.parametrize("text", ["two", "longer"])
def test_an_edit_in_place_shows_though_the_mtime_is_put_back(
    text: str, file: Path, index_file: Path, later: Callable[..., StatIndex]
) -> None:
    index = later(index_file)
    _digest(index, file)
    _edit_unseen(file, text)
    assert _digest(index, file) == _sha256(text)


def test_names_of_one_file_are_read_once(
    file: Path, index_file: Path, reads: list[str], later: Callable[..., StatIndex]
) -> None:
    os.link(file, file.with_name("other"))
    index = later(index_file)
    assert _digest(index, file) == _digest(index, file.with_name("other"))
    assert len(reads) == 1


def _wait_for_tick(path: Path) -> None:
    """Let the clock of the file system tick, so that a change of a file shows in its ctime."""
    before = path.stat().st_ctime_ns
    while path.stat().st_ctime_ns == before:
        path.chmod(path.stat().st_mode)


@pytest.fixture
def known(file: Path, index_file: Path, later: Callable[..., StatIndex], reads: list[str]) -> StatIndex:
    """An index that has read a file before its clock ticks."""
    index = later(index_file)
    _wait_for_tick(file)
    _digest(index, file)
    reads.clear()
    time.sleep(0.02)
    return index


def test_what_samix_links_is_not_read_again(
    known: StatIndex, file: Path, index_file: Path, reads: list[str], later: Callable[..., StatIndex]
) -> None:
    before, other = file.lstat(), file.with_name("other")
    known.mark_linked(before)
    os.link(file, other)
    assert file.stat().st_ctime_ns != before.st_ctime_ns
    assert _digest(known, file) == _sha256("one")
    assert not known.is_settled
    known.renew(other.lstat())
    assert known.is_settled
    known.save(is_whole=True)
    for index in (known, later(index_file)):
        assert _digest(index, file) == _digest(index, other) == _sha256("one")
    assert reads == []
    assert len(json.loads(index_file.read_text())["files"]) == 1


def test_what_samix_copies_is_not_read_again(known: StatIndex, file: Path, reads: list[str]) -> None:
    before, copy = file.lstat(), file.with_name("copy")
    shutil.copy2(file, copy)
    known.carry(before, copy.lstat(), before.st_mtime_ns)
    assert _digest(known, copy) == _digest(known, file) == _sha256("one")
    assert reads == []


def test_file_that_samix_gives_a_time_is_not_read_again(known: StatIndex, file: Path, reads: list[str]) -> None:
    before = file.lstat()
    os.utime(file, ns=(1, 1_000_000_001))
    known.carry(before, file.lstat(), 1_000_000_001)
    assert _digest(known, file) == _sha256("one")
    assert reads == []


def test_lost_name_of_a_linked_file_is_no_reason_to_read_it(known: StatIndex, file: Path, reads: list[str]) -> None:
    other = file.with_name("other")
    known.mark_linked(file.lstat())
    os.link(file, other)
    other.unlink()
    known.renew(file.lstat())
    assert _digest(known, file) == _sha256("one")
    assert reads == []


def test_lost_name_of_a_file_that_samix_did_not_link_shows(known: StatIndex, file: Path, reads: list[str]) -> None:
    other = file.with_name("other")
    os.link(file, other)
    known.renew(file.lstat())
    _digest(known, file)
    assert reads == ["file"]


@pytest.mark.parametrize("text", ["two", "longer"])
def test_file_that_changed_before_it_was_linked_is_read(
    text: str, known: StatIndex, file: Path, reads: list[str]
) -> None:
    other = file.with_name("other")
    _edit_unseen(file, text)
    known.mark_linked(file.lstat())
    os.link(file, other)
    assert _digest(known, other) == _sha256(text)
    assert reads == ["other"]


def test_file_that_changes_while_it_is_linked_is_read(known: StatIndex, file: Path) -> None:
    before, other = file.lstat(), file.with_name("other")
    os.link(file, other)
    file.write_text("two")
    known.carry(before, other.lstat(), before.st_mtime_ns)
    assert _digest(known, other) == _sha256("two")


@pytest.mark.parametrize("text", ["two", "longer"])
def test_linked_file_that_is_written_is_read(text: str, known: StatIndex, file: Path, reads: list[str]) -> None:
    known.mark_linked(file.lstat())
    os.link(file, file.with_name("other"))
    file.write_text(text)
    assert _digest(known, file) == _sha256(text)
    assert reads == ["file"]


def test_a_lone_file_with_another_ctime_is_read(known: StatIndex, file: Path, reads: list[str]) -> None:
    """It is not one that was linked: that has several names."""
    known.mark_linked(file.lstat())
    file.chmod(0o640)
    _digest(known, file)
    assert reads == ["file"]


@pytest.mark.parametrize(("later_by", "count"), [(0, 1), (1_000_000_000, 2)])
def test_what_was_linked_within_a_tick_of_the_end_is_forgotten(
    later_by: int, count: int, file: Path, index_file: Path, open_at: Callable[..., StatIndex], reads: list[str]
) -> None:
    """Another change in that tick would not show."""
    moments = [time.time_ns() + LATER]
    index = open_at(lambda: moments[-1], index_file)
    kept = file.with_name("kept")
    kept.touch()
    for path in (file, kept):
        _digest(index, path)
    index.mark_linked(file.lstat())
    os.link(file, file.with_name("other"))
    index.renew(file.lstat())
    moments.append(file.stat().st_ctime_ns + later_by)
    index.save(is_whole=True)
    assert len(json.loads(index_file.read_text())["files"]) == count
    assert len(reads) == 2


def test_links_are_not_believed_if_clocks_may_tick_in_seconds(known: StatIndex, file: Path) -> None:
    before = file.lstat()
    after = list(before)
    whole = os.stat_result([*after[:10], *[0.0] * 3, 0, before.st_mtime_ns, 1_700_000_000_000_000_000])
    known.carry(before, whole, before.st_mtime_ns)
    with pytest.raises(FileNotFoundError):
        known.digest("nowhere", whole)


def test_what_is_not_believed_is_read_and_kept(
    file: Path, index_file: Path, reads: list[str], later: Callable[..., StatIndex]
) -> None:
    for is_believed in (True, False, True):
        index = later(index_file, is_believed=is_believed)
        _digest(index, file)
        index.save(is_whole=True)
    assert len(reads) == 2


@pytest.mark.parametrize(("is_whole", "times"), [(True, 2), (False, 1)])
def test_a_whole_build_forgets_what_it_does_not_look_at(
    is_whole: bool, times: int, file: Path, index_file: Path, reads: list[str], later: Callable[..., StatIndex]
) -> None:
    (file.with_name("other")).write_text("other")
    index = later(index_file)
    _digest(index, file)
    index.save(is_whole=True)
    index = later(index_file)
    _digest(index, file.with_name("other"))
    index.save(is_whole=is_whole)
    _digest(later(index_file), file)
    assert reads.count("file") == times


def test_nothing_is_written_where_nothing_is_new(file: Path, index_file: Path, later: Callable[..., StatIndex]) -> None:
    index = later(index_file)
    _digest(index, file)
    index.save(is_whole=True)
    before = index_file.stat()
    again = later(index_file)
    _digest(again, file)
    again.save(is_whole=True)
    assert index_file.stat().st_ino == before.st_ino


def test_an_index_that_cannot_be_written_is_no_failure(
    file: Path, tmp_path: Path, later: Callable[..., StatIndex]
) -> None:
    index = later(file / "stats.json")
    assert _digest(index, file) == _sha256("one")
    index.save(is_whole=True)
    assert sorted(tmp_path.iterdir()) == [file]


@example(text="[]")
@example(text=json.dumps({"version": VERSION}))
@example(text=json.dumps({"version": VERSION, "files": []}))
@example(text=json.dumps({"version": VERSION, "files": {"a": None}}))
@example(text=json.dumps({"version": VERSION, "files": {"a": "0" * 64}, "sources": {"stats.json": "a"}}))
@example(text="[" * 100_000)
@given(text=st.text(max_size=20) | st.recursive(st.text(), st.lists).map(json.dumps))
def test_no_text_makes_reading_fail(text: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "stats.json")
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        index = StatIndex(path)
        assert _digest(index, path) == hashlib.sha256(path.read_bytes()).hexdigest()
        assert not has_changed_source(path)


@pytest.mark.parametrize("value", ["0" * 63, "G" * 64, 5, None, ["0" * 64]])
def test_what_is_no_digest_is_not_believed(
    value: object, file: Path, index_file: Path, later: Callable[..., StatIndex]
) -> None:
    index = later(index_file)
    _digest(index, file)
    index.save(is_whole=True)
    content = json.loads(index_file.read_text())
    content["files"] = dict.fromkeys(content["files"], value)
    index_file.write_text(json.dumps(content))
    assert _digest(later(index_file), file) == _sha256("one")


def test_another_version_is_not_believed(
    file: Path, index_file: Path, reads: list[str], later: Callable[..., StatIndex]
) -> None:
    index = later(index_file)
    _digest(index, file)
    index.save(is_whole=True)
    index_file.write_text(json.dumps({**json.loads(index_file.read_text()), "version": 0}))
    _digest(later(index_file), file)
    assert len(reads) == 2


def test_a_pipe_is_no_file(tmp_path: Path, index_file: Path, file: Path) -> None:
    status = file.lstat()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="Not a regular file"):
        StatIndex(index_file).digest(str(tmp_path / "pipe"), status)


@pytest.fixture
def source(file: Path, index_file: Path, later: Callable[..., StatIndex]) -> Path:
    """A file that a unit was built from, as the index has it."""
    index = later(index_file)
    _digest(index, file)
    index.note_source(os.fspath(file), file.lstat())
    index.save(is_whole=True)
    return file


def test_a_source_with_another_content_is_noticed(source: Path, index_file: Path) -> None:
    assert not has_changed_source(index_file)
    source.write_text("two")
    assert has_changed_source(index_file)
    source.write_text("one")
    assert not has_changed_source(index_file)


@pytest.mark.parametrize("change", [os.utime, os.unlink, lambda path: os.chmod(path, 0o700)])
def test_nothing_else_counts_as_a_change_of_a_source(
    source: Path, index_file: Path, change: Callable[[Path], None]
) -> None:
    change(source)
    assert not has_changed_source(index_file)


def test_source_of_another_size_is_reported_without_reading_it(source: Path, index_file: Path) -> None:
    source.write_text("two")
    assert not has_changed_source(index_file, 0)
    source.write_text("three")
    assert has_changed_source(index_file, 0)


def test_what_has_taken_the_place_of_a_source_is_not_opened(source: Path, index_file: Path) -> None:
    source.unlink()
    os.mkfifo(source)
    assert not has_changed_source(index_file)


def test_a_source_of_other_builds_is_remembered(
    source: Path, index_file: Path, later: Callable[..., StatIndex]
) -> None:
    other = source.with_name("other")
    other.write_text("other")
    index = later(index_file)
    _digest(index, other)
    index.note_source(os.fspath(other), other.lstat())
    index.save(is_whole=False)
    source.write_text("two")
    assert has_changed_source(index_file)


def test_a_source_that_is_none_any_more_is_forgotten(source: Path, index_file: Path) -> None:
    StatIndex(index_file).save(is_whole=True)
    source.write_text("two")
    assert not has_changed_source(index_file)


def test_a_source_that_is_too_young_is_not_noted(file: Path, now: Callable[..., StatIndex], index_file: Path) -> None:
    index = now(index_file)
    _digest(index, file)
    index.note_source(os.fspath(file), file.lstat())
    index.save(is_whole=True)
    file.write_text("two")
    assert not has_changed_source(index_file)


@pytest.mark.parametrize("sources", [None, [], {"file": None}, {"file": ["x"]}, {"file": "x", "\0": "x"}])
def test_an_index_without_sense_tells_nothing(source: Path, index_file: Path, sources: object) -> None:
    content = json.loads(index_file.read_text())
    index_file.write_text(json.dumps({**content, "sources": sources}))
    source.write_text("two")
    assert not has_changed_source(index_file)
