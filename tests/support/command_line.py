"""Command lines as the parser reads them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

import typer.main

from samix.cli.arguments import given_options, repeat_options
from samix.cli.fast.line import Line
from samix.cli.root import app

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typer.core import TyperGroup


@cache
def _commands() -> TyperGroup:
    return cast("TyperGroup", typer.main.get_command(app))


def parse_line(arguments: Sequence[str]) -> Line:
    """What the parser reads; it raises an error of its own for wrong arguments, and exits after help."""
    name, *rest = arguments
    context = _commands().commands[name].make_context(name, repeat_options(rest))
    return Line(name, given_options(cast("typer.Context", context)))
