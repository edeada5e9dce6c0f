"""samix sees in generated applications what sam sees in them."""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from samcli.commands.exceptions import UserException
from samcli.lib.build.exceptions import MissingFunctionHandlerException
from support.generated import generate
from support.sam_oracle import IN_PROCESS, View, quick_sam, view_of_sam, view_of_samix, write_case, written_plainly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.generated import Generated

pytestmark = IN_PROCESS

_AT_ONCE = 100
_BATCHES = 24
# a null for a path: sam ends with a traceback
_REFUSED = (UserException, MissingFunctionHandlerException, TypeError)


@pytest.fixture(scope="module", autouse=True)
def _quickly() -> Iterator[None]:
    logging.disable()
    with quick_sam():
        yield
    logging.disable(logging.NOTSET)


@dataclass(frozen=True)
class Views:
    """What sam and samix see."""

    sam: View
    samix: View


def look(application: Generated, monkeypatch: pytest.MonkeyPatch) -> Views | None:
    """What both see; None where sam refuses the application."""
    with tempfile.TemporaryDirectory() as directory, monkeypatch.context() as patch:
        root = Path(directory).resolve() / "project"
        root.mkdir()
        patch.chdir(root)
        template = write_case(root, application.case)
        build_dir = root / ".aws-sam" / "build"
        try:
            sam = view_of_sam(template, application.case, build_dir)
        except _REFUSED:
            return None
        return Views(sam, view_of_samix(template, application.case, build_dir, written_plainly))


def compare(application: Generated, views: Views) -> None:
    sam, samix = views.sam, views.samix
    assert samix.resources == sam.resources
    assert samix.groups == sam.groups
    assert samix.remote == sam.remote
    assert samix.templates == sam.templates
    for name, layers in sam.layers.items():
        assert layers <= samix.layers[name]
        written = application.layers.get(_as_written(name), frozenset())
        assert {_as_written(layer) for layer in samix.layers[name]} == written & {*map(_as_written, sam.resources)}


def _as_written(full_path: str) -> str:
    """The full path by logical ids, where the application gives other names."""
    for suffix in ("Named", "Own"):
        full_path = full_path.removesuffix(suffix)
    return full_path


@pytest.mark.parametrize("batch", range(_BATCHES))
def test_same_view_of_generated_applications(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    for seed in range(batch * _AT_ONCE, (batch + 1) * _AT_ONCE):
        application = generate(seed)
        views = look(application, monkeypatch)
        if views is None:
            continue
        try:
            compare(application, views)
        except AssertionError as error:
            pytest.fail(f"generate({seed}): {error}")
        compared += 1
    assert compared > _AT_ONCE * 3 // 4  # else the applications show too little
