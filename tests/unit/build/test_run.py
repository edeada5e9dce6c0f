"""What a build says if it cannot go on."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest
from support.backend import stand_in
from support.model_sam import ModelSam
from support.silent import Silent

from samix.messages.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.around import Around

    from samix.options.merge import BuildOptions

TEMPLATE = """\
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Runtime: python3.12, Handler: app.handler}
"""


def test_a_full_disk_is_told_with_its_place(
    tmp_path: Path, make_options: Callable[..., BuildOptions], around: Around
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "template.yaml").write_text(TEMPLATE)

    def refuse() -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    backend = stand_in(around, ModelSam(around), refuse)
    with pytest.raises(StateError, match=r"read the template in .*/\.aws-sam/samix/units: .*No space left on device"):
        backend.build(make_options(tmp_path), {}, Silent())
