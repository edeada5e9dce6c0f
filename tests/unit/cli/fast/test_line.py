"""Plain command lines are read as the parser reads them, and all others are left to it."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.command_line import parse_line

from samix.cli.fast.line import Line, read_line
from samix.options.option import Kind
from samix.options.table import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import SearchStrategy

    from samix.options.option import Command, Opt

_NAMES = sorted({name for command in COMMANDS.values() for option in command.options for name in option.names})
_WORDS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(("Fn", "Child/*", "A=1", "A=1 B=2", "text", "json", "READ", "0", "3", "007", "1.5", "1e3", "nan")),
    st.sampled_from(
        ("-", "--", "-5", "--help", "-h", "--no-such", "-xFn", "-uc", "-t=a", "--jobs=", " 2 ", "1_0", "\udc80")
    ),
)


def _parse(arguments: Sequence[str]) -> Line | None:
    """What the parser reads; None if it ends the program instead."""
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            return parse_line(arguments)
        except Exception as error:
            if not hasattr(error, "exit_code"):  # its own classes differ from version to version
                raise
            return None


def _values(option: Opt) -> SearchStrategy[str]:
    match option.type.kind:
        case Kind.NUMBER:
            return st.integers(0, 12).map(str)
        case Kind.SECONDS:
            return st.sampled_from(("0", "1", "2.5", "300"))
        case Kind.WORD:
            return st.sampled_from(option.type.choices)
    return _WORDS


@st.composite
def _written(draw: st.DrawFn, option: Opt) -> list[str]:
    """An option as it may be written on a command line."""
    if option.is_argument:
        return draw(st.lists(_WORDS, min_size=1, max_size=2))
    if option.is_switch:
        return [draw(st.sampled_from([*option.names, *([option.contrary] if option.contrary else [])]))]
    name, value = draw(st.sampled_from(option.names)), draw(st.one_of(_values(option), _values(option), _WORDS))
    return draw(st.sampled_from(([name, value], [f"{name}={value}"])))


@st.composite
def _lines(draw: st.DrawFn) -> list[str]:
    command: Command = draw(st.sampled_from(list(COMMANDS.values())))
    parts = [_written(option) for option in command.options]
    parts += [_WORDS.map(lambda word: [word]), st.sampled_from(_NAMES).map(lambda name: [name])]
    return [command.name, *(word for part in draw(st.lists(st.one_of(parts), max_size=5)) for word in part)]


@settings(max_examples=500)
@given(_lines())
def test_a_line_is_read_as_the_parser_reads_it(arguments: list[str]) -> None:
    read = read_line(arguments)
    if read:
        parsed = _parse(arguments)
        assert parsed
        assert (read.command, list(read.given.items())) == (parsed.command, list(parsed.given.items()))
        assert [type(value) for value in read.given.values()] == [type(value) for value in parsed.given.values()]


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
@pytest.mark.parametrize("is_joined", [False, True])
def test_every_name_of_every_option_is_read(command: Command, is_joined: bool) -> None:
    texts = {Kind.NUMBER: "2", Kind.SECONDS: "2.5", Kind.TEXT: "any", Kind.TEXTS: "any"}
    for option in command.options:
        text = texts.get(option.type.kind) or next(iter(option.type.choices), "")
        for name in (*option.names, *([option.contrary] if option.contrary else [])):
            is_long = name.startswith("--")
            words = [name] if option.is_switch else [f"{name}={text}"] if is_joined and is_long else [name, text]
            read = read_line([command.name, *words])
            assert read == _parse([command.name, *words]), name
            assert read
            assert list(read.given) == [option.name]


@pytest.mark.parametrize(
    ("arguments", "given_"),
    [
        (["build"], {}),
        (["build", "Fn", "-u", "Child/*"], {"use_container": True, "resource_logical_id": ["Fn", "Child/*"]}),
        (["build", "-x", "One", "--exclude=Two"], {"exclude": ["One", "Two"]}),
        (["build", "--no-cached", "-c", "-j", "2", "--jobs=3"], {"cached": True, "jobs": 3}),
        (
            ["build", "--parameter-overrides", "A=1", "B=2", "-u"],
            {"parameter_overrides": ["A=1", "B=2"], "use_container": True},
        ),
        (["build", "--build-image="], {"build_image": [""]}),
        (["build", "--timeout", "5"], {"timeout": 5.0}),
        (["plan", "--format", "dot"], {"format": "dot"}),
        (["clean", "--dry-run"], {"dry_run": True}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_plain_line_needs_no_parser(arguments: list[str], given_: dict[str, object]) -> None:
    read = read_line(arguments)
    assert read == Line(arguments[0], given_)  # type: ignore[arg-type]
    assert read == _parse(arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--version"],
        ["unknown"],
        ["build", "--help"],
        ["build", "-t=template.yaml"],  # the parser reads a file that is called =template.yaml
        ["build", "-ttemplate.yaml"],
        ["build", "-uc"],
        ["build", "--no-such"],
        ["build", "--build-t", "host"],
        ["build", "--", "Fn"],
        ["build", "-"],
        ["build", "--jobs"],
        ["build", "--jobs", "0"],
        ["build", "--jobs", "many"],
        ["build", "--timeout", "nan"],
        ["build", "--output", "yaml"],
        ["build", "--debug=yes"],
        ["build", "--template", "--debug"],
        ["build", "--template", "\udc80"],
        ["clean", "Fn"],
    ],
    ids=" ".join,
)
def test_what_is_not_plain_is_left_to_the_parser(arguments: list[str]) -> None:
    assert read_line(arguments) is None
