"""The errors that samix raises on purpose: one small tree, each class with its exit code.

A message says what happened; `where` names the place in a file; `hint` says what to do. They become text in
`samix.cli` and `samix.report`. A unit that fails is not an error of this kind but a value
(`samix.units.outcome.Outcome`), whose reason may come from one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from samix.messages.location import Location


class SamixError(Exception):
    """Any other error that samix can explain; the base class of the errors below."""

    exit_code: ClassVar[int] = 1
    fails_build: bool = False
    """Whether sam prints `Build Failed` for such an error (`BuildContext.run`)."""

    def __init__(self, message: str, *, where: Location | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.message}"


class TemplateError(SamixError):
    """A template, or a source that it names, cannot be read or does not say what is needed."""


class MissingSourceError(TemplateError):
    """A source that its builder needs does not exist. sam prints `Build Failed` for it."""

    fails_build = True


class StateError(SamixError):
    """A file in `.aws-sam` is not as it should be, or cannot be read or written although its directory can."""


class BusyError(SamixError):
    """Another samix is working in this directory, and `--no-wait` was given."""

    exit_code = 4


class SelectionError(SamixError):
    """A requested name matches nothing that sam builds."""

    fails_build = True


class OptionError(SamixError):
    """An option has a wrong value, on the command line, in the environment or in samconfig."""

    exit_code = 2


class UnusableOptionError(OptionError):
    """An option has a well-formed value that cannot be used, such as a missing file. sam, too, exits with 1 then."""

    exit_code = 1


class ReadOnlySourceError(UnusableOptionError):
    """A unit's builder writes into its source, but the container mounts the source read-only.

    At a terminal samix asks, as sam does; elsewhere the build ends.
    """


class OldSamError(SamixError):
    """An option, or something in the template, needs a newer sam than the one that is installed."""

    exit_code = 2


class BuildTypeError(OptionError):
    """A build type is neither `host` nor `container`, or its name matches no resource."""


class DependencyError(SamixError):
    """Dependencies cannot be resolved: a cycle, an unknown name, or a name that is not unique."""

    exit_code = 2


class RequirementError(SamixError):
    """Something that the build needs besides its sources is missing: a program, a service, an image, a permission."""

    exit_code = 3
    fails_build = True
