"""The JSON documents, and the schemas that describe them."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

import pytest
from jsonschema import Draft202012Validator
from support.backend import unset_variables

import samix.report
from samix.build.run import Backend, BuildResult
from samix.messages import errors
from samix.messages.errors import SamixError
from samix.options.build_type import BuildType
from samix.plan.plan import Plan
from samix.plan.planned_unit import Action
from samix.plan.selection import Selection
from samix.report.document import build_document, failure_document, plan_document
from samix.template.resources import Kind, Resource
from samix.template.value import as_list, as_mapping
from samix.units.outcome import Outcome, Result, SamError
from samix.units.reasons import Cause, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.around import Around
    from support.backend import Cli

    from samix.plan.planned_unit import PlannedUnit
    from samix.template.stacks import Application
    from samix.template.value import Value, ValueMapping
    from samix.units.unit import Unit

SCHEMAS = Path(samix.report.__file__).parent / "schemas"
TEMPLATE = """\
Resources:
  Library:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: makefile}
    Properties: {ContentUri: library, CompatibleRuntimes: [provided.al2023]}
  Fn:
    Type: AWS::Serverless::Function
    Metadata: {BuildType: host}
    Properties: {CodeUri: src, Runtime: provided.al2023, Handler: a, Layers: [!Ref Library]}
"""
TWO_UNITS = ["Fn", "Library"]


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")))


def _schema(name: str) -> ValueMapping:
    return cast("ValueMapping", _validator(name).schema)


def _is_valid(name: str, document: object) -> bool:
    return _validator(name).is_valid(document)


def _check(name: str, text: str) -> ValueMapping:
    """The document, which has to be as its schema says: as it is, and neither with less nor with more."""
    document: Value = json.loads(text)
    _validator(name).validate(document)
    for path in _objects(document):
        place = _at(document, path)
        for key in [*place, "another"]:
            other = copy.deepcopy(document)
            if key in place:
                del _at(other, path)[key]
            else:
                _at(other, path)[key] = None
            assert _is_valid(name, other) is (key == "hint"), (path, key)
    return as_mapping(document)


def _objects(value: Value, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where the objects in a document are."""
    if isinstance(value, dict):
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _objects(item, (*path, key))


def _at(value: Value, path: tuple[str | int, ...]) -> dict[str, Value]:
    for key in path:
        value = cast("dict[str | int, Value]", value)[key]
    return cast("dict[str, Value]", value)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("src", "library"):
        (tmp_path / "app" / name).mkdir(parents=True)
        (tmp_path / "app" / name / "file").write_text("x")
    (tmp_path / "app" / "template.yaml").write_text(TEMPLATE)
    monkeypatch.chdir(tmp_path / "app")
    unset_variables(monkeypatch)
    return tmp_path / "app"


def _document(samix: Cli, command: str, *arguments: str, code: int = 0) -> ValueMapping:
    answer = samix(command, "--output", "json", *arguments)
    assert answer.exit_code == code, answer.output
    return _check(command, answer.stdout)


def _told(document: ValueMapping, key: str) -> list[Value]:
    return [as_mapping(resource)[key] for resource in as_list(document["resources"])]


@pytest.mark.parametrize("name", ["build", "plan"])
def test_a_schema_says_what_each_property_is(name: str) -> None:
    schema = _schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:samix:schema:{name}:1"
    definitions = as_mapping(schema["$defs"])
    properties = 0
    for path in _objects(schema):
        if path and path[-1] in {"properties", "$defs"}:
            for key, value in _at(schema, path).items():
                written = as_mapping(value)
                reference = str(written.get("$ref", "")).removeprefix("#/$defs/")
                written = as_mapping(definitions[reference]) if reference else written
                assert str(written["title"]), (path, key)
                assert str(written["description"]).endswith("."), (path, key)
                properties += 1
        elif "properties" in _at(schema, path) and path[-1:] != ("properties",):
            assert _at(schema, path)["additionalProperties"] is False, path
    assert properties > 20


def test_both_schemas_say_the_same_of_what_they_share() -> None:
    build, plan = (as_mapping(_schema(name)["$defs"]) for name in ("build", "plan"))
    shared = {"resource_id", "build_type", "build_type_reason", "causes", "cause", "cause_kind", "early_error"}
    assert shared <= build.keys() & plan.keys()
    assert [name for name in shared if build[name] != plan[name]] == []


