"""sam asks for the build images that samix names, for every runtime, build method and architecture."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from samcli.commands._utils.option_value_processor import process_image_options
from samcli.commands.build.build_context import BuildContext
from samcli.commands.build.utils import MountMode
from samcli.lib.build.app_builder import ApplicationBuilder
from samcli.lib.build.build_strategy import DefaultBuildStrategy
from samcli.lib.build.workflow_config import UnsupportedRuntimeException
from support.sam_oracle import IN_PROCESS, quick_sam

from samix.builders.images import build_image_name
from samix.options.merge import merge_options
from samix.template.resources import buildable_resources
from samix.template.stacks import load_application
from samix.template.value import as_mapping
from samix.units.decision import decide
from samix.units.unit import make_units

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from samix.template.value import ValueMapping

pytestmark = IN_PROCESS

RUNTIMES = [
    *(f"python3.{minor}" for minor in range(8, 15)),
    *(f"nodejs{major}.x" for major in range(16, 25, 2)),
    *("ruby3.2", "ruby3.3", "ruby3.4", "ruby4.0"),
    *("java8.al2", "java8.al2023", "java11", "java11.al2023", "java17", "java17.al2023", "java21", "java25"),
    *("dotnet6", "dotnet8", "dotnet10", "go1.x", "provided", "provided.al2", "provided.al2023"),
]
METHODS = ["makefile", "dotnet7", "dotnet", "rust-cargolambda", "python-uv", "esbuild"]
COMPATIBLE: list[list[str] | None] = [None, [], ["python3.11"], ["provided.al2023", "nodejs22.x"]]
ARCHITECTURES = [None, "x86_64", "arm64"]


class _Asked(Exception):  # noqa: N818 - no error: what sam would start has an image
    """sam asks the engine for an image."""


class _NoContainers:
    """Stands where sam's container manager does, which is the last to see the image."""

    def run(self, container: Any, context: object) -> NoReturn:  # noqa: ANN401 - sam publishes no types
        del context
        raise _Asked(container.image)

    def stop(self, container: object) -> None:
        """Nothing runs."""


def _function(runtime: str, method: str | None, architecture: str | None) -> ValueMapping:
    properties: ValueMapping = {"Runtime": runtime, "Handler": "app.handler", "CodeUri": "src"}
    if architecture:
        properties["Architectures"] = [architecture]
    metadata: ValueMapping = {"BuildMethod": method} if method else {}
    return {"Type": "AWS::Serverless::Function", "Properties": properties, "Metadata": metadata}


def _layer(method: str, compatible: list[str] | None, architecture: str | None) -> ValueMapping:
    properties: ValueMapping = {"ContentUri": "src"}
    if compatible is not None:
        properties["CompatibleRuntimes"] = [*compatible]
    metadata: ValueMapping = {"BuildMethod": method}
    if architecture:
        metadata["BuildArchitecture"] = architecture
    return {"Type": "AWS::Serverless::LayerVersion", "Properties": properties, "Metadata": metadata}


def _all_resources() -> Iterator[ValueMapping]:
    for architecture in ARCHITECTURES:
        for runtime in RUNTIMES:
            for method in [None, *METHODS, "nodejs22.x"]:
                yield _function(runtime, method, architecture)
        for method in [*RUNTIMES, *METHODS]:
            for compatible in COMPATIBLE:
                yield _layer(method, compatible, architecture)
    web: ValueMapping = {"Runtime": "nodejs22.x", "CodeUri": "src"}
    yield {"Type": "AWS::Serverless::WebFunction", "Properties": web}
    yield {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "python3.12", "Code": "src", "Handler": "a.b"}}
    yield {
        "Type": "AWS::Lambda::LayerVersion",
        "Properties": {"Content": "src", "CompatibleRuntimes": ["python3.12"]},
        "Metadata": {"BuildMethod": "makefile"},
    }


