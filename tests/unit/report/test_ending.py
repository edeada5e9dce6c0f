"""The end of a build, without a terminal."""

from __future__ import annotations

import io

import pytest

from samix.report.ending import (
    PLAN_TITLES,
    Ending,
    PlanRow,
    Row,
    closing_lines,
    is_plain,
    plain_table,
    what_is_left,
)

_ROW = Row("Fn", "host", "default", "reused", "-", "")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_columns_stand_below_their_titles() -> None:
    lines = plain_table([_ROW, Row("First\nSecond", "container", "--use-container", "built", "12.3 s", "new")])
    assert lines == (
        "\n"
        "Resource  Build type  Because of       Result    Time  Why\n"
        "Fn        host        default          reused       -\n"
        "First     container   --use-container  built   12.3 s  new\n"
        "Second\n"
    )


def test_a_plan_has_columns_of_its_own() -> None:
    lines = plain_table([PlanRow("First\nSecond", "host", "default", "build", "src/app.py changed")], PLAN_TITLES)
    assert lines == (
        "\n"
        "Resource  Build type  Because of  What to do  Why\n"
        "First     host        default     build       src/app.py changed\n"
        "Second\n"
    )


def test_wide_characters_take_two_columns() -> None:
    title, wide, _ = plain_table([_ROW._replace(resource="関数関数関"), _ROW]).splitlines()[1:]
    assert title.index("Build type") == wide.index("host") + 5


def test_what_moves_the_cursor_is_left_out() -> None:
    assert plain_table([_ROW._replace(why="a\rb\x07c")]).splitlines()[-1].endswith("abc")


def test_a_table_of_nothing_says_so() -> None:
    assert plain_table([]) == "\nNothing to build.\n"


@pytest.mark.parametrize(
    ("is_default", "invoke", "deploy"),
    [
        (True, "sam local invoke", "sam deploy --guided"),
        (False, "sam local invoke -t out/template.yaml", "sam deploy --guided --template-file out/template.yaml"),
    ],
)
def test_the_next_commands_find_the_build(is_default: bool, invoke: str, deploy: str) -> None:
    lines = closing_lines(Ending([], "out", "out/template.yaml", is_default)).splitlines()
    assert "Built Artifacts  : out" in lines
    assert "Built Template   : out/template.yaml" in lines
    assert f"[*] Invoke Function: {invoke}" in lines
    assert f"[*] Deploy: {deploy}" in lines


def _commands(ending: Ending) -> list[str]:
    return [line.partition(": ")[2] for line in closing_lines(ending).splitlines() if line.startswith("[*]")]


def test_the_next_commands_can_read_the_templates() -> None:
    ending = Ending([], "out", "out/template.yaml", is_default=False, flags="--language-extensions")
    assert _commands(ending) == [
        "sam validate --language-extensions",
        "sam local invoke -t out/template.yaml --language-extensions",
        "sam sync --stack-name {{stack-name}} --watch --language-extensions",
        "sam deploy --guided --template-file out/template.yaml --language-extensions",
    ]


def test_no_sync_comes_next_that_would_build_otherwise() -> None:
    ending = Ending([], "out", "out/template.yaml", is_default=True)
    commands = _commands(ending)
    assert [one for one in commands if one not in _commands(ending._replace(can_sync=False))] == [
        "sam sync --stack-name {{stack-name}} --watch"
    ]


def test_a_failed_build_says_what_it_left() -> None:
    assert what_is_left(is_kept=False) == "The build dir is left as it was."
    assert what_is_left(is_kept=True) == ("The build dir is left as it was. What was built is kept for the next build.")


def test_a_terminal_is_distinguished_from_a_file() -> None:
    assert is_plain(io.StringIO(), {})
    assert is_plain(None, {})
    assert not is_plain(_Terminal(), {})
    assert not is_plain(io.StringIO(), {"FORCE_COLOR": "1"})
    assert not is_plain(io.StringIO(), {"TTY_COMPATIBLE": "1"})
    assert is_plain(io.StringIO(), {"FORCE_COLOR": "", "TTY_COMPATIBLE": "0"})
