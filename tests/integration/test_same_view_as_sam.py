"""samix sees in a template what sam sees: sam's own code is the oracle, no expectation is written by hand.

The table states which resources each template builds, so that a case cannot pass by being empty on both sides.
"""

from __future__ import annotations

import copy
import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import tomlkit
import yaml
from click import BadParameter
from hypothesis import HealthCheck, Phase, assume, example, given, settings
from hypothesis import strategies as st
from samcli.cli.types import CfnParameterOverridesType
from samcli.commands.build.build_context import BuildContext
from samcli.commands.build.utils import MountMode
from samcli.commands.exceptions import UserException
from samcli.lib.build.app_builder import ApplicationBuilder, ApplicationBuildResult
from samcli.lib.build.exceptions import MissingFunctionHandlerException
from samcli.lib.config.exceptions import FileParseException
from samcli.lib.providers.provider import get_build_entry_point
from samcli.yamlhelper import yaml_dump, yaml_parse

from samix.errors import OptionError
from samix.options import merge_options
from samix.parameters import parse_environment, parse_overrides
from samix.plan.build_type import decide
from samix.plan.units import make_units
from samix.template.built import built_template
from samix.template.dump import dump_template
from samix.template.load import load_template
from samix.template.resources import Kind, buildable_resources
from samix.template.stacks import load_application

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from samix.template.resources import Resource
    from samix.template.value import Value, ValueMapping

# sam itself calls what its own libraries have deprecated
pytestmark = [
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


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "SAM_CLI_ENABLE_LANGUAGE_EXTENSIONS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path.resolve() / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    return root


def write_case(project: Path, case: Case) -> Path:
    for name, text in case.files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name, target in case.links.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).symlink_to(target)
    return project / case.template


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
    groups = {frozenset(function.full_path for function in definition.functions) for definition in definitions}
    return View(resources, groups, frozenset(remote), templates)


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
        "architecture": layer.build_architecture,
        "metadata": copy.deepcopy(layer.metadata),
        "compatible runtimes": layer.compatible_runtimes,
        "directory": layer.name,
    }


def _absolute(path: str) -> str:
    """sam's paths are relative to the working directory where a template is a link."""
    return path if os.path.isabs(path) else os.path.abspath(path)


