"""What is found outside of a unit's source, for the tests of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.builders.outside import Outside, find_outside
from samix.options.build_type import BuildType
from samix.template.resources import Kind, Resource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.options.merge import BuildOptions
    from samix.units.unit import Unit

SOURCE = "app/fn"
METHODS = {
    "make": "makefile",
    "pip": "python3.11",
    "uv": "python-uv",
    "npm": "nodejs20.x",
    "esbuild": "esbuild",
    "go": "go1.x",
    "cargo": "rust-cargolambda",
    "dotnet": "dotnet8",
    "java": "java21",
    "ruby": "ruby3.3",
}


@pytest.fixture(scope="session")
def look_outside(
    make_unit: Callable[..., Unit], make_resource: Callable[..., Resource], make_options: Callable[..., BuildOptions]
) -> Callable[..., Outside]:
    """What is found for the function `Child/Fn`, whose source is `app/fn` and whose project is the root."""

    def look(
        root: Path,
        method: str,
        *,
        working: str | None = None,
        manifest: str | None = None,
        build_type: BuildType = BuildType.HOST,
        in_source: bool = False,
        kind: Kind = Kind.FUNCTION,
        name: str = "Child/Fn",
        source: str = SOURCE,
        project: str = ".",
        build_dir: str = ".aws-sam/build",
        mounts_with_write: bool = False,
    ) -> Outside:
        metadata = {"WorkingDirectory": working} if working else {}
        resource = make_resource(name, metadata={"BuildMethod": METHODS[method], **metadata}, kind=kind)
        unit = make_unit(resource, build_type=build_type)
        if in_source:
            unit = type(unit)(unit.resources, unit.decision, is_in_source=True)
        options = make_options(
            root / project,
            base_dir=root,
            build_dir=root / project / build_dir,
            manifest=root / manifest if manifest else None,
            mount_with="WRITE" if mounts_with_write else "READ",
        )
        return find_outside(unit, root / source, options)

    return look
