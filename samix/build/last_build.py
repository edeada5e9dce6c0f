"""Reads what the present build dir contains, as its own templates say, whether samix or sam built it."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from samix.files.access_log import observe
from samix.messages.errors import TemplateError
from samix.template.built_template import template_path
from samix.template.load import load_template
from samix.template.resources import image_uri
from samix.template.value import as_mapping, as_text

if TYPE_CHECKING:
    from samix.state.layout import Layout
    from samix.template.resources import Resource
    from samix.template.stacks import Application
    from samix.template.value import ValueMapping


@dataclass(frozen=True)
class PresentBuild:
    """The last build in a build dir, samix's or sam's, of the resources that the application has now."""

    application: Application
    layout: Layout

    def artifact(self, resource: Resource) -> Path | None:
        """Where the artifact of a function or layer lies in the build dir; None if it is not there."""
        place = self.layout.artifact(resource)
        return place if observe(place).is_dir() and self._names(resource) else None

    def image(self, resource: Resource) -> str | None:
        """The tag of the image that a function's built template names, None if it names none."""
        written = self._properties(resource)
        tag = image_uri(resource.type, written)
        if not tag or written.get("PackageType") != "Image" or tag == image_uri(resource.type, resource.properties):
            return None
        directory = template_path(self.layout.build_dir, resource.stack_path).parent
        return None if os.path.isfile(observe(directory / tag)) else tag  # an archive that was not loaded

    def _names(self, resource: Resource) -> bool:
        """Whether the built template has this resource, or the loop that makes it."""
        built = self._resources.get(resource.stack_path, {})
        expanded = self.application.by_path[resource.stack_path].expanded
        if expanded and resource.logical_id not in built:
            return expanded.origins.get(resource.logical_id) in built
        return as_text(as_mapping(built.get(resource.logical_id)).get("Type")) == resource.type

    def _properties(self, resource: Resource) -> ValueMapping:
        built = as_mapping(self._resources.get(resource.stack_path, {}).get(resource.logical_id))
        return as_mapping(built.get("Properties")) if built.get("Type") == resource.type else {}

    @cached_property
    def _resources(self) -> dict[str, ValueMapping]:
        """The resources of each built template, by the path of its stack."""
        found = {}
        for stack in self.application.stacks:
            with suppress(TemplateError):
                built = load_template(template_path(self.layout.build_dir, stack.path))
                found[stack.path] = as_mapping(built.data.get("Resources"))
        return found
