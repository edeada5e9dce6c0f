"""What sam sees in an application, by sam's own code in this process, and what samix sees."""

from __future__ import annotations

import copy
import functools
import os
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import samcli.commands._utils.template as sam_template
import samtranslator.translator.translator as sam_translator
from samcli.commands.build.build_context import BuildContext
from samcli.commands.build.utils import MountMode
from samcli.lib.build.app_builder import ApplicationBuilder, ApplicationBuildResult
from samcli.lib.providers.provider import get_build_entry_point
from samcli.local.docker import container
from samtranslator.validator.validator import SamTemplateValidator

from samix.options.merge import merge_options
from samix.options.parameters import parse_environment
from samix.template.built_template import built_template
from samix.template.dump import dump_template
from samix.template.references import referenced_layers
from samix.template.resources import Kind, buildable_resources
from samix.template.stacks import load_application
from samix.units.decision import decide
from samix.units.unit import make_units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from samix.template.resources import Resource
    from samix.template.value import Value, ValueMapping

IN_PROCESS = [
    pytest.mark.usefixtures("clean_environment"),
    # sam itself calls what its own libraries have deprecated
    pytest.mark.filterwarnings(r"ignore:\w+ is deprecated and will be removed in a future:DeprecationWarning"),
    pytest.mark.filterwarnings(r"ignore:jsonschema\.RefResolver is deprecated:DeprecationWarning"),
]

Seen: TypeAlias = "dict[str, dict[str, object]]"
Groups: TypeAlias = "set[frozenset[str]]"


@dataclass(frozen=True)
class View:
    """What a tool sees in an application."""

    resources: Seen
    groups: Groups
    remote: frozenset[str]
    templates: dict[str, str]
    layers: dict[str, frozenset[str]]


@dataclass(frozen=True)
class Case:
    """An application, how it is built, and the full paths of what is built."""

    files: Mapping[str, str]
    builds: set[str]
    template: str = "template.yaml"
    links: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    region: str | None = None
    environment: tuple[str, ...] = ()
    language_extensions: bool = False


def write_case(project: Path, case: Case) -> Path:
    for name, text in case.files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name, target in case.links.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).symlink_to(target)
    return project / case.template


def views(project: Path, case: Case) -> tuple[View, View]:
    """What sam sees, and what samix sees."""
    template = write_case(project, case)
    build_dir = project / ".aws-sam" / "build"
    return view_of_sam(template, case, build_dir), view_of_samix(template, case, build_dir)


def view_of_sam(template: Path, case: Case, build_dir: Path) -> View:
    with (
        BuildContext(
            None,
            str(template),
            None,
            str(build_dir),
            str(build_dir.parent / "cache"),
            cached=False,
            parallel=False,
            mode=None,
            parameter_overrides=dict(case.parameters),
            aws_region=case.region,
            mount_with=MountMode.READ,
            language_extensions=case.language_extensions,
        ) as context,
    ):
        remote = {path for stack in context.stacks for path in _remote_stacks(stack)}
        context._stacks = context._handle_build_pre_processing()  # noqa: SLF001 - what BuildContext.run does first
        collected = context.collect_all_build_resources()
        environment: dict[str, dict[str, str]] = parse_environment(case.environment, source="-e")
        builder = ApplicationBuilder(
            collected,
            str(build_dir),
            None,
            str(build_dir.parent / "cache"),
            is_building_specific_resource=True,  # or else it writes build.toml
            container_env_var=environment,
        )
        graph = builder._get_build_graph(environment)  # noqa: SLF001 - the oracle for what is built once
        definitions = graph.get_function_build_definitions()
        artifacts = {
            resource.full_path: f"{resource.name.lower()}:latest"
            if getattr(resource, "packagetype", "Zip") == "Image"
            else resource.get_build_dir(str(build_dir))
            for resource in [*collected.functions, *collected.layers]
        }
        resources = {
            **{function.full_path: _function_of_sam(function) for function in collected.functions},
            **{layer.full_path: _layer_of_sam(layer) for layer in collected.layers},
        }
        context._handle_build_post_processing(  # noqa: SLF001 - writes the built templates
            builder, ApplicationBuildResult(graph, artifacts)
        )
        templates = {
            stack.stack_path: Path(stack.get_output_template_path(str(build_dir))).read_text(encoding="utf-8")
            for stack in context.stacks
        }
        built = {layer.full_path for layer in collected.layers}
        layers = {
            function.full_path: frozenset(
                layer.full_path for layer in getattr(function, "layers", ()) if layer.is_defined_within_template
            )
            & built
            for function in collected.functions
        }
    groups = {frozenset(function.full_path for function in definition.functions) for definition in definitions}
    return View(resources, groups, frozenset(remote), templates, layers)


def _remote_stacks(stack: Any) -> Iterator[str]:  # noqa: ANN401 - sam publishes no types
    for logical_id, resource in stack.resources.items():
        location = {"AWS::Serverless::Application": "Location", "AWS::CloudFormation::Stack": "TemplateURL"}.get(
            resource.get("Type")
        )
        written = resource.get("Properties", {}).get(location) if location else "local"
        if isinstance(written, dict) or written.startswith(("s3://", "http://", "https://")):
            yield f"{stack.stack_path}/{logical_id}" if stack.stack_path else logical_id


