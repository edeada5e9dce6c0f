"""The tables of a build and of a plan, on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from samix.report.ending import GAP, NO_TIME, NOTHING, PLAN_TITLES, TITLES, Row, cells
from samix.report.line import draw, styled
from samix.report.log_text import ACTION_STYLES, RESULT_STYLES
from samix.units.outcome import Result

if TYPE_CHECKING:
    from rich.console import Console, JustifyMethod

_FOLDED = frozenset({TITLES.because_of, TITLES.why})
_LEAST_FOLDED = 8  # columns that a folded text needs: as many as most words
_ENOUGH = 40  # columns that suffice for a reason
_MOST_LINES = 3  # of a text that is shown in full elsewhere
_COLOURED = frozenset({TITLES.result, PLAN_TITLES.result})
_STYLES = {kind.value: style for styles in (RESULT_STYLES, ACTION_STYLES) for kind, style in styles.items()}


def print_table(console: Console, rows: Sequence[Row], titles: Row = TITLES) -> None:
    """Print rows with their titles, as wide as the window."""
    if not rows:
        console.print(NOTHING)
        return
    widths = _widths(console.width, rows, titles)
    if widths is None:
        _print_blocks(console, rows, titles)
        return
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, GAP, 0, 0))
    for title in widths:
        justify: JustifyMethod = "right" if title == TITLES.time else "left"
        table.add_column(title, justify=justify, overflow="fold", width=widths[title])
    for row in rows:
        shown = {title: _cell(title, text) for title, text in cells(row, titles).items()}
        if row.result == Result.FAILED.value:
            shown[titles.why] = _beginning(console, shown[titles.why], widths[titles.why])
        table.add_row(*shown.values())
    console.print()
    console.print(table)


def _cell(title: str, text: str) -> Text:
    return _styled(text, _STYLES[text] if title in _COLOURED else "")


def _widths(columns: int, rows: Sequence[Row], titles: Row) -> dict[str, int] | None:
    """The width of each column of a table; None if the window has no room to read in those that are folded.

    Names stay in one piece. The reason for a build type is mostly a place in a file, which is of use in one piece as
    well; so it gets the room for that, and for all of it where enough is left for what became of a unit.
    """
    texts = {title: [title, *column] for title, *column in zip(titles, *rows, strict=True) if title}
    widths = {title: _widest(line for text in column for line in text.split("\n")) for title, column in texts.items()}
    fixed = sum(width for title, width in widths.items() if title not in _FOLDED)
    room = columns - fixed - GAP * (len(widths) - 1)
    if room < _LEAST_FOLDED * len(_FOLDED):
        return None
    reason = widths[titles.because_of]
    if room - reason < min(widths[titles.why], _ENOUGH):
        title, *reasons = texts[titles.because_of]
        reason = _widest([title, *(word for text in reasons for word in text.split())])
    why = min(max(room - reason, _LEAST_FOLDED), widths[titles.why])
    return widths | {titles.because_of: min(room - why, widths[titles.because_of]), titles.why: why}


def _beginning(console: Console, text: Text, width: int) -> Text:
    """The first lines of a text about a failure, whose log and errors stand below the table."""
    lines = text.wrap(console, width, overflow="fold")
    beginning = lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES:
        beginning[-1].truncate(width - 1)
        beginning[-1].append("…")
    return Text("\n").join(beginning)


def _widest(texts: Iterable[str]) -> int:
    return max(map(cell_len, texts))


def _print_blocks(console: Console, rows: Sequence[Row], titles: Row) -> None:
    """Print a table as a few lines for each row, for windows that are too narrow for columns."""
    for row in rows:
        became = _cell(titles.result, row.result)
        console.print()
        console.print(_styled(row.resource, "bold"), soft_wrap=True)
        console.print(_styled(f"  {row.build_type}, because of {row.because_of}"), soft_wrap=True)
        took = f" in {row.time}" if row.time not in {"", NO_TIME} else ""
        console.print(Text("  ").append_text(became).append_text(_styled(f"{took}: {row.why}")), soft_wrap=True)


def _styled(text: str, style: str = "") -> Text:
    return draw(styled(text, style))
