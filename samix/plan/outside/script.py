"""Where the scripts that a build runs lead from the artifact.

A script is told where the artifact lies by `ARTIFACTS_DIR`, by an argument, or, where npm runs it, by its working
directory. What it does is not known; but what it finds around the artifact begins with one of these.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from samix.plan.outside.search import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ARTIFACTS_NAME = r"\bARTIFACTS_DIR\b"
ARGUMENTS = (r"(?<=\$)[1-9@*](?!\w)", r"(?<=\$\{)[1-9@*]", r"\bargv\b(?:\[-?\d+\])?")
_DIRECTORY_OF = re.compile(r"dirname\b")
_AROUND = r"(?P<around>(?:dirname\b(?:(?!dirname\b)[^\n;|&,]){0,40}?)*)"
_CUT = r"(?P<cut>%%?[^}\s]*)?"
_STEP = re.compile(
    r"[\"'`\])}]*"
    r"(?:(?P<up>\.parents?\b(?:\[\d\])?)"
    r"|/(?P<plain>[\w.@+-]+)"
    r"|(?:,\s*|\s+/\s*)(?:Path\()?[\"'`]/?(?P<quoted>[\w.@+-]+))"
)
_STEPS_CUT = re.compile(r"%(?:/\*)+")
_FROM_HERE = re.compile(r"(?<![\w./)\]}])(\.\.(?:/[\w.@+-]+)*)(?=[/\"'`\s)]|$)", re.MULTILINE)
_ASSIGNED = re.compile(
    r"^[ \t]*(?:(?:export|local|readonly|const|let|var) +)*([A-Za-z_]\w*) *(?:: *\w+ *)?[:?]?=(?!=) *(.+)$",
    re.MULTILINE,
)
_SCRIPT = re.compile(r"[\w./-]+\.(?:sh|bash|py|[cm]?js|ts|rb|pl|mk)\b")
_MOST_SCRIPTS = 20
_MOST_TEXT = 1 << 18  # letters; what is longer was made by a tool
_MOST_ROUNDS = 4
_UP = ".."


def scripts_from(file: str) -> Iterator[str]:
    """The texts of a script and of those that it names, each once."""
    pending = [file]
    for path in pending:  # grows as more are named
        text = read(path)[:_MOST_TEXT]
        yield text
        for name in _SCRIPT.findall(text):
            inner = os.path.normpath(os.path.join(os.path.dirname(path), name))
            if inner not in pending and len(pending) < _MOST_SCRIPTS:
                pending.append(inner)


def ways_around(text: str, names: Iterable[str], *, is_run_there: bool = False) -> list[str]:
    """The paths, relative to the artifact, by which a script leaves it, as far as they are written.

    Args:
        text: The script.
        names: Patterns of what stands for the artifact in it.
        is_run_there: Whether it runs in the artifact.
    """
    known = list(names)
    found: list[str] = []
    for _ in range(_MOST_ROUNDS):
        found = [path for name in known for path in _ways_from(text, name)]
        more = [
            rf"\b{name}\b"
            for name, value in _ASSIGNED.findall(text)
            if any(re.search(one, value) for one in known) and not any(_ways_from(value, one) for one in known)
        ]
        if not set(more) - set(known):
            break
        known += [name for name in dict.fromkeys(more) if name not in known]
    if is_run_there:
        found += _FROM_HERE.findall(text)
    return [path for path in dict.fromkeys(map(os.path.normpath, found)) if path.startswith(_UP)]


def _ways_from(text: str, name: str) -> list[str]:
    """The paths that begin with a name and lead up somewhere."""
    found = []
    for match in re.finditer(f"{_AROUND}(?:{name}){_CUT}", text):
        steps = [_UP] * len(_DIRECTORY_OF.findall(match["around"]))
        if cut := match["cut"]:
            steps += [_UP] * ((len(cut) - 1) // 2 if _STEPS_CUT.fullmatch(cut) else 1)
        position = match.end()
        while step := _STEP.match(text, position):
            steps.append(_UP if step["up"] else step["plain"] or step["quoted"])
            position = step.end()
        if _UP in steps:
            found.append("/".join(steps))
    return found
