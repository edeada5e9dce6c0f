"""What is known of earlier builds."""

from __future__ import annotations

import json
import os
import stat
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from samix.files.copies import tree_digest
from samix.messages.errors import StateError
from samix.plan.fingerprint import Fingerprint
from samix.plan.staleness import why_stale
from samix.state.layout import Layout
from samix.state.records import VERSION, Record, checked_uuid
from samix.state.source_lists import Sources
from samix.state.store import Store
from samix.template.resources import Kind, Resource
from samix.units.reasons import Cause, format_reasons

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.units.reasons import Parts
    from samix.units.unit import Unit

TEXT = st.text(max_size=6)
PLAIN = st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT


def _nested(leaves: st.SearchStrategy[object]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
    )


JSON = _nested(st.none() | PLAIN)
TOML = _nested(PLAIN)
RECORDS = st.builds(
    Record,
    parts=st.dictionaries(st.sampled_from(Cause), st.dictionaries(TEXT, TEXT, max_size=3), max_size=3),
    digest=TEXT,
    image=TEXT,
    uuid=st.uuids().map(str) | st.just(""),
    definition=st.dictionaries(TEXT, TOML, max_size=3),
    resources=st.lists(TEXT, max_size=3).map(tuple),
    deps=TEXT,
    placed=st.lists(TEXT, max_size=3).map(tuple),
    kept=st.booleans(),
    unsettled=TEXT,
    overtaken=TEXT,
    generated=st.lists(TEXT, max_size=3).map(tuple),
    suspected=st.lists(TEXT, max_size=3).map(tuple),
    wrote=st.lists(TEXT, max_size=3).map(tuple),
    watched=st.lists(TEXT, max_size=3).map(tuple),
    beside=st.lists(TEXT, max_size=3).map(tuple),
)
UUID = "0a1b2c3d-0000-4000-8000-00000000000f"
RECORD: dict[str, object] = {
    "parts": {"source": {"": "1"}},
    "digest": "d",
    "image": "",
    "uuid": UUID,
    "definition": {},
    "resources": ["Fn"],
    "deps": "",
    "placed": ["Fn"],
    "kept": True,
    "unsettled": "",
}
NESTED: object = {}
for _ in range(100):
    NESTED = [NESTED]
STATE: dict[str, object] = {"version": VERSION, "secret": "ab" * 32, "units": {"Fn": RECORD}}


def _layout(project: Path) -> Layout:
    return Layout(project, project / ".aws-sam" / "build", project / ".aws-sam" / "cache")


def _write(layout: Layout, text: str) -> None:
    layout.state_file.parent.mkdir(parents=True)
    layout.state_file.write_text(text, encoding="utf-8", errors="surrogatepass")


def _artifact(place: Path, text: str = "x") -> str:
    place.mkdir(parents=True)
    (place / "file").write_text(text)
    return tree_digest(place)


