"""A note: something that the user should know and that is not an error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samix.messages.location import Location


@dataclass(frozen=True)
class Note:
    """A note and, if it is about one, a place in a file."""

    text: str
    where: Location | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text
