"""What a clean says."""

from __future__ import annotations

import pytest

from samix.report.cleaning import size


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (12_345_678, "12.3 MB"),
        (5 * 10**12, "5.0 TB"),
        (10**16, "10000.0 TB"),
    ],
)
def test_room_is_told_as_people_do(count: int, text: str) -> None:
    assert size(count) == text
