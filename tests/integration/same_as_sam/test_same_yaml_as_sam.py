"""samix reads YAML and JSON, and writes YAML, as sam does."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samcli.yamlhelper import yaml_dump, yaml_parse

from samix.template.dump import dump_for_sam, dump_template
from samix.template.load import load_template

if TYPE_CHECKING:
    from collections.abc import Callable

TRICKY = [
    "0123456789",
    "0",
    "0x1f",
    "1e3",
    "1_000",
    "12:30:45",
    "2010-09-09",
    "2020-01-01T10:00:00Z",
    "yes",
    "Off",
    "null",
    "~",
    "",
    " ",
    "=",
    "- x",
    "a: b",
    "#no",
    "'quoted'",
    '"quoted"',
    "*alias",
    "!Ref",
    "%percent",
    "@at",
    "line\nline\n",
    "trailing \n\n",
    "tab\there",
    "back\\slash",
    "é ü 漢字 😀",
    "\u2028 \u00a0 \u0085",
    "long " * 60,
    "x" * 300,
    "${AWS::Region}",
]
scalars: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(TRICKY),
    st.text(st.characters(codec="utf-8", exclude_characters="\ufeff", exclude_categories=["Cs", "Cc"]), max_size=20),
    st.text("0123456789.eE+-_:", max_size=10),
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
)
documents: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.one_of(st.sampled_from(TRICKY), scalars), inner, max_size=4)
    ),
    max_leaves=15,
)
quiet = settings(
    max_examples=300, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def round_trip(text: str) -> str:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "template.yaml")
        path.write_text(text, encoding="utf-8")
        return dump_template(load_template(path).data)


@quiet
@given(
    st.dictionaries(st.text("abcXYZ", min_size=1, max_size=5), documents, max_size=4),
    st.sampled_from(["flow", "block", "quoted", "wide", "JSON"]),
)
def test_generated_yaml_comes_back_as_sam_writes_it(document: dict[str, Any], style: str) -> None:
    texts: dict[str, Callable[[], str]] = {
        "flow": lambda: yaml.safe_dump(document, default_flow_style=True, allow_unicode=True, sort_keys=False),
        "block": lambda: yaml.safe_dump(document, sort_keys=False),
        "quoted": lambda: yaml.safe_dump(document, default_style='"', allow_unicode=True, sort_keys=False),
        "wide": lambda: yaml.safe_dump(document, width=10_000, allow_unicode=True, sort_keys=False),
        "JSON": lambda: json.dumps(document, ensure_ascii=False),
    }
    text = texts[style]()
    assert round_trip(text) == yaml_dump(yaml_parse(text))


@quiet
@given(
    document=st.dictionaries(st.text("abcXYZ", min_size=1, max_size=5), documents, max_size=4), in_order=st.booleans()
)
def test_sam_reads_what_is_written_for_it_as_it_reads_yaml(document: dict[str, Any], *, in_order: bool) -> None:
    data = yaml_parse(yaml_dump(document)) if in_order else document
    assert yaml_dump(yaml_parse(dump_for_sam(data))) == yaml_dump(yaml_parse(dump_template(data)))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Z: 1\nA: {c: 1, b: 2}\n", id="order of keys"),
        pytest.param("A: &x {k: v}\nB: *x\nC: {<<: *x, l: w}\n", id="anchors and merge keys"),
        pytest.param("A: &x {k: v}\nB: &y {k: w, m: n}\nC: {<<: [*x, *y], k: z}\n", id="several merge keys"),
        pytest.param("A: !Ref X\nB: !Condition C\nC: !GetAtt A.B.C\nD: !GetAtt [A, B]\n", id="short references"),
        pytest.param("A: !GetAtt Alone\nB: !GetAtt [!Ref X, Arn]\n", id="odd GetAtt"),
        pytest.param("A: !Sub '${X}'\nB: !Sub ['${X}', {X: !Ref Y}]\n", id="Sub"),
        pytest.param("A: !If [C, !Ref X, !Join ['', [a, !Ref Y]]]\n", id="nested tags"),
        pytest.param("A: !Transform {Name: 'AWS::Include', Parameters: {Location: x}}\n", id="tagged mapping"),
        pytest.param("A: !Select\n  - 0\n  - !Split [',', 'a,b']\n", id="tags in block style"),
        pytest.param("A: !Base64\n  Fn::Sub: |\n    line ${X}\n    line\n", id="block scalar below a tag"),
        pytest.param("A: !Ref ''\nB: !Sub\nC: !Foo 012\n", id="empty tags"),
        pytest.param("A: 012\nB: 0o14\nC: 0x1F\nD: 1:30\nE: '012'\nF: 0123456789\nG: 08\n", id="octals"),
        pytest.param("A: 2010-09-09\nB: 2001-12-14t21:59:43.10-05:00\nC: '2010-09-09'\n", id="dates"),
        pytest.param("A: .inf\nB: -.INF\nC: .nan\nD: 1e3\nE: 1.0e+3\nF: -0.0\nG: 1.\n", id="floats"),
        pytest.param("A: yes\nB: off\nC: True\nD: y\nE: n\n", id="booleans"),
        pytest.param("A: ~\nB: null\nC:\nD: ''\nE: [~, ]\nF: {}\nG: []\n", id="nothing"),
        pytest.param("A: |\n  one\n   two\n\nB: >-\n  folded\n  text\n\n  more\nC: |+\n  keep\n\n", id="blocks"),
        pytest.param("1: a\ntrue: b\n1.5: c\n2010-09-09: d\n~: e\n", id="keys that are no text"),
        pytest.param("A: 1\nB: 2\nA: 3\n", id="key given twice"),
        pytest.param("A: é 😀 \u2028\n", id="unicode"),
        pytest.param("# comment\n---\nA: 1 # more\n...\n", id="document marks and comments"),
        pytest.param('{"A": 1, "B": [true, null, 1.0, 1e400, "\\u00e9"], "A": 2}', id="JSON"),
        pytest.param("{A: 1, 'B':[1,2], \"C\":{a: b}}", id="flow style"),
        pytest.param("A: !!str 012\nB: !!int '7'\nC: !!binary aGk=\nD: !!set {a, b}\n", id="standard tags"),
        pytest.param("\ufeffA: 1\n", id="byte order mark"),
        pytest.param("A: 1\r\nB: |\r\n  x\r\n  y\r\n", id="Windows line ends"),
    ],
)
def test_yaml_comes_back_as_sam_writes_it(text: str) -> None:
    assert round_trip(text) == yaml_dump(yaml_parse(text))
