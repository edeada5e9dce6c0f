from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.messages.errors import BuildTypeError
from samix.messages.location import Location
from samix.options.build_type import BuildType, BuildTypeDefault, BuildTypeRule, parse_rules
from samix.template.resources import buildable_resources
from samix.template.stacks import load_application
from samix.units.decision import Decision, decide

if TYPE_CHECKING:
    from pathlib import Path

    from samix.template.stacks import Application

HOST, CONTAINER = BuildType.HOST, BuildType.CONTAINER
DEFAULT = BuildTypeDefault(HOST, "default")
FUNCTION = "Type: AWS::Serverless::Function"
TEMPLATE = f"""\
Resources:
  One: {{{FUNCTION}}}
  Two: {{{FUNCTION}}}
  Marked:
    {FUNCTION}
    Metadata:
      BuildType: container
  Child: {{Type: AWS::Serverless::Application, Properties: {{Location: child.yaml}}}}
"""
CHILD = f"Resources:\n  One: {{{FUNCTION}}}\n  Two: {{{FUNCTION}}}\n"


def write(directory: Path, template: str = TEMPLATE) -> Application:
    root = directory.resolve()
    (root / "template.yaml").write_text(template)
    (root / "child.yaml").write_text(CHILD)
    return load_application(root / "template.yaml", {}, raw_paths=False)


def decisions(
    application: Application, *rule_sets: list[str], default: BuildTypeDefault = DEFAULT
) -> dict[str, Decision]:
    resources = [resource for stack in application.stacks for resource in buildable_resources(stack)]
    parsed = [parse_rules(values, source=f"source {number}")[0] for number, values in enumerate(rule_sets)]
    return decide(application, resources, parsed, default)


def containers(found: dict[str, Decision]) -> set[str]:
    return {name for name, decision in found.items() if decision.build_type is CONTAINER}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([], ([], None), id="nothing"),
        pytest.param(["container"], ([], BuildTypeDefault(CONTAINER, "--option container")), id="default"),
        pytest.param(["container", "host"], ([], BuildTypeDefault(HOST, "--option host")), id="last default counts"),
        pytest.param(["Fn=host"], ([BuildTypeRule("Fn", HOST, "--option")], None), id="rule"),
        pytest.param(["Child/*=container"], ([BuildTypeRule("Child/*", CONTAINER, "--option")], None), id="glob"),
        pytest.param(["A=b=host"], ([BuildTypeRule("A=b", HOST, "--option")], None), id="last equals sign splits"),
        pytest.param(
            ["A=host", "container", "B=container"],
            (
                [BuildTypeRule("A", HOST, "--option"), BuildTypeRule("B", CONTAINER, "--option")],
                BuildTypeDefault(CONTAINER, "--option container"),
            ),
            id="all together",
        ),
    ],
)
def test_values_are_read(values: list[str], expected: object) -> None:
    assert parse_rules(values, source="--option") == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param("docker", "'docker' is not a build type", id="unknown type"),
        pytest.param("Fn=docker", "'docker' is not a build type", id="unknown type of a rule"),
        pytest.param("Fn=", "'' is not a build type", id="no type"),
        pytest.param("Fn", "'Fn' is not a build type", id="a name alone"),
        pytest.param("Host", "'Host' is not a build type", id="capitals"),
        pytest.param("=host", "no resource given", id="no name"),
    ],
)
def test_wrong_value_is_refused(tmp_path: Path, value: str, message: str) -> None:
    where = Location(tmp_path, 3)
    with pytest.raises(BuildTypeError, match=message) as caught:
        parse_rules([value], source="--option", where=where)
    assert caught.value.where is where
    assert caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("rule_sets", "expected"),
    [
        pytest.param([], {"Marked"}, id="metadata alone"),
        pytest.param([["One=container"]], {"One", "Marked"}, id="exact name is of the root"),
        pytest.param([["Child/One=container"]], {"Child/One", "Marked"}, id="full path"),
        pytest.param([["Child/*=container"]], {"Child/One", "Child/Two", "Marked"}, id="glob of a stack"),
        pytest.param([["*One=container"]], {"One", "Child/One", "Marked"}, id="glob across stacks"),
        pytest.param([["Marked=host"]], set(), id="rule beats metadata"),
        pytest.param([["*=host"]], set(), id="glob beats metadata"),
        pytest.param([["One=container", "*=host"]], {"One"}, id="exact name beats a later glob"),
        pytest.param([["*=container", "*One=host"]], {"Two", "Child/Two", "Marked"}, id="last glob counts"),
        pytest.param(
            [["*One=host", "*=container"]], {"One", "Two", "Child/One", "Child/Two", "Marked"}, id="its order"
        ),
        pytest.param([["One=host", "One=container"]], {"One", "Marked"}, id="last of equal names counts"),
        pytest.param([["*=host"], ["One=container"]], set(), id="glob of a stronger source beats a name"),
        pytest.param([["Two=host"], ["*=container"]], {"One", "Child/One", "Child/Two", "Marked"}, id="both sources"),
        pytest.param([["[OT]*=container"]], {"One", "Two", "Marked"}, id="character class"),
        pytest.param([["?ne=container"]], {"One", "Marked"}, id="one character"),
    ],
)
def test_what_is_built_in_a_container(tmp_path: Path, rule_sets: list[list[str]], expected: set[str]) -> None:
    assert containers(decisions(write(tmp_path), *rule_sets)) == expected