def _images_of_sam(template: Path, build_images: list[str]) -> dict[str, str]:
    """The image by the full path of each resource for which sam gets as far as asking for one."""
    build_dir = template.parent / "build"
    images: dict[str, str] = {}
    with (
        quick_sam(),
        BuildContext(
            None,
            str(template),
            None,
            str(build_dir),
            str(template.parent / "cache"),
            cached=False,
            parallel=False,
            mode=None,
            mount_with=MountMode.READ,
        ) as context,
    ):
        builder = ApplicationBuilder(
            context.collect_all_build_resources(),
            str(build_dir),
            str(template.parent),
            str(template.parent / "cache"),
            is_building_specific_resource=True,  # or else it writes build.toml
            manifest_path_override=str(template.parent / "src" / "pom.xml"),  # without one sam cannot start uv
            container_manager=_NoContainers(),
            build_images=process_image_options(tuple(build_images)),
        )
        graph = builder._get_build_graph()  # noqa: SLF001 - what ApplicationBuilder.build does first
        strategy = DefaultBuildStrategy(
            graph,
            str(build_dir),
            builder._build_function,  # noqa: SLF001 - the oracle
            builder._build_layer,  # noqa: SLF001 - likewise
        )
        for definition in graph.get_function_build_definitions():
            image = _asked_for(strategy.build_single_function_definition, definition)
            images |= {function.full_path: image for function in definition.functions if image}
        for definition in graph.get_layer_build_definitions():
            image = _asked_for(strategy.build_single_layer_definition, definition)
            images |= {definition.layer.full_path: image} if image else {}
    return images


def _asked_for(build: Any, definition: Any) -> str | None:  # noqa: ANN401 - sam publishes no types
    try:
        build(definition)
    except _Asked as asked:
        return str(asked)
    except UnsupportedRuntimeException:  # sam builds no such layer
        return None
    pytest.fail("sam built without a container")


def _images_of_samix(template: Path, build_images: list[str]) -> dict[str, str | None]:
    options = merge_options(
        {"template_file": str(template), "use_container": True, "build_image": [*build_images]}, {}, template.parent
    )
    application = load_application(template, {}, raw_paths=False)
    resources = [resource for stack in application.stacks for resource in buildable_resources(stack)]
    units = make_units(resources, decide(resources, options.rule_sets, options.default_type), options)
    return {resource.full_path: build_image_name(unit) for unit in units for resource in unit.resources}


@pytest.fixture
def template(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "pom.xml").write_text("<project/>", encoding="utf-8")  # or sam finds no builder for Java
    return tmp_path / "template.yaml"


def _write(template: Path, resources: ValueMapping) -> None:
    written = {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}
    template.write_text(json.dumps(written), encoding="utf-8")


def test_the_default_images_are_those_that_sam_asks_for(template: Path) -> None:
    resources: ValueMapping = {f"R{number}": resource for number, resource in enumerate(_all_resources())}
    _write(template, resources)
    of_sam = _images_of_sam(template, [])
    of_samix = _images_of_samix(template, [])
    assert {name: of_samix[name] for name in of_sam} == of_sam
    not_asked = [as_mapping(resources[name]) for name in resources.keys() - of_sam.keys()]
    methods = {as_mapping(one.get("Metadata")).get("BuildMethod") for one in not_asked}
    assert {one["Type"] for one in not_asked} == {"AWS::Serverless::LayerVersion"}
    assert methods == {"provided", "provided.al2", "provided.al2023", "go1.x", *METHODS} - {"makefile"}


def test_the_users_images_are_those_that_sam_asks_for(template: Path) -> None:
    ids = ["One", "Other", "Layer", "Rest"]
    _write(
        template,
        {
            "One": _function("python3.11", None, None),
            "Other": _function("nodejs22.x", "dotnet7", "arm64"),
            "Layer": _layer("makefile", None, None),
            "Rest": _layer("python3.11", None, "arm64"),
        },
    )
    build_images = ["One=localhost:5000/own/one:1", "all@sha256:0f", "Layer=layer", "Other=other:latest"]
    of_sam = _images_of_sam(template, build_images)
    assert [of_sam[name] for name in ids] == ["localhost:5000/own/one:1", "other:latest", "layer", "all@sha256:0f"]
    assert _images_of_samix(template, build_images) == of_sam
