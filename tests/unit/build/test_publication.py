"""What will lie where is decided from a plan and from what there is, and nothing is written meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.project import tree
from support.silent import Silent

from samix.build.publication import Publication, decide
from samix.state.layout import Layout
from samix.state.store import Store
from samix.template.artifact import relative_artifact

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.build.run import Backend
    from samix.options.merge import BuildOptions

FUNCTION = """\
  {0}:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: {1}, Runtime: python3.12, Handler: a.b}}
"""


@pytest.fixture
def publish(
    tmp_path: Path, make_options: Callable[..., BuildOptions], backend: Backend
) -> Callable[..., tuple[Publication, Layout]]:
    """Build functions, and decide of others, each of a source of its own."""

    def write(names: str) -> None:
        functions = (FUNCTION.format(name, name.lower()) for name in names)
        (tmp_path / "template.yaml").write_text(f"Resources:\n{''.join(functions)}")
        for name in names:
            (tmp_path / name.lower()).mkdir(exist_ok=True)
            (tmp_path / name.lower() / "a.py").write_text(name)

    def run(built: str, names: str, *chosen: str) -> tuple[Publication, Layout]:
        write(built)
        assert backend.build(make_options(tmp_path), {}, Silent()).is_complete
        write(names)
        options = make_options(tmp_path, resources=chosen)
        plan = backend.plan(options, {}, Silent()).plan
        layout = Layout(tmp_path, options.build_dir, options.cache_dir)
        return decide(plan, Store.open(layout), layout), layout

    return run


def test_deciding_writes_nothing(publish: Callable[..., tuple[Publication, Layout]], tmp_path: Path) -> None:
    _, layout = publish("AB", "AB")
    before = tree(tmp_path)
    publication, _ = publish("AB", "AB")
    assert tree(tmp_path) == before
    assert [relative_artifact(one.resource).as_posix() for one in publication.placed] == ["A", "B"]
    assert [one.place for one in publication.placed] == [layout.cache_dir / uuid for uuid in _uuids(publication)]
    assert list(publication.templates) == [layout.build_dir / "template.yaml"]


def test_what_was_not_asked_for_stays_where_it_lies(
    publish: Callable[..., tuple[Publication, Layout]],
) -> None:
    publication, layout = publish("AB", "AB", "A")
    assert {one.resource.logical_id: one.place for one in publication.placed}["B"] == layout.artifact(
        publication.placed[1].resource
    )
    assert [unit.name for unit in publication.cached] == ["A"]
    assert publication.saved == ()
    assert publication.uuids > {publication.definitions[0].uuid}


@pytest.mark.parametrize(("chosen", "left"), [((), {"A"}), (("A",), {"A", "B"})])
def test_only_what_some_build_can_use_is_remembered(
    publish: Callable[..., tuple[Publication, Layout]], chosen: tuple[str, ...], left: set[str]
) -> None:
    publication, _ = publish("ABC", "AB" if chosen else "A", *chosen)
    assert publication.records == left


def _uuids(publication: Publication) -> list[str]:
    return [definition.uuid for definition in publication.definitions]
