"""The platform of this host: what native code that is built or chosen here is made for."""

from __future__ import annotations

import os
from collections.abc import Mapping

SYSTEM, CPU, C_LIBRARY = "system", "CPU", "C library"


def find_platform() -> Mapping[str, str]:
    """The system, the CPU, and the C library with its version: `Linux`, `x86_64`, `glibc 2.36`."""
    system = os.uname()
    return {SYSTEM: system.sysname, CPU: system.machine, C_LIBRARY: _find_c_library(system)}


def _find_c_library(system: os.uname_result) -> str:
    try:
        found = os.confstr("CS_GNU_LIBC_VERSION")
    except (ValueError, OSError):  # not with this C library
        found = None
    if found:
        return found
    if system.sysname != "Linux":
        return f"that of {system.sysname} {system.release.partition('.')[0]}"
    return "musl" if any(name.startswith("ld-musl-") for name in os.listdir("/lib")) else "unknown"
