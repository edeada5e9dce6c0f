"""What stands in a log for what a sam says of its workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.sam.wording import Wording, names_in_application

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.units.unit import Unit

WORDING = Wording(names={"Fn": "Fn, Child/Fn", "Own": "Child/Own"})
_MANIFEST = (
    "Manifest file is changed (new hash: 1a) or dependency folder (.aws-sam/deps/1) is missing for ({}), downloading"
)


@pytest.mark.parametrize(
    "line",
    [
        "Building codeuri: src runtime: python3.11 architecture: x86_64 functions: {}",
        "2026-01-01 10:00:00,123 | Building codeuri: /a b/src runtime: None architecture: arm64 functions: {}",
        "Building layer '{}'",
        f"{_MANIFEST} dependencies and copying/building source",
        "Manifest is not changed for ({}), running incremental build",
        "Cache is invalid, running build and copying resources for following functions ({})",
        "Valid cache found, copying previously built resources for following layers ({})",
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"], ids=["no end", "line feed", "both"])
def test_what_sam_builds_has_its_names_in_the_application(line: str, end: str) -> None:
    for own, told in (("Fn", "Fn, Child/Fn"), ("Own", "Child/Own"), ("Other", "Other"), ("FnB", "FnB")):
        said, expected = (f"before\n{line.format(name)}{end}" for name in (own, told))
        assert WORDING.reworded(said.encode()) == expected.encode()


@pytest.mark.parametrize(
    "line",
    [
        "Fn\n",
        "make: Building layer 'Fn'\n",
        "Building image for Fn function\n",
        "functions: Fn\n",
        "for (Fn)\n",
    ],
)
def test_what_a_builder_says_stays_as_it_is(line: str) -> None:
    assert WORDING.reworded(line.encode()) == line.encode()


def test_places_are_reworded_wherever_they_stand() -> None:
    wording = Wording({"/app/work": "/app/build"}, {"Fn": "Child/Fn"})
    assert (
        wording.reworded(b"in /app/work/Fn\nBuilding layer 'Fn'\n") == b"in /app/build/Fn\nBuilding layer 'Child/Fn'\n"
    )


def test_the_names_are_those_that_differ_from_those_in_the_run(make_unit: Callable[..., Unit]) -> None:
    units = [make_unit("Alone"), make_unit("Fn", "Child/Fn"), make_unit("Child/Deep/Own")]
    assert names_in_application(units) == {"Fn": "Fn, Child/Fn", "Own": "Child/Deep/Own"}
