"""A table of figures: samix beside what it is compared with. Less is better."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TITLES = ("", "samix", "other", "against", "ratio", "wanted", "reached")
_TEXTS = frozenset({0, 3, len(TITLES) - 1})  # the columns that hold no figures
_DECIMALS = {"s": 3, "ms": 3, "MB": 2}
_NONE = "-"


@dataclass(frozen=True)
class Row:
    """Figures of samix beside those of another.

    Attributes:
        name: What was measured.
        against: What the other is.
        pairs: What both took, samix first, run by run; not empty.
        unit: What that is in.
        wanted: What the median of the ratios is to be at most.
    """

    name: str
    against: str
    pairs: Sequence[tuple[float, float]]
    unit: str
    wanted: float

    @property
    def ratio(self) -> float:
        """samix's figure as a multiple of the other's: the median of the ratios of the pairs."""
        return median(ours / theirs for ours, theirs in self.pairs)

    @property
    def is_reached(self) -> bool:
        """Whether samix's figure is as small as it is to be."""
        return self.ratio <= self.wanted

    def cells(self) -> tuple[str, ...]:
        """What the table shows of it, the medians of the figures among it."""
        ours, theirs = (_shown(median(figures), self.unit) for figures in zip(*self.pairs, strict=True))
        if self.wanted > 1 / 10:
            ratio, wanted = f"{self.ratio:.2f}", f"{self.wanted:.2f}"
        else:
            ratio, wanted = f"1 : {1 / self.ratio:.1f}", f"1 : {1 / self.wanted:.0f}"
        return (self.name, ours, theirs, self.against, ratio, f"≤ {wanted}", _reached(self.is_reached))


@dataclass(frozen=True)
class Figure:
    """A figure of samix alone.

    Attributes:
        name: What was measured.
        value: What samix took.
        unit: What that is in.
        most: What it is to be at most; None if nothing is said of it.
    """

    name: str
    value: float
    unit: str
    most: float | None = None

    @property
    def is_reached(self) -> bool:
        """Whether it is as small as it is to be."""
        return self.most is None or self.value <= self.most

    def cells(self) -> tuple[str, ...]:
        """What the table shows of it."""
        wanted, reached = (
            (_NONE, _NONE) if self.most is None else (f"≤ {_shown(self.most, self.unit)}", _reached(self.is_reached))
        )
        return (self.name, _shown(self.value, self.unit), _NONE, _NONE, _NONE, wanted, reached)


def _shown(value: float, unit: str) -> str:
    return f"{value:.{_DECIMALS[unit]}f} {unit}"


def _reached(is_reached: bool) -> str:
    return "yes" if is_reached else "no"


def table(rows: Iterable[Row | Figure]) -> str:
    """The rows as a table in Markdown."""
    lines = [TITLES, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(TITLES))]

    def shown(cells: tuple[str, ...]) -> str:
        aligned = [
            cell.ljust(width) if column in _TEXTS else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(aligned)} |"

    rule = ["-" * width if column in _TEXTS else f"{'-' * (width - 1)}:" for column, width in enumerate(widths)]
    return "\n".join([shown(lines[0]), f"| {' | '.join(rule)} |", *(shown(line) for line in lines[1:])])
