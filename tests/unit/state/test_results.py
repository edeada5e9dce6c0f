"""What builds leave, and where it may lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from samix.files.atomic import aside_of
from samix.state.layout import Layout
from samix.state.results import Results, build_graph


@pytest.fixture(params=["out/build", "out/b [1]\n", ".hidden"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Layout:
    """The layout of a project whose build dir lies on another file system."""
    return Layout(tmp_path / "app", Path("/dev", request.param), tmp_path / "app" / ".aws-sam" / "cache")


def test_all_that_lies_beside_a_build_dir_is_a_result(elsewhere: Layout) -> None:
    """Whatever build dir it belongs to: a project may have several."""
    layout = elsewhere
    staging = layout.staging
    own = [staging, layout.fresh, layout.gone, layout.replaced, aside_of(staging), aside_of(layout.fresh)]
    half = aside_of(staging).with_name(f"{aside_of(staging).name}.tmp")
    for place in (*own, half):
        assert layout.root not in place.parents
        for results in (_results(layout), Results(frozenset())):
            assert results.has(str(place)), place


def test_what_lies_in_a_build_is_a_result(elsewhere: Layout) -> None:
    results = _results(elsewhere)
    for place in (elsewhere.build_dir, build_graph(elsewhere.build_dir)):
        assert results.has(str(place))
    assert results.has(str(elsewhere.build_toml.with_name(".build.toml.17.tmp")))


@pytest.mark.parametrize("name", ["samix-staging", ".samix-staging", "x.samix-staging", ".build.samix", ".build.toml"])
def test_other_names_are_no_results(name: str, tmp_path: Path) -> None:
    assert not Results(frozenset()).has(str(tmp_path / name))


def test_links_to_results_lead_to_results(tmp_path: Path) -> None:
    (tmp_path / "far" / "samix").mkdir(parents=True)
    (tmp_path / ".aws-sam").symlink_to("far")
    results = Results.of(tmp_path, tmp_path / ".aws-sam" / "build", tmp_path / ".aws-sam" / "cache")
    assert results.has(str(tmp_path / "far"))
    assert results.has(str(tmp_path / "far" / "build"))
    assert not results.has(str(tmp_path / "other"))


def test_what_is_left_out_of_all_sources_needs_no_place(tmp_path: Path) -> None:
    assert not Results.of(tmp_path, tmp_path / ".aws-sam" / "build", tmp_path / "src" / ".aws-sam" / "cache").places


def _results(layout: Layout) -> Results:
    return Results.of(layout.project, layout.build_dir, layout.cache_dir)
