"""The commit that stands in what is built, and whether go writes it.

With `-buildvcs=auto`, its default, go stamps a program with the commit of the checkout around its source, the commit's
time and tag, and whether the checkout was modified (`cmd/go/internal/load.(*Package).setBuildInfo`,
`cmd/go/internal/vcs`).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from samix.machine.lookup import find_programs
from samix.machine.versions import ask
from samix.observed import observe_unknown, observed
from samix.plan.texts import Asked
from samix.reading import read_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

_STAMPS = re.compile(r"-?-buildvcs(?:=(\S*))?")
_FLAGS = re.compile(r"^\s*GOFLAGS\s*=(.*)$", re.MULTILINE)
_CHECKOUT = ".git"
_QUIETLY = ("--no-optional-locks",)
_DESCRIBE = ("describe", "--tags", "--always", "--long", "--abbrev=12")
_BRANCH = ("rev-parse", "--abbrev-ref", "HEAD")
_STATUS = ("status", "--porcelain")


def checkout_around(source: Path) -> Path | None:
    """The checkout that a source lies in, None if it lies in none."""
    place = source.resolve()
    return next((one for one in (place, *place.parents) if observed(one / _CHECKOUT).exists()), None)


def find_revision(checkout: Path, asked: Collection[Asked], environ: Mapping[str, str]) -> dict[str, str]:
    """What may be written of a checkout: the commit with its tag, the branch, and whether something is modified.

    Args:
        checkout: The checkout.
        asked: What of these is wanted. git is asked for nothing else but whether there is a commit.
        environ: The environment.

    Returns:
        By what `samix.plan.texts.Asked` calls it; nothing where git or a commit is not there.
    """
    git = next(iter(find_programs(["git"], environ)), None)
    if git is None:
        return {}
    observe_unknown()  # any file of the checkout may be modified

    def answer(question: Sequence[str]) -> str | None:
        return ask([git, *_QUIETLY, *question], environ, checkout)

    commit = answer(_DESCRIBE)
    changes = answer(_STATUS) if Asked.WORK_TREE in asked else ""
    if not commit or changes is None:
        return {}
    told = {Asked.COMMIT: commit.strip(), Asked.WORK_TREE: "modified" if changes.strip() else "clean"}
    if Asked.BRANCH in asked:
        told[Asked.BRANCH] = (answer(_BRANCH) or "").strip()
    return {one.value: told[one] for one in asked}


def is_stamped(environ: Mapping[str, str]) -> bool:
    """Whether go writes the commit into what it builds, as far as its flags say."""
    flags = environ.get("GOFLAGS") or next((found for file in _go_env(environ) if (found := _flags_in(file))), "")
    stamps = [match[1] for match in _STAMPS.finditer(flags)]
    return not stamps or stamps[-1] != "false"


def _go_env(environ: Mapping[str, str]) -> list[Path]:
    """The files in which `go env -w` keeps variables (`os.UserConfigDir` of Go), and which a GOENV names."""
    named = environ.get("GOENV")
    if named:
        return [] if named == "off" else [Path(named)]
    home = environ.get("HOME", "")
    configuration = environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    return [Path(configuration, "go", "env"), Path(home, "Library", "Application Support", "go", "env")]


def _flags_in(file: Path) -> str:
    try:
        found = _FLAGS.findall(read_text(observed(file), errors="replace"))
    except OSError:
        return ""
    return str(found[-1]) if found else ""
