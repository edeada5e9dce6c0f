"""Whether esbuild makes the same of dependencies that were kept as of newly installed ones."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from samix.files.safe_read import open_regular
from samix.template.value import as_mapping

if TYPE_CHECKING:
    from samix.template.value import Value
    from samix.units.unit import Unit

# esbuild follows the link to the dependencies, and looks for these in the directories around them
_SEEN = ("node_modules", ".pnp.cjs", ".pnp.js", ".pnp.data.json")
_SHOWN = b"node_modules/"


def bundles_alike(unit: Unit, artifact: Path | None, project: Path) -> bool:
    """Whether esbuild makes the same of dependencies that it finds by a link, as far as is known before the build.

    It names the target of the link in comments, in source maps, and in the hashes of names. `artifact` is the unit's
    last one; without one, a bundle that may have such comments or maps is expected to name it.
    """
    if any((above / name).exists() for above in (project, *project.parents) for name in _SEEN):
        return False
    properties = as_mapping(unit.first.metadata.get("BuildProperties"))
    if properties.get("Splitting") or any("[hash]" in text for text in _texts(properties)):
        return False
    if artifact is None:
        return properties.get("Minify", True) is True and not properties.get("Sourcemap")
    try:
        return not shows(artifact, _SHOWN)
    except OSError:
        return False


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def shows(tree: Path, text: bytes) -> bool:
    """Whether a text occurs in a file of a tree, or in a name in it.

    Raises:
        OSError: A file cannot be read.
    """
    for directory, names, files in os.walk(os.fsencode(tree)):
        if any(text in name for name in (*names, *files)):
            return True
        for name in files:
            path = os.path.join(directory, name)
            if os.path.isfile(path):
                with open_regular(path) as file:
                    if text in file.read():
                        return True
    return False
