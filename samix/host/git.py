"""git, asked about a checkout."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from samix.files.access_log import matching, observe, plain_environment
from samix.host.path_lookup import find_programs
from samix.host.versions import ask

CHECKOUT = ".git"
HEAD = "HEAD"
_QUIETLY = ("--no-optional-locks",)
_STEERING = re.compile(r"GIT_\w+")


@dataclass(frozen=True)
class Git:
    """The git that is found on PATH, run in one checkout with the environment that is given."""

    program: str
    checkout: Path
    environ: Mapping[str, str] = field(repr=False)

    @classmethod
    def find(cls, checkout: Path, environ: Mapping[str, str]) -> Git | None:
        """The git on PATH; None if there is none. The variables that influence it are recorded as observed."""
        program = next(iter(find_programs(["git"], environ)), None)
        matching(environ, _STEERING)
        return cls(program, checkout, plain_environment(environ)) if program else None

    def answer(self, *arguments: str) -> str | None:
        """The output of a git command without its warnings; empty if it fails, None if git cannot be run."""
        return ask([self.program, *_QUIETLY, *arguments], self.environ, self.checkout, with_errors=False)


def checkout_around(source: Path, known: dict[str, Path | None] | None = None) -> Path | None:
    """The checkout that contains a source; None if there is none.

    `known` has what was found for other directories, and gets what is found.
    """
    known = {} if known is None else known
    place = os.path.realpath(source)
    passed: list[str] = []
    while place not in known:
        passed.append(place)
        if _is_checkout(place):
            known[place] = Path(place)
        elif place == os.path.dirname(place):
            known[place] = None
        else:
            place = os.path.dirname(place)
    found = known[place]
    known.update(dict.fromkeys(passed, found))
    return found


def _is_checkout(directory: str) -> bool:
    there = os.path.join(directory, CHECKOUT)
    is_there = os.path.exists(there)
    # the directory itself changes with every lock in it
    observe(os.path.join(there, HEAD) if os.path.isdir(there) else there)
    return is_there
