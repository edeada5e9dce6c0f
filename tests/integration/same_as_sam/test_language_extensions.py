"""samix expands language extensions as sam does, and leaves the same built template: sam's own code is the oracle."""

# ruff: noqa: E501 - a template of the tables reads best on one line

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from samcli.commands.validate.lib.exceptions import InvalidSamDocumentException
from samcli.lib.cfn_language_extensions.sam_integration import expand_language_extensions
from support.project import HOST_PYTHON, REPOSITORY, Project, differences
from support.sam_oracle import IN_PROCESS, Case, views

from samix.state.build_toml import Definition, read_definitions
from samix.template.extensions.errors import ExpansionError
from samix.template.extensions.expand import expand
from samix.template.intrinsics import PSEUDO_PARAMETERS
from samix.template.load import load_template
from samix.template.value import as_mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from samix.template.value import Value, ValueMapping

pytestmark = IN_PROCESS

REFUSED = "refused"
TRANSFORM = "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\n"
# sam ends with a traceback at some templates; a refusal all the same
_TRACEBACKS = (InvalidSamDocumentException, AttributeError, TypeError, KeyError, ValueError)


def text_of(template: Value) -> str:
    """A template as text that tells 1, 1.0 and true apart and keeps the order of keys below the sections."""
    sections = template if isinstance(template, dict) else {}
    return json.dumps({name: sections[name] for name in sorted(sections)}, indent=1)


def expanded_by_sam(template: ValueMapping, parameters: ValueMapping) -> str:
    values = {**PSEUDO_PARAMETERS, **parameters}
    try:
        result = expand_language_extensions(template, parameter_values=values, enabled=True)
    except _TRACEBACKS:
        return REFUSED
    expanded: ValueMapping = result.expanded_template
    resources = expanded["Resources"]
    if not isinstance(resources, dict) or not all(isinstance(resource, dict) for resource in resources.values()):
        return REFUSED  # sam's providers end with a traceback at it
    return text_of(expanded)


def expanded_by_samix(template: ValueMapping, parameters: ValueMapping) -> str:
    try:
        return text_of(expand(template, {**PSEUDO_PARAMETERS, **parameters}).data)
    except ExpansionError:
        return REFUSED


HEAD = (
    TRANSFORM
    + """\
Parameters:
  Names: {Type: CommaDelimitedList, Default: "Alpha, Beta"}
  Numbers: {Type: List<Number>, Default: "1,2"}
  Zones: {Type: "AWS::SSM::Parameter::Value<List<String>>", Default: "a,b"}
  Stage: {Type: String, Default: dev}
  Plain: {Type: String, Default: "x,y"}
  Single: {Type: String, Default: x}
  Count: {Type: Number, Default: 2}
  Open: {Type: String}
Mappings:
  Sizes:
    Alpha: {Memory: 256, Nothing: null, List: [1, two], Deep: {a: 1}}
    dev: {Memory: 128}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [!Condition IsProd]
  IsBoth: !And [!Condition IsProd, !Condition IsDev]
  IsAny: !Or [!Condition IsProd, !Equals [!Ref Stage, dev], "false"]
"""
)
BODY = "{Type: T, Properties: {Name: !Ref N, Text: 'x${N}', Short: 'y&{N}', Deep: [{'K${N}': !Sub '${N}-${Stage}'}]}}"

