from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.messages.errors import TemplateError
from samix.template.resources import Kind, buildable_resources

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.template.resources import Resource
    from samix.template.stacks import Application

    Load = Callable[..., Application]

IMAGE = "PackageType: Image"
CONTEXT = "Dockerfile: Dockerfile, DockerContext: ./image"


def text(name: str, resource_type: str, properties: str = "", metadata: str = "") -> str:
    return f"  {name}: {{Type: AWS::{resource_type}, Properties: {{{properties}}}, Metadata: {{{metadata}}}}}\n"


def one(load: Load, resource_type: str, properties: str = "", metadata: str = "") -> Resource | None:
    found = buildable_resources(load("Resources:\n" + text("Fn", resource_type, properties, metadata)).root)
    return found[0] if found else None


@pytest.mark.parametrize(
    ("resource_type", "properties", "metadata", "kind"),
    [
        pytest.param("Serverless::Function", "CodeUri: src", "", Kind.FUNCTION, id="function"),
        pytest.param("Lambda::Function", "Code: src", "", Kind.FUNCTION, id="classic function"),
        pytest.param("Serverless::WebFunction", "CodeUri: src", "", Kind.FUNCTION, id="web function"),
        pytest.param("Serverless::LayerVersion", "ContentUri: l", "BuildMethod: makefile", Kind.LAYER, id="layer"),
        pytest.param("Lambda::LayerVersion", "Content: l", "BuildMethod: makefile", Kind.LAYER, id="classic layer"),
        pytest.param("Serverless::Function", IMAGE, CONTEXT, Kind.IMAGE, id="image"),
        pytest.param("Lambda::Function", IMAGE, CONTEXT, Kind.IMAGE, id="classic image"),
        pytest.param("Serverless::Function", "", "", Kind.FUNCTION, id="function without a path"),
        pytest.param("Serverless::Function", "CodeUri: a.zip/src", "", Kind.FUNCTION, id="zip in the middle"),
        pytest.param("Serverless::Function", "CodeUri: a", "SkipBuild: false", Kind.FUNCTION, id="SkipBuild false"),
    ],
)
def test_what_is_built(load: Load, resource_type: str, properties: str, metadata: str, kind: Kind) -> None:
    resource = one(load, resource_type, properties, metadata)
    assert resource is not None
    assert resource.kind is kind


@pytest.mark.parametrize(
    ("resource_type", "properties", "metadata"),
    [
        pytest.param("Serverless::Function", "InlineCode: x", "", id="inline code"),
        pytest.param("Lambda::Function", "Code: {ZipFile: x}", "", id="classic inline code"),
        pytest.param("Serverless::Function", "CodeUri: s3://b/k", "", id="code in S3"),
        pytest.param("Serverless::Function", "CodeUri: {Bucket: b, Key: k}", "", id="code in a bucket"),
        pytest.param("Lambda::Function", "Code: {S3Bucket: b, S3Key: k}", "", id="classic code in a bucket"),
        pytest.param("Serverless::Function", "CodeUri: a/b.zip", "", id="zip file"),
        pytest.param("Serverless::Function", "CodeUri: src", "SkipBuild: true", id="SkipBuild"),
        pytest.param("Serverless::Function", "CodeUri: src", "'aws:asset:is-bundled': true", id="bundled asset"),
        pytest.param("Serverless::Function", IMAGE, "Dockerfile: D", id="image without context"),
        pytest.param("Serverless::Function", IMAGE, "DockerContext: .", id="image without file"),
        pytest.param("Serverless::Function", IMAGE, "", id="image from elsewhere"),
        pytest.param("Serverless::LayerVersion", "ContentUri: l", "", id="layer without a method"),
        pytest.param("Serverless::LayerVersion", "ContentUri: l", "BuildMethod: ''", id="layer with an empty method"),
        pytest.param("Serverless::LayerVersion", "ContentUri: l.zip", "BuildMethod: makefile", id="zipped layer"),
        pytest.param("Serverless::LayerVersion", "ContentUri: s3://b/k", "BuildMethod: makefile", id="layer in S3"),
        pytest.param("Serverless::Api", "DefinitionUri: api.yaml", "", id="something else"),
    ],
)
def test_what_is_not_built(load: Load, resource_type: str, properties: str, metadata: str) -> None:
    assert one(load, resource_type, properties, metadata) is None


