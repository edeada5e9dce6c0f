"""A table of figures: samix beside sam."""

from __future__ import annotations

from dataclasses import dataclass

_TITLES = ("", "samix", "sam", "ratio", "wanted", "reached")


@dataclass(frozen=True)
class Row:
    """One figure of samix and the same of sam; less is better.

    Attributes:
        name: What was measured.
        samix: samix's figure.
        sam: sam's; None where sam cannot do it.
        unit: What both are in.
        wanted: What samix's figure is to be at most, as a multiple of sam's.
    """

    name: str
    samix: float
    sam: float | None
    unit: str
    wanted: float

    @property
    def ratio(self) -> float | None:
        """samix's figure as a multiple of sam's."""
        return self.samix / self.sam if self.sam else None

    @property
    def is_reached(self) -> bool:
        """Whether samix's figure is as small as it is to be; what sam cannot do sets no measure."""
        return self.ratio is None or self.ratio <= self.wanted

    def cells(self) -> tuple[str, ...]:
        """What the table shows of it."""
        own, other = f"{self.samix:.2f} {self.unit}", "-"
        if self.ratio is None:
            return (self.name, own, other, other, other, other)
        reached = "yes" if self.is_reached else "no"
        return (self.name, own, f"{self.sam:.2f} {self.unit}", f"{self.ratio:.2f}", f"≤ {self.wanted:.2f}", reached)


def table(rows: list[Row]) -> str:
    """The rows as a table in Markdown."""
    lines = [_TITLES, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_TITLES))]

    def shown(cells: tuple[str, ...]) -> str:
        aligned = [
            cell.rjust(width) if 0 < column < len(_TITLES) - 1 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(aligned)} |"

    rule = [
        f"{'-' * (width - 1)}:" if 0 < column < len(_TITLES) - 1 else "-" * width for column, width in enumerate(widths)
    ]
    return "\n".join([shown(lines[0]), f"| {' | '.join(rule)} |", *(shown(line) for line in lines[1:])])
