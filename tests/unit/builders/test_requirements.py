"""The lines of a requirements.txt."""

from __future__ import annotations

import pytest

from samix.builders.installs import are_requirements_remote
from samix.builders.python_manifests import included_files
from samix.builders.requirements import is_ambiguous, requirement_lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("alpha\nbeta==1 # why\n", ["alpha", "beta==1"]),
        ("\ufeffalpha\r\n", ["alpha"]),
        ("alpha \\\n  ==1.0\n", ["alpha   ==1.0"]),
        ("alpha\\\r\n==1.0\r\n", ["alpha==1.0"]),
        ("al\\\n\\\npha", ["alpha"]),
        ("alpha==1.0 \\", ["alpha==1.0"]),
        ("https://host/a.zip#egg=alpha", ["https://host/a.zip#egg=alpha"]),
        ("# why \\\n-r other.txt\n", ["-r other.txt"]),
        ("  # why \\\r\n-r other.txt\r\n", ["-r other.txt"]),
        ("alpha==1.0 \\\n# why \\\n-r other.txt\n", ["alpha==1.0", "-r other.txt"]),
        ("alpha # why \\\n-r other.txt\n", ["alpha", "-r other.txt"]),  # pip reads one line, uv two
        ("# why\x0c-r other.txt\u2028-r more.txt", ["-r other.txt", "-r more.txt"]),
        ("", []),
    ],
)
def test_lines_are_those_of_pip_and_uv(text: str, lines: list[str]) -> None:
    """What `preprocess` of `pip._internal.req.req_file` makes of each text, then what uv 0.13 reads besides."""
    assert requirement_lines(text) == lines


@pytest.mark.parametrize(
    "beginning", ["alpha # why \\\n", "# why \\\n", " # why \\\r\n", "alpha==1.0 \\\n# why \\\n", "# why\x0c"]
)
def test_no_comment_hides_the_next_line(beginning: str) -> None:
    assert included_files(f"{beginning}-r ../other.txt\n") == ["../other.txt"]
    assert not are_requirements_remote(f"{beginning}-r other.txt\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alpha # why \\\nbeta\n", True),
        ("alpha # why\nbeta \\\n  ==1.0 # why\n", False),
        ("# why \\\nbeta\n", False),
        ("", False),
    ],
)
def test_pip_and_uv_differ_after_a_comment_behind_something(text: str, expected: bool) -> None:
    assert is_ambiguous(text) is expected