def test_order_is_the_templates(load: Load) -> None:
    names = ["Z", "A", "M"]
    application = load("Resources:\n" + "".join(text(name, "Serverless::Function") for name in names))
    assert [resource.full_path for resource in buildable_resources(application.root)] == names


def test_custom_id_names_the_path_but_not_the_directory(load: Load) -> None:
    resource = one(load, "Serverless::Function", "", "SamResourceId: Custom")
    assert resource is not None
    assert (resource.full_path, resource.logical_id) == ("Custom", "Fn")


def test_full_path_names_the_stacks(load: Load) -> None:
    application = load(
        {
            "template.yaml": "Resources:\n" + text("Child", "Serverless::Application", "Location: c.yaml"),
            "c.yaml": "Resources:\n" + text("Fn", "Serverless::Function"),
        }
    )
    (resource,) = buildable_resources(application.by_path["Child"])
    assert (resource.full_path, resource.stack_path) == ("Child/Fn", "Child")


@pytest.mark.parametrize(
    ("resource_type", "properties", "metadata", "expected"),
    [
        pytest.param("Serverless::Function", "", "", "x86_64", id="default"),
        pytest.param("Serverless::Function", "Architectures: [arm64]", "", "arm64", id="function"),
        pytest.param("Serverless::Function", "", "BuildArchitecture: arm64", "x86_64", id="metadata of a function"),
        pytest.param(
            "Serverless::LayerVersion", "ContentUri: l", "BuildMethod: m, BuildArchitecture: arm64", "arm64", id="layer"
        ),
        pytest.param(
            "Serverless::LayerVersion", "CompatibleArchitectures: [arm64]", "BuildMethod: m", "x86_64",
            id="what a layer is compatible with",
        ),
        pytest.param("Serverless::WebFunction", "Architectures: [arm64]", "", "x86_64", id="web function"),
    ],
)  # fmt: skip
def test_architecture(load: Load, resource_type: str, properties: str, metadata: str, expected: str) -> None:
    resource = one(load, resource_type, properties, metadata)
    assert resource is not None
    assert resource.architecture == expected


@pytest.mark.parametrize(
    ("resource_type", "properties", "metadata", "builder"),
    [
        pytest.param(
            "Serverless::Function", "Runtime: python3.12", "BuildMethod: esbuild", "python3.12", id="function"
        ),
        pytest.param("Serverless::LayerVersion", "ContentUri: l", "BuildMethod: nodejs22.x", "nodejs22.x", id="layer"),
        pytest.param("Serverless::Function", "Runtime: !ImportValue X", "", None, id="unresolved runtime"),
    ],
)
def test_builder(load: Load, resource_type: str, properties: str, metadata: str, builder: str | None) -> None:
    resource = one(load, resource_type, properties, metadata)
    assert resource is not None
    assert resource.builder == builder


@pytest.mark.parametrize(
    ("resource_type", "properties", "handler"),
    [
        pytest.param("Serverless::Function", "Handler: a.b", "a.b", id="handler"),
        pytest.param("Serverless::WebFunction", "EntryPoint: s.js, Handler: a.b", "s.js", id="entry point"),
        pytest.param("Serverless::WebFunction", "Handler: a.b", "index.js", id="default entry point"),
    ],
)
def test_handler(load: Load, resource_type: str, properties: str, handler: str) -> None:
    resource = one(load, resource_type, properties)
    assert resource is not None
    assert resource.handler == handler


def test_image_has_no_code_but_an_absolute_context(load: Load, project: Path) -> None:
    resource = one(load, "Serverless::Function", IMAGE, CONTEXT)
    assert resource is not None
    assert resource.code is None
    assert resource.metadata["DockerContext"] == str(project / "image")


def test_code_stays_as_written_with_a_base_dir(load: Load) -> None:
    application = load("Resources:\n" + text("Fn", "Serverless::Function", "CodeUri: ./src/"), raw_paths=True)
    assert [resource.code for resource in buildable_resources(application.root)] == ["./src/"]


def test_resource_knows_its_line(load: Load) -> None:
    resource = one(load, "Serverless::Function")
    assert resource is not None
    assert resource.location.line == 2