def _with_absolute_context(metadata: dict[str, object]) -> dict[str, object]:
    metadata = copy.deepcopy(metadata)  # sam moves the paths in it when it writes the built template
    context = metadata.get("DockerContext")
    return {**metadata, "DockerContext": _absolute(context)} if isinstance(context, str) else metadata


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def view_of_samix(template: Path, case: Case, build_dir: Path) -> View:
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
        options.template, options.parameters, raw_paths=False, language_extensions=case.language_extensions
    )
    resources = [resource for stack in application.stacks for resource in buildable_resources(stack)]
    decisions = decide(application, resources, options.rule_sets, options.default_type)
    units = make_units(resources, decisions, options)
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
        {
            stack.path: dump_template(built_template(application, stack, artifacts, build_dir))
            for stack in application.stacks
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


def views(project: Path, case: Case) -> tuple[View, View]:
    template = write_case(project, case)
    build_dir = project / ".aws-sam" / "build"
    return view_of_sam(template, case, build_dir), view_of_samix(template, case, build_dir)


def function(body: str = "", *, resource_type: str = "AWS::Serverless::Function", metadata: str = "") -> str:
    """The text of a Python function, indented to stand below a logical id."""
    defaults = {"Handler": "app.handler", "Runtime": "python3.12"}
    lines = [f"{key}: {value}" for key, value in defaults.items() if f"{key}:" not in body]
    text = f"    Type: {resource_type}\n    Properties:\n"
    text += "".join(f"      {line}\n" for line in [*lines, *body.strip("\n").splitlines()])
    if metadata:
        text += "    Metadata:\n" + "".join(f"      {line}\n" for line in metadata.strip("\n").splitlines())
    return text


def stack(resources: Mapping[str, str], *, before: str = "") -> str:
    """The text of a template with these resources."""
    head = "AWSTemplateFormatVersion: 2010-09-09\nTransform: AWS::Serverless-2016-10-31\n"
    return head + before + "Resources:\n" + "".join(f"  {name}:\n{text}" for name, text in resources.items())


def nested(location: str, parameters: str = "") -> str:
    text = f"    Type: AWS::Serverless::Application\n    Properties:\n      Location: {location}\n"
    return text + (f"      Parameters: {parameters}\n" if parameters else "")


def layer(body: str = "ContentUri: layer", *, metadata: str = "BuildMethod: python3.12") -> str:
    text = function(body, resource_type="AWS::Serverless::LayerVersion", metadata=metadata)
    return text.replace("      Handler: app.handler\n      Runtime: python3.12\n", "")


def root_only(text: str, *builds: str, parameters: Mapping[str, str] | None = None) -> Case:
    return Case({"template.yaml": text}, set(builds), parameters=parameters or {})


PARAMETERS = """\
Parameters:
  Dir: {Type: String, Default: src}
  Version: {Type: String, Default: python3.11}
  Number: {Type: Number, Default: 7}
  Ratio: {Type: Number, Default: 1.5}
  Empty: {Type: String, Default: ''}
  Flags: {Type: CommaDelimitedList, Default: 'arm64, x86_64'}
  Given: {Type: String}
  Stage: {Type: String, Default: dev}
"""
MAPPINGS = """\
Mappings:
  ByStage:
    dev: {Dir: src/dev, Runtime: python3.12}
    prod: {Dir: src/prod, Runtime: python3.13}
"""
CONDITIONS = """\
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [!Condition IsProd]
  IsBoth: !And [!Condition IsProd, !Condition IsDev]
  IsAny: !Or [!Condition IsProd, !Equals [!Ref Dir, src]]
"""
ALL_SECTIONS = PARAMETERS + MAPPINGS + CONDITIONS
IMAGE = "PackageType: Image"
IMAGE_METADATA = "Dockerfile: Dockerfile\nDockerContext: ./image\nDockerTag: v1"


def expression_case(**properties: str) -> Case:
    """One function whose properties are written with intrinsics."""
    body = "".join(f"{key}: {value}\n" for key, value in properties.items())
    return root_only(stack({"Fn": function(body)}, before=ALL_SECTIONS), "Fn")


CASES: dict[str, Case] = {
    "plain function": root_only(stack({"Fn": function("CodeUri: src")}), "Fn"),
    "code path missing": root_only(stack({"Fn": function()}), "Fn"),
    "code path is normalised": root_only(stack({"Fn": function("CodeUri: ./a/../src/")}), "Fn"),
    "code path is absolute": root_only(stack({"Fn": function("CodeUri: /opt/source/")}), "Fn"),
    "code path with parent": root_only(stack({"Fn": function("CodeUri: ../elsewhere")}), "Fn"),
    "globals": root_only(
        stack(
            {
                "Fn": "    Type: AWS::Serverless::Function\n",
                "Own": function("CodeUri: own\nArchitectures: [x86_64]"),
                "Opted": function("CodeUri: src") + "    IgnoreGlobals: [Architectures]\n",
                "Out": function() + "    IgnoreGlobals: '*'\n",
                "Classic": function("Code: src", resource_type="AWS::Lambda::Function"),
            },
            before="Globals:\n  Function:\n    Handler: g.handler\n    Runtime: python3.13\n"
            "    CodeUri: shared\n    Architectures: [arm64]\n",
        ),
        "Fn",
        "Own",
        "Opted",
        "Out",
        "Classic",
    ),
    "globals with intrinsics": root_only(
        stack(
            {"Fn": "    Type: AWS::Serverless::Function\n"},
            before=ALL_SECTIONS + "Globals:\n  Function:\n    Handler: !Sub '${Stage}.handler'\n"
            "    Runtime: !FindInMap [ByStage, !Ref Stage, Runtime]\n    CodeUri: !Ref Dir\n",
        ),
        "Fn",
    ),
    "layers of globals are joined": root_only(
        stack(
            {"Fn": function("CodeUri: src\nLayers: [!Ref Own]"), "Own": layer(), "Shared": layer()},
            before="Globals:\n  Function:\n    Layers: [!Ref Shared]\n",
        ),
        "Fn",
        "Own",
        "Shared",
    ),
    "parameter default": expression_case(CodeUri="!Ref Dir", Runtime="!Ref Version", Handler="!Ref Stage"),
    "parameter given": Case(
        {"template.yaml": stack({"Fn": function("CodeUri: !Ref Dir\nHandler: !Ref Given")}, before=PARAMETERS)},
        {"Fn"},
        parameters={"Dir": "given/dir", "Given": "given.handler"},
    ),
    "parameter without value": expression_case(CodeUri="!Ref Given"),
    "parameter is empty": expression_case(CodeUri="!Sub 'src${Empty}'", Runtime="!Ref Empty"),
    "parameter is a number": expression_case(CodeUri="!Sub 'src${Number}'", MemorySize="!Ref Number"),
    "parameter is a float": expression_case(CodeUri="!Sub 'src${Ratio}'", Runtime="!Ref Ratio"),
    "parameter is a list": expression_case(Architectures="[!Select [0, !Ref Flags]]", CodeUri="src"),
    "parameters in metadata": root_only(
        stack(
            {
                "Fn": function("CodeUri: src", metadata="BuildMethod: !Ref Stage\nDeep: {List: [!Ref Dir, plain]}"),
                "Layer": layer(metadata="BuildMethod: !Ref Version\nBuildArchitecture: !Select [0, !Ref Flags]"),
                "Float": function("CodeUri: src", metadata="Ratio: !Ref Ratio"),
            },
            before=PARAMETERS,
        ),
        "Fn",
        "Layer",
        "Float",
    ),
    "region": Case(
        {"template.yaml": stack({"Fn": function("CodeUri: !Sub 'src/${AWS::Region}'")})},
        {"Fn"},
        region="eu-central-1",
    ),
    "pseudo parameters": expression_case(
        CodeUri="!Sub '${AWS::Partition}/${AWS::AccountId}/${AWS::StackName}/${AWS::Region}/${AWS::URLSuffix}'",
        Handler="!Ref AWS::StackId",
    ),
    "partition of a region": Case(
        {"template.yaml": stack({"Fn": function("CodeUri: !GetAtt Fn.Arn")})}, {"Fn"}, region="cn-north-1"
    ),
    "mapping": expression_case(
        CodeUri="!FindInMap [ByStage, !Ref Stage, Dir]", Runtime="!FindInMap [ByStage, prod, Runtime]"
    ),
    "mapping without entry": expression_case(CodeUri="!FindInMap [ByStage, other, Dir]"),
    "if true": expression_case(CodeUri="!If [IsDev, !Ref Dir, other]", Runtime="!If [IsAny, python3.13, python3.9]"),
    "if false": expression_case(CodeUri="!If [IsBoth, !Ref Dir, other]"),
    "if with no value chosen": expression_case(CodeUri="!If [IsProd, src, !Ref 'AWS::NoValue']"),
    "if with no value not chosen": expression_case(CodeUri="!If [IsDev, src, !Ref 'AWS::NoValue']"),
    "if without condition": expression_case(CodeUri="!If [Unknown, src, other]"),
    "no value": expression_case(Description="!Ref AWS::NoValue", CodeUri="src", Runtime="!Ref AWS::NoValue"),
    "sub short": expression_case(CodeUri="!Sub '${Dir}/${Stage}/${!Literal}'"),
    "sub list": expression_case(CodeUri="!Sub ['${Where}/x', {Where: !Ref Dir}]"),
    "sub list with dots": expression_case(CodeUri="!Sub ['${Where}/x', {Where: ../up}]"),
    "sub of an attribute": expression_case(CodeUri="!Sub '${Fn.Arn}'", Handler="!Sub '${Fn.Unknown}.x'"),
    "sub with backslash": Case(
        {"template.yaml": stack({"Fn": function("CodeUri: !Sub 'src/${Dir}'")}, before=PARAMETERS)},
        {"Fn"},
        parameters={"Dir": r"a\new\d"},
    ),
    "join": expression_case(CodeUri="!Join [/, [!Ref Dir, !Ref Stage, fn]]"),
    "join of a list parameter": expression_case(CodeUri="!Join ['-', !Ref Flags]"),
    "select from split": expression_case(CodeUri="!Select [1, !Split [',', 'a,b,c']]"),
    "select out of range": expression_case(CodeUri="!Select [9, !Split [',', 'a,b,c']]"),
    "select by text": expression_case(CodeUri="!Select ['1', [a, b]]"),
    "base64": expression_case(CodeUri="src", Handler="!Base64 plain"),
    "import value": expression_case(CodeUri="!ImportValue Shared", Runtime="!ImportValue Runtime"),
    "reference to a resource": expression_case(CodeUri="!Ref Fn"),
    "attribute": expression_case(CodeUri="!GetAtt Fn.Arn", Handler="!GetAtt Fn.Other"),
    "one value unresolvable": expression_case(
        CodeUri="src", Environment="{Variables: {A: !ImportValue X, B: !Ref Dir}}"
    ),
    "inline code": root_only(
        stack(
            {
                "Fn": function("InlineCode: 'def handler(): pass'"),
                "Classic": function("Code: {ZipFile: 'x'}", resource_type="AWS::Lambda::Function"),
                "Built": function("CodeUri: src"),
            }
        ),
        "Built",
    ),
    "code in S3": root_only(
        stack(
            {
                "Uri": function("CodeUri: s3://bucket/key"),
                "Place": function("CodeUri: {Bucket: b, Key: k}"),
                "Classic": function("Code: {S3Bucket: b, S3Key: k}", resource_type="AWS::Lambda::Function"),
                "LayerUri": layer("ContentUri: s3://bucket/key"),
                "Built": function("CodeUri: src"),
            }
        ),
        "Built",
    ),
    "zip files": root_only(
        stack(
            {
                "Zip": function("CodeUri: built/code.zip"),
                "LayerZip": layer("ContentUri: layer.zip"),
                "Built": function("CodeUri: zip"),
            }
        ),
        "Built",
    ),
    "skip build": root_only(
        stack(
            {
                "Skipped": function("CodeUri: src", metadata="SkipBuild: true"),
                "SkippedByText": function("CodeUri: src", metadata="SkipBuild: 'false'"),
                "SkippedLayer": layer(metadata="BuildMethod: python3.12\nSkipBuild: true"),
                "Built": function("CodeUri: src", metadata="SkipBuild: false"),
            }
        ),
        "Built",
    ),
    "layers": root_only(
        stack(
            {
                "Plain": layer(),
                "Runtimes": layer("ContentUri: l\nCompatibleRuntimes: [python3.12, python3.13]"),
                "Makefile": layer(metadata="BuildMethod: makefile\nBuildArchitecture: arm64"),
                "Classic": layer("Content: src").replace("Serverless", "Lambda"),
                "NotBuilt": layer(metadata="Other: yes"),
                "Unnamed": layer(metadata="BuildMethod: ''"),
            }
        ),
        "Plain",
        "Runtimes",
        "Makefile",
        "Classic",
    ),
    "classic resources": root_only(
        stack(
            {
                "Fn": function("Code: src", resource_type="AWS::Lambda::Function"),
                "NoCode": function("Code: {}", resource_type="AWS::Lambda::Function"),
                "Same": function("Code: src", resource_type="AWS::Lambda::Function"),
                "Serverless": function("CodeUri: src"),
            }
        ),
        "Fn",
        "NoCode",
        "Same",
        "Serverless",
    ),
    "web function": root_only(
        stack(
            {
                "Web": "    Type: AWS::Serverless::WebFunction\n    Properties:\n      CodeUri: src\n"
                "      Runtime: nodejs22.x\n      EntryPoint: server.js\n",
                "Default": "    Type: AWS::Serverless::WebFunction\n    Properties:\n      CodeUri: src\n"
                "      Runtime: nodejs22.x\n",
                "Twin": function("CodeUri: src\nRuntime: nodejs22.x\nHandler: server.js"),
            }
        ),
        "Web",
        "Default",
        "Twin",
    ),
    "image functions": root_only(
        stack(
            {
                "Image": function(IMAGE, metadata=IMAGE_METADATA),
                "Same": function(IMAGE, metadata=IMAGE_METADATA),
                "Tagged": function(IMAGE, metadata=IMAGE_METADATA.replace("v1", "v2")),
                "Arm": function(IMAGE + "\nArchitectures: [arm64]", metadata=IMAGE_METADATA),
                "Classic": function(IMAGE, resource_type="AWS::Lambda::Function", metadata=IMAGE_METADATA),
                "NoFile": function(IMAGE, metadata="DockerContext: image"),
                "NoContext": function(IMAGE, metadata="Dockerfile: Dockerfile"),
                "Remote": function(IMAGE + "\nImageUri: 123456789012.dkr.ecr.us-east-1.amazonaws.com/repo:tag"),
                "Named": function(IMAGE + "\nImageUri: some-name", metadata=IMAGE_METADATA),
            }
        ),
        "Image",
        "Same",
        "Tagged",
        "Arm",
        "Classic",
        "Named",
    ),
    "image archive": Case(
        {
            "template.yaml": stack({"Fn": function(IMAGE + "\nImageUri: ./image.tar.gz")}),
            "image.tar.gz": "not read by the view",
        },
        {"Fn"},
    ),
    "same image from two stacks": Case(
        {
            "template.yaml": stack({"Fn": function(IMAGE, metadata=IMAGE_METADATA), "Sub": nested("sub/t.yaml")}),
            "sub/t.yaml": stack({"Fn": function(IMAGE, metadata=IMAGE_METADATA.replace("./", "../"))}),
        },
        {"Fn", "Sub/Fn"},
    ),
    "docker context of a zip function": Case(
        {
            "template.yaml": stack(
                {"Fn": function("CodeUri: src", metadata="DockerContext: a"), "Sub": nested("sub/t.yaml")}
            ),
            "sub/t.yaml": stack({"Fn": function("CodeUri: ../src", metadata="DockerContext: ../a")}),
        },
        {"Fn", "Sub/Fn"},
    ),
    "grouping": root_only(
        stack(
            {
                "A": function("CodeUri: src"),
                "Same": function("CodeUri: ./src/\nHandler: other.handler"),
                "OtherRuntime": function("CodeUri: src\nRuntime: python3.13"),
                "OtherCode": function("CodeUri: src2"),
                "OtherArchitecture": function("CodeUri: src\nArchitectures: [arm64]"),
                "OtherMetadata": function("CodeUri: src", metadata="Extra: 1"),
                "SameMetadata": function("CodeUri: src", metadata="Extra: 1"),
                "NamedMetadata": function("CodeUri: src", metadata="Extra: 1\nSamResourceId: Custom"),
                "FloatMetadata": function("CodeUri: src", metadata="Extra: 1.0"),
                "TrueMetadata": function("CodeUri: src", metadata="Extra: true"),
                "TextMetadata": function("CodeUri: src", metadata="Extra: '1'"),
                "Makefile": function("CodeUri: src", metadata="BuildMethod: makefile"),
                "MakefileToo": function("CodeUri: src", metadata="BuildMethod: makefile"),
                "Bundled": function("CodeUri: src\nHandler: a.b", metadata="BuildMethod: esbuild"),
                "BundledSame": function("CodeUri: src\nHandler: a.b", metadata="BuildMethod: esbuild"),
                "BundledOther": function("CodeUri: src\nHandler: c.d", metadata="BuildMethod: esbuild"),
                "Go": function("CodeUri: src\nRuntime: go1.x\nHandler: a"),
                "GoSame": function("CodeUri: src\nRuntime: go1.x\nHandler: a"),
                "GoOther": function("CodeUri: src\nRuntime: go1.x\nHandler: b"),
            }
        ),
        *[
            "A",
            "Same",
            "OtherRuntime",
            "OtherCode",
            "OtherArchitecture",
            "OtherMetadata",
            "SameMetadata",
            "Custom",
            "FloatMetadata",
        ],
        *["TrueMetadata", "TextMetadata", "Makefile", "MakefileToo"],
        *["Bundled", "BundledSame", "BundledOther", "Go", "GoSame", "GoOther"],
    ),
    "grouping by container environment": Case(
        {
            "template.yaml": stack(
                {
                    "A": function("CodeUri: src"),
                    "B": function("CodeUri: src"),
                    "C": function("CodeUri: src"),
                    "Sub": nested("sub/t.yaml"),
                }
            ),
            "sub/t.yaml": stack({"C": function("CodeUri: ../src")}),
        },
        {"A", "B", "C", "Sub/C"},
        environment=("ALL=1", "C.ONE=2", "B.ALL=1"),
    ),
    "nested stacks two deep": Case(
        {
            "template.yaml": stack(
                {
                    "Fn": function("CodeUri: src"),
                    "Child": nested("child/t.yaml", "{Dir: !Sub '${Base}/x', Layer: !Ref L}"),
                    "L": layer(),
                },
                before="Parameters:\n  Base: {Type: String, Default: base}\n",
            ),
            "child/t.yaml": stack(
                {
                    "Fn": function("CodeUri: !Ref Dir\nLayers: [!Ref Layer]"),
                    "Grand": nested("../grand/t.yaml", "{Dir: !Ref Dir}"),
                },
                before="Parameters:\n  Dir: {Type: String}\n  Layer: {Type: String}\n",
            ),
            "grand/t.yaml": stack(
                {
                    "Fn": function("CodeUri: !Sub '${Dir}/deep'\nHandler: !Ref Layer"),
                    "L": layer("ContentUri: !Ref Dir"),
                },
                before="Parameters:\n  Dir: {Type: String, Default: unused}\n  Layer: {Type: String, Default: d}\n",
            ),
        },
        {"Fn", "L", "Child/Fn", "Child/Grand/Fn", "Child/Grand/L"},
        region="eu-west-1",
    ),
    "same logical id in several stacks": Case(
        {
            "template.yaml": stack(
                {"Fn": function("CodeUri: src"), "One": nested("one/t.yaml"), "Two": nested("./two/../one/t.yaml")}
            ),
            "one/t.yaml": stack({"Fn": function("CodeUri: ../src"), "Own": function("CodeUri: src")}),
        },
        {"Fn", "One/Fn", "One/Own", "Two/Fn", "Two/Own"},
    ),
    "classic nested stack": Case(
        {
            "template.yaml": stack(
                {
                    "Child": "    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: child.yaml\n",
                    "Away": "    Type: AWS::CloudFormation::Stack\n    Properties:\n"
                    "      TemplateURL: https://bucket.example/t.yaml\n",
                    "Unknown": "    Type: AWS::CloudFormation::Stack\n    Properties:\n"
                    "      TemplateURL: !ImportValue Somewhere\n",
                    "Store": "    Type: AWS::Serverless::Application\n    Properties:\n      Location: s3://b/t.yaml\n",
                }
            ),
            "child.yaml": stack({"Fn": function("CodeUri: src")}),
        },
        {"Child/Fn"},
    ),
    "nested template by file URL": Case(
        {
            "template.yaml": stack({"Child": nested("sub dir/t.yaml")}),
            "sub dir/t.yaml": stack({"Fn": function("CodeUri: src")}),
        },
        {"Child/Fn"},
    ),
    "region reaches nested stacks": Case(
        {
            "template.yaml": stack({"Child": nested("c.yaml")}),
            "c.yaml": stack({"Fn": function("CodeUri: !Ref AWS::Region")}),
        },
        {"Child/Fn"},
        region="ap-south-1",
    ),
    "stack path of a named nested stack": Case(
        {
            "template.yaml": stack({"Child": nested("c.yaml") + "    Metadata: {SamResourceId: Renamed}\n"}),
            "c.yaml": stack({"Fn": function("CodeUri: src")}),
        },
        {"Renamed/Fn"},
    ),
    "cdk assets": root_only(
        stack(
            {
                "Fn1A2B": function(
                    "Code: {S3Bucket: b, S3Key: k}",
                    resource_type="AWS::Lambda::Function",
                    metadata="aws:cdk:path: Stack/Fn/Resource\naws:asset:path: asset.123\naws:asset:property: Code",
                ),
                "Layer1A2B": layer(
                    "Content: {S3Bucket: b, S3Key: k}",
                    metadata="aws:cdk:path: Stack/Layer/Resource\naws:asset:path: ./asset.l/\n"
                    "aws:asset:property: Content\nBuildMethod: python3.12",
                ).replace("Serverless", "Lambda"),
                "Bundled1A": function(
                    "Code: {S3Bucket: b, S3Key: k}",
                    resource_type="AWS::Lambda::Function",
                    metadata="aws:asset:path: asset.456\naws:asset:property: Code\naws:asset:is-bundled: true",
                ),
                "NotBundled": function(
                    "Code: {S3Bucket: b, S3Key: k}",
                    resource_type="AWS::Lambda::Function",
                    metadata="aws:asset:path: asset.789\naws:asset:property: Code\naws:asset:is-bundled: false",
                ),
                "PathAlone": function("Code: src", resource_type="AWS::Lambda::Function", metadata="aws:asset:path: a"),
                "ShortPath": function("CodeUri: src", metadata="aws:cdk:path: Stack/Short"),
                "LongPath": function("CodeUri: src", metadata="aws:cdk:path: A/B/C/D/Resource"),
                "OnePart": function("CodeUri: src", metadata="aws:cdk:path: Alone"),
            }
        ),
        "Fn",
        "Layer",
        "NotBundled",
        "PathAlone",
        "Short",
        "LongPath",
        "OnePart",
    ),
    "cdk image asset": root_only(
        stack(
            {
                "Fn1A2B": function(
                    IMAGE + "\nCode: {ImageUri: !Sub 'x'}",
                    resource_type="AWS::Lambda::Function",
                    metadata="aws:cdk:path: Stack/Fn/Resource\naws:asset:path: asset.123/\n"
                    "aws:asset:property: Code.ImageUri\naws:asset:dockerfile-path: ./Dockerfile.dev\n"
                    "aws:asset:docker-build-args: {A: b}",
                ),
            }
        ),
        "Fn",
    ),
    "cdk nested stack": Case(
        {
            "template.yaml": stack(
                {
                    "Nested1A": "    Type: AWS::CloudFormation::Stack\n    Properties:\n"
                    "      TemplateURL: !Sub 'https://s3.${AWS::Region}.example/x'\n"
                    "    Metadata:\n      aws:cdk:path: App/Inner.NestedStack/Inner.NestedStackResource\n"
                    "      aws:asset:path: inner.json\n      aws:asset:property: TemplateURL\n",
                }
            ),
            "inner.json": json.dumps(
                {
                    "Resources": {
                        "Fn99": {
                            "Type": "AWS::Lambda::Function",
                            "Properties": {"Code": {"S3Bucket": "b"}, "Handler": "h.h", "Runtime": "python3.12"},
                            "Metadata": {
                                "aws:cdk:path": "App/Inner/Fn/Resource",
                                "aws:asset:path": "asset.9",
                                "aws:asset:property": "Code",
                            },
                        }
                    }
                }
            ),
        },
        {"Inner/Fn99"},
    ),
    "esbuild": root_only(
        stack(
            {
                "Path": function(
                    "CodeUri: web\nRuntime: nodejs22.x\nHandler: src/app.handler", metadata="BuildMethod: esbuild"
                ),
                "Mapped": function(
                    "CodeUri: web\nRuntime: nodejs22.x\nHandler: app.handler",
                    metadata="BuildMethod: esbuild\nBuildProperties: {Sourcemap: true}",
                ),
                "Option": function(
                    "CodeUri: web\nRuntime: nodejs22.x\nHandler: app.handler\n"
                    "Environment: {Variables: {NODE_OPTIONS: --enable-source-maps}}",
                    metadata="BuildMethod: esbuild\nBuildProperties: {Minify: true}",
                ),
            }
        ),
        "Path",
        "Mapped",
        "Option",
    ),
    "esbuild of what is not built": root_only(
        stack(
            {
                "Away": function("CodeUri: s3://b/k\nHandler: src/app.handler", metadata="BuildMethod: esbuild"),
                "Fn": function("CodeUri: src"),
            }
        ),
        "Fn",
    ),
    "esbuild with source maps apart": root_only(
        stack(
            {
                "Plain": function("CodeUri: web\nHandler: a.b", metadata="BuildMethod: esbuild"),
                "Mapped": function(
                    "CodeUri: web\nHandler: a.b\nEnvironment: {Variables: {NODE_OPTIONS: --enable-source-maps}}",
                    metadata="BuildMethod: esbuild",
                ),
            }
        ),
        "Plain",
        "Mapped",
    ),
    "JSON template": Case(
        {
            "template.json": json.dumps(
                {
                    "Parameters": {"Dir": {"Type": "String", "Default": "src"}},
                    "Resources": {
                        "Fn": {
                            "Type": "AWS::Lambda::Function",
                            "Properties": {
                                "Code": {"Fn::Sub": "${Dir}/x"},
                                "Handler": "a.b",
                                "Runtime": {"Ref": "Dir"},
                            },
                        }
                    },
                },
                indent="\t",
            )
        },
        {"Fn"},
        template="template.json",
    ),
    "linked template": Case(
        {"real/t.yaml": stack({"Fn": function("CodeUri: src"), "Img": function(IMAGE, metadata=IMAGE_METADATA)})},
        {"Fn", "Img"},
        links={"template.yaml": "real/t.yaml"},
    ),
    "linked template with a nested stack": Case(
        {
            "real/t.yaml": stack({"Child": nested("sub/c.yaml")}),
            "real/sub/c.yaml": stack({"Fn": function("CodeUri: src")}),
        },
        {"Child/Fn"},
        links={"template.yaml": "real/t.yaml"},
    ),
    "linked nested template": Case(
        {
            "template.yaml": stack({"Child": nested("sub/link.yaml")}),
            "elsewhere/c.yaml": stack({"Fn": function("CodeUri: src")}),
        },
        {"Child/Fn"},
        links={"sub/link.yaml": "../elsewhere/c.yaml"},
    ),
    "anchors": root_only(
        "Resources:\n"
        "  One:\n    Type: AWS::Serverless::Function\n    Properties: &p\n      CodeUri: src\n"
        "      Handler: a.b\n      Runtime: python3.12\n"
        "  Two:\n    Type: AWS::Serverless::Function\n    Properties: *p\n"
        "  Three:\n    Type: AWS::Serverless::Function\n    Properties:\n      <<: *p\n      CodeUri: other\n",
        "One",
        "Two",
        "Three",
    ),
    "other resources move along": Case(
        {
            "template.yaml": stack(
                {
                    "Fn": function("CodeUri: src"),
                    "Api": "    Type: AWS::Serverless::Api\n"
                    "    Properties: {StageName: s, DefinitionUri: api/openapi.yaml}\n",
                    "Http": "    Type: AWS::Serverless::HttpApi\n    Properties: {DefinitionUri: s3://b/api.yaml}\n",
                    "States": "    Type: AWS::Serverless::StateMachine\n"
                    "    Properties: {DefinitionUri: ./states/m.asl.json, Role: r}\n",
                    "Job": "    Type: AWS::Glue::Job\n    Properties:\n      Role: r\n"
                    "      Command: {Name: glueetl, ScriptLocation: jobs/job.py}\n",
                    "Graph": "    Type: AWS::Serverless::GraphQLApi\n    Properties:\n      SchemaUri: gql/schema\n"
                    "      Auth: {Type: AWS_IAM}\n"
                    "      Functions: {one: {CodeUri: gql/one.js, Runtime: {Name: APPSYNC_JS, Version: '1'}}}\n"
                    "      Resolvers: {Query: {get: {CodeUri: gql/get.js, Pipeline: [one]}}}\n",
                    "Zip": function("CodeUri: built.zip"),
                    "Inline": function("InlineCode: x"),
                    "Bucketed": function("CodeUri: s3://b/k"),
                    "Skipped": function("CodeUri: done", metadata="SkipBuild: true"),
                    "Classic": function("Code: s", resource_type="AWS::Lambda::Function"),
                    "L": layer("ContentUri: l", metadata="Note: not built"),
                    "Built": layer("Content: l").replace("Serverless", "Lambda"),
                    "Rest": "    Type: AWS::ApiGateway::RestApi\n    Properties: {BodyS3Location: rest.yaml}\n",
                    "Include": "    Type: AWS::ApiGateway::RestApi\n    Properties:\n      Body:\n"
                    "        Fn::Transform: {Name: AWS::Include, Parameters: {Location: api/body.yaml}}\n",
                    "Includes": "    Type: AWS::SNS::Topic\n    Properties:\n      Tags:\n"
                    "        - Fn::Transform: {Name: AWS::Include, Parameters: {Location: ./tags.yaml}}\n"
                    "        - Fn::Transform: {Name: Other, Parameters: {Location: ./kept.yaml}}\n",
                    "Set": "    Type: AWS::CloudFormation::StackSet\n    Properties: {TemplateURL: set.yaml}\n",
                    "Web": "    Type: AWS::CloudFormation::Stack\n    Properties:\n"
                    "      TemplateURL: https://bucket.example/t.yaml\n",
                    "Child": "    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: child/c.yaml}\n",
                    "Schema": "    Type: AWS::AppSync::GraphQLSchema\n    Properties: {DefinitionS3Location: gql/s}\n",
                    "Resolver": "    Type: AWS::AppSync::Resolver\n    Properties: {CodeS3Location: gql/r.js}\n",
                    "Machine": "    Type: AWS::StepFunctions::StateMachine\n"
                    "    Properties: {DefinitionS3Location: {Bucket: b, Key: k}}\n",
                    "Beanstalk": "    Type: AWS::ElasticBeanstalk::ApplicationVersion\n"
                    "    Properties: {SourceBundle: /absolute/bundle}\n",
                    "Plain": "    Type: AWS::SNS::Topic\n",
                },
                before="Metadata:\n  AWS::ServerlessRepo::Application: {Name: n, LicenseUrl: LICENSE,"
                " ReadmeUrl: s3://b/README.md}\n  Other: {LicenseUrl: LICENSE}\n",
            ),
            "child/c.yaml": stack(
                {
                    "Fn": function("CodeUri: src"),
                    "Api": "    Type: AWS::Serverless::HttpApi\n    Properties: {DefinitionUri: ../api.yaml}\n",
                }
            ),
        },
        {"Fn", "Classic", "Built", "Child/Fn"},
    ),
    "metadata in the built template": root_only(
        stack(
            {
                "Fn": function(
                    "CodeUri: src",
                    metadata="Zebra: {b: !Ref Dir, a: [!Ref Stage, !ImportValue X]}\nAlpha: '0123'\nDate: 2020-01-01",
                ),
                "L": layer(metadata="BuildMethod: python3.12\nZ: 1\nA: null"),
                "Image": function(IMAGE, metadata=IMAGE_METADATA + "\nDockerBuildArgs: {B: !Ref Dir, A: '1'}"),
                "Skipped": function("CodeUri: src", metadata="SkipBuild: true\nZ: !Ref Dir\nA: 1"),
            },
            before=PARAMETERS,
        ),
        "Fn",
        "L",
        "Image",
    ),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_same_resources(project: Path, case: Case) -> None:
    sam, samix = views(project, case)
    assert set(sam.resources) == case.builds
    assert samix.resources == sam.resources


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_same_definitions(project: Path, case: Case) -> None:
    sam, samix = views(project, case)
    assert samix.groups == sam.groups


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_same_built_templates(project: Path, case: Case) -> None:
    sam, samix = views(project, case)
    assert samix.templates == sam.templates


def test_same_remote_stacks(project: Path) -> None:
    sam, samix = views(project, CASES["classic nested stack"])
    assert sam.remote == {"Away", "Unknown", "Store"}
    assert samix.remote == sam.remote


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("A=1", id="short"),
        pytest.param("A=1 B=2 A=3", id="several"),
        pytest.param("ParameterKey=A,ParameterValue=1 ParameterKey=B,ParameterValue=2", id="long"),
        pytest.param("ParameterKey=A,ParameterValue=1 B=2", id="long and short"),
        pytest.param("ParameterKey=A,ParameterValue='x y'", id="long and quoted"),
        pytest.param('ParameterKey="A",ParameterValue=1', id="quoted name"),
        pytest.param("A='x y' B=z", id="single quotes"),
        pytest.param(r'A="say \"hi\"" B=\'it\'', id="escaped quotes"),
        pytest.param(r"A=x\ y", id="escaped space"),
        pytest.param(r"A=C:\dir", id="backslash"),
        pytest.param("A= B=2", id="no value"),
        pytest.param("A=''", id="empty quotes"),
        pytest.param("A=a=b,c", id="signs in the value"),
        pytest.param("A=1\nB=2", id="line end"),
        pytest.param("A=1\tB=2", id="tab"),
        pytest.param(" A=1 ", id="spaces around"),
        pytest.param("A=x rest", id="something behind"),
        pytest.param("A_B=1", id="underscore in the name"),
        pytest.param("AWS::Region=eu-west-1", id="pseudo parameter"),
        pytest.param("nonsense", id="no pair"),
        pytest.param('A=é B={"k":1}', id="other signs"),
        pytest.param(["A=1", "B=2 C=3"], id="list"),
        pytest.param([["A=1"], {"B": 2}], id="nested lists"),
        pytest.param({"A": 1, "B": True, "C": None, "D": 1.5}, id="mapping"),
        pytest.param({"A": ["a", " b ", "", None, 1]}, id="list in a mapping"),
        pytest.param({"A": "'quoted'", "B": r"x\ y"}, id="quotes in a mapping"),
        pytest.param("", id="empty"),
        pytest.param("'", id="one quote"),
        pytest.param({"A": "'", '"A"': 1}, id="one quote in a mapping"),
    ],
)
def test_same_parameter_overrides(value: Value) -> None:
    same_overrides(value)


