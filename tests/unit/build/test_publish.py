"""What leaves the build dir, and what a killed build had moved out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.function_app import FunctionApp
from support.silent import Silent

from samix.files.atomic import aside_of
from samix.files.copies import tree_digest

if TYPE_CHECKING:
    from pathlib import Path

    from support.fake_sam import FakeSam

    from samix.build.run import Backend


@pytest.mark.parametrize(("method", "waits"), [("none", False), ("makefile", True)])
def test_what_leaves_the_build_dir_is_kept_once(
    tmp_path: Path,
    method: str,
    waits: bool,
    backend: Backend,
) -> None:
    """A makefile function lies in no cache."""
    app = FunctionApp((("A", "src", "none", "host"), ("B", "other", method, "host")), environment=False)
    app.write(tmp_path, "one")
    assert backend.build(app.options(tmp_path), {}, Silent()).is_complete
    assert backend.build(app.options(tmp_path, exclude=("B",)), {}, Silent()).is_complete
    assert (tmp_path / ".aws-sam" / "samix" / "finished" / "B").exists() == waits


@pytest.mark.parametrize("part", ["", "A"], ids=["the build dir", "an artifact"])
@pytest.mark.parametrize("linked", [False, True])
def test_what_a_killed_build_moved_is_back_if_the_next_fails(
    tmp_path: Path,
    fake_sam: FakeSam,
    part: str,
    *,
    linked: bool,
    backend: Backend,
) -> None:
    """As it is left where the system cannot exchange directories; a link that came with it is not followed."""
    app = FunctionApp((("A", "src", "none", "host"), ("B", "other", "none", "host")), environment=False)
    app.write(tmp_path, "one")
    assert backend.build(app.options(tmp_path), {}, Silent()).is_complete
    build_dir, staging = tmp_path / ".aws-sam" / "build", tmp_path / ".aws-sam" / "samix" / "staging"
    whole = tree_digest(build_dir)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if linked:
        staging.symlink_to(elsewhere)
    (staging / part / "inner").mkdir(parents=True)
    aside = aside_of(staging / part)
    (build_dir / part).rename(aside)
    there = tree_digest(elsewhere)
    app.write(tmp_path, "two")
    fake_sam.failing = {"B"}
    assert not backend.build(app.options(tmp_path), {}, Silent()).is_complete
    assert tree_digest(elsewhere) == there
    if linked and part:  # it lies where the link led
        assert not (build_dir / part).exists()
    else:
        assert tree_digest(build_dir) == whole
    assert not aside.exists()
