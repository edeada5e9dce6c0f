from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.messages.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.template.stacks import Application

    Load = Callable[..., Application]

FUNCTION = "{Type: AWS::Serverless::Function, Properties: {CodeUri: src, Handler: h, Runtime: python3.12}}"
LEAF = f"Resources:\n  Fn: {FUNCTION}\n"


def nested(location: str, *, parameters: str = "{}", name: str = "Child") -> str:
    return (
        f"Resources:\n  {name}:\n    Type: AWS::Serverless::Application\n"
        f"    Properties: {{Location: {location}, Parameters: {parameters}}}\n"
    )


def test_each_stack_comes_before_those_nested_in_it(load: Load) -> None:
    application = load(
        {
            "template.yaml": nested("a/t.yaml", name="A") + nested("b.yaml", name="B").removeprefix("Resources:\n"),
            "a/t.yaml": nested("../b.yaml", name="Inner"),
            "b.yaml": LEAF,
        }
    )
    assert [stack.path for stack in application.stacks] == ["", "A", "A/Inner", "B"]
    assert application.root is application.by_path[""]
    assert application.by_path["A/Inner"].parent is application.by_path["A"]


def test_custom_id_names_the_stack(load: Load) -> None:
    text = nested("b.yaml").rstrip() + "\n    Metadata: {SamResourceId: Renamed}\n"
    application = load({"template.yaml": text, "b.yaml": LEAF})
    assert [(stack.path, stack.logical_id) for stack in application.stacks] == [("", ""), ("Renamed", "Child")]


@pytest.mark.parametrize(
    "location",
    [
        "s3://bucket/t.yaml",
        "https://bucket.example/t.yaml",
        "http://bucket.example/t.yaml",
        "{ApplicationId: arn, SemanticVersion: 1.0.0}",
        "!ImportValue Somewhere",
    ],
)
def test_stack_without_a_local_template_is_remote(load: Load, location: str) -> None:
    application = load(nested(f"{location}"))
    assert application.remote == ("Child",)
    assert len(application.stacks) == 1


@pytest.mark.parametrize("kind", ["relative", "absolute", "file URL"])
def test_nested_template_is_found(load: Load, project: Path, kind: str) -> None:
    place = {"relative": "./sub dir/t.yaml", "absolute": f"{project}/sub dir/t.yaml"}.get(
        kind, f"file://{project}/sub%20dir/t.yaml"
    )
    application = load({"template.yaml": nested(f"'{place}'"), "sub dir/t.yaml": LEAF})
    assert application.by_path["Child"].template.path == project / "sub dir" / "t.yaml"


def test_missing_nested_template_is_located(load: Load, project: Path) -> None:
    with pytest.raises(TemplateError, match="does not exist") as caught:
        load(nested("missing.yaml"))
    assert caught.value.where is not None
    assert (caught.value.where.path, caught.value.where.line) == (project / "template.yaml", 4)


@pytest.mark.parametrize("text", ["Transform: x\n", "Resources: {}\n", "Resources: text\n"])
@pytest.mark.parametrize("name", ["template.yaml", "b.yaml"], ids=["root", "nested"])
def test_stack_without_resources_is_refused(load: Load, project: Path, text: str, name: str) -> None:
    with pytest.raises(TemplateError, match="'Resources' section is required") as caught:
        load({"template.yaml": nested("b.yaml"), "b.yaml": LEAF} | {name: text})
    assert caught.value.where is not None
    assert caught.value.where.path == project / name


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"template.yaml": nested("template.yaml")}, id="in itself"),
        pytest.param({"template.yaml": nested("b.yaml"), "b.yaml": nested("template.yaml")}, id="by way of another"),
    ],
)
def test_circle_is_refused(load: Load, files: dict[str, str]) -> None:
    with pytest.raises(TemplateError, match="nested in itself"):
        load(files)


