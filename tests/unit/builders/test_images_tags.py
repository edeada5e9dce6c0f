"""Images of one tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.builders.images import image_tag, tag_notes
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.template.resources import Resource
    from samix.template.value import ValueMapping
    from samix.units.unit import Unit


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({}, "image:latest"),
        ({"DockerTag": "V1"}, "image:V1"),
        ({"DockerTag": 2}, "image:2"),
        ({"DockerImage": "Other/Name"}, "other/name:latest"),
        ({"DockerImage": "Other", "DockerTag": "v1"}, "other:v1"),
    ],
)
def test_a_tag_is_made_of_the_name_and_the_metadata(
    metadata: ValueMapping, expected: str, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    assert image_tag(make_unit(make_resource("Child/Image", kind=Kind.IMAGE, metadata=metadata))) == expected


def test_only_images_of_one_tag_are_reported(
    make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    names = ["Image", "Child/Image", "Other", "Named"]
    named: ValueMapping = {"DockerImage": "image"}
    resources = [make_resource(name, kind=Kind.IMAGE, metadata=named if name == "Named" else {}) for name in names]
    units = [make_unit(make_resource("Image")), *(make_unit(resource) for resource in resources)]
    [note] = tag_notes(units)
    assert note.text == (
        "Image, Child/Image, Named are built to the same image tag image:latest."
        " As with sam, all get the image of Named, which is built last. Give each a DockerTag of its own."
    )
    assert tag_notes(units[:2]) == []
