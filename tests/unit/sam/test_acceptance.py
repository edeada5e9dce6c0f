"""What sam is given to read of an application, and what is told where it refuses something."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.backend import stand_in
from support.silent import Silent

from samix.messages.errors import SamixError, TemplateError
from samix.sam.acceptance import check_templates
from samix.sam.checked_template import checked_templates
from samix.sam.process import LostError, OvertimeError
from samix.state.layout import Layout
from samix.template.load import load_template
from samix.template.stacks import load_application
from samix.template.value import ValueMapping, as_mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from support.around import Around

    from samix.options.merge import BuildOptions
    from samix.sam.sam_run import SamRun

FUNCTION = "    Type: AWS::Serverless::Function\n    Properties: {{CodeUri: src, Handler: a.b, Runtime: java21{0}}}\n"
STORE = (
    "  Store:\n    Type: AWS::Serverless::Application\n"
    "    Properties: {Location: {ApplicationId: a, SemanticVersion: 1.0.0}}\n"
)
CHILD = "  Child: {Type: AWS::Serverless::Application, Properties: {Location: child.yaml}}\n"
NESTED = f"Resources:\n  Two:\n{FUNCTION.format('')}"


@dataclass
class Refusing:
    """Stands where child processes do, and keeps what sam would have read.

    Attributes:
        says: What is in the log.
        code: How a run ends.
        errors: What happens to the first runs instead.
        hosts: Whether it can be told where to keep its state.
        vanishing: Files of its workspace that something removes during a run, one in each of the first runs.
    """

    says: str = ""
    code: int = 1
    errors: list[Exception] = field(default_factory=list)
    hosts: bool = True
    vanishing: list[str] = field(default_factory=list)
    are_ended: bool = False
    arguments: list[str] = field(default_factory=list)
    templates: dict[str, ValueMapping] = field(default_factory=dict)
    places: list[Path] = field(default_factory=list)

    def run(self, run: SamRun) -> int:
        assert (run.state is not None) == self.hosts
        self.places.append(run.log.parent)
        if self.errors:
            raise self.errors.pop(0)
        self.arguments = list(run.arguments)
        self.templates = {file.name: load_template(file).data for file in run.log.parent.glob("*.yaml")}
        run.log.write_text(self.says)
        if self.vanishing:
            (run.log.parent / self.vanishing.pop(0)).unlink()
            return 1
        return self.code

    def end(self) -> None:
        """Nothing runs."""


@pytest.fixture
def check(tmp_path: Path, make_options: Callable[..., BuildOptions], around: Around) -> Callable[[Refusing], None]:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").touch()
    (tmp_path / "template.yaml").write_text(
        f"Globals: {{Function: {{Timeout: 5}}}}\nResources:\n  One:\n{FUNCTION.format('')}{CHILD}"
    )
    (tmp_path / "child.yaml").write_text(NESTED)
    options = make_options(tmp_path, timeout=7.0)
    layout = Layout(tmp_path, options.build_dir, options.cache_dir)

    def run(sam: Refusing) -> None:
        plan = stand_in(around, sam).plan(options, {}, Silent()).plan
        check_templates(Path("/bin/sam"), plan, options, {}, layout, sam)

    return run


@pytest.mark.parametrize("hosts", [True, False])
def test_sam_reads_all_templates_and_builds_no_resource(check: Callable[[Refusing], None], hosts: bool) -> None:
    sam = Refusing(code=0, hosts=hosts)
    check(sam)
    assert sam.arguments[:3] == ["/bin/sam", "build", "--no-cached"]
    assert sam.arguments[-2:] == ["--exclude=One", "--exclude=Two"]
    [place] = sam.places
    assert sam.arguments[sam.arguments.index("--build-dir") + 1] == str(place / "build")
    assert sorted(sam.templates) == ["stack-1.yaml", "template.yaml"]
    child = as_mapping(as_mapping(sam.templates["template.yaml"]["Resources"])["Child"])
    assert as_mapping(child["Properties"])["Location"] == str(place / "stack-1.yaml")
    assert not place.exists()


@pytest.mark.parametrize(
    ("says", "place"),
    [
        ("Could not find handler for function: One", "template.yaml:3"),
        ("[Resource with id [Two] is invalid. Type of property 'Events' is invalid.]", "child.yaml:2"),
        ("[InvalidResourceException('Two', 'property Foo not defined')]", "child.yaml:2"),
        ("[InvalidGlobalsSectionException('Globals', 'no')]", "template.yaml:1"),
        ("Layer References need to be of type 'AWS::Serverless::LayerVersion'", "template.yaml"),
    ],
)
def test_the_error_is_that_of_sam_where_what_it_names_stands(
    check: Callable[[Refusing], None], says: str, place: str
) -> None:
    sam = Refusing(f"Starting Build use cache\nError: {says}\nTraceback:\n  File x\n")
    with pytest.raises(TemplateError) as raised:
        check(sam)
    assert raised.value.message == f"sam refuses the template:\nError: {says}"
    assert str(raised.value.where).endswith(place)
    assert not any(place.exists() for place in sam.places)


@pytest.mark.parametrize(
    ("code", "told"),
    [(3, "sam exited with 3 while it was reading the template:\nlast"), (-9, "sam was ended by signal 9 while it was")],
)
def test_a_run_without_an_error_of_sam_shows_its_last_lines(
    check: Callable[[Refusing], None], code: int, told: str
) -> None:
    with pytest.raises(SamixError) as raised:
        check(Refusing("\nlast\n", code))
    assert told in raised.value.message


def test_a_run_that_is_lost_is_made_once_more(check: Callable[[Refusing], None]) -> None:
    sam = Refusing(code=0, errors=[LostError(), LostError()])
    check(sam)
    assert len(sam.places) == 3


@pytest.mark.parametrize("vanishing", [["check.log", "template.yaml"], ["stack-1.yaml"]])
def test_a_run_whose_files_vanish_is_made_once_more(check: Callable[[Refusing], None], vanishing: list[str]) -> None:
    sam = Refusing("Error: no template", code=0, vanishing=[*vanishing])
    check(sam)
    assert len(sam.places) == len(vanishing) + 1


@pytest.mark.parametrize(
    ("filename", "is_lost"), [(".aws-sam/samix/units/check.x/check.log", True), ("bin/sam", False)]
)
def test_only_a_file_of_the_workspace_may_be_missing(
    check: Callable[[Refusing], None], tmp_path: Path, filename: str, is_lost: bool
) -> None:
    sam = Refusing(code=0, errors=[FileNotFoundError(2, "missing", str(tmp_path / filename))])
    with nullcontext() if is_lost else pytest.raises(FileNotFoundError):
        check(sam)
    assert len(sam.places) == (2 if is_lost else 1)


@pytest.mark.parametrize(
    ("errors", "told"),
    [([LostError()] * 3, "sam ended without a result"), ([OvertimeError()], r"longer than 7 s \(--timeout\)")],
)
def test_a_run_that_never_ends_well_is_reported(
    check: Callable[[Refusing], None], errors: Sequence[Exception], told: str
) -> None:
    with pytest.raises(SamixError, match=told):
        check(Refusing(code=0, errors=[*errors]))


@pytest.fixture
def checked(tmp_path: Path) -> Callable[..., ValueMapping]:
    def take(template: str, parameters: Mapping[str, str] | None = None) -> ValueMapping:
        (tmp_path / "template.yaml").write_text(template)
        application = load_application(tmp_path / "template.yaml", dict(parameters or {}), raw_paths=False)
        return next(iter(checked_templates(application, tmp_path / "check").values()))

    return take


def _properties(template: ValueMapping) -> ValueMapping:
    return as_mapping(as_mapping(as_mapping(template["Resources"])["Fn"]).get("Properties"))


def test_a_function_is_read_with_its_layers_and_events(checked: Callable[..., ValueMapping]) -> None:
    template = checked(f"Resources:\n  Fn:\n{FUNCTION.format(', Layers: [a], Events: 5')}")
    assert (_properties(template)["Layers"], _properties(template)["Events"]) == (["a"], 5)


def test_an_application_of_the_repository_is_not_asked_for(checked: Callable[..., ValueMapping]) -> None:
    assert list(as_mapping(checked(f"Resources:\n  Fn:\n{FUNCTION.format('')}{STORE}")["Resources"])) == ["Fn"]
    assert list(as_mapping(checked(f"Resources:\n{STORE}")["Resources"])) == ["Nothing"]  # sam wants one


@pytest.mark.parametrize("written", ["!Ref AWS::NoValue", "", "{Ref: AWS::NoValue}"])
@pytest.mark.parametrize("in_globals", [True, False])
def test_layers_that_come_to_nothing_are_none(
    checked: Callable[..., ValueMapping], written: str, in_globals: bool
) -> None:
    if in_globals:
        template = checked(f"Globals: {{Function: {{Layers: {written}}}}}\nResources:\n  Fn:\n{FUNCTION.format('')}")
        assert as_mapping(as_mapping(template["Globals"])["Function"]) == {}
    else:
        template = checked(f"Resources:\n  Fn:\n{FUNCTION.format(f', Layers: {written}')}")
        assert "Layers" not in _properties(template)


def test_parameters_have_the_values_of_this_build(checked: Callable[..., ValueMapping]) -> None:
    head = "Parameters: {Stage: {Type: String, Default: dev}}\n"
    template = checked(f"{head}Resources:\n  Fn:\n{FUNCTION.format('')}", {"Stage": 'it\'s "prod"'})
    assert as_mapping(as_mapping(template["Parameters"])["Stage"])["Default"] == 'it\'s "prod"'
