"""How what is remembered of units is written down."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest

from samix.state.records import VERSION, Accepted, Record, State, dump_record, dump_state, load_record, load_state
from samix.units.reasons import Cause

LATER = {"overtaken", "generated", "suspected", "wrote", "watched", "beside"}
RECORD = Record(
    parts={Cause.SOURCE: {"": "1", "made out": "2"}, Cause.PLACE: {}},
    digest="d",
    image="",
    uuid="0a1b2c3d-0000-4000-8000-00000000000f",
    resources=("Fn",),
    overtaken="Other was built",
    generated=("out", "../lib/x"),
    suspected=("gen.h",),
    wrote=("lib/", "a b"),
    watched=("lib",),
    beside=("Web",),
)


def _written(record: Record) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(dump_record(record)))
    return found


def test_a_record_is_read_as_it_was_written() -> None:
    assert load_record(_written(RECORD)) == RECORD
    assert _written(RECORD).keys() == {field.name for field in fields(Record)}


def test_a_state_of_an_earlier_samix_is_read() -> None:
    """It knew nothing of what builds make and write, nor of what sam accepts."""
    content = json.loads(dump_state(State(b"k" * 32, {"Fn": RECORD}, Accepted("a", "1.170.0"))))
    del content["accepted"]
    for key in LATER:
        del content["units"]["Fn"][key]
    state = load_state(json.dumps(content))
    assert state.secret == b"k" * 32
    assert state.accepted == Accepted()
    assert VERSION == content["version"] == 2
    [record] = state.records.values()
    assert (record.generated, record.suspected, record.wrote, record.watched) == ((), (), (), ())
    assert record.overtaken == ""
    assert (record.parts, record.digest, record.uuid) == (RECORD.parts, RECORD.digest, RECORD.uuid)


def test_a_state_is_read_as_it_was_written() -> None:
    state = State(b"k" * 32, {"Fn": RECORD}, Accepted("a", "1.170.0"))
    assert load_state(dump_state(state)) == state


@pytest.mark.parametrize("wrong", [5, {"digest": "a", "other": "b"}, ["a"]])
def test_what_is_nothing_that_sam_accepted_makes_no_sense(wrong: object) -> None:
    content = json.loads(dump_state(State(b"k" * 32, {})))
    with pytest.raises(TypeError):
        load_state(json.dumps(content | {"accepted": wrong}))


@pytest.mark.parametrize(
    ("digest", "sam", "holds"),
    [("a", "1.170.0", True), ("a", None, True), ("a", "1.171.0", False), ("b", "1.170.0", False), ("", None, False)],
)
def test_acceptance_is_for_the_same_definitions_and_sam(digest: str, sam: str | None, holds: bool) -> None:
    assert Accepted("a", "1.170.0").holds(digest, sam) == holds


def test_what_was_accepted_by_a_sam_of_no_known_version_holds() -> None:
    assert Accepted("a").holds("a", "1.170.0")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"generated": "out"}, TypeError),
        ({"suspected": {"out": 1}}, TypeError),
        ({"wrote": None}, TypeError),
        ({"watched": "lib"}, TypeError),
        ({"parts": {"shared": {}}}, ValueError),
    ],
)
def test_what_is_none_of_a_record_is_refused(wrong: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        load_record(_written(RECORD) | wrong)
