"""Replaces paths and names of a workspace in sam's output with those of the application."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
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


@dataclass(frozen=True)
class Wording:
    """What a log says in place of some texts in the output of one run of sam.

    Attributes:
        places: What is written for some texts, wherever they stand.
        names: What is written for the names of functions and layers, where sam says which it builds.
    """

    places: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def reworded(self, text: bytes) -> bytes:
        """Some output in other words: whole lines, or the beginning of one."""
        for written, instead in self._places.items():
            text = text.replace(written, instead)
        if not self._names:
            return text
        return _SAYS_NAME.sub(lambda said: said[1] + self._names.get(said[2], said[2]), text)

    @cached_property
    def _places(self) -> dict[bytes, bytes]:
        return _encoded(self.places)

    @cached_property
    def _names(self) -> dict[bytes, bytes]:
        return _encoded(self.names)


def _encoded(texts: Mapping[str, str]) -> dict[bytes, bytes]:
    return {os.fsencode(text): os.fsencode(instead) for text, instead in texts.items()}


def names_in_application(units: Iterable[Unit]) -> dict[str, str]:
    """By what the template of one run calls each unit, what the application calls all its resources.

    sam builds each from a template of its own, which holds its first resource alone, and no stack around it.
    """
    names = {}
    for unit in units:
        full_path, stack_path = unit.first.full_path, unit.first.stack_path
        own = full_path.removeprefix(f"{stack_path}/") if stack_path else full_path
        names[own] = ", ".join(resource.full_path for resource in unit.resources)
    return {own: told for own, told in names.items() if own != told}
