from __future__ import annotations

import json
from collections import OrderedDict
from typing import TYPE_CHECKING

import pytest
import yaml

from samix.messages.errors import TemplateError
from samix.template.load import Template, load_template

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  # a comment
  Fn:
    Type: AWS::Serverless::Function
    Metadata:
      BuildType: container
  Other: {Type: AWS::SNS::Topic}
"""


def write(path: Path, text: str) -> Template:
    path.write_text(text, encoding="utf-8")
    return load_template(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("!Ref Name", {"Ref": "Name"}, id="Ref has no prefix"),
        pytest.param("!Condition Name", {"Condition": "Name"}, id="Condition has no prefix"),
        pytest.param("!Sub '${A}'", {"Fn::Sub": "${A}"}, id="others have one"),
        pytest.param("!GetAtt A.B.C", {"Fn::GetAtt": ["A", "B.C"]}, id="GetAtt splits once"),
        pytest.param("!GetAtt [A, !Ref B]", {"Fn::GetAtt": ["A", {"Ref": "B"}]}, id="GetAtt list keeps intrinsics"),
        pytest.param("!Join ['-', [!Ref A, b]]", {"Fn::Join": ["-", [{"Ref": "A"}, "b"]]}, id="nested"),
        pytest.param("!Transform {Name: N}", {"Fn::Transform": {"Name": "N"}}, id="mapping"),
        pytest.param("2010-09-09", "2010-09-09", id="a date stays text"),
        pytest.param("012", 10, id="an octal is a number"),
    ],
)
def test_values_are_read_as_sam_reads_them(tmp_path: Path, text: str, expected: object) -> None:
    assert write(tmp_path / "t.yaml", f"Key: {text}\n").data["Key"] == expected


@pytest.mark.parametrize("text", [TEXT, json.dumps({"A": {"B": 1}})], ids=["YAML", "JSON"])
def test_mappings_keep_their_order(tmp_path: Path, text: str) -> None:
    assert isinstance(write(tmp_path / "t.yaml", text).data, OrderedDict)


def test_json_is_read_whatever_the_name(tmp_path: Path) -> None:
    assert write(tmp_path / "t.yaml", '{"A":\t"\\u00e9"}').data == {"A": "é"}


def test_merge_keys_are_merged(tmp_path: Path) -> None:
    data = write(tmp_path / "t.yaml", "A: &x {k: 1, l: 2}\nB: {<<: *x, k: 3}\n").data
    assert data["B"] == {"k": 3, "l": 2}


def test_reading_a_template_leaves_other_yaml_alone(tmp_path: Path) -> None:
    before = [dict(loader.yaml_constructors) for loader in (yaml.SafeLoader, yaml.CSafeLoader)]
    write(tmp_path / "t.yaml", "A: !Ref B\n")
    assert [dict(loader.yaml_constructors) for loader in (yaml.SafeLoader, yaml.CSafeLoader)] == before
    with pytest.raises(yaml.YAMLError):
        yaml.load("A: !Ref B\n", Loader=yaml.CSafeLoader)


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        pytest.param((), 1, id="the template"),
        pytest.param(("Resources", "Fn"), 4, id="a resource"),
        pytest.param(("Resources", "Fn", "Metadata", "BuildType"), 7, id="a value"),
        pytest.param(("Resources", "Fn", "Metadata", "Missing"), 6, id="the nearest parent of what is missing"),
        pytest.param(("Resources", "Other", "Type"), 8, id="flow style"),
        pytest.param(("Missing", "Fn"), 1, id="a missing section"),
    ],
)
def test_lines_are_found(tmp_path: Path, keys: tuple[str, ...], line: int) -> None:
    location = write(tmp_path / "t.yaml", TEXT).locate(*keys)
    assert (location.path, location.line) == (tmp_path / "t.yaml", line)


def test_lines_of_json_are_found(tmp_path: Path) -> None:
    assert write(tmp_path / "t.json", '{\n  "A": {\n    "B": 1\n  }\n}').locate("A", "B").line == 3


def test_json_that_is_no_yaml_still_has_a_place(tmp_path: Path) -> None:
    assert write(tmp_path / "t.json", '{\n\t"A": {\n\t\t"B": 1}}').locate("A").path == tmp_path / "t.json"


def test_missing_file_has_a_hint(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="not found") as caught:
        load_template(tmp_path / "t.yaml")
    assert "--template-file" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("A: 1\nB: [1\nC: 2\n", 3, id="open bracket"),
        pytest.param("A: 1\n  B: 2\n", 2, id="wrong indent"),
        pytest.param("A: *missing\n", 1, id="unknown anchor"),
    ],
)
def test_parse_error_names_its_line(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(TemplateError, match="Failed to parse template") as caught:
        write(tmp_path / "t.yaml", text)
    assert caught.value.where is not None
    assert (caught.value.where.path, caught.value.where.line) == (tmp_path / "t.yaml", line)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("- a\n- b\n", id="list"),
        pytest.param("text", id="text"),
        pytest.param("[1]", id="JSON list"),
    ],
)
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(TemplateError, match="not a mapping"):
        write(tmp_path / "t.yaml", text)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"A: \xff\xfe\n", id="no UTF-8"),
        pytest.param(b"A: {[x]: 1}\n", id="key that is a list"),
        pytest.param(b"[" * 100_000, id="nested too deeply"),
        pytest.param(b"A: \x00\n", id="control character"),
    ],
)
def test_what_cannot_be_read_is_a_template_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.yaml"
    path.write_bytes(content)
    with pytest.raises(TemplateError) as caught:
        load_template(path)
    assert caught.value.where is not None


def test_directory_is_a_template_error(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="cannot be read"):
        load_template(tmp_path)
