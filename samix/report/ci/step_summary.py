"""The end of a build as Markdown, for the page of GitHub that shows it.

No text of others is Markdown: names are written as character references, within `<code>`, where GitHub makes no links
of what they seem to mention, and errors within `<pre>`.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from samix.messages.printable import visible
from samix.report.line import log_line, plain_text
from samix.report.sizes import in_words
from samix.units.outcome import Result

if TYPE_CHECKING:
    from samix.messages.note import Note
    from samix.units.outcome import Outcome

_LONGEST_ERROR = 8000
_LONGEST_NAME = 500
_TABLE = "| Unit | Build type | Outcome | Seconds | Size | Why |\n| --- | --- | --- | ---: | ---: | --- |\n"
_WORST_FIRST = (Result.FAILED, Result.SKIPPED, Result.BUILT, Result.REPAIRED, Result.REUSED)
_ROOM_FOR_THE_REST = 200
_NONE = "-"


def build_summary(outcomes: Sequence[Outcome], sizes: Mapping[str, int], room: int, notes: Sequence[Note] = ()) -> str:
    """What became of each unit, those that failed first, with what sam said of them, as Markdown.

    Args:
        outcomes: The units and how they ended.
        sizes: By full path of a resource, the bytes of its artifact.
        room: The most bytes that it may have; what does not fit is left out, and counted.
        notes: The notes for the user; those about a place in a file are repeated here.
    """
    ordered = sorted(outcomes, key=lambda outcome: _WORST_FIRST.index(outcome.result))
    count = Counter(outcome.result for outcome in outcomes)
    numbers = ", ".join(f"{count[result]} {result.value}" for result in _WORST_FIRST if count[result])
    ending = "failed" if count[Result.FAILED] else "succeeded"
    head = f"### samix build {ending}\n\n{numbers or 'Nothing to build'}\n"
    doubts = _fitting((f"- {_code(str(note))}\n" for note in notes if note.where), room // 4)
    head += "".join(["\n", *doubts]) if doubts else ""
    failed = [outcome for outcome in ordered if outcome.result is Result.FAILED]
    errors = _fitting(map(_failure, failed), room // 2)
    left_out = len(failed) - len(errors)
    head += "".join(errors) + (f"\n{left_out} more errors are not shown here.\n" if left_out else "")
    if outcomes:
        head += f"\n{_TABLE}"
    rows = _fitting((_row(outcome, sizes) for outcome in ordered), room - _bytes(head) - _ROOM_FOR_THE_REST)
    left_out = len(ordered) - len(rows)
    rest = f"\n{left_out} more units are not shown here.\n" if left_out else ""
    text = "".join([head, *rows, rest])
    return text if _bytes(text) <= room else ""


def error_summary(message: str, room: int) -> str:
    """The error that kept samix from going on, as Markdown of at most so many bytes."""
    text = f"### samix stopped\n\n{_quoted(message)}"
    return text if _bytes(text) <= room else ""


def _failure(outcome: Outcome) -> str:
    return f"\n{_code(outcome.unit.label)} failed:\n\n{_quoted(outcome.whole_reason)}"


def _row(outcome: Outcome, sizes: Mapping[str, int]) -> str:
    size = sizes.get(outcome.unit.first.full_path)
    cells = (
        _code(outcome.unit.label),
        outcome.unit.place,
        f"**{outcome.result.value}**" if outcome.result is Result.FAILED else outcome.result.value,
        f"{outcome.seconds:.1f}" if outcome.seconds else _NONE,
        _NONE if size is None else in_words(size),
        _code(plain_text(log_line(outcome.why))),
    )
    return f"| {' | '.join(cells)} |\n"


def _fitting(texts: Iterable[str], room: int) -> list[str]:
    """The first of these texts, as many as fit."""
    fitting: list[str] = []
    for text in texts:
        room -= _bytes(text)
        if room < 0:
            break
        fitting.append(text)
    return fitting


def _code(text: str) -> str:
    """A text in one line without Markdown, links or mentions."""
    # in such a reference no character has a special meaning
    safe = "".join(
        one if one == " " or one.isalnum() or not one.isascii() else f"&#{ord(one)};"
        for one in visible(_cut(text, _LONGEST_NAME))
    )
    return f"<code>{safe}</code>"


def _quoted(text: str) -> str:
    """A text in its lines, without Markdown."""
    lines = _cut(text.strip(), _LONGEST_ERROR).splitlines()
    return "\n".join(["<pre>", *(html.escape(visible(line)) for line in lines), "</pre>", ""])


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))
