"""Checks that refuse an impossible build before anything is built."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.workflow import runtime_workflow, workflow_of
from samix.files.access_log import observe
from samix.files.names import SAM_DIRECTORY
from samix.messages.errors import DependencyError, ReadOnlySourceError, TemplateError, UnusableOptionError
from samix.messages.suggestions import suggest
from samix.plan.neighbours import artifact_around
from samix.plan.places import are_nested
from samix.plan.sources import source_path
from samix.state.results import Results
from samix.template.artifact import relative_artifact
from samix.template.references import written_layers
from samix.template.resources import Kind
from samix.template.sam_rules import WEB_FUNCTIONS
from samix.template.types import CODE_PROPERTIES, WEB_FUNCTION

if TYPE_CHECKING:
    from samix.builders.outside import Outside
    from samix.options.merge import BuildOptions
    from samix.state.source_lists import Sources
    from samix.state.store import Store
    from samix.template.resources import Resource
    from samix.template.sam_rules import SamRules
    from samix.template.stacks import Application
    from samix.template.value import Value
    from samix.units.unit import Unit
_TRANSLATED = frozenset({"AWS::Serverless::Function", WEB_FUNCTION})  # whose properties sam looks through


def require_artifacts(unit: Unit, left_out: list[Unit], store: Store) -> None:
    """Raise a DependencyError if something that a unit uses and this build leaves out was not built before."""
    for needed in left_out:
        record = store.records.get(needed.name)
        is_there = record and record.image if needed.kind is Kind.IMAGE else store.find_artifact(needed)
        if not is_there:
            raise DependencyError(
                f"{unit.label} depends on {needed.label}, which is excluded and was not built before.",
                where=unit.first.location,
                hint=f"Build {needed.label} as well.",
            )


def refuse_namesakes(resources: Iterable[Resource]) -> None:
    """Raise a TemplateError if two resources have the same name."""
    seen: dict[str, Resource] = {}
    for resource in resources:
        earlier = seen.setdefault(resource.full_path, resource)
        if earlier is not resource:
            raise TemplateError(
                f"{earlier.logical_id} and {resource.logical_id} are both called {resource.full_path}.",
                where=resource.location,
                hint="Give each a SamResourceId of its own.",
            )


def guard_sources(application: Application, units: tuple[Unit, ...], options: BuildOptions) -> None:
    """Raise an UnusableOptionError if results would lie around a template or source, or in a source that is copied."""
    protected = [(stack.template.path, "a template") for stack in application.stacks]
    protected += [(path, f"the source of {unit.label}") for unit in units if (path := source_path(unit, options))]
    real_paths = {path: os.path.realpath(observe(path)) for path, _ in protected}
    sources = [(real_paths[path], what) for path, what in protected]
    copied = {real_paths[path] for unit in units if _is_copied(unit) and (path := source_path(unit, options))}
    for option, directory in (("--build-dir", options.build_dir), ("--cache-dir", options.cache_dir)):
        place = Path(os.path.realpath(observe(directory)))
        for real, what in sources:
            if not are_nested(real, str(place)):
                continue
            source = Path(real)
            if source.is_relative_to(place):
                problem = f"{directory} is or contains {what}; a build would remove everything in that directory."
            elif _becomes_part(place, source) and (source.is_file() or real in copied):
                problem = f"{directory} lies in {what}, and would become part of it."
            else:
                continue
            raise UnusableOptionError(f"{option}: {problem}", hint="Choose a separate directory.")
    for option, file in (("--summary", options.reporting.summary), ("--trace", options.reporting.trace)):
        for real, what in sources if file else ():
            if file and _becomes_part(Path(os.path.realpath(observe(file))), Path(real)):
                raise UnusableOptionError(
                    f"{option}: {file} is {what} or lies in it, so that it would never be up to date.",
                    hint="Name a file elsewhere, such as one in .aws-sam.",
                )


def refuse_linked_results(unit: Unit, sources: Sources, options: BuildOptions) -> None:
    """Raise an UnusableOptionError if a link in a source that is copied leads to a directory of results.

    Builders copy the targets of links to directories (`aws_lambda_builders.utils.copytree`): a build dir in there would
    become part of each artifact, and so of itself. sam itself fails there with an endless recursion.
    """
    source = source_path(unit, options)
    links = [path for path, entry in sources.entries.items() if entry.startswith("link ") and path[:3] != "../"]
    if source is None or not links or unit.needs_engine or not _is_copied(unit):
        return  # a link that is sent to an engine stays one
    if not Results.of(options.project, options.build_dir, options.cache_dir).places:
        return
    for path in links:
        link = source / path
        for option, directory in (("--build-dir", options.build_dir), ("--cache-dir", options.cache_dir)):
            if Path(os.path.realpath(observe(directory))).is_relative_to(os.path.realpath(observe(link))):
                raise UnusableOptionError(
                    f"{option}: {directory} lies in the target of {link}, a link in the source of {unit.label}: it"
                    " would become part of that.",
                    hint="Choose a separate directory.",
                )


def refuse_last_build(
    targets: Iterable[Unit], outside: Mapping[str, Outside], units: Sequence[Unit], options: BuildOptions
) -> None:
    """Raise a TemplateError if the makefile of a target reads or writes an artifact by its path in the project.

    sam builds right there. samix puts a build in place when all of it is built, so the makefile would find that of the
    last build. `outside` is by name what each unit has to do with outside of its source.
    """
    artifacts = {options.build_dir / relative_artifact(one) for unit in units for one in unit.resources}
    for unit in targets:
        for path in outside[unit.name].misplaced:
            if artifact_around(path, artifacts):
                own = options.build_dir / relative_artifact(unit.first)
                named = os.path.relpath(path, options.project)
                raise TemplateError(
                    f"The makefile of {unit.label} names {named}, which still holds the last build while samix builds.",
                    where=unit.first.location,
                    hint=f"Write $(ARTIFACTS_DIR){_from(own, path)}, which sam resolves to the same place.",
                )


def _from(place: Path, path: Path) -> str:
    """A path relative to a directory, to be put behind the name of that directory."""
    return "" if path == place else f"/{os.path.relpath(path, place)}"


def _is_copied(unit: Unit) -> bool:
    """Whether the unit's builder copies its source before it builds, together with a build dir in it."""
    return unit.needs_engine or not (unit.is_in_source or workflow_of(unit).builds_in_source)


