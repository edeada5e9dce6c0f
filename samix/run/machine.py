"""The machine that a build runs on: the programs on its PATH, and the images of its container engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from samix.options import BuildOptions
    from samix.plan.units import Unit
    from samix.state.layout import Layout


class Machine:
    """Tells about the machine: `samix.plan.surroundings.Surroundings`."""

    def __init__(self, options: BuildOptions, environ: Mapping[str, str], layout: Layout) -> None:
        self._options = options
        self._environ = environ
        self._layout = layout

    def sam(self) -> str | None:
        return None

    def tools(self, unit: Unit, source: Path | None) -> Mapping[str, str]:
        return {}

    def image(self, unit: Unit) -> str | None:
        return None

    def anew(self) -> Machine:
        return self
