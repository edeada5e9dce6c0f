"""What holds from the first line that is printed."""

from __future__ import annotations

import io
import sys

import pytest

from samix.cli.main import main


@pytest.mark.parametrize(("variable", "expected"), [("GITHUB_ACTIONS", b"|::error::x"), ("CI", b"::error::x")])
def test_output_is_guarded_where_commands_are_read_from_it(
    variable: str, expected: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    monkeypatch.setattr(sys, "stdout", streams[0])
    monkeypatch.setattr(sys, "stderr", streams[1])
    monkeypatch.setattr(sys, "argv", ["samix", "--version"])
    monkeypatch.setattr("samix.cli.main.ignore_signals", lambda: None)
    monkeypatch.setenv(variable, "true")
    main()
    for plain, now in zip(streams, (sys.stdout, sys.stderr), strict=True):
        now.write("\n::error::x")  # as what the interpreter says of an exception that nobody catches
        now.flush()
        assert isinstance(plain.buffer, io.BytesIO)
        assert plain.buffer.getvalue().endswith(b"\n" + expected)
