from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import pytest

from samix.template.dump import dump_for_sam, dump_template

if TYPE_CHECKING:
    from samix.template.value import Value, ValueMapping


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("0123", "'0123'", id="text that starts with 0 is quoted"),
        pytest.param("0.", "'0.'", id="also when it would be no number"),
        pytest.param("plain", "plain", id="other text is not"),
        pytest.param("2010-09-09", "'2010-09-09'", id="a date is"),
        pytest.param("yes", "'yes'", id="a boolean word is"),
        pytest.param("é", r'"\xE9"', id="non-ASCII is escaped"),
        pytest.param(None, "null", id="null"),
        pytest.param(True, "true", id="true"),
        pytest.param([], "[]", id="empty list"),
        pytest.param({}, "{}", id="empty mapping"),
    ],
)
def test_scalars(value: Value, text: str) -> None:
    assert dump_template({"A": value}) == f"A: {text}\n"


def test_mapping_from_a_file_keeps_its_order() -> None:
    assert dump_template(OrderedDict([("b", 1), ("a", 2)])) == "b: 1\na: 2\n"


def test_mapping_made_here_is_sorted() -> None:
    assert dump_template({"b": 1, "a": 2}) == "a: 2\nb: 1\n"


def test_nothing_is_an_alias() -> None:
    shared: ValueMapping = {"k": ["v"]}
    assert dump_template({"A": shared, "B": shared}) == "A:\n  k:\n  - v\nB:\n  k:\n  - v\n"


def test_intrinsics_are_written_out() -> None:
    assert dump_template({"A": {"Fn::GetAtt": ["B", "Arn"]}}) == "A:\n  Fn::GetAtt:\n  - B\n  - Arn\n"


def test_sam_gets_json_in_the_order_of_the_yaml() -> None:
    data: ValueMapping = {"B": OrderedDict([("b", [{"d": 1.5, "c": None}]), ("a", "é")]), "A": True}
    assert dump_for_sam(data) == r'{"A": true, "B": {"b": [{"c": null, "d": 1.5}], "a": "\u00e9"}}'


@pytest.mark.parametrize("value", [{1: "a"}, {None: "a"}, [{True: "a"}], b"binary"])
def test_sam_gets_yaml_where_json_would_say_another_thing(value: Value) -> None:
    assert dump_for_sam({"A": value}) == dump_template({"A": value})
