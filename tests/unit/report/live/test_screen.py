"""What the display shows, in windows of any size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.report.live.screen import FINE_SIGNS, PLAIN_SIGNS, Running, Signs, View, draw
from samix.units.outcome import Result

RUNNING = (
    Running("NativeLayer", "container", "pulling the image", 3.2),
    Running("Orders, Returns", "host", "resolving dependencies", 65.0),
    Running("Child/Thumbnails", "image", "step 3/7: RUN make", 3725.9),
)
VIEW = View(
    RUNNING,
    waiting=4,
    results={Result.BUILT: 5, Result.REUSED: 9, Result.FAILED: 1, Result.SKIPPED: 2},
    total=24,
    remaining=83.0,
    widest_label=16,
    widest_place=9,
    frame=0,
)
SNAPSHOTS = {
    (80, 24): """\
⠋  0:03  NativeLayer       container  pulling the image
⠋  1:05  Orders, Returns   host       resolving dependencies
⠋ 62:05  Child/Thumbnails  image      step 3/7: RUN make
  3 running, 4 waiting, 5 built, 9 reused, 1 failed, 2 skipped
  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━────────────  17 of 24, about 1 min 20 s left""",
    (60, 24): """\
⠋  0:03  NativeLayer       container  pulling the image
⠋  1:05  Orders, Returns   host       resolving dependenci…
⠋ 62:05  Child/Thumbnails  image      step 3/7: RUN make
  3 running, 4 waiting, 5 built, 9 reused, 1 failed, 2 ski…
  ━━━━━━━━━━━━━━━━━───────  17 of 24, about 1 min 20 s left""",
    (40, 24): """\
⠋  0:03  Nativ…ayer  container  pullin…
⠋  1:05  Order…urns  host       resolv…
⠋ 62:05  Child…ails  image      step 3…
  3 running, 4 waiting, 5 built, 9 reu…
  ━━──  17 of 24, about 1 min 20 s left""",
    (20, 24): """\
⠋  0:03  Na…er  co…
⠋  1:05  Or…ns  ho…
⠋ 62:05  Ch…ls  im…
  3 running, 4 wai…
  17 of 24, about …""",
    (80, 5): """\
⠋  0:03  NativeLayer       container  pulling the image
  and 2 more
  3 running, 4 waiting, 5 built, 9 reused, 1 failed, 2 skipped
  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━────────────  17 of 24, about 1 min 20 s left""",
    (80, 2): """\
  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━────────────  17 of 24, about 1 min 20 s left""",
}


def _text(view: View, width: int, height: int, signs: Signs = FINE_SIGNS) -> str:
    return "\n".join(line.plain for line in draw(view, width, height, signs))


@pytest.mark.parametrize("size", SNAPSHOTS, ids=lambda size: "x".join(map(str, size)))
def test_a_build_in_windows_of_many_sizes(size: tuple[int, int]) -> None:
    assert _text(VIEW, *size) == SNAPSHOTS[size]


def test_a_terminal_without_unicode_gets_ascii() -> None:
    text = _text(VIEW, 50, 24, PLAIN_SIGNS)
    assert text.isascii()
    assert text.startswith("|  0:03  NativeLayer")


def test_no_step_steers_the_terminal() -> None:
    running = Running("Fn", "image", "step 1/2: RUN printf '\x1b[2J\r\x9b1A'", 1.0)
    text = _text(View([running], 0, {}, 1, None, 2, 5, 0), 80, 24)
    assert all(letter.isprintable() for letter in text.replace("\n", ""))


@given(
    labels=st.lists(st.text(st.characters(exclude_categories=["C"]), min_size=1), max_size=200),
    width=st.integers(1, 300),
    height=st.integers(1, 100),
    remaining=st.none() | st.floats(0, 1e6),
    frame=st.integers(0, 10**6),
)
def test_lines_are_narrower_and_fewer_than_the_window(
    labels: list[str], width: int, height: int, remaining: float | None, frame: int
) -> None:
    running = [Running(label, "container", "copying sources", number * 7.0) for number, label in enumerate(labels)]
    view = View(running, 3, {Result.BUILT: 1}, len(running) + 4, remaining, 300, 9, frame)
    lines = draw(view, width, height)
    assert 1 <= len(lines) <= max(height - 1, 1)
    assert all(line.cell_len < max(width, 2) for line in lines)
    assert all("\n" not in line.plain for line in lines)
