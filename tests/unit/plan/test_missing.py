"""Which units are built although their source does not exist, and what is said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.messages.errors import TemplateError
from samix.options.build_type import BuildType
from samix.plan.lint import missing_notes
from samix.plan.missing import goes_on_without_source
from samix.plan.sources import take_sources
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.options.merge import BuildOptions
    from samix.template.resources import Resource
    from samix.template.stacks import Application
    from samix.units.unit import Unit

# by runtime, build method and kind: whether sam goes on, on the host and in a container
BUILDERS = {
    "pip": ("python3.12", None, Kind.FUNCTION, True, True),
    "pip by its method": ("provided.al2023", "python3.12", Kind.FUNCTION, True, True),
    "uv": ("python3.12", "python-uv", Kind.FUNCTION, True, False),
    "layer of uv": (None, "python-uv", Kind.LAYER, False, False),
    "npm": ("nodejs22.x", None, Kind.FUNCTION, True, True),
    "layer of npm": (None, "nodejs22.x", Kind.LAYER, True, True),
    "esbuild": ("nodejs22.x", "esbuild", Kind.FUNCTION, False, False),
    "Bundler": ("ruby3.3", None, Kind.FUNCTION, False, True),
    "makefile": ("python3.12", "makefile", Kind.FUNCTION, False, False),
    "layer of a makefile": (None, "makefile", Kind.LAYER, False, False),
    "custom runtime": ("provided.al2023", None, Kind.FUNCTION, False, False),
    "Go": ("go1.x", None, Kind.FUNCTION, False, False),
    "Cargo": ("provided.al2023", "rust-cargolambda", Kind.FUNCTION, False, False),
    "Java": ("java21", None, Kind.FUNCTION, False, False),
    ".NET": ("dotnet8", None, Kind.FUNCTION, False, False),
    "image": (None, None, Kind.IMAGE, False, False),
}


@pytest.mark.parametrize(("runtime", "method", "kind", "on_host", "in_container"), BUILDERS.values(), ids=BUILDERS)
def test_builders_that_copy_go_on(
    runtime: str | None,
    method: str | None,
    kind: Kind,
    on_host: bool,
    in_container: bool,
    make_resource: Callable[..., Resource],
    make_unit: Callable[..., Unit],
) -> None:
    resource = make_resource("Fn", kind=kind, runtime=runtime, metadata={"BuildMethod": method} if method else {})
    assert goes_on_without_source(make_unit(resource)) is on_host
    assert goes_on_without_source(make_unit(resource, build_type=BuildType.CONTAINER)) is in_container


TEMPLATE = """\
Globals:
  Function:
    CodeUri: gone
Resources:
  One: {Type: AWS::Serverless::Function}
  Two:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: gone
"""


@pytest.fixture
def application(tmp_path: Path, make_application: Callable[..., Application]) -> Application:
    return make_application(tmp_path, {"template.yaml": TEMPLATE})


@pytest.fixture
def unit(tmp_path: Path, make_resource: Callable[..., Resource], make_unit: Callable[..., Unit]) -> Unit:
    code = str(tmp_path / "gone")
    return make_unit(*(make_resource(name, runtime="python3.12", code=code) for name in ("One", "Two")))


def test_missing_source_is_reported_at_each_resource(
    tmp_path: Path, application: Application, unit: Unit, make_options: Callable[..., BuildOptions]
) -> None:
    notes = missing_notes([unit], application, make_options(tmp_path))
    assert [note.where.line for note in notes if note.where] == [3, 9]
    ends = "the built template names an artifact that does not exist. Create the source or correct the path; --strict"
    assert all(f"the build goes on, and {ends} makes this an error." in note.text for note in notes)
    named = missing_notes([unit], application, make_options(tmp_path, manifest="other.txt"))
    assert all("the artifact holds nothing of it" in note.text for note in named)
    (tmp_path / "gone").mkdir()
    assert missing_notes([unit], application, make_options(tmp_path)) == []


def test_what_is_missing_has_another_digest_than_what_is_empty(
    tmp_path: Path, application: Application, unit: Unit, make_options: Callable[..., BuildOptions]
) -> None:
    options = make_options(tmp_path)
    missing = take_sources(unit, application, options)
    assert (missing.is_missing, missing.entries) == (True, {})
    (tmp_path / "gone").mkdir()
    there = take_sources(unit, application, options)
    assert not there.is_missing
    assert missing.digest != there.digest


def test_strict_refuses_it(
    tmp_path: Path, application: Application, unit: Unit, make_options: Callable[..., BuildOptions]
) -> None:
    with pytest.raises(TemplateError, match=r"template\.yaml:3: The source of One, Two does not exist"):
        take_sources(unit, application, make_options(tmp_path, strict=True))
