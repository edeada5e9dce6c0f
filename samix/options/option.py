"""The types for describing options and commands; the options themselves are in `samix.options.table`.

The values are named tuples, because importing `dataclasses` takes longer than a page of help.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Panel(Enum):
    """The panels of options, in the order and with the titles of sam's help.

    Mirrors `samcli.commands.build.core.options`; sam has no panel for build types.
    """

    MAIN = "Options"
    BUILD_TYPE = "Build Type Options"
    TEMPLATE = "Template Options"
    CREDENTIALS = "AWS Credential Options"
    STRATEGY = "Build Strategy Options"
    CONTAINER = "Container Options"
    LOCATION = "Artifact Location Options"
    OUTPUT = "Output Options"
    EXTENSION = "Extension Options"
    CONFIGURATION = "Configuration Options"
    TERRAFORM = "Terraform Hook Options"
    BETA = "Beta Options"
    OTHER = "Other Options"


class Kind(Enum):
    """How the value of an option is read."""

    SWITCH = "switch"
    TEXT = "text"
    WORD = "word"
    TEXTS = "texts"
    NUMBER = "number"
    SECONDS = "seconds"


class Completer(Enum):
    """What a shell offers as the value of an option."""

    NOTHING = "nothing"
    FILES = "files"
    DIRECTORIES = "directories"
    CHOICES = "choices"
    SHELLS = "shells"
    RESOURCES = "resources"
    BUILD_TYPES = "build types"
    IMAGES = "images"
    VARIABLES = "variables"
    PARAMETERS = "parameters"


class Type(NamedTuple):
    """The type of an option's value."""

    kind: Kind
    metavar: str = ""  # the word for the value on a page of help
    completer: Completer = Completer.NOTHING
    # the words that the value is one of; if the kind is `WORD`, the parser refuses all others
    choices: tuple[str, ...] = ()
    # the value if no source gives one, unless `samix.options.merge` finds another
    default: bool | int | str | None = None
    least: int = 0  # the smallest number allowed
    has_contrary: bool = False  # whether its name with `no` means the opposite


class Opt(NamedTuple):
    """An option, or an argument, of a command."""

    name: str  # sam's name for it: the key in samconfig and, with hyphens, the name on the command line
    type: Type
    panel: Panel
    help: str
    short: str = ""
    alias: str = ""  # another long name on the command line
    off: str = ""  # the name that means the opposite, if it is not the name with `no`
    variable: str = ""  # the environment variable that gives it
    alias_key: str = ""  # another key in samconfig
    is_configured: bool = True  # whether samconfig can give it
    is_argument: bool = False
    is_greedy: bool = False  # whether it takes everything up to the next option, as sam's `OptionNargs` does
    is_own: bool = False  # whether sam does not have it; all others are handed over to sam with `--hook-name`
    suits_hook: bool = False  # whether it may be given with `--hook-name` although sam does not have it
    is_saved: bool = True  # whether `--save-params` saves it
    is_guessed: bool = False  # whether a misspelt key in samconfig is reported
    finds_resources: bool = False  # whether it decides which resources there are
    is_of_clean: bool = False  # whether `samix clean` has it, too
    writes_file: bool = False  # whether it does nothing but write a file, so that `samix plan` ignores it

    @property
    def long(self) -> str:
        """Its name on the command line."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def names(self) -> tuple[str, ...]:
        """All its names on the command line except its opposite; none if it is an argument."""
        return () if self.is_argument else tuple(name for name in (self.long, self.alias, self.short) if name)

    @property
    def contrary(self) -> str:
        """The name on the command line that means the opposite, if there is one."""
        return self.off or (f"--no-{self.long[2:]}" if self.type.has_contrary else "")

    @property
    def keys(self) -> tuple[str, ...]:
        """Its keys in samconfig; none if samconfig cannot give it."""
        return tuple(key for key in (self.name, self.alias_key) if key and self.is_configured)

    @property
    def is_switch(self) -> bool:
        """Whether it has no value: it is given or not."""
        return self.type.kind is Kind.SWITCH

    @property
    def takes_several(self) -> bool:
        """Whether its value is a list."""
        return self.type.kind is Kind.TEXTS


class Command(NamedTuple):
    """A command of samix; the one with an empty name is `samix` itself."""

    name: str
    about: tuple[str, ...]  # what the command does, in paragraphs
    options: tuple[Opt, ...]  # in the order in which a shell offers them
    examples: tuple[str, ...] = ()  # command lines

    @property
    def summary(self) -> str:
        """The first sentence of what it does."""
        sentence, dot, _ = self.about[0].partition(". ")
        return f"{sentence}{dot.rstrip()}"
