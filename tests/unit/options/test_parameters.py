from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.messages.errors import OptionError
from samix.messages.location import Location
from samix.options.parameters import load_environment, parse_environment, parse_overrides

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
        pytest.param(["A=1", "nonsense"], id="one in a list"),
        pytest.param(["A=1", ""], id="nothing in a list"),
        pytest.param([1], id="number"),
        pytest.param("file://missing.yaml", id="missing file"),
        pytest.param("file://", id="directory"),
        pytest.param("file://nul\0", id="no file name"),
        pytest.param({"$include": 1}, id="include of a number"),
        pytest.param({"$include": {"A": "1"}}, id="include of a mapping"),
    ],
)
def test_wrong_overrides_are_refused(tmp_path: Path, value: Value) -> None:
    where = Location(tmp_path, 3)
    with pytest.raises(OptionError, match="the option") as caught:
        parse_overrides(value, source="the option", where=where)
    assert caught.value.where is where
    assert caught.value.hint


def test_files_of_overrides(tmp_path: Path) -> None:
    files = {
        "common.toml": "Number = 7\nFlag = true\nSubnets = ['a', 'b']\n'$include' = 'file://deep/more.yml'\n",
        "deep/more.yml": "- Stage=dev\n- - Owner: me\n    Code: 012\n    Nothing:\n- file://least.yaml\n",
        "deep/least.yaml": "$include: [file://../last.yaml, Stage=test]\nFlag: yes\n",
        "last.yaml": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert parse_overrides(["Number=1", "file://common.toml", "Owner=you"], source="s", directory=tmp_path) == {
        "Number": "7",
        "Flag": "yes",
        "Subnets": "a,b",
        "Stage": "test",
        "Owner": "you",
        "Code": "12",
        "Nothing": "",
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("a.json", "{}", id="JSON"),
        pytest.param("a.yaml", "A: 1\nA: 2", id="double key"),
        pytest.param("a.toml", "A = ", id="no TOML"),
        pytest.param("a.yaml", "file://a.yaml", id="itself"),
        pytest.param("a.yaml", "&a [*a]", id="endless"),
        pytest.param("a.yaml", "7", id="number"),
    ],
)
def test_wrong_files_of_overrides_are_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(OptionError):
        parse_overrides(f"file://{name}", source="s", directory=tmp_path)


def test_what_is_wrong_in_a_file_is_said_of_that_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("[nonsense]")
    with pytest.raises(OptionError) as caught:
        parse_overrides("file://a.yaml", source="s", directory=tmp_path)
    assert caught.value.where == Location(tmp_path / "a.yaml")


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


def test_any_value_of_a_file_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "env.json"
    path.write_text('{"Fn": {"A": "", "B": " padded\\n", "C": 7, "D": null}}', encoding="utf-8")
    assert load_environment(path) == {"Fn": {"A": "", "B": " padded\n", "C": "7"}}
