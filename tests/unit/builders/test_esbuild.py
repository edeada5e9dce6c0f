"""What esbuild shows of the dependencies that it bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.builders.esbuild import bundles_alike, shows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.template.resources import Resource
    from samix.template.value import ValueMapping
    from samix.units.unit import Unit


def test_texts_are_found_in_files_and_in_names(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_text("one two")
    (tmp_path / "link").symlink_to("nowhere")
    assert shows(tmp_path, b"e t")
    assert shows(tmp_path, b"b")
    assert not shows(tmp_path, b"three")


@pytest.mark.parametrize(
    ("properties", "is_alike"),
    [
        ({}, True),
        ({"Minify": True, "Sourcemap": False, "Target": "es2020"}, True),
        ({"Minify": False}, False),
        ({"Minify": "false"}, False),
        ({"Sourcemap": True}, False),
        ({"Sourcemap": "inline"}, False),
        ({"Splitting": True}, False),
        ({"OutExtension": ["[hash]"]}, False),
    ],
)
def test_bundle_that_may_name_its_dependencies_shares_none(
    tmp_path: Path,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
    properties: ValueMapping,
    *,
    is_alike: bool,
) -> None:
    metadata: ValueMapping = {"BuildMethod": "esbuild", "BuildProperties": properties}
    unit = make_unit(make_resource("Fn", runtime="nodejs22.x", metadata=metadata))
    assert bundles_alike(unit, None, tmp_path) == is_alike
    (tmp_path / "artifact").mkdir()
    if "Splitting" not in properties and "OutExtension" not in properties:
        assert bundles_alike(unit, tmp_path / "artifact", tmp_path)
