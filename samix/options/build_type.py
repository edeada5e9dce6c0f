"""What an option or a rule says of where something is built."""

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
    """One `PATTERN=TYPE` of an option.

    Attributes:
        pattern: A full path such as `Child/Fn`, or a glob of full paths.
        build_type: What it asks for.
        source: What said it, such as `--build-type` or `build_type`.
        where: The file that it stands in, if it stands in one.
    """

    pattern: str
    build_type: BuildType
    source: str
    where: Location | None = None

    @property
    def origin(self) -> str:
        """Where it comes from, for people."""
        return str(self.where or self.source)


@dataclass(frozen=True)
class BuildTypeDefault:
    """What holds for a resource that nothing else speaks of."""

    build_type: BuildType
    source: str


def parse_build_type(text: str, *, source: str, where: Location | None = None) -> BuildType:
    """`host` or `container` from text.

    Raises:
        BuildTypeError: It is neither.
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
    """The rules in an option's values, and the default where a value has no pattern.

    Args:
        values: Such as `["NativeLayer=container", "Child/*=container", "host"]`.
        source: What the values are called in messages and reasons.
        where: The file that they stand in, if they stand in one.

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
                f"{source}: {value!r} names no resource.", where=where, hint=f"Write Name={text}, or {text} for all."
            )
        else:
            rules.append(BuildTypeRule(pattern, build_type, source, where))
    return rules, default
