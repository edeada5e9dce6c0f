"""What the table of the benchmark says of its figures."""

from __future__ import annotations

import pytest
from bench.table import TITLES, Figure, Row, table


def test_ratio_is_the_median_of_ratios_and_not_of_medians() -> None:
    row = Row("build", "sam", [(1, 10), (4, 2), (3, 5)], "s", 1)
    assert row.ratio == 0.6
    assert row.cells() == ("build", "3.000 s", "5.000 s", "sam", "0.60", "≤ 1.00", "yes")


@pytest.mark.parametrize(("samix", "ratio", "reached"), [(0.5, "1 : 60.0", "yes"), (0.6, "1 : 50.0", "no")])
def test_small_ratios_are_printed_as_fractions(samix: float, ratio: str, reached: str) -> None:
    assert Row("again", "sam", [(samix, 30)], "s", 1 / 60).cells()[4:] == (ratio, "≤ 1 : 60", reached)


@pytest.mark.parametrize(
    ("most", "end"),
    [(None, ("-", "-")), (150, ("≤ 150.00 MB", "yes")), (100, ("≤ 100.00 MB", "no"))],
)
def test_a_figure_of_samix_alone_has_a_limit_or_none(most: float | None, end: tuple[str, str]) -> None:
    assert Figure("memory", 120, "MB", most).cells() == ("memory", "120.00 MB", "-", "-", "-", *end)


def test_all_lines_of_the_table_are_as_wide() -> None:
    lines = table([Row("a long name", "sam", [(1, 1)], "s", 1), Figure("b", 123456, "MB")]).splitlines()
    assert len(lines) == 4
    assert {len(line) for line in lines} == {len(lines[0])}
    assert {line.count("|") for line in lines} == {len(TITLES) + 1}
