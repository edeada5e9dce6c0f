"""Notes on a plan: what has no effect, and what is probably misspelt."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

from samix.builders.workflow import WORKFLOWS, workflow_of
from samix.messages.note import Note
from samix.messages.suggestions import CLOSE_NAME, suggest
from samix.options.parameters import GLOBAL_SCOPE
from samix.plan.sources import code_location, lacks_source, source_path
from samix.template.references import DEPENDS_ON, NAMED, owner_of, references, written_layers
from samix.template.resources import Kind, image_uri
from samix.template.types import CODE_PROPERTIES, FUNCTION_TYPES, LAYER_TYPES, NESTED_STACKS
from samix.template.value import as_mapping, as_text
from samix.units.decision import METADATA_KEY
from samix.units.unit import labels

if TYPE_CHECKING:
    from samix.messages.location import Location
    from samix.options.merge import BuildOptions
    from samix.template.stacks import Application, Stack
    from samix.template.value import ValueMapping
    from samix.units.unit import Unit

_PSEUDO = "AWS::"
_TYPES = FUNCTION_TYPES | LAYER_TYPES | frozenset(NESTED_STACKS)
_SECTIONS = frozenset({"Type", "Properties", "Metadata"})
_METADATA_KEYS = frozenset({METADATA_KEY, DEPENDS_ON, "BuildMethod"})
_FUNCTION_KEYS = frozenset({"Architectures", "Handler", "Layers", "PackageType", "Runtime"})
_FAMILY = re.compile(r"[a-z-]+", re.IGNORECASE)
_NO_ARTIFACT = "the built template names an artifact that does not exist"
_LAYER_KEYS = frozenset({"CompatibleArchitectures", "CompatibleRuntimes"})


def take_notes(application: Application, units: Sequence[Unit], options: BuildOptions) -> tuple[Note, ...]:
    """The notes on an application's units and on the options that are for them."""
    notes = (
        *_on_templates(application, units),
        *_on_links(application, options),
        *_on_options(units, options),
        *_on_copies(units, options),
        *_on_parameters(application, options),
    )
    return tuple(dict.fromkeys(notes))  # of a loop or of Globals each resource would have its own


def bare_sam_notes(units: Sequence[Unit]) -> list[Note]:
    """The notes on built units that are never written to build.toml, so that only samix reuses them."""
    makefiles = [unit for unit in units if unit.is_makefile_function]
    with_values = [unit for unit in units if unit.environment and not unit.is_makefile_function]
    reasons = (
        (makefiles, "sam never reuses a function that a makefile builds"),
        (with_values, "sam would write values of container environments to build.toml in plain text"),
    )
    return [
        Note(
            f"A bare sam build --cached builds {labels(left_out)} again each time, because {why};"
            " samix build reuses what it built."
        )
        for left_out, why in reasons
        if left_out
    ]


def missing_notes(units: Collection[Unit], application: Application, options: BuildOptions) -> list[Note]:
    """The notes on resources that are built although their source does not exist, as with sam."""
    # a container gets an empty directory, and what a named manifest asks for is installed
    left = {unit.name: "the artifact holds nothing of it" for unit in units if unit.in_container or options.manifest}
    return [
        Note(
            f"The source of {unit.kind.value} {resource.full_path} does not exist: {source_path(unit, options)}."
            f" As with sam, the build goes on, and {left.get(unit.name, _NO_ARTIFACT)}."
            " Create the source or correct the path; --strict makes this an error.",
            code_location(resource, application),
        )
        for unit in units
        if lacks_source(unit, options)
        for resource in unit.resources
    ]


def commit_notes(units: Sequence[Unit]) -> list[Note]:
    """The notes on units that from now on are built again for each commit."""
    of_go = [unit for unit in units if (stamp := workflow_of(unit).stamp) and stamp.is_certain]
    others = [unit for unit in units if unit not in of_go]
    texts = []
    if of_go:
        texts.append(
            f"go writes the commit into {labels(of_go)}, so {_that(of_go)} built again for each commit."
            " Set GOFLAGS=-buildvcs=false to avoid that."
        )
    if others:
        texts.append(
            f"The build of {labels(others)} asks git for the commit, or runs go or .NET, which write it, so"
            f" {_that(others)} built again for each commit. Set GOFLAGS=-buildvcs=false or"
            " IncludeSourceRevisionInInformationalVersion=false to avoid what go and .NET write."
        )
    return [Note(text) for text in texts]


def _that(units: Sequence[Unit]) -> str:
    return "they are" if units[1:] else f"{units[0].first.full_path} is"


def _on_links(application: Application, options: BuildOptions) -> list[Note]:
    """Templates that are links: sam finds their sources only from the directory of the root template."""
    base = application.root.template.path.resolve().parent
    if application.root.raw_paths or options.project.resolve() == base:
        return []
    return [
        Note(
            "This template is a link. samix builds what it describes; sam build may leave it out, unless it runs in"
            f" {base}.",
            stack.template.locate(),
        )
        for stack in application.stacks
        if stack.template.path.is_symlink()
    ]


