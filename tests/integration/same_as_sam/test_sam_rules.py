"""samix goes by the rules of the sam that is installed: what this one does is the measure, whichever it is.

`make test-sams` runs these with older sams as well, which build some of the cases otherwise, or not at all.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, Run, differences

from samix.template.sam_rules import (
    ARTIFACTS_ALONE,
    BUILDKIT,
    CACHED_UV,
    CDK_EXTRA_PARAMS,
    CDK_PATH_OF_THREE,
    EXPANDS_ALWAYS,
    LANGUAGE_EXTENSIONS,
    MOUNT_SYMLINKS,
    PARAMETER_FILES,
    RULES,
    STRUCTURED_OUTPUT,
    WEB_FUNCTIONS,
    Rule,
    SamRules,
    format_version,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

TRANSFORM = "Transform: AWS::Serverless-2016-10-31\n"
PLAIN = f"""\
{TRANSFORM}Parameters: {{Folder: {{Type: String, Default: src}}}}
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: !Ref Folder, Runtime: {HOST_PYTHON}, Handler: app.handler}}
"""
LOOP = f"""\
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Resources:
  Fn::ForEach::Functions:
    - Name
    - [src, other]
    - Fn${{Name}}:
        Type: AWS::Serverless::Function
        Properties: {{CodeUri: !Sub "${{Name}}", Runtime: {HOST_PYTHON}, Handler: app.handler}}
      Inline${{Name}}:
        Type: AWS::Lambda::Function
        Properties: {{Code: {{ZipFile: !Sub "# ${{Name}}"}}, Runtime: {HOST_PYTHON}, Handler: index.handler}}
"""
WEB = f"""\
{TRANSFORM}Resources:
  Web:
    Type: AWS::Serverless::WebFunction
    Properties: {{CodeUri: src, Runtime: {HOST_PYTHON}, EntryPoint: app.py}}
  Fn:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: src, Runtime: {HOST_PYTHON}, Handler: app.handler}}
"""
UV = f"""\
{TRANSFORM}Resources:
  Fn:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: python-uv}}
    Properties: {{CodeUri: uv, Runtime: {HOST_PYTHON}, Handler: app.handler}}
