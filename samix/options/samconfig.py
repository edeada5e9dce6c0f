"""The parameters in samconfig for `sam build`, those of samix included.

Mirrors `samcli.lib.config.samconfig`: `[<env>.build.parameters]` over `[<env>.global.parameters]`, from
`samconfig.toml`, `.yaml` or `.yml` next to the template, or from the file that `--config-file` names.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from samix.files.access_log import observe
from samix.files.atomic import write_atomically
from samix.messages.errors import OptionError, UnusableOptionError
from samix.messages.location import Location
from samix.messages.note import Note
from samix.messages.suggestions import CLOSE_NAME, suggest
from samix.options.config_files import SUFFIXES, lines_of, open_document, read_config_file
from samix.template.value import as_mapping, value_at

if TYPE_CHECKING:
    from samix.template.value import Value, ValueMapping

DEFAULT_ENVIRONMENT = "default"
_DEFAULT_NAMES = ("samconfig.toml", "samconfig.yaml", "samconfig.yml")
_COMMANDS, _PARAMETERS = ("global", "build"), "parameters"
_VERSION = "version"
_VERSION_WRITTEN = 0.1


@dataclass(frozen=True)
class Samconfig:
    """The content of samconfig for `sam build` in one environment."""

    path: Path | None = None  # None if there is no file
    parameters: ValueMapping | None = None  # values by parameter name, such as `use_container`
    lines: Mapping[str, int] = field(default_factory=dict)  # their lines, as far as they can be found
    notes: tuple[Note, ...] = ()

    def get(self, name: str) -> Value:
        """The value of a parameter, None if the file does not give it."""
        return (self.parameters or {}).get(name)

    def locate(self, name: str) -> Location | None:
        """The place of a parameter."""
        return Location(self.path, self.lines.get(name)) if self.path else None


def load_samconfig(directory: Path, file: str | None, environment: str) -> Samconfig:
    """Read the parameters of samconfig for `sam build` in one environment.

    The directory is that of the template: a relative `file` starts from there, as with sam. If `file` is None,
    samconfig is searched for under its default names.

    Raises:
        OptionError: A file that is named is missing, or the file cannot be read.
    """
    path = _find(directory, file)
    if path is None:
        is_default = environment == DEFAULT_ENVIRONMENT
        note = Note(f"--config-env {environment} has no effect: there is no samconfig beside the template.")
        return Samconfig(notes=() if is_default else (note,))
    where = Location(path)
    _check_suffix(path)
    written, text = read_config_file(path)
    document = as_mapping(written)
    if document and not isinstance(document.get(_VERSION), float):
        raise UnusableOptionError(
            "'version' key is not present or is in unrecognized format.", where=where, hint="Add: version = 0.1"
        )
    content = as_mapping(document.get(environment))
    parameters: ValueMapping = {}
    lines: dict[str, int] = {}
    for command in _COMMANDS:
        given = as_mapping(value_at(content, command, _PARAMETERS))
        parameters |= given
        lines = {name: line for name, line in lines.items() if name not in given}
        lines |= lines_of(text, given, (environment, command, _PARAMETERS))
    return Samconfig(path, parameters, lines, _notes(where, document, environment))


def _notes(where: Location, document: ValueMapping, environment: str) -> tuple[Note, ...]:
    """Notes on unknown names of tables, which sam ignores without an error."""
    if environment not in document:
        if environment == DEFAULT_ENVIRONMENT:
            return tuple(_misspelt(where, document, (), DEFAULT_ENVIRONMENT))
        known = ", ".join(name for name, content in document.items() if isinstance(content, dict)) or "none"
        return (Note(f"There is no environment {environment!r} in this file; it has {known}.", where),)
    content = as_mapping(document[environment])
    notes = _misspelt(where, content, (environment,), *_COMMANDS)
    for command in _COMMANDS:
        table = as_mapping(content.get(command))
        notes += _misspelt(where, table, (environment, command), _PARAMETERS)
        notes += [
            Note(
                f"{key} has no effect in [{environment}.{command}]; write it in"
                f" [{environment}.{command}.{_PARAMETERS}].",
                where,
            )
            for key, value in table.items()
            if not isinstance(value, dict)
        ]
    return tuple(notes)


def _misspelt(where: Location, table: ValueMapping, path: tuple[str, ...], *known: str) -> list[Note]:
    """Notes on tables in a table whose names are almost known ones."""
    return [
        Note(f"Did you mean [{'.'.join((*path, name))}], not [{'.'.join((*path, str(key)))}]?", where)
        for key, value in table.items()
        if isinstance(value, dict) and (name := suggest(key, known, close=CLOSE_NAME))
    ]


def samconfig_to_write(directory: Path, file: str | None) -> Path:
    """The samconfig that parameters are saved to: the named one, else `samconfig.toml`, as with sam."""
    return Path(os.path.join(directory, file or _DEFAULT_NAMES[0]))


def save_parameters(path: Path, environment: str, parameters: ValueMapping, region: str) -> None:
    """Save parameters of `sam build` to a samconfig, created if missing, and the region to those of all commands.

    Mirrors `samcli.cli.cli_config_file.save_command_line_args_to_config`: a value that the parameters of all commands
    have already is left out. Comments and everything else in the file stay.

    Raises:
        OptionError: The file cannot be read or written.
    """
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415 - to write alone

    _check_suffix(path)
    document = open_document(path)
    try:
        content = document.content
        known = as_mapping(value_at(cast("Value", content), environment, "global", "parameters"))
        own = document.table(environment, "build", "parameters")
        for name, value in parameters.items():
            if name in known and known[name] == value:
                own.pop(name, None)
            else:
                own[name] = value
        document.table(environment, "global", "parameters")["region"] = region
        content[_VERSION] = content.get(_VERSION, _VERSION_WRITTEN)
        _write(path, document.text())
    except (OSError, ValueError, TypeError, AttributeError, TOMLKitError) as error:
        raise OptionError(f"--save-params: the file cannot be written: {error}", where=Location(path)) from error


def _write(path: Path, text: str) -> None:
    """Write the file as sam does: to the target of a link, and with its present mode, which may protect secrets.

    Raises:
        OSError: It cannot be written.
    """
    place = Path(os.path.realpath(path))
    if not place.exists():
        write_atomically(place, text)
        return
    if not os.access(place, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))
    mode = stat.S_IMODE(place.stat().st_mode)
    write_atomically(place, text, mode=mode)
    place.chmod(mode)  # the umask took its bits off the new file


def _check_suffix(path: Path) -> None:
    if path.suffix not in SUFFIXES:
        raise UnusableOptionError(
            f"The config file {path.name} has an unsupported extension.",
            where=Location(path),
            hint="sam reads .toml, .yaml and .yml.",
        )


def _find(directory: Path, file: str | None) -> Path | None:
    if file is None:
        return next((directory / name for name in _DEFAULT_NAMES if observe(directory / name).exists()), None)
    path = Path(os.path.join(directory, file))
    if not observe(path).is_file() and not path.is_fifo():
        raise UnusableOptionError(
            f"Config file {file} does not exist or could not be read!", hint=f"Looked for {path}."
        )
    return path
