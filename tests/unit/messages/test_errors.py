"""Every error is in the reference, with its exit code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from samix.messages.errors import SamixError

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "exit-codes.md"


def _errors(kind: type[SamixError] = SamixError) -> Iterator[type[SamixError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _errors(below)


def test_reference_has_exactly_the_errors_with_their_exit_codes() -> None:
    rows = re.findall(r"^\| `(\w+Error)` \| (\d+) \|", REFERENCE.read_text(), re.MULTILINE)
    assert sorted(rows) == sorted((kind.__name__, str(kind.exit_code)) for kind in _errors())


def test_the_reference_has_every_exit_code() -> None:
    rows = re.findall(r"^\| (\d+(?:, \d+)*) \| [A-Z]", REFERENCE.read_text(), re.MULTILINE)
    told = {int(code) for row in rows for code in row.split(", ")}
    assert told == {0, 70, 129, 130, 143} | {kind.exit_code for kind in _errors()}
