"""Imports go one way: no package or module at the top needs another that needs it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx

import samix

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(samix.__file__).parent


def _imported(node: ast.AST) -> Iterator[str]:
    """The modules of samix that are imported when code runs, and not for annotations alone."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ImportFrom) and child.module:
            yield child.module
        elif not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield from _imported(child)


def test_no_part_needs_one_that_needs_it() -> None:
    graph: nx.DiGraph[str] = nx.DiGraph(
        (file.relative_to(ROOT).parts[0].removesuffix(".py"), name.split(".")[1])
        for file in ROOT.rglob("*.py")
        for name in _imported(ast.parse(file.read_text(encoding="utf-8")))
        if name.startswith("samix.")
    )
    graph.remove_edges_from([(part, part) for part in graph])
    assert {"cli", "build", "plan", "template", "tree"} <= set(graph)
    assert [sorted(circle) for circle in nx.simple_cycles(graph)] == []
