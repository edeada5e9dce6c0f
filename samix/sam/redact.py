"""Secrets taken out of what is shown or kept."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

MASK = b"***"
_SHORTEST = 3  # a level such as 1 or on hides nothing, and would be taken out of every line


def redact(line: bytes, secrets: Sequence[str]) -> bytes:
    """A line of output with every secret in it replaced, the longest first.

    A secret of several lines is taken out line by line, and also as JSON and Python write it. Texts of one or two
    characters stay.
    """
    for form in sorted(_forms(secrets), key=len, reverse=True):
        line = line.replace(form, MASK)
    return line


def _forms(secrets: Sequence[str]) -> set[bytes]:
    texts: set[str] = set()
    for secret in secrets:
        for text in (secret, secret.strip()):  # programs trim what they are given
            lines = text.splitlines()
            texts |= {text, json.dumps(text)[1:-1], repr(text)[1:-1], *lines, *(line.strip() for line in lines)}
    return {os.fsencode(text) for text in texts if len(text.strip()) >= _SHORTEST}
