"""Secrets taken out of logs."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.sam.redact import MASK, redact

KEY = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqh\nkiG9w0BAQEFAASC\n-----END KEY-----"


@pytest.mark.parametrize(
    ("line", "secrets", "expected"),
    [
        (b"token=abc\n", ["abc"], b"token=***\n"),
        (b"abc abc", ["abc"], b"*** ***"),
        (b"abcdef abc", ["abc", "abcdef"], b"*** ***"),
        (b"nothing", ["abc"], b"nothing"),
        (b"nothing", [], b"nothing"),
        (b"nothing", [""], b"nothing"),
        (b"1 on 12", ["1", "on"], b"1 on 12"),
        ("é \xff".encode("latin-1"), ["abc"], "é \xff".encode("latin-1")),
        ("clé".encode(), ["clé"], b"***"),
        (b"caf\xe9", [os.fsdecode(b"caf\xe9")], b"***"),
    ],
    ids=[
        "once",
        "twice",
        "longest first",
        "none",
        "no secrets",
        "empty",
        "no secret at all",
        "binary",
        "unicode",
        "no unicode",
    ],
)
def test_secrets_are_masked_and_nothing_else(line: bytes, secrets: list[str], expected: bytes) -> None:
    assert redact(line, secrets) == expected


@given(
    secrets=st.lists(st.text("abc", min_size=3, max_size=5), min_size=1, max_size=3),
    pieces=st.lists(st.text("abcx ", max_size=3) | st.integers(0, 2), max_size=6),
)
def test_no_secret_is_left_in_a_line(secrets: list[str], pieces: list[str | int]) -> None:
    line = "".join(secrets[piece % len(secrets)] if isinstance(piece, int) else piece for piece in pieces)
    masked = redact(line.encode(), secrets)
    assert not [secret for secret in secrets if secret.encode() in masked]
    assert redact(masked, secrets) == masked


def test_every_line_of_a_secret_is_masked_in_line_output() -> None:
    output = f"key: {KEY}\ndone\n".encode()
    shown = b"".join(redact(line, [KEY]) for line in output.splitlines(keepends=True))
    for line in KEY.encode().splitlines():
        assert line not in shown
    assert shown.startswith(b"key: " + MASK)
    assert shown.endswith(b"done\n")


@pytest.mark.parametrize("write", [json.dumps, repr], ids=["JSON", "repr"])
@pytest.mark.parametrize("secret", ['pass"word', "pass\\word", "two\nlines", "tab\tbed"])
def test_a_secret_is_masked_in_the_notations_of_debug_logs(secret: str, write: object) -> None:
    assert callable(write)
    written = str(write({"TOKEN": secret}))
    assert redact(written.encode(), [secret]).count(MASK) == 1


def test_a_secret_is_masked_without_the_blanks_around_it() -> None:
    assert redact(b"value <hunter2>", ["  hunter2 "]) == b"value <***>"
