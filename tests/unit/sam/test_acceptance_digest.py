"""The digest of what sam checks of an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.sam.acceptance import templates_digest
from samix.template.stacks import load_application

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from samix.options.merge import BuildOptions

SECRET = b"k" * 32
PARAMETERS = "Parameters: {Role: {Type: String, Default: one}}\n"
FUNCTION = (
    "  Fn:\n    Type: AWS::Serverless::Function\n"
    "    Properties: {{CodeUri: src, Handler: a.b, Runtime: python3.12, Role: !Ref Role{0}}}\n"
)
CHILD = "  Child: {Type: AWS::Serverless::Application, Properties: {Location: child.yaml}}\n"
TEMPLATE = f"{PARAMETERS}Resources:\n{FUNCTION.format('')}{CHILD}"
NESTED = "Resources: {Topic: {Type: AWS::SNS::Topic}}\n"


@pytest.fixture
def digest(tmp_path: Path, make_options: Callable[..., BuildOptions]) -> Callable[..., str]:
    def take(
        template: str = TEMPLATE,
        nested: str = NESTED,
        *,
        place: str = "app",
        secret: bytes = SECRET,
        parameters: Mapping[str, str] | None = None,
        **options: object,
    ) -> str:
        project = tmp_path / place
        project.mkdir(exist_ok=True)
        (project / "template.yaml").write_text(template)
        (project / "child.yaml").write_text(nested)
        application = load_application(project / "template.yaml", dict(parameters or {}), raw_paths=False)
        return templates_digest(application, make_options(project, **options), secret)

    return take


def test_the_place_of_the_project_is_no_part_of_it(digest: Callable[..., str], tmp_path: Path) -> None:
    assert digest() == digest(place="other")
    values = ({"Role": str(tmp_path / place / "role")} for place in ("app", "other"))
    assert digest(parameters=next(values)) == digest(place="other", parameters=next(values))


@pytest.mark.parametrize(
    "change",
    [
        {"template": f"{PARAMETERS}Resources:\n{FUNCTION.format(', MemorySize: 256')}{CHILD}"},
        {"template": f"Globals: {{Function: {{Timeout: 5}}}}\n{TEMPLATE}"},
        {"template": f"{TEMPLATE}  Topic: {{Type: AWS::SNS::Topic}}\n"},
        {"nested": "Resources: {Queue: {Type: AWS::SQS::Queue}}\n"},
        {"parameters": {"Role": "two"}},
        {"region": "eu-west-1"},
        {"secret": b"l" * 32},
    ],
    ids=["a property", "Globals", "another resource", "a nested stack", "a parameter", "the region", "the project"],
)
def test_whatever_sam_checks_is_part_of_it(digest: Callable[..., str], change: Mapping[str, object]) -> None:
    assert digest(**change) != digest()


def test_what_is_included_is_part_of_it(digest: Callable[..., str], tmp_path: Path) -> None:
    part = tmp_path / "part.yaml"
    include = f", Environment: {{'Fn::Transform': {{Name: AWS::Include, Parameters: {{Location: {part}}}}}}}"
    template = f"{PARAMETERS}Resources:\n{FUNCTION.format(include)}{CHILD}"
    digests = set()
    for text in ("Variables: {A: b}\n", "Variables: {A: c}\n"):
        part.write_text(text)
        digests.add(digest(template))
    assert len(digests) == 2
