"""Finds what a unit's build may write about its git checkout, such as the commit, into the artifact.

Go (`cmd/go/internal/load.(*Package).setBuildInfo`) and, since its SDK 8, .NET (`SourceRevisionId`) write the commit
without being asked to; makefiles, scripts and installers write what they ask git for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.question import Question
from samix.builders.search import is_inside
from samix.builders.workflow import workflow_of

if TYPE_CHECKING:
    from samix.builders.texts import Text
    from samix.units.unit import Unit


def find_git_question(
    unit: Unit,
    source: Path,
    checkout: Path,
    files: Collection[str],
    texts: Mapping[str, Text],
    tools: Mapping[str, str],
    is_go_stamping: Callable[[], bool],
) -> Question:
    """What a unit's build on the host may write about the checkout around its source; a container gets only the source.

    `files` are the absolute paths of what the unit is made from, `texts` is what `samix.builders.variables.read_texts`
    gives for them, and `tools` are the versions of its builder's programs, by name. `is_go_stamping` says whether go
    writes the commit, as far as its flags show.
    """
    if unit.needs_engine:
        return Question()
    question = Question()
    for text in texts.values():
        question |= text.question
    own = workflow_of(unit).stamp
    stamping = {own} if own and own.is_made(tools, texts) else set()
    places = (os.fspath(source), os.path.realpath(source))
    is_copied = not unit.is_in_source and all(any(is_inside(path, place) for place in places) for path in files)
    if not is_copied:  # a copy of the source is no checkout
        stamping |= {stamp for text in texts.values() for stamp in text.stamps}
    for stamp in stamping:
        question |= stamp.asks(checkout, texts, tools, is_go_stamping)
    return question
