"""Where the value of an option comes from: the first source that gives it decides."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from samix.files.access_log import observe
from samix.messages.errors import OptionError, UnusableOptionError
from samix.options.option import Kind
from samix.options.table import OPTION

if TYPE_CHECKING:
    from samix.messages.location import Location
    from samix.options.samconfig import Samconfig
    from samix.template.value import Value

DEFAULT_TEMPLATES = ("template.yaml", "template.yml", "template.json")
_TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})
_FALSE = frozenset({"0", "false", "f", "no", "n", "off"})
_LONGEST_SHOWN = 80


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


@dataclass(frozen=True)
class Given:
    """What a source gives for an option; the methods that read the value raise OptionError if it has another type."""

    value: Value  # None if no source gives one
    source: str  # its name in messages
    where: Location | None = None  # its place in a file, if it comes from one

    def invalid_error(self, problem: str, hint: str = "") -> OptionError:
        """The error for a value of the wrong form."""
        return OptionError(f"{self.source}: {problem}", where=self.where, hint=hint)

    def unusable(self, problem: str, hint: str = "") -> UnusableOptionError:
        """The error for a value that has the right form but cannot be used."""
        return UnusableOptionError(f"{self.source}: {problem}", where=self.where, hint=hint)

    def text(self) -> str | None:
        """The value as text."""
        if self.value is None or isinstance(self.value, str):
            return self.value
        raise self.invalid_error(f"expected a string, got {self.value!r}.")

    def path(self, directory: Path) -> Path | None:
        """The value as an absolute path, None if it is empty; a relative one starts from the directory.

        The path need not exist; one that can never exist is an OptionError, too.
        """
        text = self.text()
        if not text:
            return None
        path = Path(os.path.normpath(directory / text))
        try:
            observe(path).lstat()
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError as error:
            raise self.invalid_error(f"{_shortened(text)} cannot be used: {error.strerror}.") from error
        except ValueError as error:
            raise self.invalid_error(f"{text!r} is not a path: {error}.") from error
        return path

    def texts(self) -> list[str]:
        """The value as a list of texts; one text counts as a list of one."""
        values = self.value if isinstance(self.value, list) else [] if self.value is None else [self.value]
        texts = [item for item in values if isinstance(item, str)]
        if len(texts) != len(values):
            raise self.invalid_error("expected a list of strings.")
        return texts

    def flag(self) -> bool | None:
        """The value as yes or no, in the words of sam's command line, or 1 or 0 (`click.types.BoolParamType`)."""
        if self.value is None or isinstance(self.value, bool):
            return self.value
        if isinstance(self.value, int | float) and self.value in {0, 1}:
            return bool(self.value)
        if isinstance(self.value, str) and (word := self.value.strip().lower()) in _TRUE | _FALSE:
            return word in _TRUE
        raise self.invalid_error(f"expected true or false, got {self.value!r}.")

    def number(self, *, least: int) -> int | None:
        """The value as a whole number that is not below the least."""
        if self.value is None:
            return None
        if isinstance(self.value, int) and not isinstance(self.value, bool) and self.value >= least:
            return self.value
        raise self.invalid_error(f"expected a whole number of at least {least}, got {self.value!r}.")

    def seconds(self) -> float | None:
        """The value as a number of seconds above 0."""
        value = self.value
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf:
            return float(value)
        raise self.invalid_error(f"expected a number of seconds above 0, got {value!r}.")

    def choice(self, choices: tuple[str, ...]) -> str | None:
        """The value as one of some words, whose case does not matter."""
        text = self.text()
        if text is None:
            return None
        found = next((choice for choice in choices if choice.lower() == text.lower()), None)
        if found is None:
            raise self.invalid_error(f"expected {' or '.join(choices)}, got {text}.")
        return found


@dataclass(frozen=True)
class OptionSources:
    """All sources of options; the methods that read a value raise OptionError if it has another type.

    The command line has values by parameter name; None and empty lists count as not given.
    """

    command_line: Mapping[str, Value]
    environ: Mapping[str, str]
    samconfig: Samconfig

    def get(self, name: str) -> Given:
        """What the strongest source gives for an option; the value is None if none gives it."""
        spoken = self.from_command_line(name)
        if spoken.value is not None:
            return spoken
        variable = OPTION[name].variable
        if variable and self.environ.get(variable):
            return Given(self.environ[variable], variable)
        configured = self.from_samconfig(name)
        return configured if configured.value is not None else spoken

    def from_command_line(self, name: str) -> Given:
        """What the command line gives for an option."""
        value = self.command_line.get(name)
        return Given(None if value == [] else value, OPTION[name].long)

    def from_samconfig(self, name: str) -> Given:
        """What samconfig gives for an option."""
        return Given(self.samconfig.get(name), name, self.samconfig.locate(name))

    def choice(self, name: str) -> str | None:
        """The value of an option as one of the words that the table lists for it (see `Given.choice`)."""
        return self.get(name).choice(OPTION[name].type.choices)

    def value(self, name: str) -> bool | float | str | None:
        """The value of an option that is not a list; the default of the table if no source gives one."""
        given, taken = self.get(name), OPTION[name].type
        value: bool | float | str | None
        match taken.kind:
            case Kind.SWITCH:
                value = given.flag()
            case Kind.NUMBER:
                value = given.number(least=taken.least)
            case Kind.SECONDS:
                value = given.seconds()
            case _:
                value = given.choice(taken.choices) if taken.choices else given.text()
        return taken.default if value is None else value
