"""The Markdown that GitHub shows of a build."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from samix.messages.location import Location
from samix.messages.note import Note
from samix.report.ci.step_summary import build_summary, error_summary
from samix.units.outcome import Outcome, Result, SamError

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.units.unit import Unit

ROOM = 1024 * 1024
_PARTS = (
    "|",
    "\\|",
    "\n",
    "\r",
    "`",
    "<b>",
    "</pre>",
    "</code>",
    "@user",
    "#12",
    "https://x.org",
    "[a](b)",
    "**",
    "&lt;",
)
_TEXTS = st.lists(st.one_of(st.sampled_from(_PARTS), st.text(max_size=3)), max_size=8).map("".join)
_SPECIAL = re.compile(r"[|`*_\[\]<>@#~\\:!]")


def _outcome(unit: Unit, result: Result, error: str | None = None, seconds: float = 1.25) -> Outcome:
    return Outcome(unit, result, "sam build exited with 1", seconds, error=SamError("E", error) if error else None)


def test_what_failed_comes_first_with_what_sam_said(make_unit: Callable[..., Unit]) -> None:
    outcomes = [
        _outcome(make_unit("Fine", "Same"), Result.BUILT),
        _outcome(make_unit("Kept"), Result.REUSED, seconds=0),
        _outcome(make_unit("Bad"), Result.FAILED, "the compiler says\n\n  a < b"),
        _outcome(make_unit("Left"), Result.SKIPPED, seconds=0),
        _outcome(make_unit("Silent"), Result.FAILED),
    ]
    assert build_summary(outcomes, {"Fine": 2500, "Kept": 12}, ROOM) == (
        "### samix build failed\n\n"
        "2 failed, 1 skipped, 1 built, 1 reused\n\n"
        "<code>Bad</code> failed:\n\n<pre>\nthe compiler says\n\n  a &lt; b\n</pre>\n\n"
        "<code>Silent</code> failed:\n\n<pre>\nsam build exited with 1\n</pre>\n\n"
        "| Unit | Build type | Outcome | Seconds | Size | Why |\n"
        "| --- | --- | --- | ---: | ---: | --- |\n"
        "| <code>Bad</code> | host | **failed** | 1.2 | - | <code>the compiler says</code> |\n"
        "| <code>Silent</code> | host | **failed** | 1.2 | - | <code>sam build exited with 1</code> |\n"
        "| <code>Left</code> | host | skipped | - | - | <code>sam build exited with 1</code> |\n"
        "| <code>Fine&#44; Same</code> | host | built | 1.2 | 2.5 kB | <code>sam build exited with 1</code> |\n"
        "| <code>Kept</code> | host | reused | - | 12 bytes | <code>sam build exited with 1</code> |\n"
    )


def test_a_build_that_went_well_says_so(make_unit: Callable[..., Unit]) -> None:
    text = build_summary([_outcome(make_unit("Fn"), Result.REPAIRED)], {}, ROOM)
    assert text.startswith("### samix build succeeded\n\n1 repaired\n\n| Unit")


def test_an_application_of_nothing_has_no_table() -> None:
    assert build_summary([], {}, ROOM) == "### samix build succeeded\n\nNothing to build\n"


@given(_TEXTS, _TEXTS)
def test_no_text_is_markdown(make_unit: Callable[..., Unit], name: str, error: str) -> None:
    plain = build_summary([_outcome(make_unit("N"), Result.FAILED, "E")], {}, ROOM)
    text = build_summary([_outcome(make_unit(name), Result.FAILED, error)], {}, ROOM)
    *names, why = cells = re.findall("<code>(.*?)</code>", text)
    assert len(names) == 2
    for cell in cells:
        assert not _SPECIAL.search(re.sub(r"&#\d+;", "", cell))
    for cell in names:
        assert html.unescape(cell) == "".join(letter if letter.isprintable() else " " for letter in name)
    assert html.unescape(why).isprintable()
    [quoted] = re.findall("<pre>\n(.*?)\n</pre>\n", text, re.DOTALL)
    assert not re.search("[<>]", quoted)
    said = error.strip() or "sam build exited with 1"
    assert html.unescape(quoted) == "\n".join(
        "".join(letter if letter.isprintable() else " " for letter in line) for line in said.splitlines()
    )
    instead = iter(["N", "N", "E"])
    text = re.sub("<code>.*?</code>", lambda _: f"<code>{next(instead)}</code>", text)
    assert text.replace(f"<pre>\n{quoted}\n</pre>", "<pre>\nE\n</pre>") == plain


def test_what_was_probably_not_meant_stands_above_the_table(make_unit: Callable[..., Unit]) -> None:
    notes = [Note("Did you mean BuildType?", Location(Path("/app/my|template.yaml"), 3)), Note("of no place")]
    text = build_summary([_outcome(make_unit("Fn"), Result.BUILT)], {}, ROOM, notes)
    assert html.unescape(text).startswith(
        "### samix build succeeded\n\n1 built\n\n"
        "- <code>/app/my|template.yaml:3: Did you mean BuildType?</code>\n\n| Unit"
    )
    assert "my|template" not in text
    assert "of no place" not in text


def _structure(text: str) -> tuple[list[str], str]:
    """What a page is made of: its elements and HTML, and all else in it as one text."""
    tokens = [
        token
        for one in MarkdownIt("commonmark").enable("table").parse(text)
        for token in (one.children if one.children is not None else [one])
    ]
    return (
        [token.content if token.type == "html_inline" else token.type for token in tokens if token.type != "text"],
        "".join(token.content for token in tokens if token.type in ("text", "html_block")),
    )


@given(_TEXTS, _TEXTS)
def test_a_page_has_the_same_elements_whatever_the_texts(make_unit: Callable[..., Unit], name: str, error: str) -> None:
    plain, _ = _structure(build_summary([_outcome(make_unit("N"), Result.FAILED, "E")], {}, ROOM))
    elements, content = _structure(build_summary([_outcome(make_unit(name), Result.FAILED, error)], {}, ROOM))
    # a name of nothing has no text in its cell, and a page no element for that
    assert elements == plain
    shown = "".join(letter if letter.isprintable() else " " for letter in name)
    assert content.count(shown) >= 2


@pytest.mark.parametrize("room", [ROOM, 20_000, 2000, 700, 400, 50, 0, -5])
@pytest.mark.parametrize("result", [Result.FAILED, Result.BUILT])
def test_it_is_never_larger_than_there_is_room(room: int, result: Result, make_unit: Callable[..., Unit]) -> None:
    unit = make_unit("ü" * 3000)
    outcomes = [_outcome(unit, result, "\u2192 <" * 5000) for _ in range(2000)]  # each has more than 20,000 bytes
    text = build_summary(outcomes, {}, room)
    assert len(text.encode()) <= max(room, 0)
    assert len(error_summary("ü" * 100_000, room).encode()) <= max(room, 0)
    if room >= 2000:
        assert text.count("\n| <code>") + int(text.split(" more units")[0].rsplit("\n", 1)[1]) == len(outcomes)
    if result is Result.FAILED and room >= 2000:
        assert text.count("<pre>") + int(text.split(" more errors")[0].rsplit("\n", 1)[1]) == len(outcomes)
        assert text.count("<pre>") == text.count("</pre>")


def test_what_kept_samix_from_going_on_is_quoted() -> None:
    text = error_summary("template.yaml:3: <b>\nDo it.", ROOM)
    assert text == "### samix stopped\n\n<pre>\ntemplate.yaml:3: &lt;b&gt;\nDo it.\n</pre>\n"
