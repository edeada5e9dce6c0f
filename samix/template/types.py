"""The resource types of templates that samix knows, and the properties that name their code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samix.template.value import Value

LAYER_TYPES = frozenset({"AWS::Lambda::LayerVersion", "AWS::Serverless::LayerVersion"})
WEB_FUNCTION = "AWS::Serverless::WebFunction"
FUNCTION_TYPES = frozenset({"AWS::Lambda::Function", "AWS::Serverless::Function", WEB_FUNCTION})
CODE_PROPERTIES = {
    "AWS::Serverless::Function": "CodeUri",
    WEB_FUNCTION: "CodeUri",
    "AWS::Lambda::Function": "Code",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Lambda::LayerVersion": "Content",
}
NESTED_STACKS = {"AWS::Serverless::Application": "Location", "AWS::CloudFormation::Stack": "TemplateURL"}
REMOTE_PREFIXES = ("s3://", "http://", "https://")


def is_remote(code: Value) -> bool:
    """Whether code is in S3."""
    if isinstance(code, dict):
        return "S3Bucket" in code or "Bucket" in code
    return isinstance(code, str) and code.startswith("s3://")