def _becomes_part(place: Path, source: Path) -> bool:
    return place.is_relative_to(source) and SAM_DIRECTORY not in place.relative_to(source).parts


def refuse_too_new(units: Iterable[Unit], rules: SamRules) -> None:
    """Raise an OldSamError if the installed sam would ignore a unit: it would leave no artifact, and end well."""
    for unit in units:
        if unit.first.type == WEB_FUNCTION and not rules.has(WEB_FUNCTIONS):
            hint = f"leave it out with --exclude {unit.name}"
            raise rules.too_old(WEB_FUNCTIONS, WEB_FUNCTION, where=unit.first.location, hint=hint)


def refuse_read_only(units: Iterable[Unit], options: BuildOptions) -> None:
    """Raise a ReadOnlySourceError where sam would ask: a builder in a container writes into its source."""
    if options.mount_with == "WRITE":
        return
    for unit in units:
        if unit.in_container and runtime_workflow(unit).writes_source and not unit.first.has_own_build:
            raise ReadOnlySourceError(
                f"Building {unit.label} in a container needs to write to its source directory.",
                where=unit.first.location,
                hint="Allow it with --mount-with WRITE, or build it on the host.",
            )


def refuse_unbuildable(first: Resource, application: Application) -> None:
    """Raise a TemplateError for what sam would refuse, or fail at with a traceback."""
    if first.builder is None and first.kind is not Kind.IMAGE:
        raise _no_builder(first, application)
    stack = application.by_path[first.stack_path]
    is_translated = first.type in _TRANSLATED
    if isinstance(first.properties.get("Layers"), int | float) or (
        is_translated and not _may_be_layers(written_layers(stack, first.logical_id))
    ):
        where = stack.locate_property(first.logical_id, "Layers")  # the unit's own template has none
        raise TemplateError(f"The Layers of {first.full_path} are not a list.", where=where)
    code_property = CODE_PROPERTIES[first.type]
    if isinstance(first.properties.get(code_property), int | float | list):
        where = stack.locate(first.logical_id, "Properties", code_property)
        raise TemplateError(f"The {code_property} of {first.full_path} is not a path.", where=where)


def _may_be_layers(written: Value) -> bool:
    """Whether `Layers` may be those of a function; the result of an intrinsic function is not checked.

    Mirrors the types of `samtranslator.model.sam_resources.SamFunction`.
    """
    if isinstance(written, list):
        return all(isinstance(layer, str | dict) for layer in written)
    return written is None or isinstance(written, dict)


def _no_builder(resource: Resource, application: Application) -> TemplateError:
    """What is wrong with a function without a runtime or a layer without a method: sam ends with a traceback."""
    stack = application.by_path[resource.stack_path]
    if resource.kind is Kind.LAYER:  # without any method sam would not build it
        name, written = "BuildMethod", resource.metadata.get("BuildMethod")
        where = stack.locate(resource.logical_id, "Metadata", name)
    else:
        name, written = "Runtime", resource.properties.get("Runtime")
        where = stack.locate_property(resource.logical_id, name)
    what, hint = "is missing.", f"Add {name} to it{' or to Globals' if name == 'Runtime' else ''}."
    if written is not None:
        what = f"cannot be resolved: {json.dumps(written, default=str)}"
        hint = "Write the value itself, or give the parameters that it is made from."
    guesses = ((key, suggest(key, {"Runtime", "PackageType"})) for key in resource.properties if written is None)
    misspelt, known = next((guess for guess in guesses if guess[1]), ("", None))
    if known:
        where = stack.locate_property(resource.logical_id, misspelt)
        hint = f"Did you mean {known}, not {misspelt}?"
    return TemplateError(f"The {name} of {resource.full_path} {what}", where=where, hint=hint)