@pytest.mark.parametrize(
    ("schema", "name", "values"),
    [
        ("build", "outcome", Result),
        ("build", "cause_kind", Cause),
        ("plan", "cause_kind", Cause),
        ("plan", "action", Action),
    ],
)
def test_the_words_in_a_schema_are_those_of_the_code(
    schema: str, name: str, values: type[Result | Cause | Action]
) -> None:
    assert as_mapping(as_mapping(_schema(schema)["$defs"])[name])["enum"] == [one.value for one in values]


def test_the_build_types_in_a_schema_are_those_of_the_code(make_unit: Callable[..., Unit]) -> None:
    image = Kind.IMAGE
    places = {make_unit(build_type=build_type).place for build_type in BuildType} | {image.value}
    for name in ("build", "plan"):
        written = as_mapping(as_mapping(_schema(name)["$defs"])["build_type"])["enum"]
        assert set(as_list(written)) == places


def test_the_errors_in_a_schema_are_those_of_the_code() -> None:
    classes = {one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, SamixError)}
    for name in ("build", "plan"):
        error = _at(_schema(name), ("$defs", "early_error", "properties", "type", "anyOf"))
        written = as_mapping(as_list(cast("Value", error))[0])["enum"]
        assert set(as_list(written)) == {one.__name__ for one in classes}


def test_a_build_is_as_its_schema_says(project: Path, samix: Cli) -> None:
    document = _document(samix, "build")
    assert (document["status"], _told(document, "resource_id")) == ("success", TWO_UNITS)
    assert _told(document, "outcome") == ["built", "built"]
    assert _told(_document(samix, "build"), "outcome") == ["reused", "reused"]
    (project / "src" / "file").write_text("y")
    (project / ".aws-sam" / "build" / "Library" / "file").write_text("y")
    document = _document(samix, "build")
    assert _told(document, "outcome") == ["built", "repaired"]
    assert all(_told(document, "causes"))


@pytest.mark.usefixtures("project")
def test_the_build_of_nothing_is_as_its_schema_says(samix: Cli) -> None:
    Path("template.yaml").write_text("Resources:\n  Topic: {Type: AWS::SNS::Topic}\n")
    assert _document(samix, "build")["resources"] == []
    assert _document(samix, "plan")["resources"] == []


@pytest.mark.usefixtures("project")
def test_a_failed_build_is_as_its_schema_says(fake_sam: object, samix: Cli) -> None:
    cast("set[str]", vars(fake_sam)["failing"]).add("Library")
    document = _document(samix, "build", code=1)
    assert as_mapping(document["error"])["resources"] == ["Library"]
    assert _told(document, "outcome") == ["skipped", "failed"]
    assert _told(document, "artifact") == [None, None]


@pytest.mark.usefixtures("project")
def test_a_plan_is_as_its_schema_says(samix: Cli) -> None:
    document = _document(samix, "plan")
    assert _told(document, "action") == ["build", "build"]
    assert _told(document, "waits_for") == [["Library"], []]
    _document(samix, "build")
    assert _told(_document(samix, "plan"), "action") == ["reuse", "reuse"]
    document = _document(samix, "plan", "--build-type", "Fn=container", "-e", "TOKEN=s3cr3t-value")
    assert _told(document, "action") == ["build", "reuse"]


