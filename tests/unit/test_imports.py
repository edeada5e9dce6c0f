"""Imports go down one stack of folders, those for annotations included, and no file needs one that needs it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import pytest

import samix

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(samix.__file__).parent
# from the top: each may import from those below it
STACK = (
    *("cli", "watch", "report", "build", "check", "sam", "plan", "host", "clean", "store", "state"),
    *("builders", "units", "options", "template", "files", "messages"),
)  # fmt: skip
TO_COME = {"watch", "check", "store"}


def _module(file: Path) -> str:
    return ".".join(file.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")


@cache  # when a test asks for them: each process of pytest imports this file
def _modules() -> dict[str, ast.Module]:
    return {_module(file): ast.parse(file.read_text(encoding="utf-8")) for file in ROOT.rglob("*.py")}


def _imported(tree: ast.Module) -> Iterator[str]:
    """The modules of samix that a module imports, wherever in it and for whatever."""
    known = _modules()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name if name in known else node.module for name in names if node.module in known)


@cache
def _imports() -> list[tuple[str, str]]:
    return sorted({(module, name) for module, tree in _modules().items() for name in _imported(tree)})


def _folder(module: str) -> str:
    return module.split(".")[1] if module.count(".") else ""


def test_every_folder_has_its_place_in_the_stack() -> None:
    assert {_folder(module) for module in _modules()} - {"", "__main__"} == set(STACK) - TO_COME


def test_no_import_climbs() -> None:
    levels = {folder: level for level, folder in enumerate(reversed(STACK), 1)} | {"": 0, "__main__": len(STACK) + 1}
    climbing = [(one, other) for one, other in _imports() if levels[_folder(one)] < levels[_folder(other)]]
    assert len(_imports()) > len(_modules())
    assert climbing == []


def test_no_file_needs_one_that_needs_it() -> None:
    graph: nx.DiGraph[str] = nx.DiGraph(_imports())
    assert [sorted(circle) for circle in nx.strongly_connected_components(graph) if len(circle) > 1] == []


@pytest.mark.parametrize("file", sorted(ROOT.rglob("__init__.py")), ids=lambda file: file.parent.name)
def test_a_package_holds_a_docstring_alone(file: Path) -> None:
    statements = _modules()[_module(file)].body
    is_root = file.parent == ROOT  # it has the version, too
    assert ast.get_docstring(_modules()[_module(file)])
    assert is_root or not statements[1:]
