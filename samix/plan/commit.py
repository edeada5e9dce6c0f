"""What of the checkout around a source may stand in what is built from it.

Go (`cmd/go/internal/load.(*Package).setBuildInfo`) and, since its SDK 8, .NET (`SourceRevisionId`) write the commit
unasked; makefiles, scripts and installers write what they ask git for.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from samix.plan.outside.search import is_inside
from samix.plan.texts import Asked, content_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from samix.plan.texts import Text
    from samix.plan.units import Unit

_FIRST_SDK = 8
_KEPT_OUT = re.compile(rb"<IncludeSourceRevisionInInformationalVersion>\s*false", re.IGNORECASE)


def asked_of_git(
    unit: Unit,
    source: Path,
    files: Collection[str],
    texts: Mapping[str, Text],
    tools: Mapping[str, str],
    is_go_stamping: Callable[[], bool],
) -> frozenset[Asked]:
    """What a unit's build on the host may write of the checkout around its source.

    A container gets the source alone.

    Args:
        unit: The unit.
        source: Its source.
        files: The files that it is made from, absolute.
        texts: What stands in them (`samix.plan.environment.texts_read`).
        tools: The versions of its builder's programs, by name.
        is_go_stamping: Tells whether go writes the commit, as far as its flags say.
    """
    if unit.needs_engine:
        return frozenset()
    asked = frozenset(one for text in texts.values() for one in text.asked)
    stamping = set()
    places = (os.fspath(source), os.path.realpath(source))
    is_copied = not unit.is_in_source and all(any(is_inside(path, place) for place in places) for path in files)
    if not is_copied:  # a copy of the source is no checkout
        stamping |= {name for text in texts.values() for name in text.stamps}
    if is_built_by_go(unit) or (_is_new_sdk(tools) and not any(_KEPT_OUT.search(content_of(path)) for path in texts)):
        stamping.add("go" if is_built_by_go(unit) else "dotnet")
    if "go" in stamping and is_go_stamping():
        asked |= {Asked.COMMIT, Asked.WORK_TREE}
    return asked | {Asked.COMMIT} if "dotnet" in stamping else asked


def is_built_by_go(unit: Unit) -> bool:
    """Whether sam's builder for Go builds it."""
    return (unit.first.build_method or unit.first.runtime or "").startswith("go")


def _is_new_sdk(tools: Mapping[str, str]) -> bool:
    major = tools.get("dotnet", "").split(".")[0]
    return major.isdecimal() and int(major) >= _FIRST_SDK
