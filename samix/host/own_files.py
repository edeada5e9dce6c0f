"""Keeps samix's own files from making a git checkout look modified.

Go writes whether a checkout was modified, and an untracked file modifies it (`cmd/go/internal/vcs.gitStatus`). If git
ignores everything that sam writes, but not samix's own directories, a `.gitignore` of samix makes it ignore these too.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from samix.files.atomic import write_atomically
from samix.host.git import Git, checkout_around
from samix.state.layout import IGNORED_BY_GIT

if TYPE_CHECKING:
    from samix.state.layout import Layout

_ANY = "file"  # an example of what is in a directory


def is_clean_but_for_own_files(git: Git, layout: Layout) -> bool:
    """Whether only samix's own files are modified in a checkout, and git is to ignore them."""
    around = _paths_inside(git, (layout.ignore_file,))
    names = [name.strip("/") for name in IGNORED_BY_GIT.splitlines()]
    patterns = [os.path.join(os.path.dirname(path), name) for path in around for name in names]
    excluded = [f":(top,exclude,glob){pattern}{ending}" for pattern in patterns for ending in ("", "/**")]
    if not around or git.answer("status", "--porcelain", "--untracked-files=all", "--", ":(top)", *excluded) != "":
        return False
    return _is_to_be_ignored(git, layout)


def hide_own_files(layout: Layout, environ: Mapping[str, str]) -> None:
    """Make git ignore samix's own files in the checkout around a project, if it ignores what sam writes there.

    Raises:
        OSError: The file cannot be written.
    """
    checkout = checkout_around(layout.project)
    git = Git.find(checkout, environ) if checkout else None
    if git and not os.path.lexists(layout.ignore_file) and _is_to_be_ignored(git, layout):
        write_atomically(layout.ignore_file, IGNORED_BY_GIT)


def _is_to_be_ignored(git: Git, layout: Layout) -> bool:
    own = _paths_inside(git, (layout.root / _ANY, layout.stand_in(_ANY) / _ANY))
    of_sam = _paths_inside(git, (layout.build_toml, layout.build_dir / _ANY))
    return bool(own) and _count_ignored(git, own) < len(own) and _count_ignored(git, of_sam) == len(of_sam)


def _count_ignored(git: Git, paths: list[str]) -> int:
    """How many of some paths git ignores."""
    return len((git.answer("check-ignore", "--", *paths) or "").splitlines()) if paths else 0


def _paths_inside(git: Git, paths: Iterable[Path]) -> list[str]:
    """The paths that are in the checkout, relative to it."""
    found = (os.path.relpath(os.path.realpath(path.parent) + os.sep + path.name, git.checkout) for path in paths)
    return [path for path in found if path.split(os.sep)[0] != os.pardir]