def _on_options(units: Sequence[Unit], options: BuildOptions) -> list[Note]:
    """Options for containers that no unit gets."""
    named = {
        "--container-env-var": set(options.environments) - {GLOBAL_SCOPE},
        "--build-image": set(options.build_images) - {""},
    }
    given = {"--container-env-var": bool(options.environments), "--build-image": bool(options.build_images)}
    inside = {resource.logical_id for unit in units if unit.in_container for resource in unit.resources}
    notes = []
    for option, names in named.items():
        if given[option] and not inside:
            notes.append(Note(f"{option} has no effect: nothing is built in a container."))
        elif names - inside:
            missed = ", ".join(sorted(names - inside))
            notes.append(Note(f"{option} has no effect on {missed}: nothing of that name is built in a container."))
    return notes


def _on_copies(units: Sequence[Unit], options: BuildOptions) -> list[Note]:
    """Packages of the project of which npm keeps an old copy among the sources."""
    in_source = [unit for unit in units if unit.is_in_source and workflow_of(unit).runs_npm]
    sources = {source: unit.label for unit in in_source if (source := source_path(unit, options))}
    if not sources:
        return []
    from samix.builders.npm_copies import copy_notes  # noqa: PLC0415 - seldom needed

    return [note for source, label in sources.items() for note in copy_notes(source, label, options.project)]


def _on_parameters(application: Application, options: BuildOptions) -> list[Note]:
    """Values for parameters that the template does not have: sam ignores them."""
    declared = as_mapping(application.root.data.get("Parameters"))
    unknown = [name for name in options.parameters if name not in declared and not name.startswith(_PSEUDO)]
    where = options.parameters_from
    beginning = "The" if where else "--parameter-overrides: the"
    return [
        Note(
            f"{beginning} template has no parameter {name}."
            + (f" Did you mean {known}?" if (known := suggest(name, declared, close=CLOSE_NAME)) else ""),
            where,
        )
        for name in unknown
    ]


def _on_templates(application: Application, units: Sequence[Unit]) -> list[Note]:
    notes = [
        Note(f"{path} is a nested stack whose template is not a local file: nothing in it is built.")
        for path in application.remote
    ]
    built = {(resource.stack_path, resource.logical_id) for unit in units for resource in unit.resources}
    for stack in application.stacks:
        notes += _misspelt_types(stack)
        for logical_id, resource in stack.resources.items():
            notes += _misplaced_keys(stack, logical_id)
            notes += _misspelt_keys(stack, logical_id, resource)
            notes += _misspelt_builders(stack, logical_id, resource)
            notes += _misspelt_layers(stack, logical_id, resource)
            if (stack.path, logical_id) not in built:
                notes += _without_effect(stack, logical_id, resource)
                notes += _unbuilt_image(stack, logical_id, resource)
    images = [unit for unit in units if unit.kind is Kind.IMAGE and not unit.decision.is_default]
    if images:
        text = f"The build type has no effect on {labels(images)}: the container engine always builds images."
        notes.append(Note(text))
    return notes


def _misspelt_types(stack: Stack) -> list[Note]:
    """Misspelt resource types: sam ignores a resource whose type it does not know."""
    types = (
        (str(logical_id), as_text(as_mapping(resource).get("Type")) or "")
        for logical_id, resource in as_mapping(stack.data.get("Resources")).items()
    )
    return [
        Note(f"Did you mean {known}, not {written}? sam does not build {logical_id}.", stack.locate(logical_id, "Type"))
        for logical_id, written in types
        if (known := _guess_type(written))
    ]


def _misspelt_keys(stack: Stack, logical_id: str, resource: ValueMapping) -> list[Note]:
    """Keys that are similar to those that decide what is built and how."""
    kind = as_text(resource.get("Type")) or ""
    places = (
        (resource, _SECTIONS, stack.locate),
        (as_mapping(resource.get("Metadata")), _METADATA_KEYS, partial(_locate_metadata, stack)),
        (as_mapping(resource.get("Properties")), _property_names(kind), stack.locate_property),
    )
    return [
        Note(f"Did you mean {known}, not {key}?", locate(logical_id, key))
        for keys, names, locate in places
        for key in keys
        if (known := _guess_key(key, names))
    ]


def _misspelt_builders(stack: Stack, logical_id: str, resource: ValueMapping) -> list[Note]:
    """Misspelt runtimes and build methods: the errors of sam and the engine do not point at the name."""
    places = (
        (as_mapping(resource.get("Properties")), "Runtime", stack.locate_property),
        (as_mapping(resource.get("Metadata")), "BuildMethod", partial(_locate_metadata, stack)),
    )
    return [
        Note(f"Did you mean {known}, not {name}?", locate(logical_id, key))
        for keys, key, locate in places
        if (name := as_text(keys.get(key))) and (known := _guess_builder(name))
    ]


