"""What sam said of a failed build."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.sam.error import beta_method, lacks_answer, lost_container, read_error
from samix.units.outcome import SamError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("log", "error"),
    [
        (
            "Building\n\nBuild Failed\nError: Builder:Step - it broke\n",
            SamError("BuildError", "Builder:Step - it broke"),
        ),
        ("Error: first\nmore\nError: last\nits second line\n", SamError("BuildError", "last\nits second line")),
        (
            'Building\n{"type": "result", "status": "failure", "error": {"type": "T", "message": "m"}}\nError: m\n',
            SamError("T", "m"),
        ),
        (
            'Error: it broke\n{"error": {"message": "noise"}}\n',
            SamError("BuildError", 'it broke\n{"error": {"message": "noise"}}'),
        ),
        ("{" * 100_000 + "\nError: it broke", SamError("BuildError", "it broke")),
        ("Error: it broke\n{no json\n", SamError("BuildError", "it broke\n{no json")),
        (
            "Error: it broke\nsomewhere\nTraceback:\n  File sam.py\n\nOr create a bug report:\n",
            SamError("BuildError", "it broke\nsomewhere"),
        ),
        ("Building\nKilled\n", None),
        ("", None),
    ],
    ids=[
        "text",
        "last of several",
        "document",
        "other document",
        "deep",
        "no document",
        "traceback",
        "nothing said",
        "empty",
    ],
)
def test_the_error_at_the_end_of_a_log_is_found(tmp_path: Path, log: str, error: SamError | None) -> None:
    path = tmp_path / "log"
    path.write_text(log, encoding="utf-8")
    assert read_error(path) == error


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("Running MakeBuild\nBuilder crashed: \n\nError: Expecting value: line 1 column 1 (char 0)\n", True),
        ("now | Builder crashed: \n{}\nError: Expecting value: line 1 column 1 (char 0)\n", True),
        ("Builder crashed:\nrefused\nBuild Failed\nError: CustomMakeBuilder:MakeBuild - Make Failed: no\n", False),
        ("Builder crashed: no memory\nError: Expecting value: line 1 column 1 (char 0)\n", False),
        # words that are values for the container
        ("Builder crashed: \n\nError: Expecting ***: line 1 column 1 (char 0)\n", True),
        ("*** crashed: \n\nError: Expecting value: line *** column *** (char ***)\n", True),
        ("Builder crashed: \n\nError: Expecting value: line 2 column 1 (char 3)\n", False),
        ("Error: it broke\n", False),
        ("", False),
    ],
)
def test_a_builder_that_gave_no_answer_is_known_from_the_log(log: str, expected: bool, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(log)
    assert lacks_answer(tmp_path / "log") is expected


_COPIED = "http+docker://localhost/v1.41/containers/1a2b/archive?path=%2Ftmp%2Fsamcli%2Fartifacts%2F."
_GONE = 'Internal Server Error ("open /proc/4711/ns/mnt: no such file or directory")'


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (f"Error: 500 Server Error for {_COPIED}: {_GONE}\nTraceback:\n  File sam.py\n", True),
        (f"Building\n\nBuild Failed\nError: 500 Server Error for {_COPIED}:\n{_GONE}\n", True),
        (f"Error: 404 Client Error for {_COPIED}: {_GONE}\n", False),
        (f'Error: 500 Server Error for {_COPIED}: Internal Server Error ("no space left on device")\n', False),
        (f"Error: 500 Server Error for http+docker://localhost/v1.41/containers/create: {_GONE}\n", False),
        (f"Error: 500 Server Error for {_COPIED}: {_GONE}\nBuild Failed\nError: it broke\n", False),
        (f"500 Server Error for {_COPIED}: {_GONE}\n", False),
        ("", False),
    ],
)
def test_a_container_that_the_engine_lost_is_known_from_the_log(log: str, expected: bool, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(log)
    assert lost_container(tmp_path / "log") is expected


@pytest.mark.parametrize(
    ("log", "method"),
    [
        ('Building\nBuild method "python-uv" is a beta feature.\nPlease confirm [y/N]: Aborted!\n', "python-uv"),
        ('echo Build method "python-uv" is a beta feature.\n', ""),
        ("", ""),
    ],
)
def test_a_question_about_a_beta_feature_names_its_builder(log: str, method: str, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(log)
    assert beta_method(tmp_path / "log") == method