@pytest.mark.parametrize("command", ["build", "plan"])
@pytest.mark.parametrize(
    ("arguments", "code", "name", "hint"),
    [
        (
            ["-t", "none.yaml"],
            1,
            "TemplateError",
            "Run samix where the template lies, or name it with --template-file.",
        ),
        (["--build-type", "Fn=docker"], 2, "BuildTypeError", "Write host or container."),
        (["--build-type", "Librari=host"], 2, "BuildTypeError", "Did you mean Library?"),
        (["--mount-with", "EXECUTE"], 2, "OptionError", ""),
        (["--cache-dir", "template.yaml"], 1, "UnusableOptionError", "Choose a separate directory."),
        (["Librari"], 1, "SelectionError", "Did you mean Library?"),
    ],
    ids=lambda value: value if isinstance(value, str) and value else "",
)
@pytest.mark.usefixtures("project")
def test_what_cannot_begin_is_as_its_schema_says(
    command: str, arguments: list[str], code: int, name: str, hint: str, samix: Cli
) -> None:
    document = _document(samix, command, *arguments, code=code)
    error = as_mapping(document["error"])
    assert (document["status"], error["type"], error["resources"]) == ("failure", name, None)
    assert "resources" not in document
    assert str(error.get("hint", "")).startswith(hint)


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), ZeroDivisionError("nobody expected it")])
@pytest.mark.usefixtures("project")
def test_system_errors_and_bugs_are_as_the_schema_says(error: Exception, samix: Cli) -> None:
    def fail(*_: object) -> Around:
        raise error

    samix.backend = Backend(make_host=fail)
    document = _document(samix, "build", code=1 if isinstance(error, OSError) else 70)
    assert as_mapping(document["error"])["type"] == type(error).__name__


@pytest.mark.parametrize("result", Result)
def test_every_kind_of_unit_with_every_end_is_as_the_schema_says(
    result: Result, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    image = make_unit(make_resource("Image", kind=Kind.IMAGE, runtime=None))
    outcomes = (
        Outcome(make_unit("One", "Child/Two"), result, "why", 1.23456, reasons=(Reason(Cause.SOURCE, "a changed"),)),
        Outcome(make_unit("Layer", build_type=BuildType.CONTAINER), result, "why", error=SamError("X", "said")),
        Outcome(make_unit(make_resource("Child/Layer", kind=Kind.LAYER)), result, "why"),
        Outcome(image, Result.FAILED if result is Result.SKIPPED else result, "why"),
    )
    artifacts = {"One": "/app/.aws-sam/build/One", "Image": "image:latest"} if outcomes[0].is_good else {}
    document = _check("build", build_document(BuildResult(outcomes, Path("/b"), Path("/b/template.yaml"), artifacts)))
    names = ["One", "Child/Two", "Layer", "Image", "Child/Layer"]
    assert _told(document, "resource_id") == names
    assert _told(document, "build_type") == ["host", "host", "container", "image", "host"]


def test_every_cause_and_action_of_a_plan_is_as_the_schema_says(
    make_unit: Callable[..., Unit], make_planned: Callable[..., PlannedUnit]
) -> None:
    fresh, stale, damaged = (
        make_planned(make_unit(name), stale=why) for name, why in zip("abc", ("", "x", ""), strict=True)
    )
    units = {one.unit.name: one for one in (fresh, stale, damaged)}
    plan = Plan(
        MappingProxyType(units),
        {name: one.unit for name, one in units.items()},
        Selection(frozenset(), frozenset(), ()),
        cast("Application", None),  # a document does not look there
        (),
        damage={"c": tuple(Reason(cause, "it happened") for cause in Cause)},
    )
    assert _told(_check("plan", plan_document(plan, Path("/b"))), "action") == ["reuse", "build", "repair"]


def test_no_line_of_a_document_is_a_command_to_github(
    make_unit: Callable[..., Unit], make_planned: Callable[..., PlannedUnit]
) -> None:
    """Its runner takes `##[...]` for one wherever in a line it stands, and `::...::` at the start of one."""
    hostile = "##[error]x ###[group]\n::error::y"
    unit = make_unit(hostile)
    outcome = Outcome(
        unit, Result.FAILED, hostile, error=SamError(hostile, hostile), reasons=(Reason(Cause.SAM, hostile),)
    )
    planned = make_planned(unit, stale=hostile)
    plan = Plan(
        MappingProxyType({hostile: planned}),
        {hostile: unit},
        Selection(frozenset(), frozenset(), ()),
        cast("Application", None),
        (),
    )
    documents = {
        build_document(BuildResult((outcome,), Path(hostile), Path(hostile))): "build",
        build_document(BuildResult((Outcome(unit, Result.BUILT, hostile),), Path(hostile), Path(hostile))): "build",
        failure_document("SamixError", hostile, None, hint=hostile): "build",
        plan_document(plan, Path(hostile)): "plan",
    }
    for text, name in documents.items():
        assert text.startswith("{")
        assert "\n" not in text
        assert "##[" not in text
        assert hostile in list(_texts(_check(name, text)))


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in items:
        yield from _texts(item)