def same_overrides(value: Value) -> None:
    try:
        expected = CfnParameterOverridesType().convert(value, None, None)
    except (BadParameter, FileParseException) as error:
        with pytest.raises(OptionError) as caught:
            parse_overrides(value, source="--parameter-overrides")
        said = error.message if isinstance(error, BadParameter) else str(caught.value)
        assert caught.value.message.removesuffix(".").partition(": ")[2] in said
    else:
        assert parse_overrides(value, source="--parameter-overrides") == expected


_NAMES = st.sampled_from(["A", "B", "Long", "'A'", '"B"', "A_B", "AWS::Region"])
_TEXTS = st.sampled_from(["", "x", "a b", "'", "'q'", '"q"', r"x\ y", "a=b,c", " x ", "yes", "012", "é"])
_PLAIN = st.one_of(st.none(), st.booleans(), st.integers(-9, 99), st.floats(-9, 9), st.dates(), _TEXTS)
_PAIRS = st.builds("{}={}".format, _NAMES, _TEXTS) | st.builds(
    "ParameterKey={},ParameterValue={}".format, _NAMES, _TEXTS
)
_PATHS = ["one.yaml", "two.toml", "deep/three.yml", "deep/../one.yaml", "../two.toml", "three.yml", "no.yaml", "a.json"]
_REFERENCES = st.sampled_from([f"file://{path}" for path in _PATHS])
_MAPPINGS = st.dictionaries(_NAMES, _PLAIN | st.lists(_PLAIN, max_size=3), max_size=3).flatmap(
    lambda mapping: (
        st.sampled_from([mapping, {**mapping, "$include": "file://two.toml"}])
        | st.lists(_REFERENCES | _PAIRS, max_size=2).map(lambda paths: {"$include": paths, **mapping})
    )
)
_OVERRIDES: st.SearchStrategy[Any] = st.recursive(
    _PAIRS | _REFERENCES | _MAPPINGS | _PLAIN, lambda inner: st.lists(inner, max_size=3)
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_OVERRIDES, _OVERRIDES, _MAPPINGS, _OVERRIDES)
@example("file://one.yaml", ["A=1", {"$include": "file://deep/three.yml"}], {}, {"$include": "file://../two.toml"})
@example("file://one.yaml", [{"$include": "file://one.yaml"}], {}, [])
def test_same_parameter_files(project: Path, value: Value, one: Value, two: ValueMapping, three: Value) -> None:
    assume(value != [""])  # to sam an empty argument is a tuple
    (project / "deep").mkdir(exist_ok=True)
    (project / "a.json").write_text("{}")
    for name, content in (("one.yaml", one), ("deep/three.yml", three)):
        (project / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    (project / "two.toml").write_text(tomlkit.dumps(_for_toml(two)), encoding="utf-8")
    same_overrides(value)


def _for_toml(mapping: ValueMapping) -> ValueMapping:
    """Without the empty values that TOML does not have."""
    return {
        key: [item for item in value if item is not None] if isinstance(value, list) else value
        for key, value in mapping.items()
        if value is not None
    }


# --- generated templates


LITERALS = {
    "code": ["src", "./src/", "lib/../src", "other", "../up", "/opt/code", "code.zip", "s3://bucket/key"],
    "runtime": ["python3.12", "nodejs22.x", "go1.x", "provided.al2023"],
    "handler": ["app.handler", "src/app.handler", "main"],
    "method": ["makefile", "esbuild", "python3.12", "nodejs22.x"],
    "architecture": ["x86_64", "arm64"],
    "text": ["a", "0123", "a.b", "2020-01-01", "yes"],
}
KINDS = tuple(LITERALS)
DECLARED = {f"{kind.capitalize()}Parameter": kind for kind in KINDS}
CONDITION_NAMES = ("Chosen", "Inverse", "Both", "Either")


@st.composite
def expressions(draw: st.DrawFn, kind: str, depth: int = 2, *, known: bool = False) -> Value:
    """A value of one kind, written out or with intrinsics that sam resolves, or leaves as they are.

    What is known can always be resolved: sam fails in the build where an architecture or a layer's method is not.
    """
    literal = st.sampled_from(LITERALS[kind])
    parameter = f"{kind.capitalize()}Parameter"
    if depth == 0 or draw(st.booleans()):
        return draw(literal)
    inner = expressions(kind, depth - 1, known=known)
    always = ["ref", "sub", "join", "split", "if"]
    form = draw(st.sampled_from(always if known else [*always, "sub list", "select", "map", "unknown", "no value"]))
    forms: dict[str, Callable[[], Value]] = {
        "ref": lambda: {"Ref": parameter},
        "sub": lambda: {"Fn::Sub": f"${{{parameter}}}"},
        "sub list": lambda: {"Fn::Sub": ["${Name}", {"Name": draw(inner)}]},
        "join": lambda: {"Fn::Join": ["", [draw(inner), ""]]},
        "select": lambda: {"Fn::Select": [draw(st.integers(0, 2)), [draw(inner), draw(literal)]]},
        "split": lambda: {"Fn::Select": [0, {"Fn::Split": [",", {"Fn::Join": [",", [draw(inner), "rest"]]}]}]},
        "map": lambda: {"Fn::FindInMap": ["Map", {"Ref": "TextParameter"}, kind]},
        "if": lambda: {
            "Fn::If": [
                draw(st.sampled_from(CONDITION_NAMES if known else [*CONDITION_NAMES, "Missing"])),
                draw(inner),
                draw(inner),
            ]
        },
        "unknown": lambda: {"Fn::ImportValue": draw(literal)},
        "no value": lambda: {"Fn::If": ["Chosen", draw(inner), {"Ref": "AWS::NoValue"}]},
    }
    return forms[form]()


@st.composite
def metadata_sections(draw: st.DrawFn, *, is_layer: bool, is_image: bool) -> dict[str, Value]:
    section: dict[str, Value] = {}
    if draw(st.booleans()) or is_layer:
        section["BuildMethod"] = draw(expressions("method", 1, known=is_layer))
    if draw(st.integers(0, 7)) == 0:
        section["SkipBuild"] = draw(st.booleans())
    if draw(st.integers(0, 3)) == 0:
        section["Extra"] = draw(expressions("text"))
    if draw(st.integers(0, 5)) == 0:
        section["Deep"] = {"Map": {"A": draw(expressions("text", 1))}, "List": [draw(st.integers(0, 1)), True, 1.5]}
    if is_layer and draw(st.booleans()):
        section["BuildArchitecture"] = draw(expressions("architecture", 1, known=True))
    if is_image:
        section |= {
            "Dockerfile": "Dockerfile",
            "DockerContext": draw(st.sampled_from(["image", "./image", "../image"])),
        }
    if draw(st.integers(0, 7)) == 0 and not is_image:
        section |= {"aws:asset:path": "asset.1", "aws:asset:property": "CodeUri"}
    return section


@st.composite
def resources(draw: st.DrawFn) -> dict[str, Value]:
    kind = draw(st.sampled_from(["function", "function", "function", "classic", "image", "layer", "classic layer"]))
    is_layer = kind.endswith("layer")
    code_key = {"classic": "Code", "layer": "ContentUri", "classic layer": "Content"}.get(kind, "CodeUri")
    service = "Lambda" if kind.startswith("classic") else "Serverless"
    properties: dict[str, Value] = {}
    if kind != "image" and (is_layer or draw(st.integers(0, 5))):
        properties[code_key] = draw(expressions("code"))
    if is_layer:
        if draw(st.booleans()):
            properties["CompatibleRuntimes"] = [draw(expressions("runtime", 1))]
    else:
        properties["Handler"] = draw(expressions("handler"))
        if draw(st.integers(0, 3)):
            properties["Runtime"] = draw(expressions("runtime"))
        if draw(st.booleans()):
            properties["Architectures"] = [draw(expressions("architecture", known=True))]
        if kind == "image":
            properties["PackageType"] = "Image"
    section = draw(metadata_sections(is_layer=is_layer, is_image=kind == "image"))
    resource: dict[str, Value] = {
        "Type": f"AWS::{service}::{'LayerVersion' if is_layer else 'Function'}",
        "Properties": properties,
    }
    return {**resource, "Metadata": section} if section else resource


@st.composite
def templates(draw: st.DrawFn, *, child: str | None = None) -> dict[str, Value]:
    names = st.lists(st.sampled_from(["A", "B", "C", "D", "E"]), min_size=1, max_size=4, unique=True)
    found: dict[str, Any] = {name: draw(resources()) for name in draw(names)}
    for name, resource in found.items():
        if draw(st.integers(0, 7)) == 0:
            path = draw(st.sampled_from([f"Stack/{name}Own/Resource", f"Stack/{name}Own", "a/b/c/d"]))
            resource.setdefault("Metadata", {})["aws:cdk:path"] = path
    if child:
        handed = draw(st.lists(st.sampled_from(KINDS), unique=True, max_size=3))
        found["Nested"] = {
            "Type": "AWS::Serverless::Application",
            "Properties": {
                "Location": child,
                "Parameters": {f"{kind.capitalize()}Parameter": draw(expressions(kind, 1)) for kind in handed},
            },
        }
    shared: dict[str, Value] = {}
    if draw(st.booleans()):
        shared["Runtime"] = draw(expressions("runtime", 1))
    if draw(st.booleans()):
        shared["Architectures"] = [draw(expressions("architecture", 1, known=True))]
    if draw(st.booleans()):
        shared["CodeUri"] = draw(expressions("code", 1))
    parameters: dict[str, Value] = {
        name: {"Type": "String", "Default": draw(st.sampled_from(LITERALS[kind]))} for name, kind in DECLARED.items()
    }
    mapped: dict[str, Value] = {
        key: {kind: draw(st.sampled_from(LITERALS[kind])) for kind in KINDS} for key in [*draw(names), "a", "0123"]
    }
    template: dict[str, Value] = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Parameters": parameters,
        "Mappings": {"Map": mapped},
        "Conditions": {
            "Chosen": {"Fn::Equals": [{"Ref": "TextParameter"}, draw(st.sampled_from(LITERALS["text"]))]},
            "Inverse": {"Fn::Not": [{"Condition": "Chosen"}]},
            "Both": {"Fn::And": [{"Condition": "Chosen"}, {"Condition": "Inverse"}]},
            "Either": {"Fn::Or": [{"Condition": "Chosen"}, {"Fn::Equals": [{"Ref": "TextParameter"}, "a"]}]},
        },
        "Resources": found,
    }
    return {**template, "Globals": {"Function": shared}} if shared else template