def _function_of_sam(function: Any) -> dict[str, object]:  # noqa: ANN401 - sam publishes no types
    is_image = function.packagetype == "Image"
    return {
        "code": None if is_image else _absolute(function.codeuri),
        "runtime": _text(function.runtime),
        "handler": _text(get_build_entry_point(function)),
        "build method": _text((function.metadata or {}).get("BuildMethod")),
        "architecture": function.architecture,
        "metadata": _with_absolute_context(function.metadata),
        "image": is_image,
        "directory": function.name,
    }


def _layer_of_sam(layer: Any) -> dict[str, object]:  # noqa: ANN401 - sam publishes no types
    return {
        "code": _absolute(layer.codeuri),
        "build method": _text(layer.build_method),
        # sam fails in the build where it is no text
        "architecture": _text(layer.build_architecture) or "x86_64",
        "metadata": copy.deepcopy(layer.metadata),
        "compatible runtimes": layer.compatible_runtimes,
        "directory": layer.name,
    }


def _absolute(path: str) -> str:
    """sam's paths are relative to the working directory where a template is a link."""
    return path if os.path.isabs(path) or not path else os.path.abspath(path)


def _with_absolute_context(metadata: dict[str, object]) -> dict[str, object]:
    metadata = copy.deepcopy(metadata)  # sam moves the paths in it when it writes the built template
    context = metadata.get("DockerContext")
    return {**metadata, "DockerContext": _absolute(context)} if isinstance(context, str) else metadata


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def view_of_samix(
    template: Path, case: Case, build_dir: Path, dump: Callable[[ValueMapping], str] = dump_template
) -> View:
    options = merge_options(
        {
            "template_file": str(template),
            "parameter_overrides": dict(case.parameters),
            "region": case.region,
            "container_env_var": list(case.environment),
            "use_container": bool(case.environment),  # to samix they mean nothing on the host
        },
        {},
        template.parent,
    )
    application = load_application(
        options.template,
        options.parameters,
        raw_paths=False,
        region=options.region,
        language_extensions=case.language_extensions,
    )
    resources = [resource for stack in application.stacks for resource in buildable_resources(stack)]
    decisions = decide(resources, options.rule_sets, options.default_type)
    units = make_units(resources, decisions, options)
    by_id = {
        (resource.stack_path, resource.logical_id): resource.full_path
        for resource in resources
        if resource.kind is Kind.LAYER
    }
    artifacts: dict[str, Path | str] = {
        resource.full_path: f"{resource.logical_id.lower()}:latest"
        if resource.kind is Kind.IMAGE
        else build_dir / resource.stack_path / resource.logical_id
        for resource in resources
    }
    return View(
        {resource.full_path: _resource_of_samix(resource) for resource in resources},
        {frozenset(resource.full_path for resource in unit.resources) for unit in units if unit.kind is not Kind.LAYER},
        frozenset(application.remote),
        {stack.path: dump(built_template(application, stack, artifacts, build_dir)) for stack in application.stacks},
        {
            resource.full_path: frozenset(referenced_layers(application, resource, by_id))
            for resource in resources
            if resource.kind is not Kind.LAYER
        },
    )


def _resource_of_samix(resource: Resource) -> dict[str, object]:
    common: dict[str, object] = {
        "code": None if resource.kind is Kind.IMAGE else resource.code,
        "build method": resource.build_method,
        "architecture": resource.architecture,
        "metadata": resource.metadata,
        "directory": resource.logical_id,
    }
    if resource.kind is Kind.LAYER:
        return {**common, "compatible runtimes": resource.properties.get("CompatibleRuntimes") or []}
    return {
        **common,
        "runtime": resource.runtime,
        "handler": resource.handler,
        "image": resource.kind is Kind.IMAGE,
    }


@contextmanager
def quick_sam() -> Iterator[None]:
    """Leaves out of sam what takes most of its time and changes nothing of what it sees.

    The policy templates, which no build needs, are read once; the schema of a template is not checked, the result of
    which sam only logs; and what it writes is not written as YAML, which is compared on its own. No free port is looked
    for: sam leaves a socket open for each that is taken, which is an error here.
    """
    once = functools.cache(sam_translator.make_policy_template_for_function_plugin)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sam_translator, "make_policy_template_for_function_plugin", once)
        patch.setattr(SamTemplateValidator, "validate", staticmethod(lambda *_, **__: ""))
        patch.setattr(sam_template, "yaml_dump", written_plainly)
        patch.setattr(container, "find_free_port", lambda *_, **__: 0)
        yield


def written_plainly(data: Value) -> str:
    """A template as text, with the order of keys that sam's YAML has: that of the file, else the alphabet's."""
    return repr(_ordered(data))


def _ordered(value: Value) -> object:
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    if not isinstance(value, dict):
        return value
    pairs = [(key, _ordered(item)) for key, item in value.items()]
    return pairs if isinstance(value, OrderedDict) else sorted(pairs, key=str)
