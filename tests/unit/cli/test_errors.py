"""Errors as messages and exit codes."""

from __future__ import annotations

import errno

import pytest

from samix.build.commit_point import CommitPoint
from samix.cli.errors import report_errors
from samix.messages.errors import SamixError


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), SamixError("No space left.")])
def test_a_build_that_an_error_ends_says_what_became_of_it(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    commit_point = CommitPoint()
    commit_point.begin()
    with pytest.raises(SystemExit) as ended, report_errors(build=commit_point):
        raise error
    output, errors = capsys.readouterr()
    assert ended.value.code == 1
    assert output.strip() == "Build Failed"
    assert "The build dir is left as it was." in errors
    assert "No space left" in errors
