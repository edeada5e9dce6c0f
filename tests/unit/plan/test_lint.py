"""Options for containers that no unit gets are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.options.build_type import BuildType
from samix.plan.lint import bare_sam_notes, take_notes
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.options.merge import BuildOptions
    from samix.template.resources import Resource
    from samix.template.stacks import Application
    from samix.units.unit import Unit

PROPERTIES = {
    "AWS::Serverless::Function": """
        AddApplicationTagsToResources Architectures AssumeRolePolicyDocument AutoPublishAlias
        AutoPublishAliasAllProperties AutoPublishCodeSha256 CodeSigningConfigArn CodeUri DeadLetterQueue
        DeploymentPreference Description Environment EphemeralStorage EventInvokeConfig Events FileSystemConfigs
        FunctionName FunctionUrlConfig Handler ImageConfig ImageUri InlineCode KmsKeyArn Layers LoggingConfig MemorySize
        PackageType PermissionsBoundary Policies PropagateTags ProvisionedConcurrencyConfig RecursiveLoop
        ReservedConcurrentExecutions Role RolePath Runtime RuntimeManagementConfig SnapStart SourceKMSKeyArn Tags
        TenancyConfig Timeout Tracing VersionDescription VpcConfig
    """,
    "AWS::Lambda::Function": """
        Architectures Code CodeSigningConfigArn DeadLetterConfig Description Environment EphemeralStorage
        FileSystemConfigs FunctionName Handler ImageConfig KmsKeyArn Layers LoggingConfig MemorySize PackageType
        RecursiveLoop ReservedConcurrentExecutions Role Runtime RuntimeManagementConfig SnapStart Tags TenancyConfig
        Timeout TracingConfig VpcConfig
    """,
    "AWS::Serverless::LayerVersion": """
        CompatibleArchitectures CompatibleRuntimes ContentUri Description LayerName LicenseInfo PublishLambdaVersion
        RetentionPolicy
    """,
    "AWS::Lambda::LayerVersion": """
        CompatibleArchitectures CompatibleRuntimes Content Description LayerName LicenseInfo
    """,
}
"""All properties of some types."""
TEMPLATE = "Resources: {Fn: {Type: 'AWS::Lambda::Function', Properties: {Code: .}}}"


@pytest.fixture
def noted(
    tmp_path: Path, make_options: Callable[..., BuildOptions], make_application: Callable[..., Application]
) -> Callable[[str], tuple[str, ...]]:
    """Gives the notes on a template."""

    def take(template: str) -> tuple[str, ...]:
        application = make_application(tmp_path, {"template.yaml": template})
        return tuple(map(str, take_notes(application, [], make_options(tmp_path))))

    return take


@pytest.mark.parametrize(
    ("values", "notes"),
    [
        ({}, []),
        ({"environments": {"Parameters": {"A": "1"}}}, []),
        ({"environments": {"Inside": {"A": "1"}}}, []),
        (
            {"environments": {"Outside": {"A": "1"}, "Nobody": {"A": "1"}}},
            ["--container-env-var has no effect on Nobody, Outside: nothing of that name is built in a container."],
        ),
        ({"build_images": {"": "image", "Inside": "image"}}, []),
        (
            {"build_images": {"Outside": "image"}},
            ["--build-image has no effect on Outside: nothing of that name is built in a container."],
        ),
    ],
)
def test_a_name_without_a_container_is_reported(
    values: dict[str, object],
    notes: list[str],
    tmp_path: Path,
    make_unit: Callable[..., Unit],
    make_options: Callable[..., BuildOptions],
    make_application: Callable[..., Application],
) -> None:
    units = [make_unit("Inside", build_type=BuildType.CONTAINER), make_unit("Outside")]
    application = make_application(tmp_path, {"template.yaml": TEMPLATE})
    assert list(map(str, take_notes(application, units, make_options(tmp_path, **values)))) == notes


def test_container_options_without_containers_are_reported(
    tmp_path: Path,
    make_unit: Callable[..., Unit],
    make_options: Callable[..., BuildOptions],
    make_application: Callable[..., Application],
) -> None:
    options = make_options(tmp_path, environments={"Parameters": {"A": "1"}}, build_images={"": "image"})
    application = make_application(tmp_path, {"template.yaml": TEMPLATE})
    assert list(map(str, take_notes(application, [make_unit("Outside")], options))) == [
        "--container-env-var has no effect: nothing is built in a container.",
        "--build-image has no effect: nothing is built in a container.",
    ]


def test_a_key_in_the_wrong_place_is_reported(
    tmp_path: Path, make_options: Callable[..., BuildOptions], make_application: Callable[..., Application]
) -> None:
    template = """\
Resources:
  Fn:
    Type: AWS::Lambda::Function
    BuildDependsOn: [Layer]
    Properties:
      BuildType: container
      Code: .
