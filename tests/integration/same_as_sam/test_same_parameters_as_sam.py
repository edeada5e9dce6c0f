"""samix reads parameter overrides as sam does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import tomlkit
import yaml
from click import BadParameter
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from samcli.cli.types import CfnParameterOverridesType
from samcli.lib.config.exceptions import FileParseException

from samix.messages.errors import OptionError
from samix.options.parameters import parse_overrides

if TYPE_CHECKING:
    from pathlib import Path

    from samix.template.value import Value, ValueMapping


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, from which sam takes the paths of files."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("A=1", id="short"),
        pytest.param("A=1 B=2 A=3", id="several"),
        pytest.param("ParameterKey=A,ParameterValue=1 ParameterKey=B,ParameterValue=2", id="long"),
        pytest.param("ParameterKey=A,ParameterValue=1 B=2", id="long and short"),
        pytest.param("ParameterKey=A,ParameterValue='x y'", id="long and quoted"),
        pytest.param('ParameterKey="A",ParameterValue=1', id="quoted name"),
        pytest.param("A='x y' B=z", id="single quotes"),
        pytest.param(r'A="say \"hi\"" B=\'it\'', id="escaped quotes"),
        pytest.param(r"A=x\ y", id="escaped space"),
        pytest.param(r"A=C:\dir", id="backslash"),
        pytest.param("A= B=2", id="no value"),
        pytest.param("A=''", id="empty quotes"),
        pytest.param("A=a=b,c", id="signs in the value"),
        pytest.param("A=1\nB=2", id="line end"),
        pytest.param("A=1\tB=2", id="tab"),
        pytest.param(" A=1 ", id="spaces around"),
        pytest.param("A=x rest", id="something behind"),
        pytest.param("A_B=1", id="underscore in the name"),
        pytest.param("AWS::Region=eu-west-1", id="pseudo parameter"),
        pytest.param("nonsense", id="no pair"),
        pytest.param('A=é B={"k":1}', id="other signs"),
        pytest.param(["A=1", "B=2 C=3"], id="list"),
        pytest.param([["A=1"], {"B": 2}], id="nested lists"),
        pytest.param({"A": 1, "B": True, "C": None, "D": 1.5}, id="mapping"),
        pytest.param({"A": ["a", " b ", "", None, 1]}, id="list in a mapping"),
        pytest.param({"A": "'quoted'", "B": r"x\ y"}, id="quotes in a mapping"),
        pytest.param("", id="empty"),
        pytest.param("'", id="one quote"),
        pytest.param({"A": "'", '"A"': 1}, id="one quote in a mapping"),
    ],
)
def test_same_parameter_overrides(value: Value) -> None:
    same_overrides(value)


def same_overrides(value: Value) -> None:
    try:
        expected = CfnParameterOverridesType().convert(value, None, None)
    except (BadParameter, FileParseException) as error:
        with pytest.raises(OptionError) as caught:
            parse_overrides(value, source="--parameter-overrides")
        said = error.message if isinstance(error, BadParameter) else str(caught.value)
        assert caught.value.message.removesuffix(".").partition(": ")[2] in said
    else:
        assert parse_overrides(value, source="--parameter-overrides") == expected


_NAMES = st.sampled_from(["A", "B", "Long", "'A'", '"B"', "A_B", "AWS::Region"])
_TEXTS = st.sampled_from(["", "x", "a b", "'", "'q'", '"q"', r"x\ y", "a=b,c", " x ", "yes", "012", "é"])
_PLAIN = st.one_of(st.none(), st.booleans(), st.integers(-9, 99), st.floats(-9, 9), st.dates(), _TEXTS)
_PAIRS = st.builds("{}={}".format, _NAMES, _TEXTS) | st.builds(
    "ParameterKey={},ParameterValue={}".format, _NAMES, _TEXTS
)
_PATHS = ["one.yaml", "two.toml", "deep/three.yml", "deep/../one.yaml", "../two.toml", "three.yml", "no.yaml", "a.json"]
_REFERENCES = st.sampled_from([f"file://{path}" for path in _PATHS])
_MAPPINGS = st.dictionaries(_NAMES, _PLAIN | st.lists(_PLAIN, max_size=3), max_size=3).flatmap(
    lambda mapping: (
        st.sampled_from([mapping, {**mapping, "$include": "file://two.toml"}])
        | st.lists(_REFERENCES | _PAIRS, max_size=2).map(lambda paths: {"$include": paths, **mapping})
    )
)
_OVERRIDES: st.SearchStrategy[Any] = st.recursive(
    _PAIRS | _REFERENCES | _MAPPINGS | _PLAIN, lambda inner: st.lists(inner, max_size=3)
)


@settings(
    max_examples=100, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_OVERRIDES, _OVERRIDES, _MAPPINGS, _OVERRIDES)
@example("file://one.yaml", ["A=1", {"$include": "file://deep/three.yml"}], {}, {"$include": "file://../two.toml"})
@example("file://one.yaml", [{"$include": "file://one.yaml"}], {}, [])
def test_same_parameter_files(project: Path, value: Value, one: Value, two: ValueMapping, three: Value) -> None:
    assume(value != [""])  # to sam an empty argument is a tuple
    (project / "deep").mkdir(exist_ok=True)
    (project / "a.json").write_text("{}")
    for name, content in (("one.yaml", one), ("deep/three.yml", three)):
        (project / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    (project / "two.toml").write_text(tomlkit.dumps(_for_toml(two)), encoding="utf-8")
    same_overrides(value)


def _for_toml(mapping: ValueMapping) -> ValueMapping:
    """Without the empty values that TOML does not have."""
    return {
        key: [item for item in value if item is not None] if isinstance(value, list) else value
        for key, value in mapping.items()
        if value is not None
    }