def test_default_is_for_what_nothing_speaks_of(tmp_path: Path) -> None:
    default = BuildTypeDefault(CONTAINER, "--use-container")
    found = decisions(write(tmp_path), ["One=host"], default=default)
    assert found["One"] == Decision(HOST, "source 0 One=host")
    assert found["Two"] == Decision(CONTAINER, "--use-container", is_default=True)


def test_reason_names_the_rule_and_its_source(tmp_path: Path) -> None:
    found = decisions(write(tmp_path), ["Child/T*=container"], ["*=host"])
    assert found["Child/Two"].reason == "source 0 Child/T*=container"
    assert found["One"].reason == "source 1 *=host"


def test_reason_names_the_line_of_the_metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path.resolve())
    assert decisions(write(tmp_path))["Marked"].reason == "template.yaml:7 BuildType"


@pytest.mark.parametrize("pattern", ["Missing", "one", "Child", "Other/*"])
@pytest.mark.parametrize("rank", [0, 1], ids=["strongest source", "weaker source"])
def test_pattern_that_matches_nothing_is_refused(tmp_path: Path, pattern: str, rank: int) -> None:
    rule_sets = [[], [f"{pattern}=host"]] if rank else [[f"{pattern}=host"]]
    with pytest.raises(BuildTypeError, match="matches nothing") as caught:
        decisions(write(tmp_path), *rule_sets)
    assert "Child/One" in caught.value.hint


@pytest.mark.parametrize("written", ["docker", "Container", "true", "[host]", "''"])
def test_wrong_metadata_is_located(tmp_path: Path, written: str) -> None:
    application = write(tmp_path, TEMPLATE.replace("BuildType: container", f"BuildType: {written}"))
    with pytest.raises(BuildTypeError, match="BuildType of Marked") as caught:
        decisions(application)
    assert caught.value.where == Location(tmp_path.resolve() / "template.yaml", 7)


def test_wrong_metadata_does_not_matter_where_a_rule_decides(tmp_path: Path) -> None:
    application = write(tmp_path, TEMPLATE.replace("BuildType: container", "BuildType: docker"))
    assert decisions(application, ["Marked=host"])["Marked"].build_type is HOST


def test_metadata_may_come_from_a_parameter(tmp_path: Path) -> None:
    text = "Parameters: {Where: {Type: String, Default: container}}\n" + TEMPLATE.replace(
        "BuildType: container", "BuildType: !Ref Where"
    )
    assert containers(decisions(write(tmp_path, text))) == {"Marked"}


def test_what_is_overruled_is_listed_the_strongest_first(tmp_path: Path) -> None:
    found = decisions(write(tmp_path), ["*=host", "M*=container", "Marked=host"], ["*=container"])["Marked"]
    assert found.reason == "source 0 Marked=host"
    *rules, metadata, default = found.overruled
    assert rules == ["source 0 M*=container", "source 0 *=host", "source 1 *=container"]
    assert metadata.endswith(" BuildType container")
    assert default == "default host"


def test_metadata_overrule_the_default_alone(tmp_path: Path) -> None:
    found = decisions(write(tmp_path), default=BuildTypeDefault(HOST, "--no-use-container"))
    assert found["Marked"].overruled == ("--no-use-container",)
    assert found["One"].overruled == ()