"""
PYPROJECT = '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = []\n'


def construct(path: str, **metadata: str) -> dict[str, object]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Code": "src", "Runtime": HOST_PYTHON, "Handler": "app.handler"},
        "Metadata": {"aws:cdk:path": path, "aws:asset:path": "src", "aws:asset:property": "Code", **metadata},
    }


CDK = {
    "Deep": construct("App/Stack/Inner/DeepFn/Resource"),
    "Last": construct("App/Stack/Inner/LastFn"),
    "Three": construct("Stack/ThreeFn/Resource"),
}
CDK_IMAGE = {
    "Image": construct(
        "Stack/ImageFn/Resource",
        **{
            "aws:asset:path": "image",
            "aws:asset:property": "Code.ImageUri",
            "aws:asset:dockerfile-path": "Dockerfile",
        },
    )
    | {"Properties": {"PackageType": "Image", "Code": {"ImageUri": "none"}}}
}


@dataclass(frozen=True)
class Case:
    """Something that not every sam builds alike.

    Attributes:
        rules: Those that it shows.
        files: The application, besides one function's sources.
        arguments: Of both programs.
        needs: Without it, samix refuses it.
        where: What the refusal begins with.
    """

    rules: tuple[Rule, ...]
    files: Mapping[str, str]
    arguments: tuple[str, ...] = ()
    needs: Rule | None = None
    where: str = ""


def samconfig(text: str) -> str:
    return f"version = 0.1\n[default.build.parameters]\n{text}\n"


CASES = {
    "option: buildkit": Case((BUILDKIT,), {"template.yaml": PLAIN}, ("--use-buildkit",), BUILDKIT),
    "option: links": Case((MOUNT_SYMLINKS,), {"template.yaml": PLAIN}, ("--mount-symlinks",), MOUNT_SYMLINKS),
    "option: output": Case((STRUCTURED_OUTPUT,), {"template.yaml": PLAIN}, ("--output", "json"), STRUCTURED_OUTPUT),
    "option: extensions": Case(
        (LANGUAGE_EXTENSIONS,), {"template.yaml": LOOP}, ("--language-extensions",), LANGUAGE_EXTENSIONS
    ),
    "option: file": Case(
        (PARAMETER_FILES,),
        {"template.yaml": PLAIN, "values.yaml": "Folder: other\n"},
        ("--parameter-overrides", "file://values.yaml"),
        PARAMETER_FILES,
    ),
    "samconfig: a mapping": Case(
        (PARAMETER_FILES,),
        {"template.yaml": PLAIN, "samconfig.toml": samconfig('parameter_overrides = {Folder = "other"}')},
        needs=PARAMETER_FILES,
        where="samconfig.toml:3: ",
    ),
    "samconfig: newer keys": Case(
        (BUILDKIT, MOUNT_SYMLINKS),
        {"template.yaml": PLAIN, "samconfig.toml": samconfig("use_buildkit = true\nmount_symlinks = true")},
    ),
    "cdk": Case((CDK_PATH_OF_THREE,), {"template.json": json.dumps({"Resources": CDK})}),
    "python-uv": Case(
        (CACHED_UV,),
        {"template.yaml": UV, "uv/pyproject.toml": PYPROJECT, "uv/app.py": ""},
        ("--beta-features",),
    ),
    "web function": Case((WEB_FUNCTIONS,), {"template.yaml": WEB}, (), WEB_FUNCTIONS, "template.yaml:3: "),
}


def make(path: Path, case: Case) -> Project:
    return Project.from_files(path, {"src/app.py": "", "other/app.py": "# other\n", **case.files})


@pytest.fixture(scope="module")
def rules() -> SamRules:
    said = Project(Path()).sam("--version").succeeded().output
    found = re.search(r"\d+(\.\d+)+", said)
    assert found, said
    return SamRules(lambda: found[0])


def both(project: Project, *arguments: str) -> tuple[Run, Run]:
    """What sam and samix say; they must leave the same where both end well."""
    sam = project.sam("build", *arguments)
    sams = project.built()
    shutil.rmtree(project.path / ".aws-sam", ignore_errors=True)
    ours = project.samix("build", *arguments)
    if sam.code == ours.code == 0:
        assert differences(project.built(), sams) == []
    return sam, ours


@pytest.mark.parametrize("name", CASES)
def test_what_the_installed_sam_does_is_done(tmp_path: Path, name: str, rules: SamRules) -> None:
    case = CASES[name]
    sam, ours = both(make(tmp_path / "app", case), *case.arguments)
    if case.needs is None or rules.has(case.needs):
        assert ours.code == sam.code, ours.text
    else:
        assert sam.code == 2 or case.needs is WEB_FUNCTIONS
        said = ours.failed_with(2).errors
        assert case.where in said
        assert f" needs sam {format_version(case.needs.since)} or newer (this is {rules.version})." in said


def test_a_loop_is_expanded_by_the_sam_that_does_so_unasked(tmp_path: Path, rules: SamRules) -> None:
    sam, ours = both(make(tmp_path / "app", Case((EXPANDS_ALWAYS,), {"template.yaml": LOOP})))
    if rules.has(EXPANDS_ALWAYS):
        assert sam.succeeded().code == ours.code, ours.text
    elif rules.has(LANGUAGE_EXTENSIONS):
        assert "Build with --language-extensions." in ours.failed_with(sam.failed_with(1).code).errors
    else:
        assert f"template.yaml:3: Fn::ForEach needs sam 1.161 or newer (this is {rules.version})." in ours.errors
        assert ours.failed_with(2).errors.count("--language-extensions") == 0
        assert "Traceback" in sam.failed_with(1).errors


@pytest.mark.container
@pytest.mark.usefixtures("container_engine")
def test_an_image_of_the_cdk_is_described_alike(tmp_path: Path) -> None:
    files = {"template.json": json.dumps({"Resources": CDK_IMAGE}), "image/Dockerfile": "FROM scratch\nCOPY . /app\n"}
    sam, ours = both(make(tmp_path / "app", Case((CDK_EXTRA_PARAMS,), files)))
    assert (sam.code, ours.code) == (0, 0), ours.text


def test_every_rule_is_shown() -> None:
    # what has no builder is compared in test_promises_of_sam.py
    elsewhere = {EXPANDS_ALWAYS, ARTIFACTS_ALONE, CDK_EXTRA_PARAMS} | {rule for rule in RULES if rule.builds}
    assert {rule for case in CASES.values() for rule in case.rules} | elsewhere == set(RULES)