LOOPS = {
    "list": f"Fn::ForEach::L: [N, [A, B], {{'R${{N}}': {BODY}}}]",
    "parameter": f"Fn::ForEach::L: [N, !Ref Names, {{'R${{N}}': {BODY}}}]",
    "numbers": f"Fn::ForEach::L: [N, !Ref Numbers, {{'R${{N}}': {BODY}}}]",
    "ssm list": f"Fn::ForEach::L: [N, !Ref Zones, {{'R${{N}}': {BODY}}}]",
    "text with commas": f"Fn::ForEach::L: [N, !Ref Plain, {{'R${{N}}': {BODY}}}]",
    "text without commas": f"Fn::ForEach::L: [N, !Ref Single, {{'R${{N}}': {BODY}}}]",
    "given": f"Fn::ForEach::L: [N, !Ref Open, {{'R${{N}}': {BODY}}}]",
    "unknown": f"Fn::ForEach::L: [N, !Ref Nobody, {{'R${{N}}': {BODY}}}]",
    "split": f"Fn::ForEach::L: [N, !Split ['-', a-b], {{'R${{N}}': {BODY}}}]",
    "map": f"Fn::ForEach::L: [N, !FindInMap [Sizes, Alpha, List], {{'R${{N}}': {BODY}}}]",
    "if": f"Fn::ForEach::L: [N, !If [IsDev, [a], [b]], {{'R${{N}}': {BODY}}}]",
    "attribute": f"Fn::ForEach::L: [N, !GetAtt X.Y, {{'R${{N}}': {BODY}}}]",
    "attribute in a list": f"Fn::ForEach::L: [N, [a, !GetAtt X.Y], {{'R${{N}}': {BODY}}}]",
    "import": f"Fn::ForEach::L: [N, !ImportValue X, {{'R${{N}}': {BODY}}}]",
    "secret": f"Fn::ForEach::L: [N, ['{{{{resolve:SSM:/x}}}}'], {{'R${{N}}': {BODY}}}]",
    "reference in a list": f"Fn::ForEach::L: [N, [!Ref Stage, b], {{'R${{N}}': {BODY}}}]",
    "other items": f"Fn::ForEach::L: [N, [true, 1, 1.5, null, 'a.b-c'], {{'R${{N}}': {BODY}}}]",
    "none": f"Fn::ForEach::L: [N, [], {{'R${{N}}': {BODY}}}]\n  Other: {{Type: T}}",
    "no list": f"Fn::ForEach::L: {{N: 1, 'R': {BODY}}}",
    "two parts": "Fn::ForEach::L: [N, [a]]",
    "four parts": f"Fn::ForEach::L: [N, [a], {{'R${{N}}': {BODY}}}, more]",
    "empty variable": f"Fn::ForEach::L: ['', [a], {{'R${{N}}': {BODY}}}]",
    "list of variables": f"Fn::ForEach::L: [[N], [a], {{'R${{N}}': {BODY}}}]",
    "text as a body": "Fn::ForEach::L: [N, [a], text]",
    "text as a resource": "Fn::ForEach::L: [N, [a], {'R${N}': text}]",
    "number as a collection": f"Fn::ForEach::L: [N, 5, {{'R${{N}}': {BODY}}}]",
    "mapping as a reference": f"Fn::ForEach::L: [N, {{Ref: {{'Fn::Sub': Names}}}}, {{'R${{N}}': {BODY}}}]",
    "the name of a parameter": f"Fn::ForEach::Stage: [N, [a], {{'R${{N}}': {BODY}}}]",
    "a variable like a parameter": f"Fn::ForEach::L: [Stage, [a], {{'R${{Stage}}': {BODY}}}]",
    "one name for two": f"Fn::ForEach::L: [N, [a, b], {{'R': {BODY}}}]",
    "there before": f"Ra: {{Type: T}}\n  Fn::ForEach::L: [N, [a], {{'R${{N}}': {BODY}}}]",
    "there after": f"Fn::ForEach::L: [N, [a], {{'R${{N}}': {BODY}}}]\n  Ra: {{Type: U}}",
    "nested": "Fn::ForEach::L: [N, [a, b], {'Fn::ForEach::M': [O, [!Ref N, c], {'R${N}${O}': {Type: T}}]}]",
    "nested with a list of the outer": (
        "Fn::ForEach::L: [N, [Alpha], {'Fn::ForEach::M': [O, !FindInMap [Sizes, !Ref N, List],"
        " {'R${N}${O}': {Type: T}}]}]"
    ),
    "nested with one variable": (
        "Fn::ForEach::L: [N, [a], {'Fn::ForEach::M': [N, [b], {'R${N}': {Type: T}}]}]"
    ),
    "a variable in the name of a loop": (
        "Fn::ForEach::L: [N, [a, b], {'Fn::ForEach::M${N}': [O, [c], {'R${N}${O}': {Type: T}}]}]"
    ),
    "properties": "R: {Type: T, Properties: {'Fn::ForEach::L': [N, [a, b], {'P${N}': !Ref N}], Own: 1}}",
    "properties in a loop": (
        "Fn::ForEach::L: [N, [a], {'R${N}': {Type: T, Properties: {'Fn::ForEach::M': [O, [b], {'P${O}': !Ref N}]}}}]"
    ),
    "properties as text": "R: {Type: T, Properties: text}",
    "deep properties": "R: {Type: T, Properties: {Deep: {'Fn::ForEach::L': [N, [a], {'P${N}': !Ref N}]}}}",
    "metadata": "R: {Type: T, Metadata: {'Fn::ForEach::L': [N, [a], {'P${N}': !Ref Stage}]}}",
    "six deep": "Fn::ForEach::L1: [A, [a], {" + "".join(
        f"'Fn::ForEach::L{depth}': [{letter}, [a], {{" for depth, letter in enumerate("BCDEF", 2)
    ) + "R: {Type: T}" + "}]" * 6,
    "five deep": "Fn::ForEach::L1: [A, [a], {" + "".join(
        f"'Fn::ForEach::L{depth}': [{letter}, [a], {{" for depth, letter in enumerate("BCDE", 2)
    ) + "R: {Type: T}" + "}]" * 5,
    "empty resource": "R:",
    "text as one": "R: text",
    "list as one": "R: [1]",
    "nothing as one": "R: !If [IsProd, a, !Ref AWS::NoValue]\n  S: {Type: T}",
}  # fmt: skip
EXPRESSIONS = {
    "references": "[!Ref Stage, !Ref Names, !Ref Numbers, !Ref Open, !Ref R, !Ref Nobody, !Ref Count]",
    "pseudo parameters": "[!Ref AWS::Region, !Ref AWS::NotificationARNs, !Ref AWS::URLSuffix, !Ref AWS::NoValue, 1]",
    "reference to a reference": "[{Ref: {Ref: Single}}, {Ref: {'Fn::Sub': '${Stage}'}}]",
    "wrong reference": "{Ref: [a]}",
    "sub": "[!Sub '${Stage}/${Names}/${R.Arn}/${R}/${!Stage}/${Open}/${AWS::Region}/${AWS::NotificationARNs}']",
    "sub with variables": "!Sub ['${a}${b.c}${d}${Stage}', {a: !Ref Names, b.c: true, d: !If [IsProd, 1, !Ref AWS::NoValue]}]",
    "sub with a mapping": "!Sub ['${a}', {a: !GetAtt R.Arn}]",
    "sub with nothing": "!Sub ['${a}', {a: null}]",
    "sub with too much": "!Sub ['${a}', {a: b}, c]",
    "sub of a number": "{'Fn::Sub': 5}",
    "join": "[!Join ['-', [a, 1, 1.5, true, !Ref Names, !GetAtt R.Arn, !Ref Stage]], !Join [!Ref Single, !Ref Names]]",
    "open join": "[!Join [',', !Ref Open], !Join [!Ref Open, [a]], !Join [',', !Ref AWS::NotificationARNs]]",
    "join of a resource": "!Join [',', !Ref R]",
    "join of nothing": "!Join ['-', [!If [IsProd, a, !Ref AWS::NoValue], b]]",
    "split": "[!Split [',', !Ref Plain], !Split ['-', !Ref Open], !Split ['-', !GetAtt R.Arn]]",
    "split by nothing": "!Split ['', a]",
    "split of a list": "!Split [',', [a]]",
    "select": "[!Select [1, !Ref Names], !Select ['0', [a]], !Select [0, !Ref Open], !Select [!Ref Open, !Ref Names], !Select [true, [a, b]]]",
    "select of too few": "!Select [2, !Ref Names]",
    "select of minus one": "!Select [-1, !Ref Names]",
    "select by text": "!Select [a, !Ref Names]",
    "select by a float": "!Select [1.0, !Ref Names]",
    "select of a mapping": "!Select [0, {a: b, c: d}]",
    "length": "[{'Fn::Length': !Ref Names}, {'Fn::Length': [1, 2]}, {'Fn::Length': !Ref Open}, {'Fn::Length': []}]",
    "length of a text": "{'Fn::Length': abc}",
    "length of a mapping": "{'Fn::Length': {a: 1}}",
    "encoded": "[!Base64 abc, {'Fn::Base64': !Sub 'é${Stage}'}, {'Fn::Base64': !Ref Open}]",
    "encoded resource": "{'Fn::Base64': !Ref R}",
    "map": "[!FindInMap [Sizes, Alpha, Memory], !FindInMap [Sizes, !Ref Stage, Memory], !FindInMap [Sizes, Alpha, Deep]]",
    "map with a default": "[!FindInMap [Sizes, Absent, Memory, {DefaultValue: !Ref Count}], !FindInMap [Absent, a, b, {DefaultValue: !GetAtt R.Arn}], !FindInMap [Sizes, Alpha, Nothing, {DefaultValue: null}]]",
    "open map": "[!FindInMap [Sizes, !Ref Open, Memory], !FindInMap [!Ref AWS::NotificationARNs, a, b, {DefaultValue: !Ref Stage}]]",
    "map without the key": "!FindInMap [Sizes, Absent, Memory]",
    "map without a value": "!FindInMap [Sizes, Alpha, Nothing]",
    "map with other options": "!FindInMap [Sizes, Alpha, Memory, {Other: 1}]",
    "map with a text for options": "!FindInMap [Sizes, Alpha, Memory, text]",
    "map by an attribute": "!FindInMap [Sizes, !GetAtt R.Arn, Memory]",
    "map by a number": "!FindInMap [Sizes, 1, Memory]",
    "json": "[{'Fn::ToJsonString': {a: !Ref Stage, b: [1, 1.5, true, null, é], c: !GetAtt R.Arn, d: !Ref Names}}, {'Fn::ToJsonString': [!Ref Open]}]",
    "json of a text": "{'Fn::ToJsonString': abc}",
    "json of a condition": "{'Fn::ToJsonString': {a: !Equals [a, b]}}",
    "json of a list of topics": "{'Fn::ToJsonString': {a: !Ref AWS::NotificationARNs}}",
    "json of what becomes a text": "{'Fn::ToJsonString': !Ref Stage}",
    "json of an open split": "{'Fn::ToJsonString': [!Split [',', !Ref Open]]}",
    "if": "[!If [IsProd, !Select [9, [a]], b], !If [IsDev, !Ref Stage, c], !If [IsAny, a, b], !If [IsBoth, a, b]]",
    "if without a condition": "!If [Nobody, a, b]",
    "if of two": "!If [IsDev, a]",
    "if in properties": "{a: !If [IsProd, x, !Ref AWS::NoValue], b: {Ref: AWS::NoValue}, c: [!If [IsProd, x, !Ref AWS::NoValue], d]}",
    "conditions as values": "[!Equals [a, a], !Not [!Equals [true, 'true']], !And [true, 'TRUE'], !Or ['false', false], {Condition: IsDev}]",
    "equals": "[!Equals [1, '1'], !Equals [true, 'true'], !Equals [[a], ['a']], !Equals [!Ref R, x], !Equals [null, None]]",
    "equals of mappings": "!Equals [{a: 1, b: 2}, x]",
    "not of a text": "!Not [abc]",
    "not of a reference": "!Not [!Ref Stage]",
    "and of one": "!And [true]",
    "or of eleven": "!Or [false, false, false, false, false, false, false, false, false, false, false]",
    "deployed": "[!GetAtt [R, !Ref Stage], !ImportValue {'Fn::Sub': '${Stage}-x'}, !GetAZs {Ref: AWS::Region}, !Cidr [!Ref Stage, 1, 2]]",
    "other functions": "[{'Fn::Transform': {Name: X, Parameters: {a: !Ref Stage}}}, {'Fn::Own': !Ref Stage}]",
    "two keys": "{Ref: Stage, Other: !Ref Stage}",
    "a number as a key": "{200: a}",
    "numbers as keys": "{200: a, 300: !Ref Stage}",
    "condition of a policy": "{Statement: [{Condition: {StringEquals: {a: b}}}]}",
}  # fmt: skip
REST = {
    "output": "Outputs: {O: {Value: !Ref Stage, Condition: IsProd}, P: {Value: !Select [0, !Ref Names]}}",
    "output below a false condition": "Outputs: {O: {Condition: IsProd, Value: !Select [9, !Ref Names], B: !Ref Stage, C: !FindInMap [Absent, a, b], D: !FindInMap [Sizes, !Ref Stage, x, y, z], E: {'Fn::ToJsonString': x}, F: !Join [',', !Ref R], G: !Ref AWS::Region, H: {Ref: []}, I: !FindInMap [Sizes, Alpha, Memory], J: !FindInMap [a], K: {Condition: Absent}, L: {Condition: No}}}",
    "resource below a false condition": "  S: {Type: T, Condition: IsProd, DependsOn: R, Properties: {A: !Ref Stage, B: !Ref R, C: [!Ref Stage, 1], D: !Sub '${Stage}', E: !If [Absent, a, b], F: !FindInMap [Sizes, !If [Absent, a, b], x]}}",
    "unknown condition": "  S: {Type: T, Condition: Nobody}",
    "condition that is a mapping": "  S: {Type: T, Condition: !Ref Stage}",
    "condition that is a number": "  S: {Type: T, Condition: 5}",
    "unknown condition of an output": "Outputs: {O: {Condition: Absent, Value: !Ref Stage}}",
    "loop of outputs": "Outputs: {'Fn::ForEach::L': [N, !Ref Names, {'O${N}': {Value: !GetAtt [!Sub 'R${N}', Arn]}}], X: {Value: 1}}",
    "empty loop of outputs": "Outputs: {'Fn::ForEach::L': [N, [], {'O${N}': {Value: 1}}]}",
    "empty outputs": "Outputs:",
    "empty output": "Outputs: {O: }",
    "outputs in a list": "Outputs: [1]",
    "policies": "  S: {Type: T, DeletionPolicy: !Ref Stage, UpdateReplacePolicy: !If [IsProd, Retain, Delete]}",
    "policy of a list": "  S: {Type: T, DeletionPolicy: [Retain]}",
    "policy of a number": "  S: {Type: T, DeletionPolicy: 5}",
    "policy of an open parameter": "  S: {Type: T, DeletionPolicy: !Ref Open}",
    "policy of nothing": "  S: {Type: T, UpdateReplacePolicy: !Ref AWS::NoValue}",
    "policy of nothing by a condition": "  S: {Type: T, UpdateReplacePolicy: !If [IsProd, a, !Ref AWS::NoValue]}",
    "policy of an attribute": "  S: {Type: T, UpdateReplacePolicy: !GetAtt R.Arn}",
    "policy below a false condition": "  S: {Type: T, Condition: IsProd, DeletionPolicy: !Ref Stage}",
    "policy with two keys": "  S: {Type: T, DeletionPolicy: {Ref: Stage, x: y}}",
}  # fmt: skip
SECTIONS = {
    "loop of conditions": "Conditions: {'Fn::ForEach::L': [N, [a, b], {'Is${N}': !Equals [!Ref S, !Ref N]}]}\nResources: {R: {Type: T, Condition: Isa}, Q: {Type: T, Condition: Isb}}",
    "empty loop of conditions": "Conditions: {'Fn::ForEach::L': [N, [], {'Is${N}': true}]}\nResources: {R: {Type: T}}",
    "conditions in a circle": "Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}\nResources: {R: {Type: T}}",
    "condition on itself": "Conditions: {A: !Not [!Condition A]}\nResources: {R: {Type: T}}",
    "circle by if": "Conditions: {A: !If [A, true, false]}\nResources: {R: {Type: T}}",
    "unknown condition": "Conditions: {A: !Not [!Condition Absent]}\nResources: {R: {Type: T}}",
    "other conditions": "Conditions: {A: true, B: 'false', C: !Equals [!Sub '${S}', a], D: !Or [!Equals [!Select [0, [a]], a], !Condition A], E: {a: 1, b: !Ref S}, F: [!Ref S]}\nResources: {R: {Type: T, P: !If [D, !If [E, 1, 2], 3]}}",
    "a loop before conditions of a loop": "Conditions: {'Fn::ForEach::L': [N, [a], {'Is${N}': true}]}\nResources: {'Fn::ForEach::M': [N, !If [Isa, [a], [b]], {'R${N}': {Type: T}}]}",
    "no resources": "Conditions: {A: true}",
    "resources in a list": "Resources: [1]",
    "empty resources": "Resources:",
    "conditions in a list": "Conditions: [1]\nResources: {R: {Type: T}}",
    "type of a parameter": "Parameters: {P: {Type: 5, Default: a}}\nResources: {R: {Type: T, P: !Ref P}}",
    "parameter that is a text": "Parameters: {P: text}\nResources: {R: {Type: T, P: !Ref P, Q: !Sub '${P}'}}",
    "default that is a list": "Parameters: {P: {Type: CommaDelimitedList, Default: [a, 1]}}\nResources: {R: {Type: T, P: !Ref P, Q: !Sub '${P}'}}",
    "default that is nothing": "Parameters: {P: {Type: String, Default: }}\nResources: {R: {Type: T, P: !Ref P, Q: !Sub '${P}'}}",
    "globals": "Globals: {Function: {Timeout: !Ref S, 'Fn::ForEach::L': 1}}\nResources: {R: {Type: T}}",
    "anchors": "Mappings: {M: {a: {x: &x [1, {y: 2}]}}}\nResources: {R: {Type: T, P: *x, Q: !FindInMap [M, a, x]}}",
}  # fmt: skip
TEMPLATES = {
    **{f"loop: {name}": f"{HEAD}Resources:\n  {text}\n" for name, text in LOOPS.items()},
    **{f"expression: {name}": f"{HEAD}Resources:\n  R: {{Type: T, Properties: {{P: {text}}}}}\n" for name, text in EXPRESSIONS.items()},
    **{f"in a condition: {name}": f"{HEAD}  Own: !Equals [{text}, x]\nResources:\n  R: {{Type: T, Condition: Own}}\n" for name, text in EXPRESSIONS.items()},
    **{f"below a false condition: {name}": f"{HEAD}Resources:\n  R: {{Type: T, Condition: IsProd, Properties: {{P: {text}}}}}\n" for name, text in EXPRESSIONS.items()},
    **{f"rest: {name}": f"{HEAD}Resources:\n  R: {{Type: T}}\n{text}\n" for name, text in REST.items()},
    **{f"section: {name}": f"{TRANSFORM}{text}\n" for name, text in SECTIONS.items()},
}  # fmt: skip


