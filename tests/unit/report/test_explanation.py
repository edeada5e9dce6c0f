"""What an artifact is made from, as it is shown."""

from __future__ import annotations

import pytest

from samix.plan.fingerprint import Fingerprint
from samix.report.explanation import key_parts
from samix.units.reasons import Cause

_DIGEST = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("cause", "value", "shown"),
    [
        (Cause.SOURCE, _DIGEST, "0123456789ab"),
        (Cause.DEPENDENCY, _DIGEST, "0123456789ab"),
        (Cause.DEPENDENCY, "fn:python3.12-v1-with-a-long-tag", "fn:python3.12-v1-with-a-long-tag"),
        (Cause.VARIABLE, _DIGEST, "0123456789ab"),
        (Cause.COMMIT, _DIGEST, "0123456789ab"),
        (Cause.BUILD_IMAGE, f"sha256:{_DIGEST}", "sha256:0123456789ab"),
        (Cause.DEFINITION, f'"{_DIGEST}"', f'"{_DIGEST}"'),
        (Cause.TOOL, "go1.22.0", "go1.22.0"),
        (Cause.ENVIRONMENT, _DIGEST, ""),
    ],
)
def test_of_a_digest_the_beginning_is_shown(cause: Cause, value: str, shown: str) -> None:
    assert key_parts(Fingerprint({cause: {"NAME": value}})) == [(cause.value, "NAME", shown)]
