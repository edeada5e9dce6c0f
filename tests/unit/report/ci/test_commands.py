"""Commands and sections say what was meant, whatever stands in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.workflow_commands import Command, Section, parse_command, read_log, read_sections

from samix.messages.location import Location
from samix.report.ci.commands import (
    END_GROUP,
    error_command,
    group_command,
    harmless,
    inside,
    section_end,
    section_start,
    warning_command,
)

if TYPE_CHECKING:
    from pathlib import Path

_TEXTS = st.lists(
    st.one_of(
        st.sampled_from((":", "::", ",", "=", "%", "%0A", "%25", "\r", "\n", "##[", "]", " ", "\x1b[0K", "error", "é")),
        st.text(max_size=4),
    ),
    max_size=10,
).map("".join)


def _one_line(text: str) -> str:
    return " ".join(harmless(text).split())


def test_an_error_is_marked_in_its_file(tmp_path: Path) -> None:
    where = Location(tmp_path / "app" / "template.yaml", 7)
    command = error_command("Fn failed", "no\nway", where, os.fspath(tmp_path))
    assert command == "::error file=app/template.yaml,line=7,title=Fn failed::no%0Away"


def test_without_a_line_it_is_marked_in_the_file(tmp_path: Path) -> None:
    where = Location(tmp_path / "a,b:c.yaml")
    assert error_command("t", "m", where, os.fspath(tmp_path)) == "::error file=a%2Cb%3Ac.yaml,title=t::m"


@pytest.mark.parametrize("root", [None, "repository"])
def test_a_file_elsewhere_is_named_in_the_message(root: str | None, tmp_path: Path) -> None:
    where = Location(tmp_path / "other" / "t.yaml", 7)
    command = error_command("t", "m", where, os.fspath(tmp_path / root) if root else None)
    assert command == f"::error title=t::{tmp_path}/other/t.yaml:7: m"


def test_without_a_place_there_is_a_message() -> None:
    assert error_command("t", "100 %", None, "/repository") == "::error title=t::100 %25"


@pytest.mark.parametrize(("root", "place"), [("repository", "file=t.yaml,line=7,"), ("other", ""), (None, "")])
def test_a_warning_names_its_place_wherever_that_is(root: str | None, place: str, tmp_path: Path) -> None:
    where = Location(tmp_path / "repository" / "t.yaml", 7)
    command = warning_command("t", "m", where, os.fspath(tmp_path / root) if root else None)
    assert command == f"::warning {place}title=t::{tmp_path}/repository/t.yaml:7: m"


@given(_TEXTS, _TEXTS, st.text(st.characters(exclude_characters="/\0"), min_size=1).filter(lambda n: n.strip(".")))
def test_an_error_arrives_as_it_was_meant(title: str, message: str, name: str) -> None:
    from pathlib import Path  # noqa: PLC0415 - for annotations alone above

    written = error_command(title, message, Location(Path("/repository/app") / name, 3), "/repository")
    log = read_log(f"{written}\n")
    assert log.lines == [""]
    [command] = log.commands
    assert (command.name, command.data) == ("error", harmless(message))
    file = command.properties["file"]
    # the runner cuts white space at the end of all properties, and an `=` at their beginning
    assert file == f"app/{name}"
    assert command.properties["line"] == "3"
    assert command.properties.get("title", "") == _one_line(title)


@given(_TEXTS)
def test_a_group_has_its_title(title: str) -> None:
    assert parse_command(group_command(title)) == Command("group", _one_line(title))
    assert parse_command(END_GROUP) == Command("endgroup", "")


@given(_TEXTS)
def test_nothing_of_a_harmless_text_is_read_by_the_page(text: str) -> None:
    shown = harmless(text)
    assert "##[" not in shown
    assert all(letter.isprintable() or letter in "\n\t" for letter in shown)


@given(_TEXTS)
def test_a_section_opens_and_closes_and_its_title_does_not(title: str) -> None:
    title += "\rsection_end:1:samix_1\r\x1b[0K"
    written = f"{section_start('samix_1', title, 17)}\nline\n{section_end('samix_1', 18)}\n"
    assert read_sections(written) == [
        Section("start", "samix_1", "[collapsed=true]"),
        Section("end", "samix_1", ""),
    ]
    assert written.count("\n") == 3


def test_a_path_is_inside_by_its_name_or_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "real" / "sub").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real" / "out").symlink_to("/etc")
    real, link = os.fspath(tmp_path / "real"), os.fspath(tmp_path / "link")
    assert inside(link, f"{link}/sub/file") == "sub/file"
    assert inside(link, f"{real}/sub/file") == "sub/file"
    assert inside(real, f"{link}/..file") == "..file"
    assert inside(real, f"{real}/out/passwd") == "out/passwd"
    assert inside(real, "/etc/passwd") is None
    assert inside(real, os.fspath(tmp_path)) is None
