"""Applications written into a directory of the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.template.stacks import load_application

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from samix.template.stacks import Application


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The directory that the application lies in."""
    return tmp_path.resolve()


@pytest.fixture
def load(project: Path) -> Callable[..., Application]:
    """Write files, the first being the root template, and load the application."""

    def write_and_load(
        files: Mapping[str, str] | str, *, raw_paths: bool = False, parameters: Mapping[str, str] | None = None
    ) -> Application:
        named = {"template.yaml": files} if isinstance(files, str) else files
        for name, text in named.items():
            path = project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return load_application(project / next(iter(named)), dict(parameters or {}), raw_paths=raw_paths)

    return write_and_load
