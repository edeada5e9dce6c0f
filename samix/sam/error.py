"""What sam says of a failed build, read from its log."""

from __future__ import annotations

import json
import re
from itertools import takewhile
from pathlib import Path

from samix.files.safe_read import read_text
from samix.template.value import Value, as_mapping, as_text
from samix.units.outcome import SamError

_PREFIX = "Error: "
# after an error that sam did not expect (`UnhandledException.show`), with links to its issues
_TRACEBACK = "Traceback:"
# what sam says where a builder's answer is empty (`ApplicationBuilder._parse_builder_response`): first the answer
# itself
_NO_ANSWER, _NO_JSON = "Builder crashed:", "Expecting value: line 1 column 1 (char 0)"
# what docker-py makes of the answer of podman to `/containers/ID/archive` (`create_api_error_from_http_exception`)
_GONE = re.compile(r"500 Server Error\b.*/archive\?.*/proc/\d+/ns/\w+", re.DOTALL)
_BETA = re.compile(r'^Build method "([\w.-]+)" is a beta feature\.$', re.MULTILINE)
_TYPE = "BuildError"  # what sam calls most errors; for those whose type it does not say


def read_error(log: Path) -> SamError | None:
    """The error at the end of a log: that of sam's JSON document, else what follows the last `Error: `.

    A traceback is left out.
    """
    lines = read_text(log, errors="replace").splitlines()
    for line in reversed(lines):
        error = _from_document(line)
        if error:
            return error
    start = next((index for index in reversed(range(len(lines))) if lines[index].startswith(_PREFIX)), None)
    if start is None:
        return None
    said = [lines[start].removeprefix(_PREFIX), *takewhile(lambda line: line != _TRACEBACK, lines[start + 1 :])]
    return SamError(_TYPE, "\n".join(said).rstrip())


def _as_logged(text: str) -> str:
    """A pattern for a text in a log, where a word is masked that is a value for the container as well."""
    return re.sub(r"\w+", lambda word: rf"(?:{word[0]}|\*{{3}})", re.escape(text))


def lacks_answer(log: Path) -> bool:
    """Whether the builder in a container ended and sam got no answer from it.

    The builder may have crashed. Or it answered, and the container engine lost the answer, which happens now and then
    when a container ends while sam begins to listen.
    """
    error = read_error(log)
    if error is None or not re.match(_as_logged(_NO_JSON), error.message):
        return False
    crashed = re.compile(rf"{_as_logged(_NO_ANSWER)}\s*$")
    return any(crashed.search(line) for line in read_text(log, errors="replace").splitlines())


def beta_method(log: Path) -> str:
    """The build method that sam asked about because it is one of its beta features; empty if it asked about none.

    Mirrors `samcli.commands._utils.experimental.prompt_experimental`, whose question nobody answers.
    """
    found = _BETA.search(read_text(log, errors="replace"))
    return found[1] if found else ""


def lost_container(log: Path) -> bool:
    """Whether the container engine lost the container while sam copied files into or out of it.

    podman enters the container's namespaces for that; if it takes a container that is just ending for a running one,
    their files below `/proc` are gone (`joinMountAndExec` of its libpod).
    """
    error = read_error(log)
    return error is not None and _GONE.search(error.message) is not None


def _from_document(line: str) -> SamError | None:
    if not line.startswith("{"):
        return None
    try:
        parsed: Value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    document = as_mapping(parsed)
    if (document.get("type"), document.get("status")) != ("result", "failure"):  # a builder may print JSON as well
        return None
    error = as_mapping(document.get("error"))
    message = as_text(error.get("message"))
    return SamError(as_text(error.get("type")) or _TYPE, message) if message else None
