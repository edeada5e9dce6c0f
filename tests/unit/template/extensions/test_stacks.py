"""Applications with language extensions, from the template to the built template."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from samix.messages.errors import OldSamError, TemplateError
from samix.options.build_type import BuildType
from samix.sam.unit_template import unit_template
from samix.template.built_template import built_template, check_built_templates
from samix.template.references import referenced_layers
from samix.template.resources import buildable_resources
from samix.template.sam_rules import SamRules
from samix.template.stacks import load_application
from samix.template.value import ValueMapping, as_list, as_mapping
from samix.units.decision import Decision
from samix.units.unit import Unit

if TYPE_CHECKING:
    from samix.template.stacks import Application

TRANSFORM = "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\n"
LOOP = """\
Parameters:
  Names: {Type: CommaDelimitedList, Default: "A,B"}
Resources:
  Fn::ForEach::Functions:
    - Name
    - !Ref Names
    - F${Name}:
        Type: AWS::Serverless::Function
        Metadata: {Owner: !Sub "team-${Name}", Also: {Z: 1, A: 2}}
        Properties: {CodeUri: "src/${Name}", Handler: a.b, Runtime: python3.12}
"""


def load(project: Path, text: str, *, language_extensions: bool = True, **files: str) -> Application:
    for name, content in {"template": text, **files}.items():
        (project / f"{name}.yaml").write_text(content, encoding="utf-8")
    return load_application(project / "template.yaml", {}, raw_paths=False, language_extensions=language_extensions)


@pytest.mark.parametrize(
    ("version", "is_asked_for", "expands"),
    [("1.160.1", False, True), ("1.160.1", True, True), ("1.161.0", True, True), ("1.155.2", True, False)],
)
def test_installed_sam_decides_whether_a_template_is_expanded(
    project: Path, version: str, is_asked_for: bool, expands: bool
) -> None:
    (project / "template.yaml").write_text(TRANSFORM + LOOP)
    rules = SamRules(lambda: version)

    def load_it() -> Application:
        return load_application(
            project / "template.yaml", {}, raw_paths=False, language_extensions=is_asked_for, rules=rules
        )

    if expands:
        assert [one.full_path for one in buildable_resources(load_it().root)] == ["FA", "FB"]
        return
    with pytest.raises(OldSamError) as caught:
        load_it()
    assert str(caught.value).endswith(f"Fn::ForEach needs sam 1.161 or newer (this is {version}).")
    assert "--language-extensions" not in caught.value.hint


def built(application: Application, path: str = "") -> ValueMapping:
    artifacts = {
        resource.full_path: Path("/out", resource.full_path)
        for stack in application.stacks
        for resource in buildable_resources(stack)
    }
    return built_template(application, application.by_path[path], artifacts, Path("/out"))


def test_what_a_loop_makes_stands_where_the_loop_does(project: Path) -> None:
    application = load(project, TRANSFORM + LOOP)
    found = buildable_resources(application.root)
    assert [(resource.full_path, resource.location.line) for resource in found] == [("FA", 5), ("FB", 5)]
    assert [resource.code for resource in found] == [str(project / "src" / name) for name in "AB"]


@pytest.mark.parametrize(
    ("transform", "language_extensions", "hint"),
    [(TRANSFORM, False, "--language-extensions"), ("", True, "AWS::LanguageExtensions"), ("", False, "--language-ext")],
)
def test_a_loop_that_is_not_expanded_is_refused(
    project: Path, transform: str, language_extensions: bool, hint: str
) -> None:
    with pytest.raises(TemplateError) as caught:
        load(project, transform + LOOP, language_extensions=language_extensions)
    assert caught.value.where is not None
    assert caught.value.where.line == (transform + LOOP)[: (transform + LOOP).index("Fn::ForEach")].count("\n") + 1
    assert hint in caught.value.hint


def test_what_cannot_be_expanded_is_refused_with_its_line(project: Path) -> None:
    with pytest.raises(TemplateError, match="its collection is not a list") as caught:
        load(project, TRANSFORM + LOOP.replace("!Ref Names", "!Ref Nobody"))
    assert caught.value.where is not None
    assert caught.value.where.line == 5


def test_a_web_function_in_a_loop_is_refused(project: Path) -> None:
    text = TRANSFORM + LOOP.replace("Serverless::Function", "Serverless::WebFunction")
    with pytest.raises(TemplateError, match="WebFunction"):
        load(project, text)
    load(project, text.replace("src/${Name}", "s3://bucket/${Name}"))


def test_a_name_that_sam_does_not_take_is_refused(project: Path) -> None:
    text = TRANSFORM + LOOP.replace('"A,B"', '"a.b"')
    with pytest.raises(TemplateError, match=r"'Fa\.b'") as caught:
        load(project, text)
    assert "&{" in caught.value.hint
    assert [resource.full_path for resource in buildable_resources(load(project, text.replace("F$", "F&")).root)] == [
        "Fab"
    ]
    load(project, text.replace("Serverless::Function", "Lambda::Function"))


def test_the_built_template_keeps_the_loop(project: Path) -> None:
    template = built(load(project, TRANSFORM + LOOP))
    variable, collection, body = as_list(as_mapping(template["Resources"])["Fn::ForEach::Functions"])
    assert (variable, collection) == ("Name", {"Ref": "Names"})
    properties = as_mapping(as_mapping(as_mapping(body)["F${Name}"])["Properties"])
    assert properties["CodeUri"] == {"Fn::FindInMap": ["SAMCodeUriFunctions", {"Ref": "Name"}, "CodeUri"]}
    assert template["Mappings"] == {"SAMCodeUriFunctions": {"A": {"CodeUri": "FA"}, "B": {"CodeUri": "FB"}}}


def test_mappings_without_a_name_are_refused_before_the_build(project: Path) -> None:
    two = "    - ${Name}: &f {Type: AWS::Serverless::Function, Properties: {CodeUri: 'src/${Name}'}}\n"
    text = f"{TRANSFORM}Resources:\n  Fn::ForEach::L:\n    - Name\n    - [A, B]\n{two}      X${{Name}}: *f\n"
    application = load(project, text)
    with pytest.raises(TemplateError, match="variables only") as caught:
        check_built_templates(application, ["A", "B", "XA", "XB"])
    assert caught.value.where is not None
    assert caught.value.where.line == 3


def test_an_item_that_sam_stumbles_over_is_refused(project: Path) -> None:
    text = LOOP.replace('Default: "A,B"', r"Default: 'A\d'").replace("F${Name}", "F&{Name}")
    application = load(project, TRANSFORM + text)
    with pytest.raises(TemplateError, match="cannot be part of a name"):
        check_built_templates(application, ["FAd"])


def test_a_section_that_sam_cannot_add_to_is_refused(project: Path) -> None:
    application = load(project, f"{TRANSFORM}Mappings:\n{LOOP}")
    with pytest.raises(TemplateError, match="Mappings is empty"):
        check_built_templates(application, ["FA", "FB"])


def test_a_unit_is_built_from_what_the_loop_makes(project: Path) -> None:
    application = load(project, TRANSFORM + LOOP)
    [_, second] = buildable_resources(application.root)
    template = unit_template(Unit((second,), Decision(BuildType.HOST, "default"), None, ()), application)
    resource = as_mapping(as_mapping(template["Resources"])["FB"])
    assert as_mapping(resource["Metadata"])["Owner"] == "team-B"
    assert list(as_mapping(as_mapping(resource["Metadata"])["Also"])) == ["Z", "A"]
    assert as_mapping(resource["Properties"])["CodeUri"] == str(project / "src" / "B")
    assert "Fn::ForEach" not in str(template)


def test_layers_are_found_by_the_parameters_of_expanded_stacks(project: Path) -> None:
    layer = "{Type: AWS::Serverless::LayerVersion, Metadata: {BuildMethod: makefile}, Properties: {ContentUri: l}}"
    child = "{Type: AWS::Serverless::Application, Properties: {Location: child.yaml, Parameters: {L: !Ref Layer}}}"
    application = load(
        project,
        f"{TRANSFORM}Resources:\n  Layer: {layer}\n  Child: {child}\n",
        child=TRANSFORM
        + LOOP.replace("Resources:", "  L: {Type: String}\nResources:").replace(
            "Handler:", "Layers: [!Ref L], Handler:"
        ),
    )
    [first, _] = buildable_resources(application.by_path["Child"])
    assert referenced_layers(application, first, {("", "Layer"): "Layer"}) == ["Layer"]
