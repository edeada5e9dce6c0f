"""Units: what sam builds as one.

A unit is one layer, one image, or all the functions that share one build definition in sam's sense, have the
same build type, the same build image and the same container environment.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from samix.messages.printable import visible
from samix.options.build_type import BuildType
from samix.template.resources import Kind

if TYPE_CHECKING:
    from samix.options.merge import BuildOptions
    from samix.template.resources import Resource
    from samix.units.decision import Decision

_MANY = 4


@dataclass(frozen=True)
class Unit:
    """Resources that sam builds as one: it builds the first of them, for all."""

    resources: tuple[Resource, ...]
    decision: Decision
    build_image: str | None = None  # the one that the user names for it, if any
    # of its container; may be secret: it must not be written anywhere
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    is_in_source: bool = False  # whether it is built where its source lies, which its build may then change
    known_as: str = ""  # its name, if some of its resources are left out; else empty

    @property
    def name(self) -> str:
        """The full path of the first of all its resources."""
        return self.known_as or self.first.full_path

    def restricted_to(self, full_paths: Container[str]) -> Unit | None:
        """The unit with only those of its resources that are named, None if none is; it keeps its name."""
        left = tuple(resource for resource in self.resources if resource.full_path in full_paths)
        if not left:
            return None
        unit = replace(self, resources=left, known_as=self.name)
        return unit.with_one_artifact() if self.first.shares_with else unit

    def with_one_artifact(self) -> Unit:
        """The unit with one artifact for all its resources, as sam makes it for functions with its beta features."""
        shared = self.first if len(self.resources) > 1 and self.kind is Kind.FUNCTION else None
        plain = replace(shared, shares_with=None) if shared else None
        return replace(self, resources=tuple(replace(one, shares_with=plain) for one in self.resources))

    @property
    def first(self) -> Resource:
        """The resource that sam builds."""
        return self.resources[0]

    @property
    def label(self) -> str:
        """The full paths of all its resources, for people."""
        return visible(", ".join(resource.full_path for resource in self.resources))

    @property
    def workflow(self) -> str:
        """The value by which sam chooses a workflow; see `Resource.workflow`."""
        return self.first.workflow

    @property
    def kind(self) -> Kind:
        """Layer, function or image."""
        return self.first.kind

    @property
    def is_makefile_function(self) -> bool:
        """Whether it is a function that a makefile builds; sam never reuses an earlier build of such a function."""
        return self.kind is Kind.FUNCTION and self.first.is_built_by_makefile

    @property
    def in_container(self) -> bool:
        """Whether sam builds it in a build container; not for an image, which the engine builds."""
        return self.decision.build_type is BuildType.CONTAINER and self.kind is not Kind.IMAGE

    @property
    def place(self) -> str:
        """Where it is built, for people."""
        return "image" if self.kind is Kind.IMAGE else self.decision.build_type.value

    @property
    def needs_engine(self) -> bool:
        """Whether it cannot be built without a container engine."""
        return self.in_container or self.kind is Kind.IMAGE


def labels(units: Sequence[Unit]) -> str:
    """Units for people: the first few, and how many more there are."""
    shown = ", ".join(unit.label for unit in units[:_MANY])
    return shown if len(units) <= _MANY else f"{shown} and {len(units) - _MANY} more"


def make_units(
    resources: Iterable[Resource], decisions: Mapping[str, Decision], options: BuildOptions
) -> tuple[Unit, ...]:
    """The units of an application, in the order of their first resources."""
    groups: dict[tuple[object, ...], Unit] = {}
    for resource in resources:
        decision = decisions[resource.full_path]
        unit = Unit(resources=(resource,), decision=decision)
        if unit.in_container:  # other units have no use for the options of containers
            unit = replace(
                unit,
                build_image=options.build_image_for(resource.logical_id),
                environment=options.environment_for(resource.logical_id),
            )
        elif options.build_in_source and unit.kind is not Kind.IMAGE:
            unit = replace(unit, is_in_source=True)
        key = (resource.definition, decision.build_type, unit.build_image, unit.environment)
        known = groups.get(key)
        groups[key] = replace(known, resources=(*known.resources, resource)) if known else unit
    units = tuple(groups.values())
    return tuple(unit.with_one_artifact() for unit in units) if options.shares_artifacts else units
