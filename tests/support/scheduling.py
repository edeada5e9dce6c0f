"""Arguments for `samix.build.scheduler.run_units` in tests."""

from __future__ import annotations

from hypothesis import strategies as st

from samix.build.lookout import Lookout
from samix.build.scheduler import Batches, Watch

ALONE = Batches(lambda _: None, lambda _: {})
UNWATCHED = Watch(Lookout({}, {}), lambda *_: None, lambda *_: None)

Needs = dict[str, list[str]]


@st.composite
def acyclic_needs(draw: st.DrawFn) -> Needs:
    count = draw(st.integers(0, 9))
    needs: Needs = {}
    for index in range(count):
        earlier = [f"U{number}" for number in range(index)]
        needs[f"U{index}"] = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=3)) if earlier else []
    return needs
