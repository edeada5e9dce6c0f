"""Build types (host or container), and the rules that give them to resources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from samix.messages.errors import BuildTypeError

if TYPE_CHECKING:
    from samix.messages.location import Location


class BuildType(Enum):
    """Where sam builds a unit."""

    HOST = "host"
    CONTAINER = "container"


@dataclass(frozen=True)
class BuildTypeRule:
    """One `PATTERN=TYPE` of an option."""

    pattern: str  # a full path such as `Child/Fn`, or a glob of full paths
    build_type: BuildType
    source: str  # what it was given with, such as `--build-type` or `build_type`
    where: Location | None = None  # its place in a file, if it comes from one

    @property
    def origin(self) -> str:
        """The place or the source of the rule, for people."""
        return str(self.where or self.source)


@dataclass(frozen=True)
class BuildTypeDefault:
    """The build type of resources that have no rule and no metadata."""

    build_type: BuildType
    source: str


def parse_build_type(text: str, *, source: str, where: Location | None = None) -> BuildType:
    """The build type with the name `host` or `container`.

    Raises:
        BuildTypeError: The text is neither of these.
    """
    try:
        return BuildType(text)
    except ValueError:
        raise BuildTypeError(
            f"{source}: {text!r} is not a build type.", where=where, hint="Write host or container."
        ) from None


def parse_rules(
    values: Iterable[str], *, source: str, where: Location | None = None
) -> tuple[list[BuildTypeRule], BuildTypeDefault | None]:
    """The rules in values such as `["NativeLayer=container", "Child/*=container", "host"]`, and the default in them.

    `source` is the name of the values in messages and reasons; `where` is their place in a file, if they come from one.

    Raises:
        BuildTypeError: A value has no known build type or an empty pattern.
    """
    rules: list[BuildTypeRule] = []
    default = None
    for value in values:
        pattern, equals, text = value.rpartition("=")
        build_type = parse_build_type(text, source=source, where=where)
        if not equals:
            default = BuildTypeDefault(build_type, f"{where or source} {text}")
        elif not pattern:
            raise BuildTypeError(
                f"{source}: no resource given in {value!r}.", where=where, hint=f"Write Name={text}, or {text} for all."
            )
        else:
            rules.append(BuildTypeRule(pattern, build_type, source, where))
    return rules, default