BASE = "CodeUri: src, Runtime: python3.12, Handler: a.b"


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        pytest.param((BASE, ""), (BASE, ""), True, id="the same"),
        pytest.param((BASE, ""), (BASE.replace("a.b", "c.d"), ""), True, id="other handler"),
        pytest.param((BASE, ""), (BASE.replace("src", "./src/"), ""), True, id="other notation of the path"),
        pytest.param((BASE, ""), (BASE + ", MemorySize: 512", ""), True, id="other memory"),
        pytest.param((BASE, "A: 1"), (BASE, "A: 1, SamResourceId: Two"), True, id="other id"),
        pytest.param((BASE, "A: 1, B: 2"), (BASE, "B: 2, A: 1"), True, id="other order of metadata"),
        pytest.param((BASE, "A: 1"), (BASE, "A: true"), True, id="numbers that sam takes for equal"),
        pytest.param((BASE, ""), (BASE.replace("src", "other"), ""), False, id="other code"),
        pytest.param((BASE, ""), (BASE.replace("12", "13"), ""), False, id="other runtime"),
        pytest.param((BASE, ""), (BASE + ", Architectures: [arm64]", ""), False, id="other architecture"),
        pytest.param((BASE, ""), (BASE, "A: 1"), False, id="other metadata"),
        pytest.param((BASE, "A: 1"), (BASE, "A: '1'"), False, id="other type of metadata"),
        pytest.param((BASE, "A: [x]"), (BASE, "A: {x: y}"), False, id="other shape of metadata"),
        pytest.param((BASE, "BuildMethod: makefile"), (BASE, "BuildMethod: makefile"), False, id="makefile"),
        pytest.param(
            (BASE, "BuildMethod: esbuild"), (BASE.replace("a.b", "c.d"), "BuildMethod: esbuild"), False,
            id="esbuild with another handler",
        ),
        pytest.param((BASE, "BuildMethod: esbuild"), (BASE, "BuildMethod: esbuild"), True, id="esbuild"),
        pytest.param(
            (BASE.replace("python3.12", "go1.x"), ""),
            (BASE.replace("python3.12", "go1.x").replace("a.b", "c.d"), ""),
            False,
            id="go1.x with another handler",
        ),
        pytest.param((IMAGE, CONTEXT), (IMAGE, CONTEXT), True, id="images"),
        pytest.param((IMAGE, CONTEXT), (IMAGE, CONTEXT + ", DockerTag: t"), False, id="images with other tags"),
        pytest.param((IMAGE + ", ImageUri: a", CONTEXT), (IMAGE, CONTEXT), False, id="named images"),
    ],
)  # fmt: skip
def test_definition(load: Load, first: tuple[str, str], second: tuple[str, str], shared: bool) -> None:
    application = load(
        "Resources:\n" + text("One", "Serverless::Function", *first) + text("Two", "Serverless::Function", *second)
    )
    one_of_them, other = buildable_resources(application.root)
    assert (one_of_them.definition == other.definition) is shared
    assert (hash(one_of_them.definition) == hash(other.definition)) is shared


def test_classic_and_serverless_functions_share_a_definition(load: Load) -> None:
    application = load(
        "Resources:\n"
        + text("One", "Serverless::Function", BASE)
        + text("Two", "Lambda::Function", BASE.replace("CodeUri", "Code"))
        + text("Web", "Serverless::WebFunction", BASE)
    )
    one_of_them, classic, web = buildable_resources(application.root)
    assert one_of_them.definition == classic.definition
    assert one_of_them.definition != web.definition


def test_layers_never_share_a_definition(load: Load) -> None:
    layer = ("Serverless::LayerVersion", "ContentUri: l", "BuildMethod: python3.12")
    one_of_them, other = buildable_resources(load("Resources:\n" + text("A", *layer) + text("B", *layer)).root)
    assert one_of_them.definition != other.definition


@pytest.mark.parametrize(
    ("resource_type", "properties", "metadata"),
    [
        ("Serverless::Function", 'CodeUri: "a\\0b"', ""),
        ("Serverless::LayerVersion", 'ContentUri: "a\\0b"', "BuildMethod: makefile"),
        ("Serverless::Function", IMAGE, 'Dockerfile: Dockerfile, DockerContext: "a\\0b"'),
    ],
)
def test_a_source_with_a_null_byte_is_refused(load: Load, resource_type: str, properties: str, metadata: str) -> None:
    with pytest.raises(TemplateError, match=r"template\.yaml:2.*The source of Fn is not a path"):
        one(load, resource_type, properties, metadata)
