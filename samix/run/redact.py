"""Secrets taken out of what is shown or kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MASK = b"***"


def redact(line: bytes, secrets: Sequence[str]) -> bytes:
    """A line of output with every secret in it replaced, the longest first."""
    for secret in sorted(secrets, key=len, reverse=True):
        line = line.replace(secret.encode(), MASK)
    return line
