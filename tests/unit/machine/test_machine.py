"""What a machine tells of its engine and images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samix.machine.engine import Engine
from samix.machine.machine import Machine
from samix.plan.build_type import BuildType
from samix.state.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from samix.options import BuildOptions
    from samix.plan.units import Unit


def test_an_engine_that_was_too_busy_when_it_was_looked_for_is_asked_all_the_same(
    tmp_path: Path,
    make_options: Callable[..., BuildOptions],
    make_unit: Callable[..., Unit],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [None, Engine("unix:///engine", {})]
    monkeypatch.setattr("samix.machine.machine.find_engine", lambda *_: found.pop(0))
    monkeypatch.setattr("samix.machine.machine.engine_problem", lambda _: None)
    monkeypatch.setattr(Engine, "image_id", lambda _, name: f"sha256:{name}")
    monkeypatch.setattr(Engine, "container_problem", lambda _, container: f"{container} has ended")
    options = make_options(tmp_path)
    machine = Machine(options, {}, Layout(tmp_path, options.build_dir, options.cache_dir))
    unit = make_unit("NativeLayer", build_type=BuildType.CONTAINER, build_image="builder")
    assert (machine.image(unit), machine.container_problem("a1")) == (None, None)
    assert machine.engine_problem() is None
    assert machine.image(unit) == "sha256:builder"
    assert machine.container_problem("a1") == "a1 has ended"
    assert machine.engine_problem() is None
