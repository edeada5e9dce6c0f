"""What this process may write, and with which modes."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

import pytest

from samix.files.permissions import current_umask


@pytest.mark.parametrize("is_told", [True, False])
@pytest.mark.parametrize("umask", [0o002, 0o022, 0o077])
def test_the_umask_is_found_and_stays(umask: int, is_told: bool) -> None:
    before = os.umask(umask)
    try:
        if is_told:
            assert current_umask() == umask
        else:
            with patch.object(Path, "read_text", side_effect=FileNotFoundError):  # a system without /proc
                assert current_umask() == umask
        assert os.umask(before) == umask
    finally:
        os.umask(before)
