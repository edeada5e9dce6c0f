"""Arguments for `samix.build.scheduler.run_units` in tests that are about something else."""

from __future__ import annotations

from samix.build.lookout import Lookout
from samix.build.scheduler import Batches, Watch

ALONE = Batches(lambda _: None, lambda _: {})
UNWATCHED = Watch(Lookout({}, {}), lambda *_: None, lambda *_: None)