@st.composite
def applications(draw: st.DrawFn) -> Case:
    with_child = draw(st.booleans())
    files = {"template.yaml": _written(draw, draw(templates(child="./sub/child.yaml" if with_child else None)))}
    if with_child:
        files["sub/child.yaml"] = _written(draw, draw(templates()))
    given_values = draw(
        st.dictionaries(st.sampled_from(sorted(DECLARED)), st.sampled_from(LITERALS["text"]), max_size=2)
    )
    region = draw(st.sampled_from([None, "eu-west-1"]))
    environment = draw(st.sampled_from([(), ("ALL=1",)]))
    return Case(files, set(), parameters=given_values, region=region, environment=environment)


def _written(draw: st.DrawFn, template: dict[str, Value]) -> str:
    return json.dumps(template) if draw(st.booleans()) else yaml.safe_dump(template, sort_keys=False)


@settings(
    max_examples=200,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # each example runs sam's code: making a failing one smaller takes minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
@given(applications())
def test_same_view_of_generated_applications(case: Case) -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory).resolve() / "project"
        root.mkdir()
        template = write_case(root, case)
        build_dir = root / ".aws-sam" / "build"
        try:
            sam = view_of_sam(template, case, build_dir)
        except (UserException, MissingFunctionHandlerException):
            assume(False)  # sam itself refuses this application
            raise
        samix = view_of_samix(template, case, build_dir)
    assert samix.resources == sam.resources
    assert samix.groups == sam.groups
    assert samix.templates == sam.templates