"""
    application = make_application(tmp_path, {"template.yaml": template})
    notes = take_notes(application, [], make_options(tmp_path))
    assert [str(note).rpartition("/")[2] for note in notes] == [
        "template.yaml:4: BuildDependsOn of Fn belongs under Metadata; here it has no effect.",
        "template.yaml:6: BuildType of Fn belongs under Metadata; here it has no effect.",
    ]


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("Stage", None),
        ("AWS::Region", None),
        ("stage", "--parameter-overrides: the template has no parameter stage. Did you mean Stage?"),
        ("Colour", "--parameter-overrides: the template has no parameter Colour."),
    ],
)
def test_a_value_for_no_parameter_is_reported(
    name: str,
    note: str | None,
    tmp_path: Path,
    make_options: Callable[..., BuildOptions],
    make_application: Callable[..., Application],
) -> None:
    application = make_application(tmp_path, {"template.yaml": f"Parameters: {{Stage: {{Type: String}}}}\n{TEMPLATE}"})
    options = make_options(tmp_path, parameters={name: "dev"})
    assert list(map(str, take_notes(application, [], options))) == ([note] if note else [])


def test_a_value_for_no_parameter_is_reported_at_its_place(
    tmp_path: Path, make_options: Callable[..., BuildOptions], make_application: Callable[..., Application]
) -> None:
    application = make_application(tmp_path, {"template.yaml": TEMPLATE})
    content = 'version = 0.1\n[default.build.parameters]\nparameter_overrides = "Stage=dev"\n'
    (tmp_path / "samconfig.toml").write_text(content)
    (note,) = take_notes(application, [], make_options(tmp_path))
    assert str(note) == f"{tmp_path / 'samconfig.toml'}:3: The template has no parameter Stage."


@pytest.mark.parametrize(
    ("layers", "note"),
    [
        ("[!Ref NativLayer]", "template.yaml:6: Did you mean NativeLayer, not NativLayer?"),
        ("[!Sub '${LayerARN}:1']", "template.yaml:6: Did you mean LayerArn, not LayerARN?"),
        ("[!Ref NativeLayer, !Ref LayerArn, 'arn:aws:lambda:one:layer:NativLayer:1']", None),
        ("[!Ref MadeByAMacro]", None),
        ("[!Sub 'arn:${AWS::Partition}:lambda:one:layer:it:1']", None),
    ],
)
def test_a_layer_that_was_probably_meant_is_suggested(
    layers: str, note: str | None, noted: Callable[[str], tuple[str, ...]]
) -> None:
    template = f"""\
Parameters: {{LayerArn: {{Type: String}}}}
Resources:
  NativeLayer: {{Type: AWS::Serverless::LayerVersion}}
  Fn:
    Type: AWS::Serverless::Function
    Properties: {{Layers: {layers}}}
