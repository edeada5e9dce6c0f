"""Replaces paths and names of a workspace in sam's output with those of the application, and secrets with stars."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samix.units.unit import Unit

# the lines with full paths of `samcli.lib.build.build_strategy`; with --debug the time stands before each
_SAYS_NAME = re.compile(
    rb"((?:^|\| )(?:Building codeuri: .* functions: |Building layer '"
    rb"|Manifest file is changed \(.* is missing for \(|Manifest is not changed for \("
    rb"|(?:Cache is invalid|Valid cache found), .* for following (?:functions|layers) \())"
    rb"([^'()\r\n]+)(?=$|\r|'|\))",
    re.MULTILINE,
)
MASK = b"***"
_SHORTEST = 3  # a level such as 1 or on hides nothing, and would be taken out of every line


@dataclass(frozen=True)
class Wording:
    """What a log says in place of some texts in the output of one run of sam."""

    places: Mapping[str, str] = field(default_factory=dict)  # what is written for some texts, anywhere in the output
    names: Mapping[str, str] = field(default_factory=dict)  # likewise for names of functions and layers
    secrets: Sequence[str] = field(default=(), repr=False)  # texts that must not reach the log

    def reword(self, text: bytes) -> bytes:
        """Some output in other words: whole lines, or the beginning of one."""
        for written, instead in self._places.items():
            text = text.replace(written, instead)
        if self._names:
            text = _SAYS_NAME.sub(lambda said: said[1] + self._names.get(said[2], said[2]), text)
        return redact(text, self.secrets)

    @cached_property
    def _places(self) -> dict[bytes, bytes]:
        return _encode(self.places)

    @cached_property
    def _names(self) -> dict[bytes, bytes]:
        return _encode(self.names)


def _encode(texts: Mapping[str, str]) -> dict[bytes, bytes]:
    return {os.fsencode(text): os.fsencode(instead) for text, instead in texts.items()}


def names_in_application(units: Iterable[Unit]) -> dict[str, str]:
    """By the name of each unit in the template of one run, the names of all its resources in the application.

    sam builds each from a template of its own, which contains only its first resource, and no stack around it.
    """
    names = {}
    for unit in units:
        full_path, stack_path = unit.first.full_path, unit.first.stack_path
        own = full_path.removeprefix(f"{stack_path}/") if stack_path else full_path
        names[own] = ", ".join(resource.full_path for resource in unit.resources)
    return {own: shown for own, shown in names.items() if own != shown}


def redact(line: bytes, secrets: Sequence[str]) -> bytes:
    """A line of output with every secret in it replaced, the longest first.

    A secret of several lines is taken out line by line, and also as JSON and Python write it. Texts of one or two
    characters stay.
    """
    for form in sorted(_forms(secrets), key=len, reverse=True):
        line = line.replace(form, MASK)
    return line


def _forms(secrets: Sequence[str]) -> set[bytes]:
    texts: set[str] = set()
    for secret in secrets:
        for text in (secret, secret.strip()):  # programs trim what they are given
            lines = text.splitlines()
            texts |= {text, json.dumps(text)[1:-1], repr(text)[1:-1], *lines, *(line.strip() for line in lines)}
    return {os.fsencode(text) for text in texts if len(text.strip()) >= _SHORTEST}
