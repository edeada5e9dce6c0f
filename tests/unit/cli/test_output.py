"""What is printed, on terminals and elsewhere."""

from __future__ import annotations

import io
import re
import sys
from typing import NamedTuple

import pytest

from samix.cli.output import print_ending, print_rows
from samix.messages.printable import write
from samix.report.ending import PLAN_TITLES, Ending, Row

_LONG = "because of a reason that no window of eighty columns has room for, whatever else there is in its line"
_ROW = Row("Fn", "host", "default", "built", "1.0 s", _LONG)


@pytest.fixture(autouse=True)
def _no_colour_is_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


def _without_colours(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


_ENDING = Ending([_ROW], ".aws-sam/build", ".aws-sam/build/template.yaml", is_default=True)


class Printed(NamedTuple):
    out: str
    err: str


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    """The end of a build where there is no terminal, on standard output and on standard error."""
    print_ending(_ENDING)
    return Printed(*capsys.readouterr())


def test_the_end_says_where_the_build_is(printed: Printed) -> None:
    assert printed.out.startswith("\nBuild Succeeded\n\nBuilt Artifacts  : .aws-sam/build\n")
    assert printed.out.endswith("sam deploy --guided\n")


def test_build_table_is_not_on_standard_output(printed: Printed) -> None:
    assert printed.err.startswith("\nResource  Build type")
    assert printed.err.endswith(f"{_LONG}\n")


def test_colours_that_are_asked_for_change_nothing_but_colours(
    printed: Printed, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    print_ending(_ENDING)
    coloured = capsys.readouterr()
    assert "\x1b[32mbuilt" in coloured.err
    assert "\x1b[32mBuild Succeeded" in coloured.out
    for text, plain in zip(coloured, printed, strict=True):
        assert [line.rstrip() for line in _without_colours(text).splitlines()] == plain.splitlines()


def test_a_plan_has_columns_of_its_own_in_colour(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [Row("First\nSecond", "host", "default", "reuse", "", "up to date")]
    print_rows(sys.stdout, rows, PLAN_TITLES)
    plain = capsys.readouterr().out
    monkeypatch.setenv("FORCE_COLOR", "1")
    print_rows(sys.stdout, rows, PLAN_TITLES)
    coloured = capsys.readouterr().out
    assert "\x1b[36mreuse" in coloured
    assert [line.rstrip() for line in _without_colours(coloured).splitlines()] == plain.splitlines()


def test_what_an_encoding_does_not_have_is_escaped() -> None:
    data = io.BytesIO()
    stream = io.TextIOWrapper(data, encoding="ascii", newline="\n")
    write(stream, "a → b\n")
    stream.flush()
    assert data.getvalue() == b"a \\u2192 b\n"


def test_nothing_is_written_where_there_is_no_stream() -> None:
    write(None, "text")
