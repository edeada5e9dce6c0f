"""Finding sam, and its environment."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from samix.host.sam_program import find_sam, sam_environment
from samix.messages.errors import RequirementError


def test_sam_is_found_on_the_path(tmp_path: Path) -> None:
    _program(tmp_path / "bin" / "sam")
    assert find_sam(None, f"{tmp_path / 'empty'}{os.pathsep}{tmp_path / 'bin'}") == tmp_path / "bin" / "sam"


def test_a_named_sam_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = _program(tmp_path / "bin" / "sam-next")
    monkeypatch.chdir(tmp_path)
    assert find_sam("sam-next", str(tmp_path / "bin")) == program
    assert find_sam(str(program), "") == program
    assert find_sam("bin/sam-next", "") == program


def _program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return path


def test_a_sam_beside_the_interpreter_is_found_last(beside: Path, tmp_path: Path) -> None:
    """Where tools are installed in environments of their own, only samix itself is on PATH."""
    own = _program(beside / "sam")
    assert find_sam(None, str(tmp_path / "bin")) == own
    with pytest.raises(RequirementError):
        find_sam("sam-next", str(tmp_path / "bin"))
    assert find_sam(None, str(_program(tmp_path / "bin" / "sam").parent)) == tmp_path / "bin" / "sam"


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of the interpreter, which has no sam."""
    directory = tmp_path / "environment"
    monkeypatch.setattr(sys, "executable", str(directory / "python"))
    return directory


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize("named", [None, "sam-next", "./sam"])
def test_a_missing_sam_is_a_missing_requirement(named: str | None, tmp_path: Path) -> None:
    with pytest.raises(RequirementError, match=named or "not on PATH") as caught:
        find_sam(named, str(tmp_path))
    assert caught.value.exit_code == 3
    assert "SAMIX_SAM" in caught.value.hint


@pytest.mark.usefixtures("beside")
def test_a_file_that_is_no_program_is_no_sam(tmp_path: Path) -> None:
    (tmp_path / "sam").touch(mode=0o644)
    with pytest.raises(RequirementError):
        find_sam(None, str(tmp_path))


def test_environment_is_the_users_without_what_changes_the_run() -> None:
    environ = {
        "PATH": "/bin",
        "AWS_PROFILE": "dev",
        "SAM_TEMPLATE_FILE": "x",
        "SAM_DEBUG": "1",
        "SAM_CLI_ENABLE_LANGUAGE_EXTENSIONS": "1",
        "SAM_CLI_TELEMETRY": "1",
    }
    environment = sam_environment(environ, {"Layer": Path("/out/Layer")})
    assert environment == {
        "PATH": "/bin",
        "AWS_PROFILE": "dev",
        "SAM_CLI_TELEMETRY": "0",
        "SAMIX_ARTIFACTS_Layer": "/out/Layer",
    }
    assert environ["SAM_TEMPLATE_FILE"] == "x"
