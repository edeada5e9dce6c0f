"""What the display shows of a build, as lines for a window of any size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.text import Text

from samix.messages.printable import visible
from samix.report.estimate import in_words
from samix.report.log_text import RESULT_STYLES
from samix.units.outcome import Result

_BELOW = 2  # the lines with the numbers and the bar
_LONGEST_BAR = 40
_NARROW = 60
_GAP = 2


@dataclass(frozen=True)
class Signs:
    """The characters that the display is drawn with."""

    spinner: str  # shown one after the other in front of what runs
    bar: tuple[str, str]  # for the part of a bar that is done, and for the rest
    cut: str  # shown where something is left out


FINE_SIGNS = Signs("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", ("━", "─"), "…")
PLAIN_SIGNS = Signs("|/-\\", ("#", "-"), "~")


@dataclass(frozen=True)
class Running:
    """What one run of sam is doing."""

    label: str  # the units that it builds
    place: str  # where it builds them
    step: str  # the step that it reported last; empty if it reported none
    seconds: float  # for how long it has been running


@dataclass(frozen=True)
class View:
    """A build at one moment."""

    running: Sequence[Running]
    waiting: int  # the number of units that will be built and were not started
    results: Mapping[Result, int]  # the number of units by how they ended
    total: int  # the number of all units
    remaining: float | None  # the seconds that the build will still take; None if unknown
    widest_label: int  # the columns that the label of a unit takes at most
    widest_place: int  # likewise, for the place
    frame: int  # counts up as time goes by


def draw(view: View, width: int, height: int, signs: Signs = FINE_SIGNS) -> list[Text]:
    """The lines that show a build in a window: each has fewer columns than it, and they are fewer than its lines."""
    room = max(height - 1 - _BELOW, 0)
    shown = list(view.running)
    if len(shown) > room:
        shown = shown[: max(room - 1, min(room, 1))]
    widest_label = width // 4 if width < _NARROW else width * 2 // 5
    label = max([view.widest_label, *(Text(one.label).cell_len for one in shown)])  # of several units it is longer
    widths = min(label, widest_label), view.widest_place
    lines = [_running(one, view.frame, widths, signs) for one in shown]
    left = len(view.running) - len(shown)
    if left and room > 1:
        lines.append(Text(f"  and {left} more", style="dim"))
    lines += [_numbers(view), _bar(view, width, signs)]
    for line in lines[-max(height - 1, 1) :]:
        _cut(line, width - 1, signs)
    return lines[-max(height - 1, 1) :]


def _running(one: Running, frame: int, widths: tuple[int, int], signs: Signs) -> Text:
    label, place = widths
    line = Text()
    line.append(f"{signs.spinner[frame % len(signs.spinner)]} ", style="cyan")
    line.append(f"{_clock(one.seconds):>5}  ", style="dim")
    name = _shortened(one.label, label, signs)
    name.pad_right(label - name.cell_len + _GAP)
    line.append_text(name)
    line.append(f"{one.place:<{place + _GAP}}", style="magenta" if one.place == "container" else "blue")
    line.append(visible(one.step))
    line.rstrip()
    return line


def _numbers(view: View) -> Text:
    done = Text("  ")
    parts = [Text(f"{len(view.running)} running"), Text(f"{view.waiting} waiting")]
    parts += [
        Text(f"{count} {result.value}", style=RESULT_STYLES[result])
        for result in Result
        if (count := view.results.get(result, 0))
    ]
    return done.append_text(Text(", ").join(parts))


def _bar(view: View, width: int, signs: Signs) -> Text:
    ended = sum(view.results.values())
    text = f"{ended} of {view.total}"
    if view.remaining is not None:
        text += f", about {in_words(view.remaining)} left"
    room = min(_LONGEST_BAR, width - 1 - 2 * _GAP - len(text))
    line = Text("  ")
    if room > 0:
        done, left = signs.bar
        filled = room * ended // max(view.total, 1)
        line.append(done * filled, style="green")
        line.append(left * (room - filled), style="dim")
        line.append(" " * _GAP)
    return line.append(text)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"


def _shortened(label: str, width: int, signs: Signs) -> Text:
    """A name in so many columns, without its middle if it is too long: names of one application often begin alike."""
    name = Text(label, style="bold")
    if name.cell_len > width:
        tail = Text(label[::-1])
        tail.truncate(max(width - 1, 0) // 2)
        name.truncate(max(width - 1 - tail.cell_len, 0))
        name.append(signs.cut + tail.plain[::-1])
    return name


def _cut(text: Text, width: int, signs: Signs) -> None:
    if text.cell_len > width:
        text.truncate(max(width - 1, 0))
        text.append(signs.cut)