def test_same_template_may_be_nested_twice(load: Load) -> None:
    text = nested("b.yaml", name="A") + nested("b.yaml", name="B").removeprefix("Resources:\n")
    assert set(load({"template.yaml": text, "b.yaml": LEAF}).by_path) == {"", "A", "B"}


def test_parameters_are_handed_down(load: Load) -> None:
    parameter = "Parameters:\n  Dir: {Type: String, Default: unused}\n"
    application = load(
        {
            "template.yaml": parameter + nested("b.yaml", parameters="{Dir: !Sub '${Dir}/b'}"),
            "b.yaml": parameter + nested("c.yaml", parameters="{Dir: !Join [/, [!Ref Dir, c]]}"),
            "c.yaml": parameter + "Resources:\n  Fn: " + FUNCTION.replace("src", "!Ref Dir") + "\n",
        },
        parameters={"Dir": "root"},
    )
    properties = application.by_path["Child/Child"].resources["Fn"]["Properties"]
    assert isinstance(properties, dict)
    assert properties["CodeUri"] == "root/b/c"


def test_overrides_are_for_the_root_alone(load: Load) -> None:
    parameter = "Parameters:\n  Dir: {Type: String, Default: own}\n"
    application = load(
        {"template.yaml": parameter + nested("b.yaml"), "b.yaml": parameter + LEAF}, parameters={"Dir": "root"}
    )
    assert application.by_path["Child"].resolver.resolve({"Ref": "Dir"}) == "own"


def test_globals_are_merged_before_intrinsics_are_resolved(load: Load) -> None:
    application = load(
        "Parameters:\n  V: {Type: String, Default: python3.13}\n"
        "Globals:\n  Function: {Runtime: !Ref V}\n"
        "Resources:\n  Fn: {Type: AWS::Serverless::Function, Properties: {CodeUri: src}}\n"
        "  Topic: {Type: AWS::SNS::T}\n"
    )
    assert application.root.resources == {
        "Fn": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"Runtime": "python3.13", "CodeUri": "src"},
            "Metadata": {"SamResourceId": "Fn"},
        }
    }


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("src/", "sub/src", id="relative"),
        pytest.param("../a/./b", "a/b", id="normalised"),
        pytest.param(".", "sub", id="own directory"),
    ],
)
def test_local_path_is_relative_to_its_template(load: Load, project: Path, path: str, expected: str) -> None:
    application = load({"template.yaml": nested("sub/t.yaml"), "sub/t.yaml": LEAF})
    assert application.by_path["Child"].resolve_path(path) == str(project / expected)


def test_absolute_path_stays_as_written(load: Load) -> None:
    assert load(LEAF).root.resolve_path("/opt/code/../x/") == "/opt/code/../x/"


def test_paths_stay_as_written_with_a_base_dir(load: Load) -> None:
    application = load({"template.yaml": nested("sub/t.yaml"), "sub/t.yaml": LEAF}, raw_paths=True)
    assert application.by_path["Child"].resolve_path("./src/") == "./src/"


def test_linked_template_is_followed(load: Load, project: Path) -> None:
    (project / "sub").mkdir()
    (project / "sub" / "link.yaml").symlink_to("../real/t.yaml")
    application = load({"template.yaml": nested("sub/link.yaml"), "real/t.yaml": LEAF})
    assert application.by_path["Child"].resolve_path("src") == str(project / "real" / "src")


def test_resource_is_located(load: Load) -> None:
    assert load(nested("s3://b/k")).root.locate("Child", "Type").line == 3


@pytest.mark.parametrize("resource_type", ["[]", "{a: b}", "7", "~"])
def test_a_type_that_is_no_text_is_none_of_those_that_are_built(load: Load, resource_type: str) -> None:
    included = "Fn::Transform: {Name: AWS::Include, Parameters: {Location: other.yaml}}"
    application = load(f"Resources:\n  Odd: {{Type: {resource_type}, {included}}}\n")
    assert not application.root.resources