@pytest.mark.parametrize("parameters", [{}, {"Stage": "prod", "Open": "p,q", "Names": "One"}], ids=["default", "given"])
@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in TEMPLATES.items()])
def test_same_expansion(tmp_path: Path, text: str, parameters: ValueMapping) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(text, encoding="utf-8")
    template = load_template(path).data
    assert expanded_by_samix(template, parameters) == expanded_by_sam(template, parameters)


def test_the_table_has_templates_of_both_kinds(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    refused = 0
    for text in TEMPLATES.values():
        path.write_text(text, encoding="utf-8")
        refused += expanded_by_samix(load_template(path).data, {}) == REFUSED
    assert len(TEMPLATES) / 5 < refused < len(TEMPLATES) / 2


TEXTS = ("a", "b", "a,b", "", "0", "1", "true", "x${N}", "&{O}.${Stage}", "${R.Arn}", "dev", "${!Stage}${Open}")
NAMES = ("Stage", "Names", "Open", "N", "O", "R", "AWS::Region", "AWS::NoValue", "Nobody", "Number")
CONDITIONS = ("IsDev", "IsProd", "IsOwna", "IsMade")
FUNCTIONS = ("Ref", "Fn::Sub", "Fn::Join", "Fn::Split", "Fn::Select", "Fn::If", "Fn::FindInMap", "Fn::And", "Fn::Or")


@dataclass
class Author:
    """Writes templates: well-formed ones, but for a careless slip here and there."""

    random: Random
    slips: float

    def text(self, depth: int) -> Value:
        if self.random.random() < self.slips:
            return self.slip(depth)
        if depth == 0 or self.random.random() < 0.3:
            return self.random.choice(TEXTS)
        forms: tuple[Callable[[], Value], ...] = (
            lambda: {"Ref": self.random.choice(("Stage", "Number", "AWS::Region", "N", "Open"))},
            lambda: {"Fn::Sub": self.random.choice(TEXTS)},
            lambda: {"Fn::Sub": ["${a}-${Stage}${N}", {"a": self.text(depth - 1)}]},
            lambda: {"Fn::Join": [self.random.choice(("", "-")), self.items(depth - 1)]},
            lambda: {"Fn::Select": [self.random.choice((0, "0", 1)), [self.text(depth - 1), self.text(0)]]},
            lambda: {"Fn::Base64": {"Fn::Sub": self.random.choice(TEXTS)}},
            lambda: {"Fn::ToJsonString": {"k": self.value(depth - 1), "l": [self.text(depth - 1)]}},
            lambda: {"Fn::If": [self.condition(), self.text(depth - 1), self.text(depth - 1)]},
            lambda: {"Fn::FindInMap": ["Map", {"Ref": "Stage"}, "k", {"DefaultValue": self.text(depth - 1)}]},
            lambda: {"Fn::FindInMap": ["Map", self.random.choice(("a", "N")), self.choice("k", {"Ref": "Open"})]},
            lambda: {"Fn::GetAtt": ["R", self.text(depth - 1)]},
        )
        return self.random.choice(forms)()

    def items(self, depth: int) -> Value:
        if self.random.random() < self.slips:
            return self.slip(depth)
        forms: tuple[Callable[[], Value], ...] = (
            lambda: [self.text(max(depth - 1, 0)) for _ in range(self.random.randrange(3))],
            lambda: {"Ref": "Names"},
            lambda: {"Fn::Split": [self.random.choice((",", "-")), self.random.choice(TEXTS)]},
            lambda: {"Fn::If": [self.condition(), self.items(depth - 1), self.items(depth - 1)]},
        )
        return self.random.choice(forms[:3] if depth <= 0 else forms)()

    def value(self, depth: int) -> Value:
        forms: tuple[Callable[[], Value], ...] = (
            lambda: self.text(depth),
            lambda: self.items(depth),
            lambda: {f"{name}${{N}}": self.value(depth - 1) for name in self.some("ab")},
            lambda: {"Fn::If": [self.condition(), self.value(depth - 1), {"Ref": "AWS::NoValue"}]},
            lambda: self.random.choice((0, 1, 1.5, True, False, None)),
            lambda: {"Fn::Length": self.items(depth - 1)},
            lambda: {"Fn::Equals": [self.text(depth - 1), self.text(depth - 1)]},
            lambda: {"Ref": self.random.choice(NAMES)},
        )
        return self.random.choice(forms)() if depth > 0 else self.text(0)

    def slip(self, depth: int) -> Value:
        argument = self.random.choice((self.value, self.items))(max(depth - 1, 0))
        return self.random.choice((argument, {self.random.choice(FUNCTIONS): argument}))

    def condition(self) -> str:
        return "Nobody" if self.random.random() < self.slips else self.random.choice(CONDITIONS)

    def choice(self, *values: Value) -> Value:
        return self.random.choice(values)

    def some(self, names: str) -> list[str]:
        return [name for name in names if self.random.random() < 0.5]

    def loop(self, key: str, entry: Callable[[], Value], variables: str = "NO") -> Value:
        variable, deeper = variables[0], variables[1:]
        collections: tuple[Callable[[], Value], ...] = (
            lambda: [*self.some("abc"), *self.random.choice(([], ["d.e"], [1, True]))],
            lambda: {"Ref": "Names"},
            lambda: {"Fn::Split": [",", "p,q"]},
            lambda: {"Fn::If": [self.random.choice(("IsDev", "IsProd")), ["x"], {"Ref": "Names"}]},
            lambda: {"Fn::FindInMap": ["Map", "dev", "list"]},
        )
        collection = self.slip(2) if self.random.random() < self.slips else self.random.choice(collections)()
        own = f"{key}${{{variable}}}"
        body: dict[str, Value] = {own: entry()}
        if deeper and self.random.random() < 0.4:
            body[f"Fn::ForEach::{key}{variable}"] = self.loop(own, entry, deeper)
        return [variable, collection, body]

    def resource(self) -> Value:
        properties: dict[str, Value] = {name: self.value(3) for name in self.some("PQ")}
        if self.random.random() < 0.2:
            properties["Fn::ForEach::Inner"] = self.loop("I", lambda: self.value(2), "M")
        entry: dict[str, Value] = {"Type": "T", "Properties": properties}
        if self.random.random() < 0.3:
            entry["Condition"] = self.condition()
        if self.random.random() < 0.2:
            entry["DeletionPolicy"] = self.choice("Retain", {"Ref": "Stage"}, {"Fn::If": ["IsDev", "a", "b"]})
        return entry

    def output(self) -> Value:
        entry: dict[str, Value] = {"Value": self.value(3)}
        return {**entry, "Condition": self.condition()} if self.random.random() < 0.3 else entry

    def template(self) -> ValueMapping:
        return {
            "Transform": ["AWS::LanguageExtensions"],
            "Parameters": {
                "Stage": {"Type": "String", "Default": "dev"},
                "Names": {"Type": "CommaDelimitedList", "Default": "a, b"},
                "Number": {"Type": "Number", "Default": 1},
                "Open": {"Type": "String"},
            },
            "Mappings": {"Map": {"a": {"k": "v"}, "dev": {"k": self.value(1), "list": ["l", "m"]}, "N": {"k": None}}},
            "Conditions": {
                "IsDev": {"Fn::Equals": [{"Ref": "Stage"}, "dev"]},
                "IsProd": {"Fn::Not": [{"Condition": "IsDev"}]},
                "Fn::ForEach::Made": ["N", ["a"], {"IsOwn${N}": {"Fn::Equals": [self.text(1), "${N}"]}}],
                "IsMade": {"Fn::Or": [{"Condition": "IsOwna"}, {"Fn::Equals": [self.text(2), self.text(0)]}]},
            },
            "Resources": {
                "R": {"Type": "T"},
                **{name: self.resource() for name in self.some("AB")},
                **{f"Fn::ForEach::{name}": self.loop(name, self.resource) for name in self.some("LK")},
            },
            "Outputs": {
                **{name: self.output() for name in self.some("XY")},
                "Fn::ForEach::Out": self.loop("Out", self.output),
            },
        }


@settings(
    max_examples=1500,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.integers(min_value=0), st.sampled_from([0.0, 0.0, 0.02, 0.2]))
def test_same_expansion_of_generated_templates(seed: int, slips: float) -> None:
    random = Random(seed)  # noqa: S311 - nothing is secret here
    template = Author(random, slips).template()
    parameters: ValueMapping = {name: random.choice(["a", "b,c", "dev"]) for name in ("Stage", "Open") if seed % 3}
    assert expanded_by_samix(template, parameters) == expanded_by_sam(template, parameters)


def fn(code: str = "", *, more: str = "", metadata: str = "", kind: str = "Serverless::Function") -> str:
    """A function, on one line."""
    properties = ", ".join(part for part in ("Handler: a.b, Runtime: python3.12", code, more) if part)
    tail = f", Metadata: {{{metadata}}}" if metadata else ""
    return f"{{Type: AWS::{kind}, Properties: {{{properties}}}{tail}}}"


def loop(name: str, body: Mapping[str, str], collection: str = "[A, B]", variable: str = "N") -> str:
    entries = "".join(f"      {key}: {text}\n" for key, text in body.items())
    return f"  Fn::ForEach::{name}:\n    - {variable}\n    - {collection}\n    -\n{entries}"


def application(*resources: str, before: str = "", transform: str = TRANSFORM) -> str:
    return f"{transform}{before}Resources:\n" + "".join(
        text if text.startswith("  ") else f"  {text}\n" for text in resources
    )


def only(text: str, *builds: str, parameters: Mapping[str, str] | None = None) -> Case:
    return Case({"template.yaml": text}, set(builds), parameters=parameters or {}, language_extensions=True)


LIST = "Parameters: {Names: {Type: CommaDelimitedList, Default: 'A, B'}, Dir: {Type: String, Default: src}}\n"
LAYER = "{Type: AWS::Serverless::LayerVersion, Metadata: {BuildMethod: makefile}, Properties: {ContentUri: 'l/${N}'}}"
CLASSIC = "Lambda::Function"
ROLE = "Role: r"
NESTED_LOOP = (
    "  Fn::ForEach::Outer:\n    - O\n    - [x, y]\n    -\n"
    + loop("Inner", {"F${O}${N}": fn("CodeUri: '${O}/${N}'"), "G${O}${N}": fn("CodeUri: 'g/${N}'", metadata="Is: g")})
    .replace("\n", "\n    ")
    .replace("  Fn", "      Fn", 1)
    .rstrip()
    + "\n      H${O}: "
    + fn("CodeUri: 'h/${O}'")
    + "\n"
)
CHILD = application(loop("C", {"C${N}": fn("CodeUri: 'c/${N}'")}, collection="!Ref Names"), before=LIST)
APPLICATION = "{Type: AWS::Serverless::Application, Properties: {Location: 'sub/${N}.yaml'}}"
VIEWS: dict[str, Case] = {
    "static": only(application(loop("L", {"F${N}": fn("CodeUri: src")})), "FA", "FB"),
    "dynamic": only(application(loop("L", {"F${N}": fn("CodeUri: 'src/${N}'")})), "FA", "FB"),
    "dynamic with a dot": only(application(loop("L", {"F${N}": fn("CodeUri: './src/${N}/'")})), "FA", "FB"),
    "dynamic by sub": only(application(loop("L", {"F${N}": fn("CodeUri: !Sub 'src/${N}'")})), "FA", "FB"),
    "dynamic by reference": only(application(loop("L", {"F${N}": fn("CodeUri: !Ref N")})), "FA", "FB"),
    "dynamic by join": only(application(loop("L", {"F${N}": fn("CodeUri: !Join ['/', [src, !Ref N]]")})), "FA", "FB"),
    "dynamic by sub with variables": only(
        application(loop("L", {"F${N}": fn("CodeUri: !Sub ['src/${D}', {D: '${N}'}]")})), "FA", "FB"
    ),
    "absolute": only(application(loop("L", {"F${N}": fn("CodeUri: '/src/${N}'")})), "FA", "FB"),
    "classic": only(application(loop("L", {"F${N}": fn("Code: 'src/${N}'", more=ROLE, kind=CLASSIC)})), "FA", "FB"),
    "several": only(
        application(
            loop("L", {"F${N}": fn("CodeUri: 'f/${N}'"), "${N}G": fn("CodeUri: 'g/${N}'"), "${N}H": fn("CodeUri: h")})
        ),
        *("FA", "FB", "AG", "BG", "AH", "BH"),
    ),
    "parameter": only(application(loop("L", {"F${N}": fn("CodeUri: '${N}'")}, "!Ref Names"), before=LIST), "FA", "FB"),
    "parameter given": only(
        application(loop("L", {"F${N}": fn("CodeUri: '${N}'")}, "!Ref Names"), before=LIST),
        *("FX", "FY"),
        parameters={"Names": "X,Y"},
    ),
    "other collection": only(
        application(loop("L", {"F${N}": fn("CodeUri: 's/${N}'"), "G${N}": fn()}, "!Split [',', 'A,B']")),
        *("FA", "FB", "GA", "GB"),
    ),
    "parameter in a path": only(
        application(loop("L", {"F${N}": fn("CodeUri: !Sub '${Dir}/${N}'"), "G${N}": fn("CodeUri: !Ref Dir")}), before=LIST),
        *("FA", "FB", "GA", "GB"),
    ),
    "plain name": only(application(loop("L", {"F&{N}": fn("CodeUri: 's/&{N}'")}, "[a.b, c-d]")), "Fab", "Fcd"),
    "numbers": only(application(loop("L", {"F${N}": fn("CodeUri: 's/${N}'")}, "[1, 2]")), "F1", "F2"),
    "nested": only(application(NESTED_LOOP), *(f"{f}{o}{n}" for f in "FG" for o in "xy" for n in "AB"), "Hx", "Hy"),
    "two loops": only(
        application(loop("L", {"F${N}": fn("CodeUri: '${N}'")}), loop("M", {"G${N}": fn("CodeUri: '${N}'")}, "[0, Z]")),
        *("FA", "FB", "G0", "GZ"),
    ),
    "layers": only(
        application(loop("L", {"L${N}": LAYER}), loop("M", {"F${N}": fn("CodeUri: f", more="Layers: [!Ref 'L${N}']")})),
        *("LA", "LB", "FA", "FB"),
    ),
    "inline code": only(
        application(
            loop("L", {"F${N}": fn("InlineCode: 'x${N}'"), "G${N}": fn("Code: {ZipFile: '${N}'}", more=ROLE, kind=CLASSIC)}),
            "H: " + fn("InlineCode: !Sub '${Dir}'"),
            before=LIST,
        )
    ),
    "code in S3": only(application(loop("L", {"F${N}": fn("CodeUri: 's3://b/${N}'"), "G${N}": fn("CodeUri: g")})), "GA", "GB"),
    "images": only(
        application(
            loop(
                "L",
                {
                    "F${N}": "{Type: AWS::Serverless::Function, Properties: {PackageType: Image},"
                    " Metadata: {Dockerfile: Dockerfile, DockerContext: 'i/${N}', DockerTag: v1}}",
                    "G${N}": "{Type: AWS::Lambda::Function, Properties: {PackageType: Image, Code: {ImageUri: 'g:${N}'}},"
                    " Metadata: {Dockerfile: Dockerfile, DockerContext: i}}",
                    "H${N}": "{Type: AWS::Serverless::Function, Properties: {PackageType: Image, ImageUri: 'h:1'},"
                    " Metadata: {Dockerfile: Dockerfile, DockerContext: i}}",
                },
            )
        ),
        *("FA", "FB", "GA", "GB", "HA", "HB"),
    ),
    "no loop": only(
        application("F: " + fn("CodeUri: !Ref Dir", metadata="Own: !Ref Dir"), "G: " + fn("CodeUri: 's3://a/b'"), before=LIST),
        "F",
    ),
    "globals": only(
        application(
            loop("L", {"F${N}": "{Type: AWS::Serverless::Function}"}),
            "G: {Type: AWS::Serverless::Function}",
            before="Globals: {Function: {CodeUri: src, Handler: a.b, Runtime: python3.12, Tags: {a: !Ref 'AWS::Region'}}}\n",
        ),
        *("FA", "FB", "G"),
    ),
    "names of resources": only(
        application(loop("L", {"F${N}": fn("CodeUri: '${N}'", metadata="SamResourceId: 'Own${N}'")}), "G: " + fn("CodeUri: g", metadata="SamResourceId: Other")),
        *("OwnA", "OwnB", "Other"),
    ),
    "construct paths": only(
        application(loop("L", {"F${N}": fn("CodeUri: '${N}'", metadata="aws:cdk:path: 'Stack/Own${N}/Resource'")})), "OwnA", "OwnB"
    ),
    "assets": only(
        application(
            loop("L", {"F${N}": fn("", metadata="aws:asset:path: 'asset.${N}', aws:asset:property: CodeUri")}),
            "G: " + fn("", metadata="aws:asset:path: asset.1, aws:asset:property: CodeUri"),
        ),
        *("FA", "FB", "G"),
    ),
    "esbuild": only(
        application(
            loop("L", {"F${N}": fn("CodeUri: '${N}'", metadata="BuildMethod: esbuild, BuildProperties: {Sourcemap: true}")}),
            "G: " + fn("CodeUri: g", metadata="BuildMethod: esbuild, BuildProperties: {Sourcemap: true}"),
            "H: " + fn("CodeUri: g", more="Environment: {Variables: {NODE_OPTIONS: --enable-source-maps}}", metadata="BuildMethod: esbuild"),
        ),
        *("FA", "FB", "G", "H"),
    ),
    "mappings": only(
        application(
            loop("L", {"F${N}": fn("CodeUri: '${N}'", more="MemorySize: !FindInMap [Own, !Ref N, Size, {DefaultValue: 512}]")}),
            before="Mappings: {Own: {A: {Size: 128, CodeUri: a}}, SAMCodeUriZ: {0: {CodeUri: a, ImageUri: b, Other: c}}, SAMPLE: {a: {CodeUri: b}}}\n",
        ),
        *("FA", "FB"),
    ),
    "conditions": only(
        application(
            loop("L", {"F${N}": fn("CodeUri: !If ['Is${N}', 'one/${N}', two]")}),
            before="Conditions: {'Fn::ForEach::C': [N, [A, B], {'Is${N}': !Equals [!Ref N, A]}]}\n",
        ),
        *("FA", "FB"),
    ),
    "other resources": only(
        application(
            loop(
                "L",
                {
                    "F${N}": fn("CodeUri: 'f/${N}'"),
                    "Api${N}": "{Type: AWS::Serverless::Api, Properties: {StageName: s, DefinitionUri: 'api/${N}.yaml'}}",
                    "Graph${N}": "{Type: AWS::AppSync::GraphQLSchema, Properties: {ApiId: a, DefinitionS3Location: schema}}",
                    "Job${N}": "{Type: AWS::Glue::Job, Properties: {Role: r, Command: {ScriptLocation: 'jobs/${N}.py'}}}",
                    "Include${N}": "{Type: AWS::SNS::Topic, Properties: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: t.yaml}}}}",
                },
            ),
            "Machine: {Type: AWS::Serverless::StateMachine, Properties: {Role: r, DefinitionUri: m.json}}",
        ),
        *("FA", "FB"),
    ),
    "outputs": only(
        application(loop("L", {"F${N}": fn("CodeUri: f")}))
        + "Outputs:\n  Fn::ForEach::O: [N, [A, B], {'O${N}': {Value: !GetAtt ['F${N}', Arn]}}]\n  Own: {Value: {Fn::ToJsonString: {a: 1}}}\n",
        *("FA", "FB"),
    ),
    "nested stacks in a loop": Case(
        {"template.yaml": application(loop("L", {"S${N}": APPLICATION})), "sub/A.yaml": CHILD, "sub/B.yaml": CHILD},
        {"SA/CA", "SA/CB", "SB/CA", "SB/CB"},
        language_extensions=True,
    ),
    "nested stack": Case(
        {
            "template.yaml": application("S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: sub/a.yaml, Parameters: {Names: !Join [',', [X, !Ref Dir]]}}}", before=LIST),
            "sub/a.yaml": CHILD,
        },
        {"S/CX", "S/Csrc"},
        language_extensions=True,
    ),
    "nested stack without extensions": Case(
        {
            "template.yaml": application("S: {Type: AWS::Serverless::Application, Properties: {Location: a.yaml}}", loop("L", {"F${N}": fn()})),
            "a.yaml": application("F: " + fn("CodeUri: f"), transform="Transform: AWS::Serverless-2016-10-31\n"),
        },
        {"FA", "FB", "S/F"},
        language_extensions=True,
    ),
    "extensions in a nested stack only": Case(
        {
            "template.yaml": application("S: {Type: AWS::Serverless::Application, Properties: {Location: a.yaml}}", transform=""),
            "a.yaml": CHILD,
        },
        {"S/CA", "S/CB"},
        language_extensions=True,
    ),
    "link": Case(
        {"real/app.yaml": application(loop("L", {"F${N}": fn("CodeUri: '${N}'"), "G${N}": fn()}))},
        {"FA", "FB", "GA", "GB"},
        links={"template.yaml": "real/app.yaml"},
        language_extensions=True,
    ),
    "JSON": only(
        json.dumps({"Transform": ["AWS::LanguageExtensions"], "Resources": {"Fn::ForEach::L": ["N", ["B", "A"], {"F${N}": {"Type": "AWS::Lambda::Function", "Properties": {"Code": "s/${N}", "Runtime": "python3.12", "Handler": "a.b"}}}]}}),
        *("FA", "FB"),
    ),
    "mappings with sam's names, without the option": Case(
        {
            "template.yaml": application(
                "F: " + fn("CodeUri: f"),
                before="Mappings: {SAMCodeUriL: {A: {CodeUri: a, Other: b}, B: {CodeUri: s3://b/c}}, SAMCodeUri: {A: {CodeUri: a}}, SAMContentUri: {A: {ContentUri: a}}, SAMPLE: {A: {CodeUri: a}}, SAMLayersX: {A: {Code: x, Command.ScriptLocation: y}}, SAMImageUri1: {A: {ImageUri: template.yaml}, B: {ImageUri: no}}, SAMCode-X: {A: {CodeUri: a}}}\n",
            )
        },
        {"F"},
    ),
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path.resolve() / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "SAM_CLI_ENABLE_LANGUAGE_EXTENSIONS"):
        monkeypatch.delenv(name, raising=False)
    return root


@pytest.mark.filterwarnings(r"ignore:\w+ is deprecated and will be removed in a future:DeprecationWarning")
@pytest.mark.filterwarnings(r"ignore:jsonschema\.RefResolver is deprecated:DeprecationWarning")
@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in VIEWS.items()])
def test_same_view(project: Path, case: Case) -> None:
    sam, samix = views(project, case)
    assert set(sam.resources) == case.builds
    assert samix == sam


