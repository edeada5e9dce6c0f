"""Unit tests start no process; what they share is made here."""

from __future__ import annotations

import os
import subprocess
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from hypothesis import settings
from support.around import Around
from support.backend import Cli, stand_in

from samix.files.copies import copy_tree
from samix.messages.location import Location
from samix.options.build_type import BuildType
from samix.options.merge import BuildOptions, merge_options
from samix.plan.fingerprint import Fingerprint
from samix.plan.planned_unit import PlannedUnit
from samix.sam.wording import redact
from samix.state.build_toml import Definition, Section, read_definitions, write_definitions
from samix.state.layout import Layout
from samix.template.load import load_template
from samix.template.resources import Kind, Resource
from samix.template.stacks import Application, load_application
from samix.template.value import Value, ValueMapping, as_mapping
from samix.units.decision import Decision
from samix.units.reasons import Cause, Reason
from samix.units.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from samix.build.run import Backend
    from samix.sam.sam_run import SamRun

settings.register_profile("unit", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("unit")

_STARTERS = ("fork", "forkpty", "posix_spawn", "posix_spawnp", "system", "execv", "execve")
_TYPES = {
    Kind.LAYER: "AWS::Serverless::LayerVersion",
    Kind.FUNCTION: "AWS::Serverless::Function",
    Kind.IMAGE: "AWS::Serverless::Function",
}


@pytest.fixture(autouse=True)
def _no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **_options: object) -> NoReturn:
        pytest.fail(f"a unit test starts a process: {arguments[1:] or arguments}")

    monkeypatch.setattr(subprocess.Popen, "__init__", refuse)
    for name in _STARTERS:
        monkeypatch.setattr(os, name, refuse)


@pytest.fixture(scope="session")
def make_resource() -> Callable[..., Resource]:
    """A resource from its full path; every other attribute has a default."""

    def make(
        full_path: str = "Fn",
        *,
        kind: Kind = Kind.FUNCTION,
        runtime: str | None = "provided.al2023",
        code: str | None = "/app/src",
        properties: ValueMapping | None = None,
        metadata: ValueMapping | None = None,
    ) -> Resource:
        stack_path, _, logical_id = full_path.rpartition("/")
        own: ValueMapping = {} if kind is Kind.LAYER or runtime is None else {"Runtime": runtime}
        return Resource(
            kind=kind,
            type=_TYPES[kind],
            logical_id=logical_id,
            full_path=full_path,
            stack_path=stack_path,
            properties={**own, **(properties or {})},
            metadata=metadata or {},
            code=None if kind is Kind.IMAGE else code,
            locate=lambda: Location(Path("/app/template.yaml"), 3),
        )

    return make


@pytest.fixture(scope="session")
def make_unit(make_resource: Callable[..., Resource]) -> Callable[..., Unit]:
    """A unit of resources, which may be given as full paths."""

    def make(
        *resources: Resource | str,
        build_type: BuildType = BuildType.HOST,
        build_image: str | None = None,
        environment: tuple[tuple[str, str], ...] = (),
    ) -> Unit:
        members = [make_resource(one) if isinstance(one, str) else one for one in resources or ("Fn",)]
        return Unit(tuple(members), Decision(build_type, "default"), build_image, environment)

    return make


@pytest.fixture(scope="session")
def make_planned() -> Callable[..., PlannedUnit]:
    """A planned unit."""

    def make(unit: Unit, *, needs: Iterable[str] = (), stale: str | None = "not built yet") -> PlannedUnit:
        reasons = (Reason(Cause.NOT_BUILT, stale),) if stale else ()
        return PlannedUnit(unit, frozenset(needs), {}, Fingerprint({Cause.SOURCE: {"": "1"}}), reasons)

    return make


@pytest.fixture(scope="session")
def make_options() -> Callable[..., BuildOptions]:
    """The options of a build in a directory: those of an empty command line, and what is given."""

    def make(project: Path, **values: object) -> BuildOptions:
        given: dict[str, Value] = {"template_file": "template.yaml"}
        return replace(merge_options(given, {}, project), **values)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def make_layout() -> Callable[[Path], Layout]:
    """The layout of a project with sam's default directories."""

    def make(project: Path) -> Layout:
        return Layout(project, project / ".aws-sam" / "build", project / ".aws-sam" / "cache")

    return make


@pytest.fixture(scope="session")
def make_application() -> Callable[..., Application]:
    """An application from files: text by path, `template.yaml` among them."""

    def make(project: Path, files: Mapping[str, str], parameters: ValueMapping | None = None) -> Application:
        for name, content in files.items():
            path = project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return load_application(project / "template.yaml", parameters or {}, raw_paths=False)

    return make


@pytest.fixture
def around() -> Around:
    """What builds of this test find around the sources."""
    return Around()


@dataclass
class FakeSam:
    """Stands where child processes do: builds a unit by copying its sources, and says so in a build.toml.

    Attributes:
        failing: Logical ids that do not build.
        built: Logical ids in the order in which they were built.
        environments: What each was given as environment.
    """

    failing: set[str] = field(default_factory=set)
    built: list[str] = field(default_factory=list)
    environments: dict[str, dict[str, str]] = field(default_factory=dict)

    def run(self, run: SamRun) -> int:
        state, arguments, log = run.state, run.arguments, run.log
        assert state
        place, template = (
            Path(arguments[arguments.index(option) + 1]) for option in ("--build-dir", "--template-file")
        )
        resources = as_mapping(load_template(template).data["Resources"])
        [(logical_id, resource)] = resources.items()
        self.environments[logical_id] = dict(run.environment)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(redact(" ".join(arguments).encode(), run.wording.secrets))
        if logical_id in self.failing:
            return 1
        properties = as_mapping(as_mapping(resource)["Properties"])
        is_layer = "ContentUri" in properties
        code = str(properties["ContentUri" if is_layer else "CodeUri"])
        place.mkdir(parents=True, exist_ok=True)
        copy_tree(Path(code), place / logical_id)
        fields: ValueMapping = {"codeuri": code, "source_hash": "", "architecture": "x86_64"}
        fields |= {"layer_name": logical_id} if is_layer else {"functions": [logical_id]}
        section = Section.LAYERS if is_layer else Section.FUNCTIONS
        known = [definition.uuid for definition in read_definitions(state / "build.toml")]
        name = known[0] if known else str(uuid.uuid4())
        requirements = Path(code, "requirements.txt")
        if requirements.is_file() and requirements.stat().st_size:
            for installed in (place / logical_id, state / "deps" / name):
                installed.mkdir(parents=True, exist_ok=True)
                (installed / "six.py").write_text("installed")
        write_definitions(state / "build.toml", [Definition(section, name, fields)])
        self.built.append(logical_id)
        return 0

    are_ended = False
    hosts = True

    def end(self) -> None:
        """Nothing runs."""


@pytest.fixture
def fake_sam() -> FakeSam:
    """What stands where sam builds."""
    return FakeSam()


@pytest.fixture
def backend(around: Around, fake_sam: FakeSam) -> Backend:
    """What builds of this test run on: without sam and without an engine."""
    return stand_in(around, fake_sam)


@pytest.fixture
def samix(backend: Backend) -> Cli:
    """The command line, on the backend of this test."""
    return Cli(backend)
