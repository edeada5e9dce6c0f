"""Nothing that is printed is a command of the CI system, but for those that are meant."""

from __future__ import annotations

import io
import re
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text
from support.workflow_commands import Command, read_log, read_sections

from samix.report.ci.guard import (
    GitHubRule,
    GitLabRule,
    GuardedBytes,
    GuardedStream,
    Rule,
    guard_streams,
    is_github,
    is_gitlab,
    write_command,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_PARTS = (
    *(":", "::", ":::", "#", "##", "##[", "[", "]", "|", "\r", "\n", "\r\n", " ", "\t", "\x00", "\x1b[31m", "\x0b"),
    *("\x85", "\xa0", "\u2003", "\u2028", "\u200b", "\ufeff", "\u3000", "é", "x", "error", "group", "set-env name=A"),
    *("::error::x", "::stop-commands::abc", "::add-mask::a", "##[error]", "::endgroup::", "abc"),
)
_TEXTS = st.lists(st.one_of(st.sampled_from(_PARTS), st.text(max_size=3)), max_size=12)


def _stream(rule: Rule, encoding: str = "utf-8", **options: bool) -> tuple[GuardedStream, io.BytesIO]:
    data = io.BytesIO()
    plain = io.TextIOWrapper(data, encoding=encoding, errors="backslashreplace", newline="\n", **options)
    stream = GuardedStream(plain, rule)
    stream.plain = plain  # type: ignore[attr-defined] # one that goes away closes what it writes to
    return stream, data


def _written(rule: Rule, texts: Sequence[str]) -> str:
    return b"".join(rule.harmless(text.encode("utf-8", "replace")) for text in texts).decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("::error::x\n", "|::error::x\n"),
        ("  ::error::x\n", "  |::error::x\n"),
        ("a\r::error::x\n", "a\r|::error::x\n"),
        ("a\r\n\t::error::x\n", "a\r\n\t|::error::x\n"),
        ("\n\n::a\n::b", "\n\n|::a\n|::b"),
        ("\u2003\u200b::error::x", "\u2003\u200b|::error::x"),
        ("a ##[error]x\n", "a ## [error]x\n"),
        ("###[error]###[x", "### [error]### [x"),
    ],
)
def test_a_line_that_would_be_a_command_is_none_and_can_be_read(text: str, expected: str) -> None:
    assert _written(GitHubRule(), [text]) == expected


@pytest.mark.parametrize(
    "text", ["std::string a\n", "a ::b\n", ":a::b\n", "# [x]\n", "#[derive]\n", "##\n[", "a: :\n", "::"[:1] + "\n:\n"]
)
def test_other_lines_are_as_they_were(text: str) -> None:
    assert _written(GitHubRule(), [text]) == text
    assert _written(GitHubRule(), list(text)) == text


@given(_TEXTS)
def test_no_text_is_a_command_however_it_is_cut(texts: list[str]) -> None:
    written = _written(GitHubRule(), texts)
    assert read_log(written).commands == []
    assert read_log(_written(GitHubRule(), list("".join(texts)))).commands == []
    # nothing but that is changed
    assert re.sub(r"\||(?<=##) (?=\[)", "", written) == re.sub(
        r"\||(?<=##) (?=\[)", "", "".join(texts).encode("utf-8", "replace").decode()
    )


@given(st.lists(st.tuples(_TEXTS, st.booleans()), max_size=4))
def test_commands_that_are_meant_are_the_only_ones(parts: list[tuple[list[str], bool]]) -> None:
    stream, data = _stream(GitHubRule())
    meant = []
    for number, (texts, is_followed) in enumerate(parts):
        for text in texts:
            stream.write(text)
        if is_followed:
            stream.command(f"::notice::{number}")
            meant.append(Command("notice", str(number)))
    stream.flush()
    assert read_log(data.getvalue()).commands == meant


@given(_TEXTS)
def test_no_text_is_a_section_of_gitlab(texts: list[str]) -> None:
    marks = ["section_start:1:a", "[collapsed=true]", "\r\x1b[0K", "section_end:1:a\r", "\x1b[0K"]
    assert read_sections(_written(GitLabRule(), [*texts, *marks, *texts])) == []
    assert read_sections("".join(marks)) != []


def test_a_command_has_a_line_of_its_own() -> None:
    stream, data = _stream(GitHubRule())
    stream.write("half")
    stream.command("::group::a")
    stream.write("half\r")
    stream.command("::endgroup::")
    assert data.getvalue() == b"half\n::group::a\nhalf\r::endgroup::\n"


