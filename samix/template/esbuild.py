"""Changes in a template for esbuild (mirrors `samcli.lib.build.bundler`)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import PurePath

from samix.template.types import CODE_PROPERTIES, FUNCTION_TYPES, WEB_FUNCTION, is_remote
from samix.template.value import ValueMapping, as_mapping, as_text, value_at

_SOURCE_MAPS = "--enable-source-maps"
_LAYERS = "/opt"


def with_source_map(resource: ValueMapping) -> ValueMapping:
    """The resource, with `Sourcemap` in its metadata if its NODE_OPTIONS ask for source maps."""
    metadata = as_mapping(resource.get("Metadata"))
    wanted = as_mapping(metadata.get("BuildProperties"))
    if not _is_bundled(resource) or wanted.get("Sourcemap") is not None or not _asks_for_maps(resource):
        return resource
    return {**resource, "Metadata": {**metadata, "BuildProperties": {**wanted, "Sourcemap": True}}}


def bundle_template(
    data: ValueMapping, resources: Mapping[str, ValueMapping], has_file: Callable[[str, str], bool]
) -> None:
    """Adapt a built template to what esbuild made: NODE_OPTIONS for source maps, handlers without directories.

    `data` is the template with the artifacts put in; it is changed. `resources` are those of the stack, resolved.
    `has_file` says whether the artifact in a directory of the build dir has a file.
    """
    bundled = {logical_id: resource for logical_id, resource in resources.items() if _is_bundled(resource)}
    if not any(_is_local_function(resource) for resource in bundled.values()):
        return
    for logical_id, resource in bundled.items():
        properties = as_mapping(as_mapping(as_mapping(data["Resources"])[logical_id]).setdefault("Properties", {}))
        is_web = resource.get("Type") == WEB_FUNCTION
        wanted = value_at(resource, "Metadata", "BuildProperties", "Sourcemap")
        if wanted and not _asks_for_maps(resource):
            _ask_for_maps(properties, _variables_path(resource))
        key = "EntryPoint" if is_web else "Handler"
        written = as_text(value_at(resource, "Properties", key))
        if written is not None and _is_moved(logical_id, written, has_file):
            properties[key] = f"{PurePath(written).stem}.js" if is_web else PurePath(written).name


def _is_local_function(resource: ValueMapping) -> bool:
    resource_type = str(resource.get("Type"))
    code = value_at(resource, "Properties", CODE_PROPERTIES.get(resource_type, ""))
    return resource_type in FUNCTION_TYPES and not is_remote(code)


def _is_bundled(resource: ValueMapping) -> bool:
    return value_at(resource, "Metadata", "BuildMethod") == "esbuild"


def _asks_for_maps(resource: ValueMapping) -> bool:
    options = as_text(value_at(resource, "Properties", *_variables_path(resource), "NODE_OPTIONS"))
    return _SOURCE_MAPS in (options or "").split()


def _variables_path(resource: ValueMapping) -> tuple[str, ...]:
    return ("EnvironmentVariables",) if resource.get("Type") == WEB_FUNCTION else ("Environment", "Variables")


def _ask_for_maps(properties: ValueMapping, path: tuple[str, ...]) -> None:
    variables = properties
    for key in path:
        variables = as_mapping(variables.setdefault(key, {}))
    options = variables.setdefault("NODE_OPTIONS", "")
    if isinstance(options, str):
        variables["NODE_OPTIONS"] = f"{options} {_SOURCE_MAPS}"


def _is_moved(logical_id: str, handler: str, has_file: Callable[[str, str], bool]) -> bool:
    path = PurePath(handler)
    file = f"{(path.parent / path.stem).as_posix()}.js"
    return not file.startswith(_LAYERS) and not has_file(logical_id, os.path.normpath(file))
