"""What of the checkout around a source may stand in what is built from it.

Go (`cmd/go/internal/load.(*Package).setBuildInfo`) and, since its SDK 8, .NET (`SourceRevisionId`) write the commit
unasked; makefiles, scripts and installers write what they ask git for.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from samix.builders.search import is_inside
from samix.builders.texts import Asked, Question, content_of
from samix.files.access_log import observed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from samix.builders.texts import Text
    from samix.units.unit import Unit

_FIRST_SDK = 8
_FIRST_VERSIONING = 24  # of Go 1
_GO_VERSION = re.compile(r"(?m)(?:^\s*go |go)1\.(\d+)")
_MODULE, _WORKSPACE = "go.mod", "go.work"
_KEPT_OUT = re.compile(rb"<IncludeSourceRevisionInInformationalVersion>\s*false", re.IGNORECASE)


def asked_of_git(
    unit: Unit,
    source: Path,
    checkout: Path,
    files: Collection[str],
    texts: Mapping[str, Text],
    tools: Mapping[str, str],
    is_go_stamping: Callable[[], bool],
) -> Question:
    """What a unit's build on the host may write of the checkout around its source.

    A container gets the source alone.

    Args:
        unit: The unit.
        source: Its source.
        checkout: The checkout around that.
        files: The files that it is made from, absolute.
        texts: What stands in them (`samix.builders.variables.texts_read`).
        tools: The versions of its builder's programs, by name.
        is_go_stamping: Tells whether go writes the commit, as far as its flags say.
    """
    if unit.needs_engine:
        return Question()
    question = Question()
    for text in texts.values():
        question |= text.question
    stamping = set()
    places = (os.fspath(source), os.path.realpath(source))
    is_copied = not unit.is_in_source and all(any(is_inside(path, place) for place in places) for path in files)
    if not is_copied:  # a copy of the source is no checkout
        stamping |= {name for text in texts.values() for name in text.stamps}
    if is_built_by_go(unit) or (_is_new_sdk(tools) and not any(_KEPT_OUT.search(content_of(path)) for path in texts)):
        stamping.add("go" if is_built_by_go(unit) else "dotnet")
    if "go" in stamping and is_go_stamping():
        question |= Question(frozenset({Asked.COMMIT, Asked.WORK_TREE}))
        if _is_versioned_by_go(checkout, texts, tools):
            question |= Question(frozenset({Asked.VERSION}))
    return question | Question(frozenset({Asked.COMMIT})) if "dotnet" in stamping else question


def is_built_by_go(unit: Unit) -> bool:
    """Whether sam's builder for Go builds it."""
    return unit.workflow.startswith("go")


def _is_new_sdk(tools: Mapping[str, str]) -> bool:
    major = tools.get("dotnet", "").split(".")[0]
    return major.isdecimal() and int(major) >= _FIRST_SDK


def _is_versioned_by_go(checkout: Path, texts: Mapping[str, Text], tools: Mapping[str, str]) -> bool:
    """Whether go writes a version that it makes from tags: since Go 1.24, for a checkout with a module at its root.

    A module may ask for a newer go, which an older one gets.
    """
    if not observed(checkout / _MODULE).is_file():
        return False
    wanted = (content_of(path) for path in texts if os.path.basename(path) in (_MODULE, _WORKSPACE))
    texts_of_versions = [tools.get("go", ""), *(text.decode("utf-8", "replace") for text in wanted)]
    versions = [int(minor) for text in texts_of_versions for minor in _GO_VERSION.findall(text)]
    return "go" not in tools or max(versions, default=_FIRST_VERSIONING) >= _FIRST_VERSIONING
