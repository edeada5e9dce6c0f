"""Wrong templates, samconfigs and files of a build dir: only samix's own errors come out. `make fuzz` reads many."""

from __future__ import annotations

import pytest
from fuzz.drivers import with_hypothesis
from fuzz.targets import TARGETS

_INPUTS = 100


@pytest.mark.usefixtures("no_process")
@pytest.mark.parametrize("target", TARGETS)
def test_only_errors_of_samix_come_out(target: str) -> None:
    assert not with_hypothesis(target, _INPUTS, seed=0)