"""
    assert [str(one).rpartition("/")[2] for one in noted(template)] == ([note] if note else [])


@pytest.mark.parametrize(
    ("builders", "note"),
    [
        ("Properties: {Runtime: pyhton3.11}", "Did you mean python3.11, not pyhton3.11?"),
        ("Properties: {Runtime: nodjs22.x}", "Did you mean nodejs22.x, not nodjs22.x?"),
        ("Metadata: {BuildMethod: makfile}", "Did you mean makefile, not makfile?"),
        ("Metadata: {BuildMethod: rust-cargolamda}", "Did you mean rust-cargolambda, not rust-cargolamda?"),
        ("Metadata: {BuildMethod: Makefile}", "Did you mean makefile, not Makefile?"),
        ("Properties: {Runtime: python3.99}", None),
        ("Properties: {Runtime: provided.al2030}", None),
        ("Properties: {Runtime: dotnet8}, Metadata: {BuildMethod: dotnet7}", None),
        ("Properties: {Runtime: java21}, Metadata: {BuildMethod: esbuild}", None),
        ("Metadata: {BuildMethod: python-uv}", None),
        ("Metadata: {BuildMethod: ''}", None),
        ("Metadata: {BuildMethod: 7}", None),
    ],
)
def test_a_probable_runtime_or_method_is_suggested(
    builders: str, note: str | None, noted: Callable[[str], tuple[str, ...]]
) -> None:
    notes = noted(f"Resources:\n  Fn: {{Type: AWS::Serverless::Function, {builders}}}\n")
    assert [one.rpartition("template.yaml:2: ")[2] for one in notes] == ([note] if note else [])


def test_of_many_units_the_first_are_named(
    make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    units = [make_unit(make_resource(f"Fn{number}", metadata={"BuildMethod": "makefile"})) for number in range(9)]
    [note] = bare_sam_notes(units)
    assert "Fn0, Fn1, Fn2, Fn3 and 5 more again" in note.text


def test_what_only_samix_reuses_is_reported(
    make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    values = (("TOKEN", "secret"),)
    units = [
        make_unit("Fn"),
        make_unit(make_resource("Made", metadata={"BuildMethod": "makefile"})),
        make_unit(make_resource("Child/Made", metadata={"BuildMethod": "makefile"}), environment=values),
        make_unit(make_resource("Layer", kind=Kind.LAYER, metadata={"BuildMethod": "makefile"})),
        make_unit("A", "B", build_type=BuildType.CONTAINER, environment=values),
    ]
    made, with_values = bare_sam_notes(units)
    assert made.text.startswith(
        "A bare sam build --cached builds Made, Child/Made again each time, because sam never reuses "
    )
    assert with_values.text.startswith(
        "A bare sam build --cached builds A, B again each time, because sam would write values"
    )
    assert all(note.text.endswith("; samix build reuses what it built.") for note in (made, with_values))


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("AWS::Serverless::Funtion", "AWS::Serverless::Function"),
        ("AWS::Lambda::function", "AWS::Lambda::Function"),
        ("AWS::Serverless::LayerVerson", "AWS::Serverless::LayerVersion"),
        ("AWS::Serverless::Aplication", "AWS::Serverless::Application"),
        ("AWS::Serverles::Function", "AWS::Serverless::Function"),
        ("AWS::lambda::LayerVersion", "AWS::Lambda::LayerVersion"),
    ],
)
def test_a_misspelt_type_is_reported(written: str, known: str, noted: Callable[[str], tuple[str, ...]]) -> None:
    (note,) = noted(f"Resources:\n  Fn:\n    Type: {written}\n")
    assert note.endswith(f"template.yaml:3: Did you mean {known}, not {written}? sam does not build Fn.")


@pytest.mark.parametrize(
    "written",
    [
        "AWS::Serverless::Api",
        "AWS::Serverless::Connector",
        "AWS::Serverless::StateMachine",
        "AWS::CloudFormation::StackSet",
        "AWS::Lambda::Version",
        "AWS::Lambda::LayerVersionPermission",
        "AWS::CloudFront::Function",
        "Custom::Function",
        "Function",
    ],
)
def test_another_type_is_left_alone(written: str, noted: Callable[[str], tuple[str, ...]]) -> None:
    assert noted(f"Resources:\n  Fn:\n    Type: {written}\n") == ()


@pytest.mark.parametrize(
    ("kind", "written", "known"),
    [
        ("AWS::Serverless::Function", "CodeURI", "CodeUri"),
        ("AWS::Serverless::Function", "Runtme", "Runtime"),
        ("AWS::Serverless::Function", "Achitectures", "Architectures"),
        ("AWS::Lambda::Function", "code", "Code"),
        ("AWS::Lambda::Function", "Layer", "Layers"),
        ("AWS::Serverless::LayerVersion", "ContentUrl", "ContentUri"),
        ("AWS::Serverless::LayerVersion", "CompatibleRuntime", "CompatibleRuntimes"),
    ],
)
def test_a_misspelt_property_is_reported(
    kind: str, written: str, known: str, noted: Callable[[str], tuple[str, ...]]
) -> None:
    template = f"Resources:\n  It:\n    Type: {kind}\n    Properties:\n      {written}: one\n"
    (note,) = noted(template)
    assert note.endswith(f"template.yaml:5: Did you mean {known}, not {written}?")


@pytest.mark.parametrize(("written", "known"), [("Propeties", "Properties"), ("MetaData", "Metadata")])
def test_a_misspelt_section_is_reported(written: str, known: str, noted: Callable[[str], tuple[str, ...]]) -> None:
    (note,) = noted(f"Resources:\n  Fn:\n    Type: AWS::Serverless::Function\n    {written}: {{}}\n    DependsOn: []\n")
    assert note.endswith(f"template.yaml:4: Did you mean {known}, not {written}?")


def test_a_property_is_reported_where_the_globals_have_it(noted: Callable[[str], tuple[str, ...]]) -> None:
    template = """\
Globals:
  Function:
    Runtme: python3.11
Resources:
  Fn: {Type: AWS::Serverless::Function}
  Other: {Type: AWS::Serverless::Function}
"""
    (note,) = noted(template)
    assert note.endswith("template.yaml:3: Did you mean Runtime, not Runtme?")


def test_keys_that_are_no_text_are_left_alone(
    tmp_path: Path, make_options: Callable[..., BuildOptions], make_application: Callable[..., Application]
) -> None:
    keys = "{1: one, null: two, true: three}"
    template = f"""\
Parameters: {keys}
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {keys}
    Metadata: {keys}
"""
    application = make_application(tmp_path, {"template.yaml": template})
    options = make_options(tmp_path, parameters={"Stage": "dev"})
    (note,) = take_notes(application, [], options)
    assert note.text == "--parameter-overrides: the template has no parameter Stage."


@pytest.mark.parametrize(("kind", "properties"), PROPERTIES.items(), ids=PROPERTIES)
def test_the_properties_of_a_type_are_left_alone(
    kind: str, properties: str, noted: Callable[[str], tuple[str, ...]]
) -> None:
    written = ", ".join(f"{name}: one" for name in properties.split())
    template = f"Resources:\n  It: {{Type: {kind}, Properties: {{{written}}}}}\n"
    assert [note for note in noted(template) if "Did you mean" in note] == []
