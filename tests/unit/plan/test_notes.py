"""Options for containers that no unit gets are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.plan.build_type import BuildType
from samix.plan.notes import take_notes
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.options import BuildOptions
    from samix.plan.units import Unit
    from samix.template.resources import Resource
    from samix.template.stacks import Application

TEMPLATE = "Resources: {Fn: {Type: 'AWS::Lambda::Function', Properties: {Code: .}}}"


@pytest.mark.parametrize(
    ("values", "notes"),
    [
        ({}, []),
        ({"environments": {"Parameters": {"A": "1"}}}, []),
        ({"environments": {"Inside": {"A": "1"}}}, []),
        (
            {"environments": {"Outside": {"A": "1"}, "Nobody": {"A": "1"}}},
            ["--container-env-var has no effect on Nobody, Outside: nothing of that name is built in a container."],
        ),
        ({"build_images": {"": "image", "Inside": "image"}}, []),
        (
            {"build_images": {"Outside": "image"}},
            ["--build-image has no effect on Outside: nothing of that name is built in a container."],
        ),
    ],
)
def test_a_name_without_a_container_is_told(
    values: dict[str, object],
    notes: list[str],
    tmp_path: Path,
    make_unit: Callable[..., Unit],
    make_options: Callable[..., BuildOptions],
    make_application: Callable[..., Application],
) -> None:
    units = [make_unit("Inside", build_type=BuildType.CONTAINER), make_unit("Outside")]
    application = make_application(tmp_path, {"template.yaml": TEMPLATE})
    assert list(take_notes(application, units, make_options(tmp_path, **values))) == notes


def test_options_for_containers_where_there_is_none_are_told(
    tmp_path: Path,
    make_unit: Callable[..., Unit],
    make_options: Callable[..., BuildOptions],
    make_application: Callable[..., Application],
) -> None:
    options = make_options(tmp_path, environments={"Parameters": {"A": "1"}}, build_images={"": "image"})
    application = make_application(tmp_path, {"template.yaml": TEMPLATE})
    assert list(take_notes(application, [make_unit("Outside")], options)) == [
        "--container-env-var has no effect: nothing is built in a container.",
        "--build-image has no effect: nothing is built in a container.",
    ]


def test_a_key_in_the_wrong_place_is_told(
    tmp_path: Path, make_options: Callable[..., BuildOptions], make_application: Callable[..., Application]
) -> None:
    template = """\
Resources:
  Fn:
    Type: AWS::Lambda::Function
    BuildDependsOn: [Layer]
    Properties:
      BuildType: container
      Code: .
"""
    application = make_application(tmp_path, {"template.yaml": template})
    notes = take_notes(application, [], make_options(tmp_path))
    assert [note.rpartition("/")[2] for note in notes] == [
        "template.yaml:4: BuildDependsOn of Fn belongs under Metadata; here it has no effect.",
        "template.yaml:6: BuildType of Fn belongs under Metadata; here it has no effect.",
    ]


def test_what_only_samix_reuses_is_told(
    tmp_path: Path,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
    make_options: Callable[..., BuildOptions],
    make_application: Callable[..., Application],
) -> None:
    application = make_application(tmp_path, {"template.yaml": TEMPLATE})
    values = (("TOKEN", "secret"),)
    units = [
        make_unit("Fn"),
        make_unit(make_resource("Made", metadata={"BuildMethod": "makefile"})),
        make_unit(make_resource("Child/Made", metadata={"BuildMethod": "makefile"}), environment=values),
        make_unit(make_resource("Layer", kind=Kind.LAYER, metadata={"BuildMethod": "makefile"})),
        make_unit("A", "B", build_type=BuildType.CONTAINER, environment=values),
    ]
    made, with_values = take_notes(application, units, make_options(tmp_path))
    assert made.startswith("A bare sam build --cached builds Made, Child/Made anew each time, because sam reuses no ")
    assert with_values.startswith("A bare sam build --cached builds A, B anew each time, because sam would keep values")
    assert all(note.endswith("; samix build reuses what it built.") for note in (made, with_values))