def test_a_line_after_a_command_is_the_beginning_of_one() -> None:
    stream, data = _stream(GitHubRule())
    for before in ("half", ":", "##"):
        stream.write(before)
        stream.command("::group::a")
        stream.write("::error::x\n")
    stream.flush()
    assert [command.name for command in read_log(data.getvalue()).commands] == ["group"] * 3
    assert data.getvalue().count(b"\n|::error::x\n") == 3


def test_what_is_written_as_bytes_is_guarded_too() -> None:
    stream, data = _stream(GitHubRule())
    stream.buffer.write(b"::error::x\n")
    assert stream.buffer.write(b"##[x") == 4
    stream.buffer.flush()
    assert data.getvalue() == b"|::error::x\n## [x"


def test_half_a_line_comes_out_when_it_is_flushed() -> None:
    stream, data = _stream(GitHubRule())
    for text, expected in ((":", b":"), (":", b":|:"), ("x\n##", b":|:x\n##"), ("[", b":|:x\n## [")):
        stream.write(text)
        stream.flush()
        assert data.getvalue() == expected


def test_a_stream_is_in_all_else_as_it_was() -> None:
    stream, data = _stream(GitHubRule(), "ascii", line_buffering=True)
    assert (stream.encoding, stream.errors, stream.line_buffering) == ("ascii", "backslashreplace", True)
    assert not stream.isatty()
    assert stream.writable()
    with pytest.raises(io.UnsupportedOperation):
        stream.fileno()
    stream.write("a \u2192 b\n")
    assert data.getvalue() == b"a \\u2192 b\n"
    unbuffered, data = _stream(GitHubRule(), write_through=True)
    unbuffered.write("x")
    assert data.getvalue() == b"x"


def test_what_was_written_before_comes_first() -> None:
    data = io.BytesIO()
    plain = io.TextIOWrapper(data, encoding="utf-8")
    plain.write("before\n")
    stream = GuardedStream(plain, GitHubRule())
    stream.write("after\n")
    stream.flush()
    assert data.getvalue() == b"before\nafter\n"


class _Slow(io.RawIOBase):
    """Takes three bytes at a time, as a stream that is not buffered may."""

    def __init__(self) -> None:
        self.data = b""
        self.name = "slow"

    def write(self, data: object) -> int:
        taken = bytes(data)[:3]  # type: ignore[call-overload]
        self.data += taken
        return len(taken)


def test_a_stream_that_takes_less_gets_the_rest() -> None:
    slow = _Slow()
    stream = GuardedBytes(slow, GitHubRule())  # type: ignore[arg-type]
    assert stream.write(b"::abcdefg\n") == 10
    assert slow.data == b"|::abcdefg\n"
    assert stream.name == "slow"


def test_a_closed_stream_is_an_error() -> None:
    class _Gone(io.BytesIO):
        def write(self, _data: object, /) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        GuardedBytes(_Gone(), GitHubRule()).write(b"x")


def test_the_end_of_a_stream_that_was_closed_is_no_error() -> None:
    data = io.BytesIO()
    stream = GuardedBytes(data, GitHubRule())
    data.close()
    stream.close()
    assert stream.closed


def test_a_console_prints_through_it() -> None:
    stream, data = _stream(GitHubRule())
    Console(file=stream).print(Text("::error::x\n##[group]y"), soft_wrap=True)
    stream.flush()
    assert data.getvalue() == b"|::error::x\n## [group]y\n"


def test_a_stream_without_a_guard_gets_commands_too() -> None:
    plain = io.StringIO()
    write_command(plain, "::endgroup::")
    write_command(None, "::endgroup::")
    assert plain.getvalue() == "::endgroup::\n"


@pytest.mark.parametrize(
    ("environ", "rule"),
    [
        ({}, None),
        ({"GITHUB_ACTIONS": "false"}, None),
        ({"GITHUB_ACTIONS": "true"}, b"|::a"),
        ({"GITLAB_CI": "true"}, b"::a"),
    ],
)
def test_streams_are_guarded_where_commands_are_read_from_them(
    environ: dict[str, str], rule: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    monkeypatch.setattr(sys, "stdout", streams[0])
    monkeypatch.setattr(sys, "stderr", streams[1])
    guard_streams(environ)
    for stream, guarded in zip(streams, (sys.stdout, sys.stderr), strict=True):
        assert isinstance(guarded, GuardedStream) is (rule is not None)
        guarded.write("\r::a")
        guarded.flush()
        content = stream.buffer
        assert isinstance(content, io.BytesIO)
        assert content.getvalue().endswith(rule or b"\r::a")
    assert (is_github(environ), is_gitlab(environ)) == (
        environ.get("GITHUB_ACTIONS") == "true",
        "GITLAB_CI" in environ,
    )


def test_streams_that_are_not_there_stay_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    guard_streams({"GITHUB_ACTIONS": "true"})
    assert sys.stdout is None
    assert type(sys.stderr) is io.StringIO
