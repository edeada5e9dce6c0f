"""Why a unit must be built, or what is repaired of one that is up to date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

Parts: TypeAlias = "Mapping[Cause, Mapping[str, str]]"


class Cause(Enum):
    """The kinds of reasons, in the order in which they are shown."""

    NOT_CACHED = "not cached"
    IMAGE = "image"
    IN_SOURCE = "in source"
    NOT_BUILT = "not built"
    BUILD_TYPE = "build type"
    BUILD_IMAGE = "build image"
    DEFINITION = "definition"
    OPTION = "option"
    ENVIRONMENT = "environment"
    VARIABLE = "variable"
    MANIFEST = "manifest"
    SOURCE = "source"
    DEPENDENCY = "dependency"
    PLACE = "shared place"
    INSTALLED = "local repository"
    SAM = "sam"
    TOOL = "tool"
    HOST = "host"
    COMMIT = "commit stamp"
    UNSETTLED = "changed while built"
    ARTIFACT = "artifact"
    CACHE = "cache"
    DEPS = "deps"
    BUILD_TOML = "build.toml"


@dataclass(frozen=True)
class Reason:
    """One reason why a unit is built or repaired, with a text such as `src/app.py changed`."""

    cause: Cause
    text: str


def format_reasons(reasons: Iterable[Reason]) -> str:
    """All reasons in one line."""
    return "; ".join(reason.text for reason in reasons)