@dataclass
class Builder:
    """Writes applications with loops of functions, layers and what is not built."""

    random: Random

    def code(self, variables: Sequence[str]) -> Value:
        names = "".join(f"/${{{name}}}" for name in variables if self.random.random() < 0.6)
        references: list[Value] = ["src"]
        references += [{"Ref": name} for name in variables]
        forms: tuple[Value, ...] = (
            f"src{names}",
            f"./src{names}/",
            {"Fn::Sub": f"src{names}"},
            {"Fn::Sub": [f"${{D}}{names}", {"D": "src"}]},
            {"Fn::Join": ["/", references]},
            {"Fn::FindInMap": ["Own", {"Ref": variables[-1]}, "Code", {"DefaultValue": f"other{names}"}]},
            {"Fn::If": ["IsOne", f"one{names}", {"Ref": "Dir"}]},
            {"Ref": "Dir"},
            f"s3://bucket{names}",
        )
        return self.random.choice(forms)

    def resource(self, variables: Sequence[str]) -> Value:
        code, kind = self.code(variables), self.random.randrange(9)
        function: dict[str, Value] = {"Handler": "a.b", "Runtime": "python3.12"}
        if kind == 0:
            return {"Type": "AWS::Lambda::Function", "Properties": {**function, "Code": code, "Role": "r"}}
        if kind == 1:
            properties: dict[str, Value] = {"ContentUri": code}
            return {
                "Type": "AWS::Serverless::LayerVersion",
                "Metadata": {"BuildMethod": "makefile"},
                "Properties": properties,
            }
        if kind == 2:
            return {"Type": "AWS::Serverless::Function", "Properties": {**function, "InlineCode": code}}
        if kind == 3:
            return {"Type": "AWS::Serverless::HttpApi", "Properties": {"DefinitionUri": code}}
        if kind == 4:
            metadata: dict[str, Value] = {
                "Dockerfile": "Dockerfile",
                "DockerContext": code if isinstance(code, str) else "i",
            }
            if str(code).startswith("s3"):
                metadata["DockerContext"] = "."
            return {"Type": "AWS::Serverless::Function", "Metadata": metadata, "Properties": {"PackageType": "Image"}}
        resource: dict[str, Value] = {"Type": "AWS::Serverless::Function", "Properties": {**function, "CodeUri": code}}
        if self.random.random() < 0.3:
            resource["Metadata"] = {"Own": {"Fn::Sub": f"${{{variables[-1]}}}"}}
        return resource

    def loop(self, name: str, variables: str = "V") -> list[Value]:
        collections: tuple[Value, ...] = (
            ["A", "B"],
            [1, "0"],
            {"Ref": "Names"},
            {"Ref": "Plain"},
            {"Fn::Split": ["-", "A-B"]},
        )
        own = "".join(f"${{{variable}}}" for variable in variables)
        body: dict[str, Value] = {
            f"{name}{own}{key}": self.resource(variables) for key in "xyz"[: self.random.randrange(1, 4)]
        }
        if len(variables) < 3 and self.random.random() < 0.4:
            body[f"Fn::ForEach::{name}In"] = self.loop(f"{name}N", f"{variables}{'VWX'[len(variables)]}")
        return [variables[-1], self.random.choice(collections), body]

    def template(self) -> ValueMapping:
        mappings: dict[str, Value] = {"Own": {"A": {"Code": "mapped/a"}, "B": {"Other": "b"}}}
        if self.random.random() < 0.3:
            mappings["SAMCodeUriL"] = {"A": {"CodeUri": "written/before", "ImageUri": "no"}}
        return {
            "Transform": ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"],
            "Parameters": {
                "Names": {"Type": "CommaDelimitedList", "Default": "A, B"},
                "Plain": {"Type": "String", "Default": "C,D"},
                "Dir": {"Type": "String", "Default": "dir"},
            },
            "Mappings": mappings,
            "Conditions": {"IsOne": {"Fn::Equals": [{"Ref": "Dir"}, "one"]}},
            "Resources": {
                "Fn::ForEach::L": self.loop("L"),
                "Own": self.resource(["Dir"]) if self.random.random() < 0.5 else {"Type": "AWS::SNS::Topic"},
                "Fn::ForEach::M": self.loop("M"),
            },
        }


