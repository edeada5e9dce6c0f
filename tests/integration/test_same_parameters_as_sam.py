"""samix reads parameter overrides as sam does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click import BadParameter
from samcli.cli.types import CfnParameterOverridesType

from samix.errors import OptionError
from samix.parameters import parse_overrides

if TYPE_CHECKING:
    from samix.template.value import Value


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
    ],
)
def test_same_parameter_overrides(value: Value) -> None:
    try:
        expected = CfnParameterOverridesType().convert(value, None, None)
    except BadParameter:
        with pytest.raises(OptionError):
            parse_overrides(value, source="--parameter-overrides")
    else:
        assert parse_overrides(value, source="--parameter-overrides") == expected
