"""What sam is known to have builders for, by its version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.plan.runtimes import has_builder, known_methods

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.plan.units import Unit
    from samix.template.resources import Resource


@pytest.mark.parametrize(
    ("runtime", "method", "sam", "expected"),
    [
        ("python3.12", None, "1.130.0", True),
        ("python3.12", None, None, True),
        ("python3.12", None, "nightly", True),
        ("python3.14", None, "1.145.0", False),
        ("python3.14", None, "1.170.0", True),
        ("python3.14", None, "2.0", True),
        ("python3.14", None, None, False),
        ("python3.99", None, "1.170.0", False),
        ("python3.99", "makefile", "1.170.0", True),
        ("python3.12", "python3.99", "1.170.0", False),
        ("ruby3.4", None, "1.130.0", False),
        ("ruby3.4", None, "1.138.0", True),
        ("python3.6", None, "1.170.0", False),
        (None, None, "1.170.0", False),
    ],
)
def test_a_builder_is_known_by_its_version(
    runtime: str | None,
    method: str | None,
    sam: str | None,
    expected: bool,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    resource = make_resource(runtime=runtime, metadata={"BuildMethod": method} if method else {})
    assert has_builder(make_unit(resource), known_methods(sam)) is expected
