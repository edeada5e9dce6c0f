"""The end of a build, and a plan, as plain values: what a terminal shows, and what a file or a pipe gets.

Without a terminal it is plain text that is not cut to a window, made without any library: a build that has nothing to
do should end before one could be imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import IO, NamedTuple, TextIO

from samix.messages.printable import strip_control_characters

NOTHING = "\nNothing to build."
SUCCEEDED, FAILED = "\nBuild Succeeded", "\nBuild Failed"
LEFT = "The build dir is left as it was."
LEFT_AND_KEPT = f"{LEFT} What was built is kept for the next build."
GAP = 2  # columns
NO_TIME = "-"  # of what was not built
_RULE = "========================="


class Row(NamedTuple):
    """A unit in the table of a build, or of a plan.

    Its resources (one a line), where it is built, why there, how it ended or what to do, and why. A plan has no time.
    """

    resource: str
    build_type: str
    because_of: str
    result: str
    time: str
    why: str


TITLES = Row("Resource", "Build type", "Because of", "Result", "Time", "Why")
PLAN_TITLES = TITLES._replace(result="What to do", time="")


class Ending(NamedTuple):
    """The end of a build that went well."""

    rows: Sequence[Row]
    build_dir: str  # relative to the working directory
    template: str  # the built template, likewise
    is_default: bool  # whether sam uses this build dir by default
    document: str | None = None  # all of this as one JSON document, if that is printed instead
    can_sync: bool = True  # whether `sam sync`, which builds on its own, can build this application as samix does
    flags: str = ""  # the options, as on a command line, that sam needs to read the templates


def is_plain(stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    """Whether a stream is not a terminal and not to be treated as one, as rich decides it."""
    return stream is None or not (stream.isatty() or environ.get("FORCE_COLOR") or environ.get("TTY_COMPATIBLE") == "1")


def is_watched(stream: IO[str] | None, environ: Mapping[str, str]) -> bool:
    """Whether a stream is an interactive terminal, on which a live display can be shown."""
    if stream is None or not stream.isatty() or environ.get("TTY_COMPATIBLE") == "0":
        return False
    is_dumb = environ.get("TERM", "").lower() in {"dumb", "unknown"}
    return not is_dumb and environ.get("TTY_INTERACTIVE") != "0" and environ.get("CI", "").lower() not in {"1", "true"}


def plain_table(rows: Sequence[Row], titles: Row = TITLES) -> str:
    """The rows with their titles; each column as wide as its widest text."""
    if not rows:
        return f"{NOTHING}\n"
    names = [title for title in titles if title]
    lines = [line for row in (titles, *rows) for line in _lines(cells(row, titles).values())]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    shown = (
        (" " * GAP).join(
            " " * (width - _width(text)) + text if title == TITLES.time else text + " " * (width - _width(text))
            for title, text, width in zip(names, line, widths, strict=True)
        )
        for line in lines
    )
    return "".join(f"{line.rstrip()}\n" for line in ("", *shown))


def cells(row: Row, titles: Row) -> dict[str, str]:
    """The texts of a row by their titles."""
    return {title: text for title, text in zip(titles, row, strict=True) if title}


def _lines(texts: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """The lines of a row: as many as its longest text has."""
    return zip_longest(*(strip_control_characters(text).split("\n") for text in texts), fillvalue="")


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415 - most names have no wide characters

    return cell_len(text)


def closing_lines(ending: Ending) -> str:
    """sam's closing lines (`BuildContext._gen_success_msg`), with the options that its commands need."""
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
