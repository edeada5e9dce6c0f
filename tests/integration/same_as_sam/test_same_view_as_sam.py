"""samix sees in a template what sam sees: sam's own code is the oracle, no expectation is written by hand.

The table states which resources each template builds, so that a case cannot pass by being empty on both sides.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.sam_oracle import IN_PROCESS, Case, views
from support.template_text import ALL_SECTIONS, IMAGE, IMAGE_METADATA, PARAMETERS, function, layer, nested, stack

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = IN_PROCESS


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path.resolve() / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    return root


def root_only(text: str, *builds: str, parameters: Mapping[str, str] | None = None) -> Case:
    return Case({"template.yaml": text}, set(builds), parameters=parameters or {})


def expression_case(**properties: str) -> Case:
    """One function whose properties are written with intrinsics."""
    body = "".join(f"{key}: {value}\n" for key, value in properties.items())
    return root_only(stack({"Fn": function(body)}, before=ALL_SECTIONS), "Fn")


CASES: dict[str, Case] = {
    "plain function": root_only(stack({"Fn": function("CodeUri: src")}), "Fn"),
    "code path missing": root_only(stack({"Fn": function()}), "Fn"),
    "code path is normalised": root_only(stack({"Fn": function("CodeUri: ./a/../src/")}), "Fn"),
    "code path is absolute": root_only(stack({"Fn": function("CodeUri: /opt/source/")}), "Fn"),
    "code path with parent": root_only(stack({"Fn": function("CodeUri: ../elsewhere")}), "Fn"),
    "globals": root_only(
        stack(
            {
                "Fn": "    Type: AWS::Serverless::Function\n",
                "Own": function("CodeUri: own\nArchitectures: [x86_64]"),
                "Opted": function("CodeUri: src") + "    IgnoreGlobals: [Architectures]\n",
                "Out": function() + "    IgnoreGlobals: '*'\n",
                "Classic": function("Code: src", resource_type="AWS::Lambda::Function"),
            },
            before="Globals:\n  Function:\n    Handler: g.handler\n    Runtime: python3.13\n"
            "    CodeUri: shared\n    Architectures: [arm64]\n",
        ),
        "Fn",
        "Own",
        "Opted",
        "Out",
        "Classic",
    ),
    "globals with intrinsics": root_only(
        stack(
            {"Fn": "    Type: AWS::Serverless::Function\n"},
            before=ALL_SECTIONS + "Globals:\n  Function:\n    Handler: !Sub '${Stage}.handler'\n"
            "    Runtime: !FindInMap [ByStage, !Ref Stage, Runtime]\n    CodeUri: !Ref Dir\n",
        ),
        "Fn",
    ),
    "layers of globals are joined": root_only(
        stack(
            {"Fn": function("CodeUri: src\nLayers: [!Ref Own]"), "Own": layer(), "Shared": layer()},
            before="Globals:\n  Function:\n    Layers: [!Ref Shared]\n",
        ),
        "Fn",
        "Own",
        "Shared",
    ),
    "parameter default": expression_case(CodeUri="!Ref Dir", Runtime="!Ref Version", Handler="!Ref Stage"),
    "parameter given": Case(
        {"template.yaml": stack({"Fn": function("CodeUri: !Ref Dir\nHandler: !Ref Given")}, before=PARAMETERS)},
        {"Fn"},
        parameters={"Dir": "given/dir", "Given": "given.handler"},
    ),
    "parameter without value": expression_case(CodeUri="!Ref Given"),
    "parameter is empty": expression_case(CodeUri="!Sub 'src${Empty}'", Runtime="!Ref Empty"),
    "parameter is a number": expression_case(CodeUri="!Sub 'src${Number}'", MemorySize="!Ref Number"),
    "parameter is a float": expression_case(CodeUri="!Sub 'src${Ratio}'", Runtime="!Ref Ratio"),
    "parameter is a list": expression_case(Architectures="[!Select [0, !Ref Flags]]", CodeUri="src"),
    "parameters in metadata": root_only(
        stack(
            {
                "Fn": function("CodeUri: src", metadata="BuildMethod: !Ref Stage\nDeep: {List: [!Ref Dir, plain]}"),
                "Layer": layer(metadata="BuildMethod: !Ref Version\nBuildArchitecture: !Select [0, !Ref Flags]"),
                "Float": function("CodeUri: src", metadata="Ratio: !Ref Ratio"),
            },
            before=PARAMETERS,
        ),
        "Fn",
        "Layer",
        "Float",
    ),
    "region": Case(
        {"template.yaml": stack({"Fn": function("CodeUri: !Sub 'src/${AWS::Region}'")})},
        {"Fn"},
        region="eu-central-1",
    ),
    "pseudo parameters": expression_case(
        CodeUri="!Sub '${AWS::Partition}/${AWS::AccountId}/${AWS::StackName}/${AWS::Region}/${AWS::URLSuffix}'",
        Handler="!Ref AWS::StackId",
    ),
    "partition of a region": Case(
        {"template.yaml": stack({"Fn": function("CodeUri: !GetAtt Fn.Arn")})}, {"Fn"}, region="cn-north-1"
    ),
    "mapping": expression_case(
        CodeUri="!FindInMap [ByStage, !Ref Stage, Dir]", Runtime="!FindInMap [ByStage, prod, Runtime]"
    ),
    "mapping without entry": expression_case(CodeUri="!FindInMap [ByStage, other, Dir]"),
    "if true": expression_case(CodeUri="!If [IsDev, !Ref Dir, other]", Runtime="!If [IsAny, python3.13, python3.9]"),
    "if false": expression_case(CodeUri="!If [IsBoth, !Ref Dir, other]"),
    "if with no value chosen": expression_case(CodeUri="!If [IsProd, src, !Ref 'AWS::NoValue']"),
    "if with no value not chosen": expression_case(CodeUri="!If [IsDev, src, !Ref 'AWS::NoValue']"),
    "if without condition": expression_case(CodeUri="!If [Unknown, src, other]"),
    "no value": expression_case(Description="!Ref AWS::NoValue", CodeUri="src", Runtime="!Ref AWS::NoValue"),
    "sub short": expression_case(CodeUri="!Sub '${Dir}/${Stage}/${!Literal}'"),
    "sub list": expression_case(CodeUri="!Sub ['${Where}/x', {Where: !Ref Dir}]"),
    "sub list with dots": expression_case(CodeUri="!Sub ['${Where}/x', {Where: ../up}]"),
    "sub of an attribute": expression_case(CodeUri="!Sub '${Fn.Arn}'", Handler="!Sub '${Fn.Unknown}.x'"),
    "sub with backslash": Case(
        {"template.yaml": stack({"Fn": function("CodeUri: !Sub 'src/${Dir}'")}, before=PARAMETERS)},
        {"Fn"},
        parameters={"Dir": r"a\new\d"},
    ),
    "join": expression_case(CodeUri="!Join [/, [!Ref Dir, !Ref Stage, fn]]"),
    "join of a list parameter": expression_case(CodeUri="!Join ['-', !Ref Flags]"),
    "select from split": expression_case(CodeUri="!Select [1, !Split [',', 'a,b,c']]"),
    "select out of range": expression_case(CodeUri="!Select [9, !Split [',', 'a,b,c']]"),
    "select by text": expression_case(CodeUri="!Select ['1', [a, b]]"),
    "base64": expression_case(CodeUri="src", Handler="!Base64 plain"),
    "import value": expression_case(CodeUri="!ImportValue Shared", Runtime="!ImportValue Runtime"),
    "reference to a resource": expression_case(CodeUri="!Ref Fn"),
    "attribute": expression_case(CodeUri="!GetAtt Fn.Arn", Handler="!GetAtt Fn.Other"),
    "one value unresolvable": expression_case(
        CodeUri="src", Environment="{Variables: {A: !ImportValue X, B: !Ref Dir}}"
    ),
    "zones": expression_case(CodeUri="!Select [1, !GetAZs '']", Handler="!Select [0, !GetAZs us-west-1]"),
    "zones of an unknown region": expression_case(CodeUri="!Select [0, !GetAZs nowhere]"),
    "no value twice": expression_case(Description="!Ref AWS::NoValue", Runtime="!Ref AWS::NoValue", CodeUri="src"),
    "function of an alias": root_only(
        stack(
            {
                "Fn": function("CodeUri: !Ref Live\nFunctionName: named"),
                "Live": "    Type: AWS::Lambda::Alias\n    Properties: {FunctionName: !Ref Fn}\n",
                "Other": function("CodeUri: !Ref Unknown"),
                "Unknown": "    Type: AWS::Lambda::Alias\n    Properties: {FunctionName: text}\n",
            }
        ),
        "Fn",
        "Other",
    ),
    "name of a function is an intrinsic": root_only(
        stack({"Fn": function("CodeUri: !GetAtt Fn.Arn\nFunctionName: !Ref Dir")}, before=PARAMETERS), "Fn"
    ),
    "included files": Case(
        {
            "template.yaml": stack(
                {
                    "Fn": function(
                        "CodeUri: !Transform {Name: AWS::Include, Parameters: {Location: parts/code.json}}",
                        metadata="Part: !Transform {Name: AWS::Include, Parameters: {Location: ./parts/p.yaml}}\n"
                        "Missing: !Transform {Name: AWS::Include, Parameters: {Location: parts/missing.yaml}}\n"
                        "Other: !Transform {Name: Macro, Parameters: {Location: parts/p.yaml}}",
                    ),
                    "Child": nested("sub/t.yaml"),
                }
            ),
            "sub/t.yaml": stack(
                {"Fn": function("CodeUri: !Transform {Name: AWS::Include, Parameters: {Location: parts/code.json}}")}
            ),
            "parts/code.json": '"included"',
            "parts/p.yaml": "A: !Ref Fn\nB: [012, 2020-01-01]\n",
        },
        {"Fn", "Child/Fn"},
    ),
    "empty path in a nested stack": Case(
        {
            "template.yaml": stack({"Child": nested("sub/t.yaml")}),
            "sub/t.yaml": stack({"Fn": function("CodeUri: ''"), "Resolved": function("CodeUri: !Join ['', ['']]")}),
        },
        {"Child/Fn", "Child/Resolved"},
    ),
    "region of the overrides": Case(
        {
            "template.yaml": stack({"Fn": function("CodeUri: !Ref AWS::Region"), "Child": nested("c.yaml")}),
            "c.yaml": stack({"Fn": function("CodeUri: !Ref AWS::Region")}),
        },
        {"Fn", "Child/Fn"},
        parameters={"AWS::Region": "eu-west-1"},
    ),
    "null for a parameter of a nested stack": Case(
        {
            "template.yaml": stack({"Child": nested("c.yaml", "{Dir: !Ref AWS::NoValue, Stage: '', Count: 0}")}),
            "c.yaml": stack(
                {"Fn": function("CodeUri: !Ref Dir\nHandler: !Ref Stage", metadata="Count: !Ref Count")},
                before="Parameters:\n  Dir: {Type: String, Default: src}\n  Stage: {Type: String, Default: dev}\n"
                "  Count: {Type: Number, Default: 3}\n",
            ),
        },
        {"Child/Fn"},
    ),
    "inline code": root_only(
        stack(
            {
                "Fn": function("InlineCode: 'def handler(): pass'"),
                "Classic": function("Code: {ZipFile: 'x'}", resource_type="AWS::Lambda::Function"),
                "Built": function("CodeUri: src"),
            }
        ),
        "Built",
    ),
    "code in S3": root_only(
        stack(
            {
                "Uri": function("CodeUri: s3://bucket/key"),
                "Place": function("CodeUri: {Bucket: b, Key: k}"),
                "Classic": function("Code: {S3Bucket: b, S3Key: k}", resource_type="AWS::Lambda::Function"),
                "LayerUri": layer("ContentUri: s3://bucket/key"),
                "Built": function("CodeUri: src"),
            }
        ),
        "Built",
    ),
    "zip files": root_only(
        stack(
            {
                "Zip": function("CodeUri: built/code.zip"),
                "LayerZip": layer("ContentUri: layer.zip"),
                "Built": function("CodeUri: zip"),
            }
        ),
        "Built",
    ),
    "skip build": root_only(
        stack(
            {
                "Skipped": function("CodeUri: src", metadata="SkipBuild: true"),
                "SkippedByText": function("CodeUri: src", metadata="SkipBuild: 'false'"),
                "SkippedLayer": layer(metadata="BuildMethod: python3.12\nSkipBuild: true"),
                "Built": function("CodeUri: src", metadata="SkipBuild: false"),
            }
        ),
        "Built",
    ),
    "layers": root_only(
        stack(
            {
                "Plain": layer(),
                "Runtimes": layer("ContentUri: l\nCompatibleRuntimes: [python3.12, python3.13]"),
                "Makefile": layer(metadata="BuildMethod: makefile\nBuildArchitecture: arm64"),
                "Classic": layer("Content: src").replace("Serverless", "Lambda"),
                "NotBuilt": layer(metadata="Other: yes"),
                "Unnamed": layer(metadata="BuildMethod: ''"),
            }
        ),
        "Plain",
        "Runtimes",
        "Makefile",
        "Classic",
    ),
    "classic resources": root_only(
        stack(
            {
                "Fn": function("Code: src", resource_type="AWS::Lambda::Function"),
                "NoCode": function("Code: {}", resource_type="AWS::Lambda::Function"),
                "Same": function("Code: src", resource_type="AWS::Lambda::Function"),
                "Serverless": function("CodeUri: src"),
            }
        ),
        "Fn",
        "NoCode",
        "Same",
        "Serverless",
    ),
    "web function": root_only(
        stack(
            {
                "Web": "    Type: AWS::Serverless::WebFunction\n    Properties:\n      CodeUri: src\n"
                "      Runtime: nodejs22.x\n      EntryPoint: server.js\n",
                "Default": "    Type: AWS::Serverless::WebFunction\n    Properties:\n      CodeUri: src\n"
                "      Runtime: nodejs22.x\n",
                "Twin": function("CodeUri: src\nRuntime: nodejs22.x\nHandler: server.js"),
            }
        ),
        "Web",
        "Default",
        "Twin",
    ),
    "image functions": root_only(
        stack(
            {
                "Image": function(IMAGE, metadata=IMAGE_METADATA),
                "Same": function(IMAGE, metadata=IMAGE_METADATA),
                "Tagged": function(IMAGE, metadata=IMAGE_METADATA.replace("v1", "v2")),
                "Arm": function(IMAGE + "\nArchitectures: [arm64]", metadata=IMAGE_METADATA),
                "Classic": function(IMAGE, resource_type="AWS::Lambda::Function", metadata=IMAGE_METADATA),
                "NoFile": function(IMAGE, metadata="DockerContext: image"),
                "NoContext": function(IMAGE, metadata="Dockerfile: Dockerfile"),
                "Remote": function(IMAGE + "\nImageUri: 123456789012.dkr.ecr.us-east-1.amazonaws.com/repo:tag"),
                "Named": function(IMAGE + "\nImageUri: some-name", metadata=IMAGE_METADATA),
            }
        ),
        "Image",
        "Same",
        "Tagged",
        "Arm",
        "Classic",
        "Named",
    ),
    "image archive": Case(
        {
            "template.yaml": stack({"Fn": function(IMAGE + "\nImageUri: ./image.tar.gz")}),
            "image.tar.gz": "not read by the view",
        },
        {"Fn"},
    ),
    "same image from two stacks": Case(
        {
            "template.yaml": stack({"Fn": function(IMAGE, metadata=IMAGE_METADATA), "Sub": nested("sub/t.yaml")}),
            "sub/t.yaml": stack({"Fn": function(IMAGE, metadata=IMAGE_METADATA.replace("./", "../"))}),
        },
        {"Fn", "Sub/Fn"},
    ),
    "docker context of a zip function": Case(
        {
            "template.yaml": stack(
                {"Fn": function("CodeUri: src", metadata="DockerContext: a"), "Sub": nested("sub/t.yaml")}
            ),
            "sub/t.yaml": stack({"Fn": function("CodeUri: ../src", metadata="DockerContext: ../a")}),
        },
        {"Fn", "Sub/Fn"},
    ),
    "grouping": root_only(
        stack(
            {
                "A": function("CodeUri: src"),
                "Same": function("CodeUri: ./src/\nHandler: other.handler"),
                "OtherRuntime": function("CodeUri: src\nRuntime: python3.13"),
                "OtherCode": function("CodeUri: src2"),
                "OtherArchitecture": function("CodeUri: src\nArchitectures: [arm64]"),
                "OtherMetadata": function("CodeUri: src", metadata="Extra: 1"),
                "SameMetadata": function("CodeUri: src", metadata="Extra: 1"),
                "NamedMetadata": function("CodeUri: src", metadata="Extra: 1\nSamResourceId: Custom"),
                "FloatMetadata": function("CodeUri: src", metadata="Extra: 1.0"),
                "TrueMetadata": function("CodeUri: src", metadata="Extra: true"),
                "TextMetadata": function("CodeUri: src", metadata="Extra: '1'"),
                "Makefile": function("CodeUri: src", metadata="BuildMethod: makefile"),
                "MakefileToo": function("CodeUri: src", metadata="BuildMethod: makefile"),
                "Bundled": function("CodeUri: src\nHandler: a.b", metadata="BuildMethod: esbuild"),
                "BundledSame": function("CodeUri: src\nHandler: a.b", metadata="BuildMethod: esbuild"),
                "BundledOther": function("CodeUri: src\nHandler: c.d", metadata="BuildMethod: esbuild"),
                "Go": function("CodeUri: src\nRuntime: go1.x\nHandler: a"),
                "GoSame": function("CodeUri: src\nRuntime: go1.x\nHandler: a"),
                "GoOther": function("CodeUri: src\nRuntime: go1.x\nHandler: b"),
            }
        ),
        *[
            "A",
            "Same",
            "OtherRuntime",
            "OtherCode",
            "OtherArchitecture",
            "OtherMetadata",
            "SameMetadata",
            "Custom",
            "FloatMetadata",
        ],
        *["TrueMetadata", "TextMetadata", "Makefile", "MakefileToo"],
        *["Bundled", "BundledSame", "BundledOther", "Go", "GoSame", "GoOther"],
    ),
    "grouping by container environment": Case(
        {
            "template.yaml": stack(
                {
                    "A": function("CodeUri: src"),
                    "B": function("CodeUri: src"),
                    "C": function("CodeUri: src"),
                    "Sub": nested("sub/t.yaml"),
                }
            ),
            "sub/t.yaml": stack({"C": function("CodeUri: ../src")}),
        },
        {"A", "B", "C", "Sub/C"},
        environment=("ALL=1", "C.ONE=2", "B.ALL=1"),
    ),
    "nested stacks two deep": Case(
        {
            "template.yaml": stack(
                {
                    "Fn": function("CodeUri: src"),
                    "Child": nested("child/t.yaml", "{Dir: !Sub '${Base}/x', Layer: !Ref L}"),
                    "L": layer(),
                },
                before="Parameters:\n  Base: {Type: String, Default: base}\n",
            ),
            "child/t.yaml": stack(
                {
                    "Fn": function("CodeUri: !Ref Dir\nLayers: [!Ref Layer]"),
                    "Grand": nested("../grand/t.yaml", "{Dir: !Ref Dir}"),
                },
                before="Parameters:\n  Dir: {Type: String}\n  Layer: {Type: String}\n",
            ),
            "grand/t.yaml": stack(
                {
                    "Fn": function("CodeUri: !Sub '${Dir}/deep'\nHandler: !Ref Layer"),
                    "L": layer("ContentUri: !Ref Dir"),
                },
                before="Parameters:\n  Dir: {Type: String, Default: unused}\n  Layer: {Type: String, Default: d}\n",
            ),
        },
        {"Fn", "L", "Child/Fn", "Child/Grand/Fn", "Child/Grand/L"},
        region="eu-west-1",
    ),
    "same logical id in several stacks": Case(
        {
            "template.yaml": stack(
                {"Fn": function("CodeUri: src"), "One": nested("one/t.yaml"), "Two": nested("./two/../one/t.yaml")}
            ),
            "one/t.yaml": stack({"Fn": function("CodeUri: ../src"), "Own": function("CodeUri: src")}),
        },
        {"Fn", "One/Fn", "One/Own", "Two/Fn", "Two/Own"},
    ),
    "classic nested stack": Case(
        {
            "template.yaml": stack(
                {
                    "Child": "    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: child.yaml\n",
                    "Away": "    Type: AWS::CloudFormation::Stack\n    Properties:\n"
                    "      TemplateURL: https://bucket.example/t.yaml\n",
                    "Unknown": "    Type: AWS::CloudFormation::Stack\n    Properties:\n"
                    "      TemplateURL: !ImportValue Somewhere\n",
                    "Store": "    Type: AWS::Serverless::Application\n    Properties:\n      Location: s3://b/t.yaml\n",
                }
            ),
            "child.yaml": stack({"Fn": function("CodeUri: src")}),
        },
        {"Child/Fn"},
    ),
    "nested template by file URL": Case(
        {
            "template.yaml": stack({"Child": nested("sub dir/t.yaml")}),
            "sub dir/t.yaml": stack({"Fn": function("CodeUri: src")}),
        },
        {"Child/Fn"},
    ),
    "region reaches nested stacks": Case(
        {
            "template.yaml": stack({"Child": nested("c.yaml")}),
            "c.yaml": stack({"Fn": function("CodeUri: !Ref AWS::Region")}),
        },
        {"Child/Fn"},
        region="ap-south-1",
    ),
    "stack path of a named nested stack": Case(
        {
            "template.yaml": stack({"Child": nested("c.yaml") + "    Metadata: {SamResourceId: Renamed}\n"}),
            "c.yaml": stack({"Fn": function("CodeUri: src")}),
        },
        {"Renamed/Fn"},
    ),
    "cdk assets": root_only(
        stack(
            {
                "Fn1A2B": function(
                    "Code: {S3Bucket: b, S3Key: k}",
                    resource_type="AWS::Lambda::Function",
                    metadata="aws:cdk:path: Stack/Fn/Resource\naws:asset:path: asset.123\naws:asset:property: Code",
                ),
                "Layer1A2B": layer(
                    "Content: {S3Bucket: b, S3Key: k}",
                    metadata="aws:cdk:path: Stack/Layer/Resource\naws:asset:path: ./asset.l/\n"
                    "aws:asset:property: Content\nBuildMethod: python3.12",
                ).replace("Serverless", "Lambda"),
                "Bundled1A": function(
                    "Code: {S3Bucket: b, S3Key: k}",
                    resource_type="AWS::Lambda::Function",
                    metadata="aws:asset:path: asset.456\naws:asset:property: Code\naws:asset:is-bundled: true",
                ),
                "NotBundled": function(
                    "Code: {S3Bucket: b, S3Key: k}",
                    resource_type="AWS::Lambda::Function",
                    metadata="aws:asset:path: asset.789\naws:asset:property: Code\naws:asset:is-bundled: false",
                ),
                "PathAlone": function("Code: src", resource_type="AWS::Lambda::Function", metadata="aws:asset:path: a"),
                "ShortPath": function("CodeUri: src", metadata="aws:cdk:path: Stack/Short"),
                "LongPath": function("CodeUri: src", metadata="aws:cdk:path: A/B/C/D/Resource"),
                "OnePart": function("CodeUri: src", metadata="aws:cdk:path: Alone"),
            }
        ),
        "Fn",
        "Layer",
        "NotBundled",
        "PathAlone",
        "Short",
        "LongPath",
        "OnePart",
    ),
    "cdk image asset": root_only(
        stack(
            {
                "Fn1A2B": function(
                    IMAGE + "\nCode: {ImageUri: !Sub 'x'}",
                    resource_type="AWS::Lambda::Function",
                    metadata="aws:cdk:path: Stack/Fn/Resource\naws:asset:path: asset.123/\n"
                    "aws:asset:property: Code.ImageUri\naws:asset:dockerfile-path: ./Dockerfile.dev\n"
                    "aws:asset:docker-build-args: {A: b}",
                ),
            }
        ),
        "Fn",
    ),
    "cdk nested stack": Case(
        {
            "template.yaml": stack(
                {
                    "Nested1A": "    Type: AWS::CloudFormation::Stack\n    Properties:\n"
                    "      TemplateURL: !Sub 'https://s3.${AWS::Region}.example/x'\n"
                    "    Metadata:\n      aws:cdk:path: App/Inner.NestedStack/Inner.NestedStackResource\n"
                    "      aws:asset:path: inner.json\n      aws:asset:property: TemplateURL\n",
                }
            ),
            "inner.json": json.dumps(
                {
                    "Resources": {
                        "Fn99": {
                            "Type": "AWS::Lambda::Function",
                            "Properties": {"Code": {"S3Bucket": "b"}, "Handler": "h.h", "Runtime": "python3.12"},
                            "Metadata": {
                                "aws:cdk:path": "App/Inner/Fn/Resource",
                                "aws:asset:path": "asset.9",
                                "aws:asset:property": "Code",
                            },
                        }
                    }
                }
            ),
        },
        {"Inner/Fn99"},
    ),
    "esbuild": root_only(
        stack(
            {
                "Path": function(
                    "CodeUri: web\nRuntime: nodejs22.x\nHandler: src/app.handler", metadata="BuildMethod: esbuild"
                ),
                "Mapped": function(
                    "CodeUri: web\nRuntime: nodejs22.x\nHandler: app.handler",
                    metadata="BuildMethod: esbuild\nBuildProperties: {Sourcemap: true}",
                ),
                "Option": function(
                    "CodeUri: web\nRuntime: nodejs22.x\nHandler: app.handler\n"
                    "Environment: {Variables: {NODE_OPTIONS: --enable-source-maps}}",
                    metadata="BuildMethod: esbuild\nBuildProperties: {Minify: true}",
                ),
            }
        ),
        "Path",
        "Mapped",
        "Option",
    ),
    "esbuild of what is not built": root_only(
        stack(
            {
                "Away": function("CodeUri: s3://b/k\nHandler: src/app.handler", metadata="BuildMethod: esbuild"),
                "Fn": function("CodeUri: src"),
            }
        ),
        "Fn",
    ),
    "esbuild with source maps apart": root_only(
        stack(
            {
                "Plain": function("CodeUri: web\nHandler: a.b", metadata="BuildMethod: esbuild"),
                "Mapped": function(
                    "CodeUri: web\nHandler: a.b\nEnvironment: {Variables: {NODE_OPTIONS: --enable-source-maps}}",
                    metadata="BuildMethod: esbuild",
                ),
            }
        ),
        "Plain",
        "Mapped",
    ),
    "JSON template": Case(
        {
            "template.json": json.dumps(
                {
                    "Parameters": {"Dir": {"Type": "String", "Default": "src"}},
                    "Resources": {
                        "Fn": {
                            "Type": "AWS::Lambda::Function",
                            "Properties": {
                                "Code": {"Fn::Sub": "${Dir}/x"},
                                "Handler": "a.b",
                                "Runtime": {"Ref": "Dir"},
                            },
                        }
                    },
                },
                indent="\t",
            )
        },
        {"Fn"},
        template="template.json",
    ),
    "linked template": Case(
        {"real/t.yaml": stack({"Fn": function("CodeUri: src"), "Img": function(IMAGE, metadata=IMAGE_METADATA)})},
        {"Fn", "Img"},
        links={"template.yaml": "real/t.yaml"},
    ),
    "linked template with a nested stack": Case(
        {
            "real/t.yaml": stack({"Child": nested("sub/c.yaml")}),
            "real/sub/c.yaml": stack({"Fn": function("CodeUri: src")}),
        },
        {"Child/Fn"},
        links={"template.yaml": "real/t.yaml"},
    ),
    "linked nested template": Case(
        {
            "template.yaml": stack({"Child": nested("sub/link.yaml")}),
            "elsewhere/c.yaml": stack({"Fn": function("CodeUri: src")}),
        },
        {"Child/Fn"},
        links={"sub/link.yaml": "../elsewhere/c.yaml"},
    ),
    "anchors": root_only(
        "Resources:\n"
        "  One:\n    Type: AWS::Serverless::Function\n    Properties: &p\n      CodeUri: src\n"
        "      Handler: a.b\n      Runtime: python3.12\n"
        "  Two:\n    Type: AWS::Serverless::Function\n    Properties: *p\n"
        "  Three:\n    Type: AWS::Serverless::Function\n    Properties:\n      <<: *p\n      CodeUri: other\n",
        "One",
        "Two",
        "Three",
    ),
    "other resources move along": Case(
        {
            "template.yaml": stack(
                {
                    "Fn": function("CodeUri: src"),
                    "Api": "    Type: AWS::Serverless::Api\n"
                    "    Properties: {StageName: s, DefinitionUri: api/openapi.yaml}\n",
                    "Http": "    Type: AWS::Serverless::HttpApi\n    Properties: {DefinitionUri: s3://b/api.yaml}\n",
                    "States": "    Type: AWS::Serverless::StateMachine\n"
                    "    Properties: {DefinitionUri: ./states/m.asl.json, Role: r}\n",
                    "Job": "    Type: AWS::Glue::Job\n    Properties:\n      Role: r\n"
                    "      Command: {Name: glueetl, ScriptLocation: jobs/job.py}\n",
                    "Graph": "    Type: AWS::Serverless::GraphQLApi\n    Properties:\n      SchemaUri: gql/schema\n"
                    "      Auth: {Type: AWS_IAM}\n"
                    "      Functions: {one: {CodeUri: gql/one.js, Runtime: {Name: APPSYNC_JS, Version: '1'}}}\n"
                    "      Resolvers: {Query: {get: {CodeUri: gql/get.js, Pipeline: [one]}}}\n",
                    "Zip": function("CodeUri: built.zip"),
                    "Inline": function("InlineCode: x"),
                    "Bucketed": function("CodeUri: s3://b/k"),
                    "Skipped": function("CodeUri: done", metadata="SkipBuild: true"),
                    "Classic": function("Code: s", resource_type="AWS::Lambda::Function"),
                    "L": layer("ContentUri: l", metadata="Note: not built"),
                    "Built": layer("Content: l").replace("Serverless", "Lambda"),
                    "Rest": "    Type: AWS::ApiGateway::RestApi\n    Properties: {BodyS3Location: rest.yaml}\n",
                    "Include": "    Type: AWS::ApiGateway::RestApi\n    Properties:\n      Body:\n"
                    "        Fn::Transform: {Name: AWS::Include, Parameters: {Location: api/body.yaml}}\n",
                    "Includes": "    Type: AWS::SNS::Topic\n    Properties:\n      Tags:\n"
                    "        - Fn::Transform: {Name: AWS::Include, Parameters: {Location: ./tags.yaml}}\n"
                    "        - Fn::Transform: {Name: Other, Parameters: {Location: ./kept.yaml}}\n",
                    "Set": "    Type: AWS::CloudFormation::StackSet\n    Properties: {TemplateURL: set.yaml}\n",
                    "Web": "    Type: AWS::CloudFormation::Stack\n    Properties:\n"
                    "      TemplateURL: https://bucket.example/t.yaml\n",
                    "Child": "    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: child/c.yaml}\n",
                    "Schema": "    Type: AWS::AppSync::GraphQLSchema\n    Properties: {DefinitionS3Location: gql/s}\n",
                    "Resolver": "    Type: AWS::AppSync::Resolver\n    Properties: {CodeS3Location: gql/r.js}\n",
                    "Machine": "    Type: AWS::StepFunctions::StateMachine\n"
                    "    Properties: {DefinitionS3Location: {Bucket: b, Key: k}}\n",
                    "Beanstalk": "    Type: AWS::ElasticBeanstalk::ApplicationVersion\n"
                    "    Properties: {SourceBundle: /absolute/bundle}\n",
                    "Plain": "    Type: AWS::SNS::Topic\n",
                },
                before="Metadata:\n  AWS::ServerlessRepo::Application: {Name: n, LicenseUrl: LICENSE,"
                " ReadmeUrl: s3://b/README.md}\n  Other: {LicenseUrl: LICENSE}\n",
            ),
            "child/c.yaml": stack(
                {
                    "Fn": function("CodeUri: src"),
                    "Api": "    Type: AWS::Serverless::HttpApi\n    Properties: {DefinitionUri: ../api.yaml}\n",
                }
            ),
        },
        {"Fn", "Classic", "Built", "Child/Fn"},
    ),
    "metadata in the built template": root_only(
        stack(
            {
                "Fn": function(
                    "CodeUri: src",
                    metadata="Zebra: {b: !Ref Dir, a: [!Ref Stage, !ImportValue X]}\nAlpha: '0123'\nDate: 2020-01-01",
                ),
                "L": layer(metadata="BuildMethod: python3.12\nZ: 1\nA: null"),
                "Image": function(IMAGE, metadata=IMAGE_METADATA + "\nDockerBuildArgs: {B: !Ref Dir, A: '1'}"),
                "Skipped": function("CodeUri: src", metadata="SkipBuild: true\nZ: !Ref Dir\nA: 1"),
            },
            before=PARAMETERS,
        ),
        "Fn",
        "L",
        "Image",
    ),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_same_resources(project: Path, case: Case) -> None:
    sam, samix = views(project, case)
    assert set(sam.resources) == case.builds
    assert samix.resources == sam.resources


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_same_definitions(project: Path, case: Case) -> None:
    sam, samix = views(project, case)
    assert samix.groups == sam.groups


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_same_built_templates(project: Path, case: Case) -> None:
    sam, samix = views(project, case)
    assert samix.templates == sam.templates


def test_same_remote_stacks(project: Path) -> None:
    sam, samix = views(project, CASES["classic nested stack"])
    assert sam.remote == {"Away", "Unknown", "Store"}
    assert samix.remote == sam.remote
