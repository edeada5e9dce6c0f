"""The texts of built templates; only changed ones are written again, because PyYAML is slow."""

from __future__ import annotations

import hashlib
import pickle  # written only, to take a digest of it
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from samix import __version__
from samix.files.safe_read import read_bytes
from samix.state.inventory import text_digest
from samix.template.dump import dump_template

if TYPE_CHECKING:
    from samix.state.inventory import Inventory
    from samix.template.value import ValueMapping

_WRITERS = f"{__version__} {yaml.__version__}\n".encode()


class BuiltTexts:
    """Writes built templates, or finds them as they were written before; the inventory is that of the last build.

    Attributes:
        origins: Digests of what the templates were written from, by path relative to the build dir.
    """

    def __init__(self, inventory: Inventory, build_dir: Path) -> None:
        self._inventory = inventory
        self._build_dir = build_dir
        self.origins: dict[str, str] = {}

    def text(self, path: Path, data: ValueMapping) -> str:
        """The text of a template (`dump_template`), read from its path in the build dir if it is there already."""
        name = path.relative_to(self._build_dir).as_posix()
        with suppress(OSError, ValueError, RecursionError, pickle.PicklingError):
            # that tells an OrderedDict from a dict and 1 from true, as the text does; equal contents may look
            # different in it, and are then written again
            origin = hashlib.sha256(_WRITERS + pickle.dumps(data, protocol=4)).hexdigest()
            self.origins[name] = origin
            if self._inventory.origins.get(name) == origin:
                content = read_bytes(path)
                if text_digest(content) == self._inventory.templates.get(name):
                    return content.decode()
        return dump_template(data)
