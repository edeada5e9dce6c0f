"""The properties of resources that have local paths as values.

Mirrors `samcli.lib.utils.resources` and the tables that sam derives from it. The order counts: sam recognises its own
mappings by the first name that fits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

GRAPHQL_API = "AWS::Serverless::GraphQLApi"
LOCAL_PATHS: Mapping[str, Sequence[str]] = {
    GRAPHQL_API: ("SchemaUri", "CodeUri"),
    "AWS::Serverless::Function": ("CodeUri",),
    "AWS::Serverless::WebFunction": ("CodeUri",),
    "AWS::Serverless::Api": ("DefinitionUri",),
    "AWS::Serverless::HttpApi": ("DefinitionUri",),
    "AWS::Serverless::StateMachine": ("DefinitionUri",),
    "AWS::AppSync::GraphQLSchema": ("DefinitionS3Location",),
    "AWS::AppSync::Resolver": (
        "RequestMappingTemplateS3Location",
        "ResponseMappingTemplateS3Location",
        "CodeS3Location",
    ),
    "AWS::AppSync::FunctionConfiguration": (
        "RequestMappingTemplateS3Location",
        "ResponseMappingTemplateS3Location",
        "CodeS3Location",
    ),
    "AWS::Lambda::Function": ("Code",),
    "AWS::ApiGateway::RestApi": ("BodyS3Location",),
    "AWS::ApiGatewayV2::Api": ("BodyS3Location",),
    "AWS::ElasticBeanstalk::ApplicationVersion": ("SourceBundle",),
    "AWS::CloudFormation::ModuleVersion": ("ModulePackage",),
    "AWS::CloudFormation::ResourceVersion": ("SchemaHandlerPackage",),
    "AWS::CloudFormation::Stack": ("TemplateURL",),
    "AWS::CloudFormation::StackSet": ("TemplateURL",),
    "AWS::Serverless::Application": ("Location",),
    "AWS::Lambda::LayerVersion": ("Content",),
    "AWS::Serverless::LayerVersion": ("ContentUri",),
    "AWS::Glue::Job": ("Command.ScriptLocation",),
    "AWS::StepFunctions::StateMachine": ("DefinitionS3Location",),
}
_IMAGES: Mapping[str, Sequence[str]] = {
    "AWS::Serverless::Function": ("ImageUri",),
    "AWS::Lambda::Function": ("Code.ImageUri",),
}
ARTIFACT_PATHS: Mapping[str, Sequence[str]] = {
    resource_type: (*names, *_IMAGES.get(resource_type, ())) for resource_type, names in LOCAL_PATHS.items()
}
METADATA_PATHS: Mapping[str, Sequence[str]] = {"AWS::ServerlessRepo::Application": ("LicenseUrl", "ReadmeUrl")}
_ALL_NAMES = tuple(dict.fromkeys(name for names in ARTIFACT_PATHS.values() for name in names))


def leaf(name: str) -> str:
    """The last part of a property's dotted name."""
    return name.rpartition(".")[2]


_GENERATED_PREFIXES = (*dict.fromkeys(f"SAM{leaf(name)}" for name in _ALL_NAMES), "SAMLayers")
MAPPED_PATHS = frozenset(_ALL_NAMES) | {leaf(name) for name in _ALL_NAMES}


def is_generated(mapping_name: object) -> bool:
    """Whether a mapping has a name like those of the mappings that sam writes for the paths of loops.

    Mirrors `samcli.lib.cfn_language_extensions.utils.is_sam_generated_mapping`.
    """
    if not isinstance(mapping_name, str):
        return False
    for prefix in _GENERATED_PREFIXES:
        if mapping_name == prefix:
            return False
        if mapping_name.startswith(prefix) and mapping_name[len(prefix)].isalnum():
            return True
    return False