@pytest.mark.filterwarnings(r"ignore:\w+ is deprecated and will be removed in a future:DeprecationWarning")
@pytest.mark.filterwarnings(r"ignore:jsonschema\.RefResolver is deprecated:DeprecationWarning")
@pytest.mark.parametrize("given", [{}, {"Names": "X,Y", "Dir": "one"}], ids=["default", "given"])
@pytest.mark.parametrize("seed", range(25))
def test_same_view_of_generated_applications(project: Path, seed: int, given: Mapping[str, str]) -> None:
    template = Builder(Random(seed)).template()  # noqa: S311 - nothing is secret here
    text = json.dumps(template) if seed % 2 else yaml.safe_dump(template, sort_keys=False)
    sam, samix = views(project, only(text, parameters=given))
    assert samix == sam


def test_the_variable_asks_for_the_same_application(tmp_path: Path) -> None:
    project = Project.copy_of(REPOSITORY / "tests" / "projects" / "foreach-static", tmp_path / "app")
    template = project.path / "template.yaml"
    template.write_text(template.read_text().replace("python3.11", HOST_PYTHON))
    project.sam("build", "--cached", "--language-extensions").succeeded()
    built = project.built()
    definitions = read_definitions(project.path / ".aws-sam" / "build.toml")
    shutil.rmtree(project.path / ".aws-sam")

    project.samix("build", SAM_CLI_ENABLE_LANGUAGE_EXTENSIONS="1").succeeded()

    assert differences(project.built(), built) == []
    # sam never takes a makefile function for the same as an earlier one, so samix writes none down
    reusable = [one for one in definitions if as_mapping(one.fields.get("metadata")).get("BuildMethod") != "makefile"]
    ours = read_definitions(project.path / ".aws-sam" / "build.toml")
    assert sorted(map(_known, ours)) == sorted(map(_known, reusable))


def _known(definition: Definition) -> str:
    """A definition without the hashes, of which samix writes more."""
    fields = {key: value for key, value in definition.fields.items() if not key.endswith("hash")}
    return json.dumps([definition.section.value, fields], sort_keys=True)
