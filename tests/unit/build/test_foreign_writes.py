"""What a makefile wrote into the artifact of another unit."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from samix.build.foreign_writes import find_foreign_write

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(lambda _: None, None, id="nothing"),
        pytest.param(lambda web: (web / "lib" / "x").touch(), None, id="touched"),
        pytest.param(lambda web: (web / "lib" / "x").write_text("two"), "Child/Web/lib/x", id="content"),
        pytest.param(lambda web: (web / "lib" / "y").touch(), "Child/Web/lib/y", id="added"),
        pytest.param(lambda web: (web / "lib" / "__pycache__").mkdir(), None, id="a cache"),
        pytest.param(lambda web: (web / "lib" / "x").chmod(0o755), "Child/Web/lib/x", id="mode"),
        pytest.param(lambda web: (web / "lib" / "x").unlink(), "Child/Web/lib/x", id="removed"),
        pytest.param(lambda web: web.rename(web.with_name("Gone")), "Child/Web", id="moved"),
        pytest.param(lambda web: _exchange(web / "link", "lib/y"), "Child/Web/link", id="link"),
        pytest.param(lambda web: _exchange(web / "lib" / "x", "../link"), "Child/Web/lib/x", id="a link for a file"),
    ],
)
def test_what_is_written_in_the_artifact_of_another_is_found(
    change: Callable[[Path], object], expected: str | None, tmp_path: Path
) -> None:
    artifact, place = tmp_path / "Web", tmp_path / "place"
    (artifact / "lib").mkdir(parents=True)
    (artifact / "lib" / "x").write_text("one")
    (artifact / "link").symlink_to("lib/x")
    shutil.copytree(artifact, place / "Child" / "Web", symlinks=True)
    change(place / "Child" / "Web")
    assert find_foreign_write({"Child/Web": artifact}, ["Other", "Child/Other"], place) == expected


@pytest.mark.parametrize(("others", "expected"), [(["Later", "Child/Fn"], "Child/Fn"), (["Child/Later", "Top"], None)])
def test_what_is_written_where_another_is_built_later_is_found(
    others: list[str], expected: str | None, tmp_path: Path
) -> None:
    (tmp_path / "Child" / "Fn").mkdir(parents=True)
    assert find_foreign_write({}, others, tmp_path) == expected


def _exchange(path: Path, target: str) -> None:
    path.unlink()
    path.symlink_to(target)
