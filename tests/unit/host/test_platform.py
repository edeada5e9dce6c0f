"""The platform of this host."""

from __future__ import annotations

import os
import platform
from unittest.mock import patch

import pytest

from samix.host.platform import C_LIBRARY, CPU, SYSTEM, find_platform


def test_the_platform_is_that_of_python() -> None:
    found = find_platform()
    assert found == {
        SYSTEM: platform.system(),
        CPU: platform.machine(),
        C_LIBRARY: " ".join(platform.libc_ver()),
    }


@pytest.mark.parametrize(
    ("system", "release", "loaders", "expected"),
    [
        ("Linux", "6.18", ["ld-musl-x86_64.so.1"], "musl"),
        ("Linux", "6.18", [], "unknown"),
        ("Darwin", "24.5.0", [], "that of Darwin 24"),
    ],
)
def test_a_host_without_glibc_has_another_c_library(
    system: str, release: str, loaders: list[str], expected: str
) -> None:
    name = os.uname_result((system, "host", release, "#1", "x86_64"))
    with (
        patch("os.uname", return_value=name),
        patch("os.confstr", side_effect=ValueError),
        patch("os.listdir", return_value=loaders),
    ):
        assert find_platform() == {SYSTEM: system, CPU: "x86_64", C_LIBRARY: expected}
