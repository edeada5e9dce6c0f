"""TOML has the same values as with sam's parser, by whichever parser it is read."""

from __future__ import annotations

import math

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st
from tomlkit.exceptions import TOMLKitError

from samix.messages.errors import OptionError
from samix.options.config_files import read_config_file

_KEYS = st.sampled_from(("a", "b", "a.b", "b.a", '"a b"', "'x'", "1", "default.build.parameters"))
_VALUES = st.sampled_from(
    (
        *("1", "+1", "-0", "1_000", "012", "0x1F", "1.5", "1e3", "inf", "-nan", "true", "yes", '"x"', "'x\\n'", '""'),
        *(
            '"""a\nb"""',
            "'''a\n b'''",
            '"\\u00e9\\n"',
            '"\\x41"',
            "[1, 2]",
            "[\n1,\n# c\n]",
            '["a", 1]',
            "{a = 1}",
            "{}",
        ),
        *("{a.b = 1, c = [1]}", "{}", "1979-05-27T07:32:00Z", "1979-05-27", "07:32:00", "[{a = 1}, {b = 2}]"),
    )
)
_LINES = st.one_of(
    st.builds("{} = {}".format, _KEYS, _VALUES),
    st.builds("[{}]".format, _KEYS),
    st.builds("[[{}]]".format, _KEYS),
    st.sampled_from(("", "# c", "\t", "a", "= 1", "[", "a = 1\r", "\ufeff")),
)


def _typed(value: object) -> object:
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return type(value), "nan" if isinstance(value, float) and math.isnan(value) else value


@settings(max_examples=300)
@given(st.lists(_LINES, max_size=6).map("\n".join))
def test_toml_has_the_values_that_sams_parser_reads(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "read.toml"
    path.write_text(text, encoding="utf-8")
    try:
        expected = tomlkit.parse(path.read_text(encoding="utf-8")).unwrap()
    except TOMLKitError:
        with pytest.raises(OptionError):
            read_config_file(path)
    else:
        assert _typed(read_config_file(path)[0]) == _typed(expected)