@given(records=st.dictionaries(TEXT, RECORDS, max_size=3))
def test_records_are_read_as_they_were_saved(records: dict[str, Record]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        layout = _layout(Path(directory))
        store = Store.open(layout)
        for name, record in records.items():
            store.save(name, record)
        again = Store.open(layout)
        assert again.records == records
        assert not again.warning
        if records:
            assert again.secret == store.secret


def _save(store: Store, *names: str) -> None:
    for name in names:
        store.save(name, Record(parts={}, digest="1", image="", uuid="", resources=(name,)))


def test_state_is_written_whole_once_for_many_records(tmp_path: Path) -> None:
    layout = _layout(tmp_path)
    store = Store.open(layout)
    _save(store, "A")
    written = layout.state_file.read_text()
    _save(store, "B", "C")
    assert layout.state_file.read_text() == written
    assert set(Store.open(layout).records) == {"A", "B", "C"}
    store.flush()
    assert not layout.journal_file.exists()
    assert set(Store.open(layout).records) == {"A", "B", "C"}


def test_a_record_that_is_written_in_part_is_none(tmp_path: Path) -> None:
    layout = _layout(tmp_path)
    _save(Store.open(layout), "A", "B", "C")
    text = layout.journal_file.read_bytes()
    layout.journal_file.write_bytes(text[:-5])
    assert set(Store.open(layout).records) == {"A", "B"}


def test_a_journal_of_another_state_says_nothing(tmp_path: Path) -> None:
    layout = _layout(tmp_path)
    _save(Store.open(layout), "A", "B")
    state = json.loads(layout.state_file.read_text())
    layout.state_file.write_text(json.dumps(state | {"secret": "ab" * 32}))
    assert set(Store.open(layout).records) == {"A"}


@example(text="")
@example(text='["B", {}]')
@example(text='["B"]')
@example(text="[" * 100_000)
@given(text=st.text(max_size=20))
def test_no_journal_makes_opening_fail(text: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        layout = _layout(Path(directory))
        _save(Store.open(layout), "A", "B")
        with layout.journal_file.open("a", encoding="utf-8", errors="surrogatepass") as file:
            file.write(text)
        store = Store.open(layout)
        assert store.records.keys() >= {"A"}
        _save(store, "C")
        assert Store.open(layout).records.keys() == store.records.keys()


def test_where_no_journal_can_be_written_the_state_is(tmp_path: Path) -> None:
    layout = _layout(tmp_path)
    store = Store.open(layout)
    _save(store, "A", "B")
    layout.journal_file.unlink()
    layout.journal_file.mkdir()
    _save(store, "C")
    assert set(Store.open(layout).records) == {"A", "B", "C"}


@example(content=STATE | {"units": {"Fn": RECORD | {"uuid": "../../etc"}}})
@example(content=STATE | {"units": {"Fn": RECORD | {"parts": []}}})
@example(content=STATE | {"units": {"Fn": RECORD | {"parts": {"nothing": {}}}}})
@example(content=STATE | {"units": {"Fn": RECORD | {"parts": {"source": "1"}}}})
@example(content=STATE | {"units": {"Fn": RECORD | {"resources": "Fn"}}})
@example(content=STATE | {"units": {"Fn": RECORD | {"definition": None}}})
@example(content=STATE | {"units": {"Fn": RECORD | {"definition": {"handler": None}}}})
@example(content=STATE | {"units": {"Fn": RECORD | {"definition": {"handler": "\udcff"}}}})
@example(content=STATE | {"units": {"Fn": RECORD | {"definition": {"metadata": NESTED}}}})
@example(content=STATE | {"units": []})
@example(content=STATE | {"secret": "xyz"})
@example(content=STATE | {"secret": ""})
@example(content=STATE | {"secret": None})
@example(content={})
@example(content=[])
@given(content=JSON)
def test_a_state_that_makes_no_sense_is_not_used_and_said(content: object) -> None:
    with tempfile.TemporaryDirectory() as directory:
        layout = _layout(Path(directory))
        _write(layout, json.dumps(content))
        store = Store.open(layout)
    assert store.records == {}
    assert str(layout.state_file) in store.warning
    assert len(store.secret) == 32


@example(text="[" * 100_000)
@given(text=st.text(max_size=30))
def test_a_state_that_is_no_json_is_not_used_and_said(text: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        layout = _layout(Path(directory))
        _write(layout, text)
        store = Store.open(layout)
    assert store.records == {}
    assert store.warning


def test_a_state_of_another_version_is_not_used_and_said(tmp_path: Path) -> None:
    layout = _layout(tmp_path)
    _write(layout, json.dumps(STATE | {"version": VERSION + 1}))
    store = Store.open(layout)
    assert store.records == {}
    assert "another version" in store.warning


def test_a_sound_state_is_used(tmp_path: Path) -> None:
    """What the broken ones above are made from."""
    layout = _layout(tmp_path)
    _write(layout, json.dumps(STATE))
    store = Store.open(layout)
    assert not store.warning
    assert list(store.records) == ["Fn"]


def test_a_missing_state_is_nothing_to_warn_of(tmp_path: Path) -> None:
    store = Store.open(_layout(tmp_path))
    assert (store.records, store.warning) == ({}, "")
    assert not _layout(tmp_path).root.exists()


def test_projects_have_secrets_of_their_own(tmp_path: Path) -> None:
    assert Store.open(_layout(tmp_path / "a")).secret != Store.open(_layout(tmp_path / "b")).secret


PARTS = {Cause.SOURCE: {"": "1"}}


def _record(digest: str = "d", uuid: str = UUID, parts: Parts = PARTS, image: str = "") -> Record:
    return Record(parts, digest, image, uuid)


def test_the_state_is_for_its_owner_only(tmp_path: Path) -> None:
    store = Store.open(_layout(tmp_path))
    store.save("Fn", _record())
    assert stat.S_IMODE(store.layout.state_file.stat().st_mode) == 0o600


def test_units_that_are_gone_are_forgotten_for_good(tmp_path: Path) -> None:
    store = Store.open(_layout(tmp_path))
    for name in ("Kept", "Gone"):
        store.save(name, _record())
    store.keep_only(["Kept", "New"])
    store.flush()
    assert list(Store.open(store.layout).records) == ["Kept"]


def test_only_what_records_speak_of_is_kept_beside_them(tmp_path: Path) -> None:
    layout = _layout(tmp_path)
    store = Store.open(layout)
    kept, gone = (Sources(number * 64, "src", {"app.py": f"file 644 {number}"}) for number in "12")
    store.save("Kept", _record(parts={Cause.SOURCE: {"": kept.digest}}), kept)
    store.save("Gone", _record(parts={Cause.SOURCE: {"": gone.digest}}), gone)
    layout.logs.mkdir()
    for name in ("Kept", "Gone", "Failed", "Child/Inner"):
        layout.log_of(name).touch()
    store.keep_only({"Kept"})
    store.prune(["Kept", "Failed"])
    assert set(layout.logs.iterdir()) == {layout.log_of("Kept"), layout.log_of("Failed")}
    again = Store.open(layout)
    assert (again.listing(kept.digest), again.listing(gone.digest)) == (kept.entries, {})


def test_a_state_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    store = Store.open(_layout(tmp_path))
    (tmp_path / ".aws-sam").touch()
    with pytest.raises(StateError, match="cannot be written"):
        store.save("Fn", _record())


def test_units_that_end_at_once_are_all_saved(tmp_path: Path) -> None:
    store = Store.open(_layout(tmp_path))
    names = [f"F{number}" for number in range(16)]
    threads = [threading.Thread(target=store.save, args=(name, _record())) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(Store.open(store.layout).records) == sorted(names)


@pytest.fixture
def places(tmp_path: Path, make_unit: Callable[..., Unit]) -> dict[str, Path]:
    layout = _layout(tmp_path)
    unit = make_unit("First", "Second")
    return {
        "finished": layout.finished(unit) / "artifact",
        "build dir": layout.artifact(unit.first),
        "build dir, another member": layout.artifact(unit.resources[1]),
        "cache": layout.cache_dir / UUID,
    }


@pytest.mark.parametrize("where", ["finished", "build dir", "build dir, another member", "cache"])
def test_an_artifact_is_found_wherever_it_lies(
    where: str, places: dict[str, Path], tmp_path: Path, make_unit: Callable[..., Unit]
) -> None:
    store = Store.open(_layout(tmp_path))
    store.save("First", _record(_artifact(places[where])))
    assert store.find_artifact(make_unit("First", "Second")) == places[where]


@pytest.mark.parametrize("where", ["finished", "build dir", "build dir, another member", "cache"])
def test_an_artifact_that_was_altered_is_not_used(
    where: str, places: dict[str, Path], tmp_path: Path, make_unit: Callable[..., Unit]
) -> None:
    store = Store.open(_layout(tmp_path))
    store.save("First", _record(_artifact(places[where])))
    (places[where] / "file").write_text("y")
    assert store.find_artifact(make_unit("First", "Second")) is None


def test_an_altered_copy_does_not_hide_a_good_one(
    places: dict[str, Path], tmp_path: Path, make_unit: Callable[..., Unit]
) -> None:
    store = Store.open(_layout(tmp_path))
    for where in ("finished", "build dir"):
        _artifact(places[where], "altered")
    store.save("First", _record(_artifact(places["cache"])))
    assert store.find_artifact(make_unit("First", "Second")) == places["cache"]


def test_a_unit_that_was_never_built_has_no_artifact(tmp_path: Path, make_unit: Callable[..., Unit]) -> None:
    assert Store.open(_layout(tmp_path)).find_artifact(make_unit("Fn")) is None


def test_an_artifact_without_a_digest_is_not_believed(tmp_path: Path, make_unit: Callable[..., Unit]) -> None:
    layout = _layout(tmp_path)
    _artifact(layout.build_dir / "Fn")
    store = Store.open(layout)
    store.save("Fn", _record(digest=""))
    assert store.find_artifact(make_unit("Fn")) is None


def test_a_moved_artifact_is_found_in_its_new_place_alone(tmp_path: Path) -> None:
    store = Store.open(_layout(tmp_path))
    digest = _artifact(tmp_path / "from")
    assert store.holds(tmp_path / "from", digest)
    store.move(tmp_path / "from", tmp_path / "deep" / "to")
    assert store.holds(tmp_path / "deep" / "to", digest)
    assert not store.holds(tmp_path / "from", digest)


def test_what_a_move_replaces_is_forgotten(tmp_path: Path) -> None:
    store = Store.open(_layout(tmp_path))
    old = _artifact(tmp_path / "to", "old")
    assert store.holds(tmp_path / "to", old)
    new = _artifact(tmp_path / "from", "new")
    store.move(tmp_path / "from", tmp_path / "to")
    assert not store.holds(tmp_path / "to", old)
    assert store.holds(tmp_path / "to", new)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ""),
        ({Cause.SOURCE: {"": "2"}}, "source changed"),
        ({Cause.DEFINITION: {"Runtime": "2"}}, "Runtime 1 → 2"),
        ({Cause.BUILD_TYPE: {"": "container"}}, "build type host → container"),
        ({Cause.ENVIRONMENT: {"TOKEN": "1"}}, "container environment value TOKEN added"),
        ({Cause.DEFINITION: {}}, "Runtime removed"),
        ({Cause.BUILD_TYPE: {"": "container"}, Cause.SOURCE: {"": "2"}}, "build type host → container; source changed"),
    ],
    ids=["nothing", "source", "definition", "build type", "new part", "part gone", "two parts"],
)
def test_the_reasons_for_a_build_are_what_changed(
    changed: Parts, expected: str, tmp_path: Path, make_unit: Callable[..., Unit]
) -> None:
    store = Store.open(_layout(tmp_path))
    digest = _artifact(store.layout.build_dir / "Fn", "built")
    parts: Parts = {**PARTS, Cause.DEFINITION: {"Runtime": "1"}, Cause.BUILD_TYPE: {"": "host"}}
    store.save("Fn", _record(parts=parts, digest=digest))
    assert format_reasons(why_stale(make_unit("Fn"), Fingerprint({**parts, **changed}), store)) == expected


def test_changed_files_are_named_after_the_state_is_read_again(tmp_path: Path, make_unit: Callable[..., Unit]) -> None:
    one, two = Sources("1" * 64, "src", {"app.py": "file 644 a"}), Sources("2" * 64, "src", {"app.py": "file 644 b"})
    store = Store.open(_layout(tmp_path))
    store.save("Fn", _record(parts={Cause.SOURCE: {"": one.digest}}), one)
    store.save_listings()
    again = Store.open(_layout(tmp_path))
    reasons = why_stale(make_unit("Fn"), Fingerprint({Cause.SOURCE: {"": two.digest}}, two), again)
    assert format_reasons(reasons) == "src/app.py changed"


def test_unit_named_after_another_resource_keeps_its_record(tmp_path: Path, make_unit: Callable[..., Unit]) -> None:
    store = Store.open(_layout(tmp_path))
    store.save("Second", replace(_record(), resources=("Second", "Third")))
    store.adopt([make_unit("First", "Second"), make_unit("Third")])
    assert list(store.records) == ["First"]


def test_a_state_that_is_not_used_is_set_aside(tmp_path: Path) -> None:
    layout = _layout(tmp_path)
    _write(layout, "broken")
    store = Store.open(layout)
    assert layout.state_file.read_text() == "broken"
    for name in ("Fn", "Other"):
        store.save(name, _record())
    assert layout.old_state_file.read_text() == "broken"
    assert sorted(Store.open(layout).records) == ["Fn", "Other"]


def test_a_unit_without_a_record_is_not_built_yet(tmp_path: Path, make_unit: Callable[..., Unit]) -> None:
    store = Store.open(_layout(tmp_path))
    assert format_reasons(why_stale(make_unit("Fn"), Fingerprint({}), store)) == "not built yet"


def test_a_unit_whose_artifact_is_gone_is_built(tmp_path: Path, make_unit: Callable[..., Unit]) -> None:
    store = Store.open(_layout(tmp_path))
    store.save("Fn", _record())
    assert format_reasons(why_stale(make_unit("Fn"), Fingerprint(PARTS), store)) == "artifact is gone"


def test_an_image_is_left_to_the_engines_cache(
    tmp_path: Path, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    store = Store.open(_layout(tmp_path))
    store.save("Fn", _record(digest="", image="fn:latest"))
    unit = make_unit(make_resource("Fn", kind=Kind.IMAGE))
    assert "engine" in format_reasons(why_stale(unit, Fingerprint(PARTS), store))


@pytest.mark.parametrize("value", ["..", "../x", "a/b", UUID.upper(), f"{UUID}\n", f" {UUID}", None, 7])
def test_only_a_uuid_names_a_directory_of_the_cache(value: object) -> None:
    with pytest.raises(ValueError, match="not a uuid"):
        checked_uuid(value)


@pytest.mark.parametrize("value", ["", UUID])
def test_a_uuid_or_nothing_is_taken(value: str) -> None:
    assert checked_uuid(value) == value


def test_an_unreadable_state_is_not_used_and_said(tmp_path: Path) -> None:
    layout = _layout(tmp_path)
    os.makedirs(layout.state_file)
    assert "cannot be read" in Store.open(layout).warning


def test_without_a_definition_dependencies_have_no_shared_place(tmp_path: Path, make_unit: Callable[..., Unit]) -> None:
    layout = _layout(tmp_path)
    digest = _artifact(layout.deps_dir)
    store = Store(layout, b"", {"Fn": Record({}, "d", "", "", deps=digest)})
    assert store.find_dependencies(make_unit("Fn")) is None


def test_a_link_is_no_artifact_whatever_the_state_says(tmp_path: Path) -> None:
    layout = Layout(tmp_path, tmp_path / ".aws-sam" / "build", tmp_path / ".aws-sam" / "cache")
    (tmp_path / "mine").mkdir()
    (tmp_path / "link").symlink_to("mine")
    store = Store.open(layout)
    assert not store.holds(tmp_path / "link", tree_digest(tmp_path / "link"))
    assert store.holds(tmp_path / "mine", tree_digest(tmp_path / "mine"))


@pytest.mark.parametrize(
    ("is_missing", "left", "expected"),
    [
        pytest.param(True, "", "", id="as it was left"),
        pytest.param(False, "", "artifact is gone", id="with a source there is to be an artifact"),
        pytest.param(True, "d", "artifact is gone", id="there was an artifact"),
    ],
)
def test_what_left_nothing_for_want_of_a_source_is_up_to_date(
    is_missing: bool, left: str, expected: str, tmp_path: Path, make_unit: Callable[..., Unit]
) -> None:
    store = Store(_layout(tmp_path), b"", {"Fn": _record(left, uuid="")})
    fingerprint = Fingerprint(PARTS, Sources("", is_missing=is_missing))
    assert format_reasons(why_stale(make_unit(), fingerprint, store)) == expected
