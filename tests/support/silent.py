"""A report of builds that nobody reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samix.build.events import Event


class Silent:
    """Takes the events of a build, and does nothing with them."""

    def __call__(self, event: Event) -> None:
        del event