# --- YAML


TRICKY = [
    "0123456789",
    "0",
    "0x1f",
    "1e3",
    "1_000",
    "12:30:45",
    "2010-09-09",
    "2020-01-01T10:00:00Z",
    "yes",
    "Off",
    "null",
    "~",
    "",
    " ",
    "=",
    "- x",
    "a: b",
    "#no",
    "'quoted'",
    '"quoted"',
    "*alias",
    "!Ref",
    "%percent",
    "@at",
    "line\nline\n",
    "trailing \n\n",
    "tab\there",
    "back\\slash",
    "é ü 漢字 😀",
    "\u2028 \u00a0 \u0085",
    "long " * 60,
    "x" * 300,
    "${AWS::Region}",
]
scalars: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(TRICKY),
    st.text(st.characters(codec="utf-8", exclude_characters="\ufeff", exclude_categories=["Cs", "Cc"]), max_size=20),
    st.text("0123456789.eE+-_:", max_size=10),
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
)
documents: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.one_of(st.sampled_from(TRICKY), scalars), inner, max_size=4)
    ),
    max_leaves=15,
)
quiet = settings(
    max_examples=300, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def round_trip(text: str) -> str:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "template.yaml")
        path.write_text(text, encoding="utf-8")
        return dump_template(load_template(path).data)


