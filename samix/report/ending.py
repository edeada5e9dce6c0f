"""The end of a build, and a plan, as plain values: what a terminal shows, and what a file or a pipe gets.

Without a terminal it is text that no window cuts, made without any library: a build that has nothing to do should end
before one could be imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import IO, NamedTuple, TextIO

from samix.messages.printable import harmless

NOTHING = "\nNothing to build."
SUCCEEDED, FAILED = "\nBuild Succeeded", "\nBuild Failed"
LEFT, KEPT = "The build dir is left as it was.", "What was built is kept for the next build."
GAP = 2  # columns
NO_TIME = "-"  # of what was not built
_RULE = "========================="


class Row(NamedTuple):
    """A unit in the table of a build.

    Attributes:
        resource: Its resources, one a line.
        build_type: Where it is built.
        because_of: Why there.
        result: What became of it.
        time: How long that took.
        why: The reason.
    """

    resource: str
    build_type: str
    because_of: str
    result: str
    time: str
    why: str


class PlanRow(NamedTuple):
    """A unit in the table of a plan.

    Attributes:
        resource: Its resources, one a line.
        build_type: Where it would be built.
        because_of: Why there.
        action: What would be done.
        why: The reason.
    """

    resource: str
    build_type: str
    because_of: str
    action: str
    why: str


TITLES = Row("Resource", "Build type", "Because of", "Result", "Time", "Why")
PLAN_TITLES = PlanRow("Resource", "Build type", "Because of", "What to do", "Why")


class Ending(NamedTuple):
    """The end of a build that went well.

    Attributes:
        rows: The table.
        build_dir: The build dir, relative to the working directory.
        template: The built template, likewise.
        is_default: Whether the build dir is the one that sam looks in by itself.
        document: All of it as one JSON document, where that is asked for instead.
        can_sync: Whether `sam sync`, which builds on its own, can build this application as samix does.
        flags: Options, as they are written, that sam needs to read the templates.
    """

    rows: Sequence[Row]
    build_dir: str
    template: str
    is_default: bool
    document: str | None = None
    can_sync: bool = True
    flags: str = ""


def what_is_left(*, is_kept: bool) -> str:
    """What a build that failed has left.

    Args:
        is_kept: Whether it built something that the next build can use.
    """
    return f"{LEFT} {KEPT}" if is_kept else LEFT


def is_plain(stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    """Whether a stream is no terminal, nor to be treated as one (as rich decides it)."""
    return stream is None or not (stream.isatty() or environ.get("FORCE_COLOR") or environ.get("TTY_COMPATIBLE") == "1")


def is_watched(stream: IO[str] | None, environ: Mapping[str, str]) -> bool:
    """Whether a stream is a terminal that somebody sits at, who can be shown a display."""
    if stream is None or not stream.isatty() or environ.get("TTY_COMPATIBLE") == "0":
        return False
    is_dumb = environ.get("TERM", "").lower() in {"dumb", "unknown"}
    return not is_dumb and environ.get("TTY_INTERACTIVE") != "0" and environ.get("CI", "").lower() not in {"1", "true"}


def plain_table(rows: Sequence[Row] | Sequence[PlanRow], titles: Row | PlanRow = TITLES) -> str:
    """The rows with their titles; each column as wide as its widest text."""
    if not rows:
        return f"{NOTHING}\n"
    lines = [line for row in (titles, *rows) for line in _lines(row)]
    widths = [max(_width(line[column]) for line in lines) for column in range(len(titles))]
    shown = (
        (" " * GAP).join(
            " " * (width - _width(text)) + text if title == TITLES.time else text + " " * (width - _width(text))
            for title, text, width in zip(titles, line, widths, strict=True)
        )
        for line in lines
    )
    return "".join(f"{line.rstrip()}\n" for line in ("", *shown))


def _lines(row: Row | PlanRow) -> Iterator[tuple[str, ...]]:
    """The lines of a row: as many as its longest text has."""
    cells = [harmless(text).split("\n") for text in row]
    for number in range(max(map(len, cells))):
        yield tuple(cell[number] if number < len(cell) else "" for cell in cells)


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415 - most names have no wide letters

    return cell_len(text)


def closing_lines(ending: Ending) -> str:
    """sam's closing lines (`BuildContext._gen_success_msg`), with what its commands need to read the templates."""
    invoke = "" if ending.is_default else f" -t {ending.template}"
    deploy = "" if ending.is_default else f" --template-file {ending.template}"
    commands = {
        "Validate SAM template": "sam validate",
        "Invoke Function": f"sam local invoke{invoke}",
        "Test Function in the Cloud": "sam sync --stack-name {{stack-name}} --watch",
        "Deploy": f"sam deploy --guided{deploy}",
    }
    if not ending.can_sync:
        del commands["Test Function in the Cloud"]
    return "\n".join(
        [
            "",
            f"Built Artifacts  : {ending.build_dir}",
            f"Built Template   : {ending.template}",
            "",
            "Commands you can use next",
            _RULE,
            *(f"[*] {what}: {command} {ending.flags}".rstrip() for what, command in commands.items()),
        ]
    )