@cache
def _guess_builder(written: str) -> str | None:
    """The runtime or build method that was probably meant; its version stays, because new ones may exist."""
    family = _FAMILY.match(written)
    name = family[0] if family else ""
    builders = [one for row in WORKFLOWS.values() for one in (*row.names, *row.retired)]
    known = suggest(name, builders, close=CLOSE_NAME)
    return f"{known}{written.removeprefix(name)}" if known else None


def _misspelt_layers(stack: Stack, logical_id: str, resource: ValueMapping) -> list[Note]:
    """Misspelt references to layers: sam builds the function without them."""
    if resource.get("Type") not in FUNCTION_TYPES:
        return []
    return [
        Note(f"Did you mean {known}, not {name}?", stack.locate_property(logical_id, "Layers"))
        for name, _ in references(written_layers(stack, logical_id))
        if not name.startswith(_PSEUDO) and (known := _guess_name(owner_of(stack, name), name))
    ]


def _guess_name(stack: Stack, written: str) -> str | None:
    """The resource or parameter of a stack that a name was probably meant to be; None if there is one of that name."""
    named = [as_mapping(stack.data.get(section)) for section in NAMED]
    if any(written in names for names in named):
        return None
    return suggest(written, (str(name) for names in named for name in names))


def _locate_metadata(stack: Stack, logical_id: str, key: str) -> Location:
    return stack.locate(logical_id, "Metadata", key)


@cache  # most resources have the same keys
def _guess_key(written: str, names: frozenset[str]) -> str | None:
    return suggest(written, names)


@cache
def _property_names(resource_type: str) -> frozenset[str]:
    if resource_type in NESTED_STACKS:  # the only property that counts is required
        return frozenset()
    return (_LAYER_KEYS if resource_type in LAYER_TYPES else _FUNCTION_KEYS) | {CODE_PROPERTIES[resource_type]}


def _unbuilt_image(stack: Stack, logical_id: str, resource: ValueMapping) -> list[Note]:
    """Functions whose image sam does not build, because their metadata lack what it is built from."""
    properties, metadata = as_mapping(resource.get("Properties")), as_mapping(resource.get("Metadata"))
    is_of_image = resource.get("Type") in FUNCTION_TYPES and properties.get("PackageType") == "Image"
    if not is_of_image or metadata.get("SkipBuild") or image_uri(str(resource.get("Type")), properties):
        return []
    missing = [name for name in ("Dockerfile", "DockerContext") if not metadata.get(name)]
    text = f"sam does not build {logical_id}: there is no {' and no '.join(missing)} in its Metadata."
    return [Note(text, stack.locate(logical_id, "Metadata"))] if missing else []


def _without_effect(stack: Stack, logical_id: str, resource: ValueMapping) -> list[Note]:
    """Metadata for building a resource that is not built."""
    return [
        Note(
            f"{key} has no effect: sam does not build {logical_id}.{_advice(resource)}",
            _locate_metadata(stack, logical_id, key),
        )
        for key in as_mapping(resource.get("Metadata"))
        if key in (METADATA_KEY, DEPENDS_ON)
    ]


@cache
def _guess_type(written: str) -> str | None:
    """The type that was probably meant, of those that are built or lead to something that is built.

    The parts before the last are compared on their own: they are alike in types that differ.
    """
    service, _, name = written.rpartition("::")
    types = [one.rpartition("::") for one in _TYPES]
    names = [one for known_service, _, one in types if known_service == service]
    if names:
        known = suggest(name, names)
        return f"{service}::{known}" if known else None
    known = suggest(service, {one for one, _, known_name in types if known_name == name})
    return f"{known}::{name}" if known else None


def _misplaced_keys(stack: Stack, logical_id: str) -> list[Note]:
    """Keys that belong under Metadata and are elsewhere, where nothing reads them."""
    written = as_mapping(as_mapping(stack.data.get("Resources")).get(logical_id))
    places = ((written, ()), (as_mapping(written.get("Properties")), ("Properties",)))
    return [
        Note(
            f"{key} of {logical_id} belongs under Metadata; here it has no effect.",
            stack.locate(logical_id, *keys, key),
        )
        for mapping, keys in places
        for key in (METADATA_KEY, DEPENDS_ON)
        if key in mapping
    ]


def _advice(resource: ValueMapping) -> str:
    """What to do about a resource that is not built although its metadata has settings for a build."""
    if resource.get("Type") in LAYER_TYPES:
        return " A layer needs a BuildMethod in its Metadata."
    if resource.get("Type") in NESTED_STACKS:
        return " Write it at the functions and layers of the nested stack."
    return ""
