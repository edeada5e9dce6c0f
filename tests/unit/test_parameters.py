from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.errors import OptionError
from samix.location import Location
from samix.parameters import format_override, load_environment, parse_environment, parse_overrides

if TYPE_CHECKING:
    from pathlib import Path

    from samix.template.value import Value

SECRET = "s3cr3t-value"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(None, {}, id="nothing"),
        pytest.param("", {}, id="empty text"),
        pytest.param([], {}, id="empty list"),
        pytest.param({}, {}, id="empty mapping"),
        pytest.param("A=1", {"A": "1"}, id="short"),
        pytest.param("A=1 B=2", {"A": "1", "B": "2"}, id="several"),
        pytest.param("A=1 A=2", {"A": "2"}, id="last one counts"),
        pytest.param("ParameterKey=A,ParameterValue=1", {"A": "1"}, id="long"),
        pytest.param(
            "ParameterKey=A,ParameterValue=1 ParameterKey=B,ParameterValue=2", {"A": "1", "B": "2"}, id="longs"
        ),
        pytest.param("A='x y' B=\"z w\"", {"A": "x y", "B": "z w"}, id="quoted"),
        pytest.param(r'A="say \"hi\""', {"A": 'say "hi"'}, id="escaped quotes"),
        pytest.param(r"A=x\ y", {"A": "x y"}, id="escaped space"),
        pytest.param("A=a=b", {"A": "a=b"}, id="equals sign in the value"),
        pytest.param("A=a,b", {"A": "a,b"}, id="comma in the value"),
        pytest.param("A=https://h/?a=b&c=d", {"A": "https://h/?a=b&c=d"}, id="URL"),
        pytest.param(r"A=C:\dir", {"A": r"C:\dir"}, id="backslash"),
        pytest.param(["A=1", "B=2"], {"A": "1", "B": "2"}, id="list"),
        pytest.param([["A=1 B=2"], {"C": 3}], {"A": "1", "B": "2", "C": "3"}, id="lists and mappings"),
        pytest.param(
            {"A": 1, "B": True, "C": None, "D": 1.5}, {"A": "1", "B": "True", "C": "", "D": "1.5"}, id="mapping"
        ),
        pytest.param({"A": ["a", " b ", "", None, 1]}, {"A": "a,b,1"}, id="list in a mapping"),
    ],
)
def test_overrides(value: Value, expected: dict[str, str]) -> None:
    assert parse_overrides(value, source="--parameter-overrides") == expected


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("nonsense", id="no pair"),
        pytest.param("A-B=1", id="sign in the name"),
        pytest.param("AWS::Region=eu-west-1", id="pseudo parameter"),
        pytest.param("file://params.yaml", id="parameter file"),
        pytest.param(["A=1", "nonsense"], id="one in a list"),
        pytest.param({"$include": "params.yaml"}, id="include"),
    ],
)
def test_wrong_overrides_are_refused(tmp_path: Path, value: Value) -> None:
    where = Location(tmp_path, 3)
    with pytest.raises(OptionError, match="the option") as caught:
        parse_overrides(value, source="the option", where=where)
    assert caught.value.where is where
    assert caught.value.hint


@given(
    st.text("abcXYZ019", min_size=1),
    st.text(st.characters(codec="utf-8", exclude_characters="\\\n\r", exclude_categories=["Cs", "Cc"]), min_size=1),
)
def test_written_override_is_read_back(key: str, value: str) -> None:
    assert parse_overrides(format_override(key, value), source="s") == {key: value}


@pytest.mark.parametrize(
    "value", [r"back\slash", r"C:\dir\file", "C:\\dir\\", "it's", "'quoted'", '"quoted"', " x ", ""]
)
def test_written_override_of_odd_text_is_read_back(value: str) -> None:
    assert parse_overrides(format_override("A", value), source="s") == {"A": value}


@pytest.mark.parametrize(("key", "value"), [("A", "C:\\a dir\\"), ("A", "a\\\nb"), ("A_B", "1")])
def test_no_override_is_written_that_would_be_read_as_another(key: str, value: str) -> None:
    assert format_override(key, value) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([], {}, id="nothing"),
        pytest.param(["A=1"], {"Parameters": {"A": "1"}}, id="for all"),
        pytest.param(["Fn.A=1"], {"Fn": {"A": "1"}}, id="for one"),
        pytest.param(["A=1", "Fn.A=2", "B=3"], {"Parameters": {"A": "1", "B": "3"}, "Fn": {"A": "2"}}, id="both"),
        pytest.param(["A=1", "A=2"], {"Parameters": {"A": "2"}}, id="last one counts"),
        pytest.param(["A=x=y"], {"Parameters": {"A": "x=y"}}, id="equals sign in the value"),
        pytest.param(["A=x.y"], {"Parameters": {"A": "x.y"}}, id="dot in the value"),
        pytest.param([" A = 1 "], {"Parameters": {"A": "1"}}, id="spaces"),
    ],
)
def test_environment(values: list[str], expected: dict[str, dict[str, str]]) -> None:
    assert parse_environment(values, source="-e") == expected


@pytest.mark.parametrize("value", [f"={SECRET}", f".A={SECRET}", f"Fn.={SECRET}", "A=", "A", SECRET, "Fn.A", "", " = "])
def test_wrong_environment_is_refused_without_its_value(value: str) -> None:
    with pytest.raises(OptionError, match="--container-env-var") as caught:
        parse_environment([value], source="--container-env-var")
    assert SECRET not in str(caught.value) + caught.value.hint


def test_environment_file(tmp_path: Path) -> None:
    path = tmp_path / "env.json"
    path.write_text('{"Parameters": {"A": "1", "N": 2}, "Fn": {"B": "é"}}', encoding="utf-8")
    assert load_environment(path) == {"Parameters": {"A": "1", "N": "2"}, "Fn": {"B": "é"}}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(f'["{SECRET}"]', id="list"),
        pytest.param(f'{{"A": "{SECRET}"}}', id="flat"),
        pytest.param(f'{{"A": {{"B": "{SECRET}"', id="cut off"),
        pytest.param(f"A={SECRET}", id="no JSON"),
    ],
)
def test_wrong_environment_file_is_refused_without_its_values(tmp_path: Path, content: str) -> None:
    path = tmp_path / "env.json"
    path.write_text(content)
    with pytest.raises(OptionError) as caught:
        load_environment(path)
    assert caught.value.where == Location(path)
    assert SECRET not in str(caught.value) + caught.value.hint
    assert caught.value.__cause__ is None


def test_missing_environment_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="Could not read"):
        load_environment(tmp_path / "env.json")


@pytest.mark.parametrize("value", ["", " padded", "padded\\n"])
def test_value_that_would_not_arrive_as_it_is_is_refused(tmp_path: Path, value: str) -> None:
    path = tmp_path / "env.json"
    path.write_text(f'{{"Fn": {{"TOKEN": "{value}"}}}}', encoding="utf-8")
    with pytest.raises(OptionError, match="TOKEN of Fn"):
        load_environment(path)
