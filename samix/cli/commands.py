"""The commands, each imported when it is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from samix.options.table import BUILD, PLAN

if TYPE_CHECKING:
    from samix.build.run import Backend
    from samix.template.value import Value


def run_command(name: str, given: Mapping[str, Value], make_backend: Callable[[], Backend]) -> None:
    """Run the command of a name with the options that its command line gives."""
    if name == BUILD.name:
        from samix.cli.build import build  # noqa: PLC0415

        build(given, make_backend)
    elif name == PLAN.name:
        from samix.cli.plan import plan  # noqa: PLC0415

        plan(given, make_backend)
    else:
        from samix.cli.clean import clean  # noqa: PLC0415

        clean(given)
