"""What a unit's artifact is made from, as digests: equal fingerprints promise equal artifacts."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from samix.errors import TemplateError
from samix.template.resources import CODE_PROPERTIES, WEB_FUNCTION, Kind
from samix.template.value import as_mapping, as_text
from samix.tree import tree_digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from samix.options import BuildOptions
    from samix.plan.units import Unit
    from samix.template.resources import Resource
    from samix.template.stacks import Application
    from samix.template.value import Value

# what sam and its builders never copy from the sources
_IGNORED = frozenset({".aws-sam", ".git"})
_METADATA_PATHS = ("ContextPath", "ProjectRootDirectory", "WorkingDirectory")
# kept apart, because a change of where a dependency is declared changes no artifact
_ORDERING_METADATA = frozenset({"BuildType", "BuildDependsOn", "SamResourceId"})


@dataclass(frozen=True)
class Fingerprint:
    """The parts of a unit's key.

    Attributes:
        parts: Digest or text by the part's name, such as `source` or `build type`.
    """

    parts: Mapping[str, str]

    def with_artifacts(self, digests: Mapping[str, str]) -> Fingerprint:
        """The fingerprint with the artifacts that the unit may use, by the name of their unit."""
        return Fingerprint({**self.parts, **{f"artifact of {name}": digest for name, digest in digests.items()}})

    def difference(self, earlier: Mapping[str, str]) -> str | None:
        """The name of the first part that is not as it was, None if all are."""
        names = [*self.parts, *(name for name in earlier if name not in self.parts)]
        return next((name for name in names if self.parts.get(name) != earlier.get(name)), None)


def source_path(unit: Unit, options: BuildOptions) -> Path | None:
    """The directory or file that a unit is built from; an image's is its context."""
    written = unit.first.code
    if written is None and unit.kind is Kind.IMAGE:
        written = as_text(unit.first.metadata.get("DockerContext"))
    return None if written is None else options.code_root / written


def take_fingerprint(unit: Unit, application: Application, options: BuildOptions, secret: bytes) -> Fingerprint:
    """The fingerprint of a unit, read from its sources.

    Args:
        unit: The unit.
        application: Where it stands, for messages.
        options: The build's options.
        secret: The project's key for digests of environment values.

    Raises:
        TemplateError: The sources do not exist or cannot be read, or nothing says how to build them.
    """
    first = unit.first
    if first.builder is None and first.kind is not Kind.IMAGE:
        raise _no_builder(first, application)
    stack = application.by_path[first.stack_path]
    if isinstance(first.properties.get("Layers"), str):  # the unit's own template has none
        where = stack.locate(first.logical_id, "Properties", "Layers")
        raise TemplateError(f"The Layers of {first.full_path} are not a list.", where=where)
    code_property = CODE_PROPERTIES[first.type]
    if isinstance(first.properties.get(code_property), int | float | list):
        where = stack.locate(first.logical_id, "Properties", code_property)
        raise TemplateError(f"The {code_property} of {first.full_path} is not a path.", where=where)
    definition = {
        "type": first.type if first.type == WEB_FUNCTION else first.kind.value,
        "name": first.logical_id if first.build_method == "makefile" else "",
        "runtime": first.runtime,
        "runtimes": first.properties.get("CompatibleRuntimes"),
        "handler": first.handler if first.is_built_by_handler or _has_parent_packages(first) else None,
        "architecture": first.architecture,
        "metadata": {
            str(key): _without_place(value, str(options.code_root))
            for key, value in first.metadata.items()
            if key not in _ORDERING_METADATA
        },
    }
    definition_text = json.dumps(definition, sort_keys=True, default=str)
    parts = {
        "build type": unit.decision.build_type.value,
        "source": _digest_sources(unit, application, options),
        "definition": hashlib.sha256(definition_text.encode()).hexdigest(),
    }
    if options.manifest:
        parts["manifest"] = _digest_trees(unit, [options.manifest])
    if options.mode:
        parts["build mode"] = options.mode
    if unit.is_in_source:
        parts["build in source"] = "yes"
    if unit.in_container:
        if options.mount_symlinks:
            parts["links"] = "mounted"
        parts["build image"] = unit.build_image or "default"
        parts["mount"] = options.mount_with
        for name, value in unit.environment:
            parts[f"environment {name}"] = hmac.new(secret, os.fsencode(value), hashlib.sha256).hexdigest()
    return Fingerprint(parts)


def _has_parent_packages(resource: Resource) -> bool:
    """Whether the artifact holds the packages that the handler names (`_infer_parent_python_packages` in sam)."""
    return as_mapping(resource.metadata.get("BuildProperties")).get("ParentPackageMode") == "auto"


def _no_builder(resource: Resource, application: Application) -> TemplateError:
    """What is wrong with a function without a runtime or a layer without a method: sam ends with a traceback."""
    is_layer = resource.kind is Kind.LAYER
    section, name = ("Metadata", "BuildMethod") if is_layer else ("Properties", "Runtime")
    written = (resource.metadata if is_layer else resource.properties).get(name)
    what = "is missing" if written is None else f"cannot be told: {json.dumps(written, default=str)}"
    return TemplateError(
        f"The {name} of {resource.full_path} {what}",
        where=application.by_path[resource.stack_path].locate(resource.logical_id, section, name),
        hint="Write it out, or give the parameters that it is made from.",
    )


def _without_place(value: Value, root: str) -> Value:
    """A value in which paths below the root are relative, so that it stays the same where a project is moved."""
    if isinstance(value, list):
        return [_without_place(item, root) for item in value]
    if isinstance(value, dict):
        return {str(key): _without_place(item, root) for key, item in value.items()}
    if isinstance(value, str) and (value == root or value.startswith(root.rstrip("/") + "/")):
        return os.path.relpath(value, root)
    return value


def _digest_sources(unit: Unit, application: Application, options: BuildOptions) -> str:
    source = source_path(unit, options)
    if source is None:
        return ""
    if not os.path.exists(source):
        stack = application.by_path[unit.first.stack_path]
        property_name = CODE_PROPERTIES.get(unit.first.type, "CodeUri")
        raise TemplateError(
            f"The source of {unit.label} does not exist: {source}",
            where=stack.locate(unit.first.logical_id, "Properties", property_name),
        )
    metadata = unit.first.metadata
    extra = [options.code_root / str(metadata[key]) for key in _METADATA_PATHS if metadata.get(key)]
    return _digest_trees(unit, [source.resolve(), *extra])


def _digest_trees(unit: Unit, paths: list[Path]) -> str:
    """One digest over those of these files and directories that are there."""
    try:
        digests = [
            # cargo writes what it compiles among the sources, and marks it
            tree_digest(path, ignored=_IGNORED, follow=True, without_caches=unit.first.is_built_by_cargo)
            for path in paths
            if os.path.exists(path)
        ]
    except OSError as error:
        raise TemplateError(f"The source of {unit.label} cannot be read: {error}", where=unit.first.location) from error
    return hashlib.sha256("".join(digests).encode()).hexdigest()
