"""Recognizes shell scripts that do nothing but start another program."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_SHELL = re.compile(r"#![ \t]*(?:/\S*/)?(?:env[ \t]+)?(?:sh|bash|dash|zsh|ksh)(?:[ \t]+-[eux]+)?[ \t]*")
_VALUE = r"""[\w.,:/@+-]*|'[^'$`]*'|"[^"$`\\]*\""""
_HARMLESS = re.compile(rf"\s*(?:#.*|set -[eux]+|set -[eux]*o pipefail|(?:export )?(?P<name>\w+)=(?:{_VALUE}))?\s*")
# what is set to another value may have another program run, or the same one with other libraries
_STEERING = re.compile(r"PATH|HOME|IFS|ENV|BASH_ENV|CDPATH|(?:PYTHON|PYENV|LD|DYLD|SHELL|BASH)\w*")
_HOME = re.compile(r"(?:~|\$HOME|\$\{HOME\})(?=/)")
_PROGRAM = (
    r"""'(?P<literal>/[^']+)'|"(?P<quoted>(?:\$HOME|\$\{HOME\})?/[^"`\\$]+)"|(?P<plain>(?:~|\$HOME)?/[\w./@+-]+)"""
)
_LEADS = re.compile(rf"""\s*(?:exec +(?:-a +"\$0" +)?)?(?:{_PROGRAM}) +(?:"\$@"|\$@)\s*""")


def find_wrapped_program(script: str, environ: Mapping[str, str]) -> Path | None:
    """The program that a script starts by an absolute path with all its arguments, if it does nothing else of note.

    None if the text of the script does not prove which program it is.
    """
    first, *lines = script.rstrip().splitlines() or [""]
    match = _LEADS.fullmatch(lines[-1]) if lines and _SHELL.fullmatch(first) else None
    if match is None or not all(map(_is_harmless, lines[:-1])):
        return None
    written, home = match["literal"] or match["quoted"] or match["plain"], environ.get("HOME", "")
    named = written if match["literal"] else _HOME.sub(lambda _: home, written, count=1)
    return Path(named) if named.startswith("/") and (home or named == written) else None


def _is_harmless(line: str) -> bool:
    match = _HARMLESS.fullmatch(line)
    return match is not None and not (match["name"] and _STEERING.fullmatch(match["name"]))
