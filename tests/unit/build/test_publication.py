"""What will lie where is decided from a plan and from what there is, and nothing is written meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.project import tree
from support.silent import Silent

from samix.build.publication import Publication, decide
from samix.template.artifact import relative_artifact

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.build.planned_build import PlannedBuild
    from samix.build.run import Backend
    from samix.options.merge import BuildOptions

FUNCTION = """\
  {0}:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: {1}, Runtime: python3.12, Handler: a.b}}
"""


@pytest.fixture
def plan(tmp_path: Path, make_options: Callable[..., BuildOptions], backend: Backend) -> Callable[..., PlannedBuild]:
    """Build functions, and plan others, each of a source of its own."""

    def write(names: str) -> None:
        functions = (FUNCTION.format(name, name.lower()) for name in names)
        (tmp_path / "template.yaml").write_text(f"Resources:\n{''.join(functions)}")
        for name in names:
            (tmp_path / name.lower()).mkdir(exist_ok=True)
            (tmp_path / name.lower() / "a.py").write_text(name)

    def run(built: str, names: str, *chosen: str) -> PlannedBuild:
        write(built)
        assert backend.build(make_options(tmp_path), {}, Silent()).is_complete
        write(names)
        return backend.plan(make_options(tmp_path, resources=chosen), {}, Silent())

    return run


def test_deciding_writes_nothing(plan: Callable[..., PlannedBuild], tmp_path: Path) -> None:
    build = plan("AB", "AB")
    layout = build.layout
    before = tree(tmp_path)
    publication = decide(build)
    assert tree(tmp_path) == before
    assert [relative_artifact(one.resource).as_posix() for one in publication.placed] == ["A", "B"]
    assert [one.place for one in publication.placed] == [layout.cache_dir / uuid for uuid in _uuids(publication)]
    assert list(publication.templates) == [layout.build_dir / "template.yaml"]


def test_what_was_not_asked_for_stays_where_it_lies(
    plan: Callable[..., PlannedBuild],
) -> None:
    build = plan("AB", "AB", "A")
    publication = decide(build)
    places = {one.resource.logical_id: one.place for one in publication.placed}
    assert places["B"] == build.layout.artifact(publication.placed[1].resource)
    assert [unit.name for unit in publication.cached] == ["A"]
    assert publication.saved == ()
    assert publication.uuids > {publication.definitions[0].uuid}


@pytest.mark.parametrize(("chosen", "left"), [((), {"A"}), (("A",), {"A", "B"})])
def test_only_what_some_build_can_use_is_remembered(
    plan: Callable[..., PlannedBuild], chosen: tuple[str, ...], left: set[str]
) -> None:
    assert decide(plan("ABC", "AB" if chosen else "A", *chosen)).records == left


def _uuids(publication: Publication) -> list[str]:
    return [definition.uuid for definition in publication.definitions]