@quiet
@given(
    st.dictionaries(st.text("abcXYZ", min_size=1, max_size=5), documents, max_size=4),
    st.sampled_from(["flow", "block", "quoted", "wide", "JSON"]),
)
def test_generated_yaml_comes_back_as_sam_writes_it(document: dict[str, Any], style: str) -> None:
    texts: dict[str, Callable[[], str]] = {
        "flow": lambda: yaml.safe_dump(document, default_flow_style=True, allow_unicode=True, sort_keys=False),
        "block": lambda: yaml.safe_dump(document, sort_keys=False),
        "quoted": lambda: yaml.safe_dump(document, default_style='"', allow_unicode=True, sort_keys=False),
        "wide": lambda: yaml.safe_dump(document, width=10_000, allow_unicode=True, sort_keys=False),
        "JSON": lambda: json.dumps(document, ensure_ascii=False),
    }
    text = texts[style]()
    assert round_trip(text) == yaml_dump(yaml_parse(text))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Z: 1\nA: {c: 1, b: 2}\n", id="order of keys"),
        pytest.param("A: &x {k: v}\nB: *x\nC: {<<: *x, l: w}\n", id="anchors and merge keys"),
        pytest.param("A: &x {k: v}\nB: &y {k: w, m: n}\nC: {<<: [*x, *y], k: z}\n", id="several merge keys"),
        pytest.param("A: !Ref X\nB: !Condition C\nC: !GetAtt A.B.C\nD: !GetAtt [A, B]\n", id="short references"),
        pytest.param("A: !GetAtt Alone\nB: !GetAtt [!Ref X, Arn]\n", id="odd GetAtt"),
        pytest.param("A: !Sub '${X}'\nB: !Sub ['${X}', {X: !Ref Y}]\n", id="Sub"),
        pytest.param("A: !If [C, !Ref X, !Join ['', [a, !Ref Y]]]\n", id="nested tags"),
        pytest.param("A: !Transform {Name: 'AWS::Include', Parameters: {Location: x}}\n", id="tagged mapping"),
        pytest.param("A: !Select\n  - 0\n  - !Split [',', 'a,b']\n", id="tags in block style"),
        pytest.param("A: !Base64\n  Fn::Sub: |\n    line ${X}\n    line\n", id="block scalar below a tag"),
        pytest.param("A: !Ref ''\nB: !Sub\nC: !Foo 012\n", id="empty tags"),
        pytest.param("A: 012\nB: 0o14\nC: 0x1F\nD: 1:30\nE: '012'\nF: 0123456789\nG: 08\n", id="octals"),
        pytest.param("A: 2010-09-09\nB: 2001-12-14t21:59:43.10-05:00\nC: '2010-09-09'\n", id="dates"),
        pytest.param("A: .inf\nB: -.INF\nC: .nan\nD: 1e3\nE: 1.0e+3\nF: -0.0\nG: 1.\n", id="floats"),
        pytest.param("A: yes\nB: off\nC: True\nD: y\nE: n\n", id="booleans"),
        pytest.param("A: ~\nB: null\nC:\nD: ''\nE: [~, ]\nF: {}\nG: []\n", id="nothing"),
        pytest.param("A: |\n  one\n   two\n\nB: >-\n  folded\n  text\n\n  more\nC: |+\n  keep\n\n", id="blocks"),
        pytest.param("1: a\ntrue: b\n1.5: c\n2010-09-09: d\n~: e\n", id="keys that are no text"),
        pytest.param("A: 1\nB: 2\nA: 3\n", id="key given twice"),
        pytest.param("A: é 😀 \u2028\n", id="unicode"),
        pytest.param("# comment\n---\nA: 1 # more\n...\n", id="document marks and comments"),
        pytest.param('{"A": 1, "B": [true, null, 1.0, 1e400, "\\u00e9"], "A": 2}', id="JSON"),
        pytest.param("{A: 1, 'B':[1,2], \"C\":{a: b}}", id="flow style"),
        pytest.param("A: !!str 012\nB: !!int '7'\nC: !!binary aGk=\nD: !!set {a, b}\n", id="standard tags"),
        pytest.param("\ufeffA: 1\n", id="byte order mark"),
        pytest.param("A: 1\r\nB: |\r\n  x\r\n  y\r\n", id="Windows line ends"),
    ],
)
def test_yaml_comes_back_as_sam_writes_it(text: str) -> None:
    assert round_trip(text) == yaml_dump(yaml_parse(text))
