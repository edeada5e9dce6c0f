"""`samix build`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NoReturn

from samix.cli.errors import report_errors

if TYPE_CHECKING:
    from samix.build.run import Backend
    from samix.template.value import Value


def build(given: Mapping[str, Value], make_backend: Callable[[], Backend]) -> NoReturn:
    """Build, and exit with the code of the build."""
    from samix.cli.run_build import run  # noqa: PLC0415 - an interrupt until then says nothing of a build

    with report_errors(as_json=given.get("output") == "json"):
        code = run(given, make_backend())
    sys.exit(code)
