"""Applications made up by chance, the same one for the same seed.

What CloudFormation allows and sam reads is drawn from: intrinsics in most places, Globals, parameters of
several types, mappings, conditions, metadata, layers, nested stacks and resources with local paths.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, TypeVar

import yaml
from support.sam_oracle import Case

from samix.template.value import as_mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from samix.template.value import Value, ValueMapping

_T = TypeVar("_T")

_LITERALS: Mapping[str, Sequence[str]] = {
    "code": ["src", "./src/", "lib/../src", "other", "../up", "/opt/code", ".", "code.zip", "s3://bucket/key"],
    "runtime": ["python3.12", "nodejs22.x", "go1.x", "provided.al2023", "java21"],
    "handler": ["app.handler", "src/app.handler", "main", "/opt/app.handler", "a.b.c"],
    "method": ["makefile", "esbuild", "python3.12", "nodejs22.x", "go1.x"],
    "architecture": ["x86_64", "arm64"],
    "text": ["a", "0123", "a.b", "2020-01-01", "yes", "", "a,b", "é", "--enable-source-maps", "-x  -y"],
}
_KINDS = tuple(_LITERALS)
_PARAMETERS = {kind: f"{kind.capitalize()}Parameter" for kind in _KINDS}
_TRANSFORM = "AWS::Serverless-2016-10-31"
_NAMES = ("A", "B", "C", "Fn1", "Layer2", "L3")
_CONDITIONS = ("Chosen", "Inverse", "Both", "Either", "Deep")
_PARAMETER_TYPES = ("String", "String", "String", "Number", "AWS::SSM::Parameter::Value<String>", "List<Number>")
_LISTS = ("CommaDelimitedList", "List<String>", "AWS::SSM::Parameter::Value<List<String>>")
_ATTRIBUTES: Mapping[str, Sequence[Value]] = {
    "Condition": ["Chosen", "Missing"],
    "DependsOn": ["A", ["A", "B"]],
    "DeletionPolicy": ["Retain"],
    "UpdateReplacePolicy": ["Delete"],
}
_INCLUDED = {"inc.yaml": "text: [!Ref TextParameter, 012]\nRef: other\n", "word.json": '"python3.12"'}
_INCLUDES = (*_INCLUDED, "missing.yaml", "./word.json", "s3://b/k")
_PATHS = ("api.yaml", "./api/x.json", "../up/x.json", "s3://b/k", "/opt/x", "https://host/x", "dir/")
_LOCAL_PATHS = {
    "AWS::Serverless::Api": "DefinitionUri",
    "AWS::Serverless::HttpApi": "DefinitionUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
    "AWS::AppSync::GraphQLSchema": "DefinitionS3Location",
    "AWS::AppSync::Resolver": "CodeS3Location",
    "AWS::AppSync::FunctionConfiguration": "RequestMappingTemplateS3Location",
    "AWS::ApiGateway::RestApi": "BodyS3Location",
    "AWS::ApiGatewayV2::Api": "BodyS3Location",
    "AWS::ElasticBeanstalk::ApplicationVersion": "SourceBundle",
    "AWS::CloudFormation::ModuleVersion": "ModulePackage",
    "AWS::CloudFormation::ResourceVersion": "SchemaHandlerPackage",
    "AWS::CloudFormation::StackSet": "TemplateURL",
    "AWS::StepFunctions::StateMachine": "DefinitionS3Location",
    "Custom::Thing": "CodeUri",
}


@dataclass(frozen=True)
class Generated:
    """An application, and the layers that its functions are written to refer to, by full path of the function."""

    case: Case
    layers: Mapping[str, frozenset[str]]


@dataclass
class _Chance:
    """Draws from one source of randomness."""

    random: Random

    def of(self, values: Sequence[_T]) -> _T:
        return self.random.choice(values)

    def value(self, *values: Value) -> Value:
        return self.random.choice(values)

    def one_in(self, count: int) -> bool:
        return self.random.randrange(count) == 0

    def some(self, values: Sequence[_T], most: int) -> list[_T]:
        return self.random.sample(values, self.random.randint(0, min(most, len(values))))


@dataclass
class _Generator:
    """Makes one template.

    Attributes:
        chance: What decides.
        layers: The layers of this template.
        wanted: By function, the layers that its `Layers` name.
    """

    chance: _Chance
    layers: list[str] = field(default_factory=list)
    wanted: dict[str, frozenset[str]] = field(default_factory=dict)

    def expression(self, kind: str, depth: int = 2, *, known: bool = False) -> Value:
        """A value of one kind, written out or with intrinsics that sam resolves, or leaves as they are.

        What is known can always be resolved: sam fails in the build where an architecture or a layer's method is not.
        """
        literals = _LITERALS[kind]
        if depth == 0 or self.chance.one_in(2):
            return self.chance.of(literals)
        parameter = _PARAMETERS[kind]

        def inner() -> Value:
            return self.expression(kind, depth - 1, known=known)

        always: dict[str, Callable[[], Value]] = {
            "ref": lambda: {"Ref": parameter},
            "sub": lambda: {"Fn::Sub": f"${{{parameter}}}"},
            "join": lambda: {"Fn::Join": ["", [inner(), ""]]},
            "split": lambda: {"Fn::Select": [0, {"Fn::Split": ["|", {"Fn::Join": ["|", [inner(), "rest"]]}]}]},
            "if": lambda: {"Fn::If": [self.chance.of(_CONDITIONS), inner(), inner()]},
        }
        sometimes: dict[str, Callable[[], Value]] = {
            "sub list": lambda: {"Fn::Sub": ["${Name}", {"Name": inner()}]},
            "sub text": lambda: {"Fn::Sub": self.chance.of(literals) + "/${AWS::Region}${!Kept}"},
            "sub attribute": lambda: {"Fn::Sub": self.chance.of(["${A.Arn}", "${A.Other}/x", "${A}", "${Missing.X}"])},
            "select": lambda: {"Fn::Select": [self.chance.of([0, 1, 2, "0"]), [inner(), self.chance.of(literals)]]},
            "select of a list": lambda: {"Fn::Select": [self.chance.of([0, 1]), {"Ref": "ListParameter"}]},
            "join of a list": lambda: {"Fn::Join": [self.chance.of(["-", "/", ""]), {"Ref": "ListParameter"}]},
            "map": lambda: {"Fn::FindInMap": ["Map", {"Ref": self.chance.of(["TextParameter", "Missing"])}, kind]},
            "map of a region": lambda: {"Fn::FindInMap": ["Regions", {"Ref": "AWS::Region"}, kind]},
            "missing condition": lambda: {"Fn::If": ["Missing", inner(), inner()]},
            "unknown": lambda: {"Fn::ImportValue": self.chance.of(literals)},
            "no value": lambda: {"Fn::If": ["Chosen", inner(), {"Ref": "AWS::NoValue"}]},
            "nothing": lambda: {"Ref": "AWS::NoValue"},
            "attribute": lambda: {"Fn::GetAtt": self.chance.value(["A", "Arn"], ["A", "Name"], ["Missing", "Arn"])},
            "reference": lambda: {"Ref": self.chance.of([*_NAMES, "Missing", "NumberParameter", "AWS::StackName"])},
            "base64": lambda: {"Fn::Base64": inner()},
            "included": lambda: {
                "Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": self.chance.of(_INCLUDES)}}
            },
            "zones": lambda: {"Fn::Select": [0, {"Fn::GetAZs": {"Ref": "AWS::Region"}}]},
            "two keys": lambda: {"Ref": parameter, "Other": "x"},
        }
        forms: list[Callable[[], Value]] = [*always.values(), *(() if known else sometimes.values())]
        return self.chance.of(forms)()

    def include(self, locations: Sequence[str]) -> ValueMapping:
        return {"Name": "AWS::Include", "Parameters": {"Location": self.chance.of(locations)}}

    def metadata(self, name: str, kind: str) -> ValueMapping:
        is_layer = kind.endswith("layer")
        section: ValueMapping = {}
        if self.chance.one_in(2) or is_layer:
            section["BuildMethod"] = self.expression("method", 1, known=is_layer)
        if self.chance.one_in(8):
            section["SkipBuild"] = self.chance.value(True, False, "true", "", None, {"Ref": "TextParameter"})
        if self.chance.one_in(4):
            section["Extra"] = self.expression("text")
        if self.chance.one_in(6):
            section["Deep"] = {
                "Map": {"A": self.expression("text", 1)},
                "List": [self.chance.value(0, 1, 1.0, True, None, "1"), self.expression("text", 1)],
            }
        if self.chance.one_in(6):
            section["BuildProperties"] = {
                key: self.chance.value(True, False, ["a", "b"], "es2020", None)
                for key in self.chance.some(["Sourcemap", "Minify", "EntryPoints"], 2)
            }
        section |= self.asset_metadata(kind)
        if self.chance.one_in(12):
            section["SamResourceId"] = f"{name}Named"
        return section

    def asset_metadata(self, kind: str) -> ValueMapping:
        section: ValueMapping = {}
        if kind.endswith("layer") and self.chance.one_in(2):
            section["BuildArchitecture"] = self.expression("architecture", 1, known=True)
        if kind == "image":
            section |= {"Dockerfile": "Dockerfile", "DockerContext": self.chance.of(["image", "./image", "../image"])}
            if self.chance.one_in(3):
                section["DockerBuildArgs"] = {"A": self.expression("text", 1)}
        elif self.chance.one_in(8):
            section |= {"aws:asset:path": self.chance.of(["asset.1", "./asset/"]), "aws:asset:property": "CodeUri"}
        return section

    def layer_references(self, name: str) -> Value:
        """Something for `Layers`; what it refers to is kept as wanted."""
        named = self.chance.some(self.layers, 2)
        self.wanted[name] = frozenset(named)
        written: list[Value] = [{"Ref": layer} for layer in named]
        if self.chance.one_in(3):
            written.append("arn:aws:lambda:us-east-1:123456789012:layer:Some:1")
        if self.chance.one_in(5):
            written.append({"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:1:layer:x:2"})
        if self.chance.one_in(5):
            written.append({"Fn::ImportValue": "Layer"})
        if written and self.chance.one_in(6):
            return {"Fn::If": [self.chance.of(_CONDITIONS), written, written]}
        return [*written]

    def resource(self, name: str, kind: str) -> ValueMapping:
        is_layer = kind.endswith("layer")
        properties: ValueMapping = {}
        code_key = {"classic": "Code", "layer": "ContentUri", "classic layer": "Content"}.get(kind, "CodeUri")
        if kind != "image" and (is_layer or not self.chance.one_in(6)):
            properties[code_key] = self.expression("code")
        if kind == "classic" and self.chance.one_in(6):
            properties["Code"] = self.chance.value({"ZipFile": "x"}, {"S3Bucket": "b", "S3Key": "k"}, {})
        if kind == "function" and self.chance.one_in(8):
            properties["InlineCode"] = self.expression("text", 1)
        if is_layer:
            if self.chance.one_in(2):
                properties["CompatibleRuntimes"] = [self.expression("runtime", 1)]
        else:
            properties |= self.function_properties(name, kind)
        service = "Lambda" if kind.startswith("classic") else "Serverless"
        noun = "LayerVersion" if is_layer else "WebFunction" if kind == "web" else "Function"
        made: ValueMapping = {"Type": f"AWS::{service}::{noun}", "Properties": properties}
        section = self.metadata(name, kind)
        if section:
            made["Metadata"] = section
        for attribute, values in _ATTRIBUTES.items():
            if self.chance.one_in(12):
                made[attribute] = self.chance.value(*values)
        return made

    def function_properties(self, name: str, kind: str) -> ValueMapping:
        properties: ValueMapping = {}
        properties["EntryPoint" if kind == "web" else "Handler"] = self.expression("handler")
        if not self.chance.one_in(4):
            properties["Runtime"] = self.expression("runtime")
        if kind != "web" and self.chance.one_in(2):
            properties["Architectures"] = [self.expression("architecture", known=True)]
        if kind == "image":
            properties["PackageType"] = "Image"
        if self.chance.one_in(3):
            variables: ValueMapping = {"A": self.expression("text"), "NODE_OPTIONS": self.expression("text", 1)}
            if kind == "web":
                properties["EnvironmentVariables"] = variables
            else:
                properties["Environment"] = {"Variables": variables}
        if self.layers and kind != "web" and self.chance.one_in(2):
            properties["Layers"] = self.layer_references(name)
        if self.chance.one_in(6):
            properties["Tags"] = {"K": self.expression("text", 1), "0123": "0456"}
        if self.chance.one_in(6):
            properties["FunctionName"] = self.expression("text", 1)
        return properties

    def other(self) -> ValueMapping:
        """A resource that is not built but may hold local paths."""
        resource_type = self.chance.of(list(_LOCAL_PATHS))
        path: Value = self.chance.of(_PATHS)
        if self.chance.one_in(3):
            path = self.chance.value({"Fn::Sub": "x/${AWS::Region}"}, {"Bucket": "b", "Key": "k"})
        properties: ValueMapping = {_LOCAL_PATHS[resource_type]: path}
        if not resource_type.startswith("AWS::Serverless") and self.chance.one_in(3):
            include = self.include(_PATHS)
            properties["Body"] = self.chance.value({"Fn::Transform": include}, [{"Fn::Transform": include}])
        if resource_type == "AWS::Serverless::StateMachine":
            properties["Role"] = "r"
        if resource_type == "AWS::Serverless::Api":
            properties["StageName"] = "s"
        return {"Type": resource_type, "Properties": properties}

    def shared(self) -> ValueMapping:
        """The Globals of functions."""
        section: ValueMapping = {}
        for key in self.chance.some(["Runtime", "CodeUri", "Handler"], 3):
            section[key] = self.expression({"CodeUri": "code"}.get(key, key.lower()), 1)
        if self.chance.one_in(2):
            section["Architectures"] = [self.expression("architecture", 1, known=True)]
        if self.chance.one_in(2):
            section["Environment"] = {"Variables": {"A": self.expression("text", 1), "B": "1"}}
        if self.chance.one_in(3):
            section["Tags"] = {"K": "global", "G": self.expression("text", 1)}
        if self.layers and self.chance.one_in(3):
            section["Layers"] = [{"Ref": self.chance.of(self.layers)}]
        return section

    def template(self, children: Mapping[str, str]) -> ValueMapping:
        """A whole template, with stacks nested in it: their logical ids by location."""
        kinds = {
            name: self.chance.of(
                ["function", "function", "function", "classic", "image", "layer", "layer", "classic layer", "web"]
            )
            for name in self.chance.some(_NAMES, 5) or ["A"]
        }
        self.layers = [name for name, kind in kinds.items() if kind.endswith("layer")]
        resources = {name: self.resource(name, kind) for name, kind in kinds.items()}
        for name, resource in resources.items():
            if self.chance.one_in(10):
                path = self.chance.of([f"Stack/{name}Own/Resource", f"Stack/{name}Own", "a/b/c/d", "Alone"])
                as_mapping(resource.setdefault("Metadata", {}))["aws:cdk:path"] = path
        for number in range(self.chance.of([0, 0, 1, 2])):
            resources[f"Other{number}"] = self.other()
        for name, location in children.items():
            resources[name] = self.nested(location)
        section = self.shared() if self.chance.one_in(2) else {}
        for name, kind in kinds.items():
            ignored = "*" if self.chance.one_in(8) else self.chance.some(list(section), 2)
            if section and kind in {"function", "image"}:
                if self.chance.one_in(4) and ignored:
                    resources[name]["IgnoreGlobals"] = [*ignored] if isinstance(ignored, list) else ignored
                    if ignored == "*" or "Layers" in ignored:
                        continue
                own = as_mapping(resources[name]["Properties"]).get("Layers", [])
                if "Layers" in section and not isinstance(own, dict):
                    written = section["Layers"]
                    named = {str(as_mapping(item)["Ref"]) for item in written} if isinstance(written, list) else set()
                    self.wanted[name] = self.wanted.get(name, frozenset()) | named
        return self.sections(section) | {"Resources": {**resources}}

    def nested(self, location: str) -> ValueMapping:
        handed: ValueMapping = {_PARAMETERS[kind]: self.expression(kind, 1) for kind in self.chance.some(_KINDS, 4)}
        if self.chance.one_in(2):
            handed["NumberParameter"] = self.chance.value(3, "4", {"Ref": "NumberParameter"})
        if self.chance.one_in(2):
            handed["ListParameter"] = self.chance.value(["l", "m"], "n, o", {"Ref": "ListParameter"})
        is_classic = self.chance.one_in(2)
        return {
            "Type": "AWS::CloudFormation::Stack" if is_classic else "AWS::Serverless::Application",
            "Properties": {"TemplateURL" if is_classic else "Location": location, "Parameters": handed},
        }

    def sections(self, shared: ValueMapping) -> ValueMapping:
        """All sections but the resources."""
        declared: ValueMapping = {
            name: {"Type": self.chance.of(_PARAMETER_TYPES), "Default": self.chance.of(_LITERALS[kind])}
            for kind, name in _PARAMETERS.items()
        }
        if self.chance.one_in(5):
            as_mapping(declared["HandlerParameter"]).pop("Default")
        declared["NumberParameter"] = {"Type": "Number", "Default": self.chance.of([1, 0, "2", 1.5]), "NoEcho": True}
        declared["ListParameter"] = {"Type": self.chance.of(_LISTS), "Default": self.chance.of(["p, q", "r", ""])}
        rows: ValueMapping = {
            key: {kind: self.chance.of(_LITERALS[kind]) for kind in _KINDS} for key in ["a", "0123", "a.b"]
        }
        regions: ValueMapping = {
            region: {kind: self.chance.of(_LITERALS[kind]) for kind in _KINDS} for region in ["us-east-1", "eu-west-1"]
        }
        template: ValueMapping = {
            "Transform": self.chance.value(_TRANSFORM, [_TRANSFORM], ["Macro", _TRANSFORM]),
            "Parameters": declared,
            "Mappings": {"Map": rows, "Regions": regions},
            "Conditions": {
                "Chosen": {"Fn::Equals": [{"Ref": "TextParameter"}, self.chance.of(_LITERALS["text"])]},
                "Inverse": {"Fn::Not": [{"Condition": "Chosen"}]},
                "Both": {"Fn::And": [{"Condition": "Chosen"}, {"Condition": "Inverse"}]},
                "Either": {"Fn::Or": [{"Condition": "Chosen"}, {"Fn::Equals": [{"Ref": "TextParameter"}, "a"]}]},
                "Deep": {"Fn::Not": [{"Fn::And": [{"Fn::Or": [{"Condition": "Both"}, {"Condition": "Either"}]}] * 2}]},
            },
        }
        if shared:
            template["Globals"] = {"Function": shared}
        if self.chance.one_in(3):
            template["Outputs"] = {"Out": {"Value": self.expression("text"), "Export": {"Name": {"Fn::Sub": "${A}"}}}}
        if self.chance.one_in(6):
            template["Metadata"] = {
                "AWS::ServerlessRepo::Application": {"LicenseUrl": self.chance.of(_PATHS), "Labels": ["0123"]}
            }
        return template

    def written(self, template: ValueMapping) -> str:
        """Mostly JSON: YAML is compared in tests of its own, and ten times as slow to read."""
        return yaml.safe_dump(template, sort_keys=False) if self.chance.one_in(12) else json.dumps(template)


def generate(seed: int) -> Generated:
    """The application of a seed."""
    chance = _Chance(Random(seed))  # noqa: S311 - no secret is made with it
    depth = chance.of([0, 0, 0, 1, 1, 2])
    files: dict[str, str] = {**_INCLUDED}
    layers: dict[str, frozenset[str]] = {}
    for level in range(depth + 1):
        generator = _Generator(chance)
        children = {"Nested": "./sub/child.yaml"} if level < depth else {}
        if children and chance.one_in(4):
            children["Away"] = chance.of(["s3://bucket/t.yaml", "https://host.example/t.yaml"])
        template = generator.template(children)
        files["sub/" * level + ("child.yaml" if level else "template.yaml")] = generator.written(template)
        prefix = "Nested/" * level
        for name, wanted in generator.wanted.items():
            layers[f"{prefix}{name}"] = frozenset(f"{prefix}{layer}" for layer in wanted)
    given = {_PARAMETERS[kind]: chance.of(_LITERALS[chance.of([kind, "text"])]) for kind in chance.some(_KINDS, 2)}
    if chance.one_in(4):
        given["ListParameter"] = chance.of(["x,y", " z ", ""])
    case = Case(
        files,
        set(),
        parameters=given,
        region=chance.of([None, None, "eu-west-1", "cn-north-1"]),
        environment=chance.of([(), (), ("ALL=1",), ("ALL=1", "A.ONE=2")]),
    )
    return Generated(case, layers)
