"""The configuration files that sam reads: TOML or YAML, by their suffix.

Mirrors `samcli.lib.config.file_manager`. YAML is read with sam's own parser, because the values of others differ: in
YAML 1.2 `yes` is a text and `012` is twelve, but PyYAML, which reads YAML 1.1, makes them true and ten. TOML is read
with the interpreter's parser, whose values are the same, and with sam's own, which is slower, only where that fails.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, cast

from samix.files.access_log import observe
from samix.files.safe_read import read_text
from samix.messages.errors import OptionError, UnusableOptionError
from samix.messages.location import Location

if TYPE_CHECKING:
    import tomlkit

    from samix.template.value import Value, ValueMapping

_TOML = ".toml"
_HEADER = re.compile(r"\s*\[([^\[\]]+)\]\s*(#.*)?$")
SUFFIXES = (_TOML, ".yaml", ".yml")


def read_config_file(path: Path) -> tuple[Value, str]:
    """The content of a file with one of the `SUFFIXES` (None for an empty YAML file), and its text.

    Raises:
        OptionError: The file cannot be read or parsed.
    """
    try:
        text = read_text(observe(path))
        parsed = _read_toml(text) if path.suffix == _TOML else _parse_yaml(text)
    except (OSError, ValueError, LookupError, RecursionError) as error:
        raise UnusableOptionError(f"Error reading configuration: {error}", where=_place(path, error)) from error
    return cast("Value", parsed), text


def lines_of(text: str, table: ValueMapping, keys: tuple[str, ...]) -> dict[str, int]:
    """The lines (the first is 1) of the keys of a table, as far as they can be found.

    The table and the text come from `read_config_file`; `keys` are those under which the table stands in the file.
    """
    marks = getattr(table, "lc", None)  # positions, from ruamel.yaml
    if marks is not None:
        return {name: marks.key(name)[0] + 1 for name in table if name in (marks.data or {})}
    lines: dict[str, int] = {}
    header: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        found = _HEADER.match(line)
        if found:
            header = tuple(part.strip(" \"'") for part in found[1].split("."))
            if header[:-1] == keys:  # a value that is itself a table, such as parameter_overrides
                lines[header[-1]] = number
        elif header == keys:
            lines.setdefault(line.partition("=")[0].strip(" \"'"), number)
    return {name: line for name, line in lines.items() if name in table}


@dataclass(frozen=True)
class Document:
    """A TOML or YAML file that keeps its comments and layout while its content is changed in place."""

    content: MutableMapping[str, object]
    is_toml: bool

    def table(self, *keys: str) -> MutableMapping[str, object]:
        """The mapping under these keys, created if it is missing.

        Raises:
            TypeError: There is something else.
        """
        table = self.content
        for depth, key in enumerate(keys, start=1):
            if key not in table:
                import tomlkit  # noqa: PLC0415 - to write alone

                table[key] = tomlkit.table(is_super_table=depth < len(keys)) if self.is_toml else {}
            inner = table[key]
            if not isinstance(inner, MutableMapping):
                raise TypeError(f"{key} is not a table")
            table = inner
        return table

    def text(self) -> str:
        """The text of the file."""
        if self.is_toml:
            import tomlkit  # noqa: PLC0415 - to write alone

            return tomlkit.dumps(self.content)
        from ruamel.yaml import YAML  # noqa: PLC0415 - most projects have TOML

        stream = StringIO()
        YAML().dump(self.content, stream)
        return stream.getvalue()


def open_document(path: Path) -> Document:
    """A file with one of the `SUFFIXES` as a document, which is empty if there is no file.

    Raises:
        OptionError: The file cannot be read or parsed, or is not a mapping.
    """
    is_toml = path.suffix == _TOML
    try:
        text = read_text(path) if path.exists() else ""
        parsed: object = _parse_toml(text) if is_toml else (_parse_yaml(text) or {})
    except (OSError, ValueError, LookupError, RecursionError) as error:
        raise OptionError(f"Error reading configuration: {error}", where=_place(path, error)) from error
    if not isinstance(parsed, MutableMapping):
        raise OptionError("The file is not a mapping.", where=Location(path))
    return Document(parsed, is_toml)


class _SyntaxError(ValueError):
    """An error of a parser, with the line (the first is 1) at which it stopped, if known."""

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.line = line


def _read_toml(text: str) -> object:
    """The values of a TOML file."""
    if sys.version_info >= (3, 11):
        import tomllib  # noqa: PLC0415 - Python 3.10 has none

        with suppress(ValueError):  # tomlkit, whose errors are sam's, reads a bit more
            return tomllib.loads(text)
    with _toml_errors():
        return _parse_toml(text).unwrap()


def _parse_toml(text: str) -> tomlkit.TOMLDocument:
    import tomlkit  # noqa: PLC0415 - takes its time

    with _toml_errors():
        return tomlkit.parse(text)


@contextmanager
def _toml_errors() -> Iterator[None]:
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415 - takes its time

    try:
        yield
    except TOMLKitError as error:
        raise _SyntaxError(str(error), getattr(error, "line", None)) from error


def _parse_yaml(text: str) -> object:
    from ruamel.yaml import YAML  # noqa: PLC0415 - most projects have TOML
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        return YAML().load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise _SyntaxError(str(error), None if mark is None else mark.line + 1) from error


def _place(path: Path, error: Exception) -> Location:
    """Where the parser of a file stopped: with TOML that may be the line after a key that is given twice."""
    return Location(path, getattr(error, "line", None))
