"""samix sees in generated applications what sam sees in them."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from samcli.commands.exceptions import UserException
from samcli.lib.build.exceptions import MissingFunctionHandlerException
from support.sam_oracle import IN_PROCESS, Case, view_of_sam, view_of_samix, write_case

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.template.value import Value

pytestmark = IN_PROCESS

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
