"""The hashes in build.toml are those that sam itself takes."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samcli.lib.utils.hash import dir_checksum, file_checksum

from samix.state.sam_hashes import file_md5, sam_source_hash

Node: TypeAlias = "bytes | str | dict[str, Node]"

NAMES = st.sampled_from(["a", "b", "a.b", "a-b", "a b", "B", "é", ".aws-sam", ".git", "node_modules"])
FILES = st.binary(max_size=6)
TREES: st.SearchStrategy[dict[str, Node]] = st.recursive(
    st.dictionaries(NAMES, FILES, max_size=4), lambda inner: st.dictionaries(NAMES, FILES | inner, max_size=4)
)


def _write(path: Path, node: Node) -> None:
    if isinstance(node, dict):
        path.mkdir()
        for name, inner in node.items():
            _write(path / name, inner)
    elif isinstance(node, str):
        path.symlink_to(node)
    else:
        path.write_bytes(node)


def _sams(root: Path) -> str:
    return str(dir_checksum(str(root), ignore_list=[".aws-sam"], hash_generator=hashlib.sha256()))


@settings(derandomize=True, deadline=None, max_examples=80)
@given(tree=TREES)
def test_any_tree(tree: dict[str, Node]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory, "root")
        _write(root, tree)
        assert sam_source_hash(root) == _sams(root)


@pytest.mark.parametrize(
    "tree",
    [
        {"a": b"x", "link": "a"},
        {"d": {"a": b"x"}, "link": "d"},
        {"d": {"a": b"x"}, "link": "../outside"},
        {"a": {"b": b"x"}, "a.b": b"y", "a-b": b"z"},
        {".aws-sam": b"a file of that name", "a": {".aws-sam": {"b": b"x"}}},
        {"empty": {}},
        {},
    ],
    ids=["link", "link to a directory", "link out of the tree", "order", "own directory", "empty", "nothing"],
)
def test_trees_with_traps(tree: dict[str, Node], tmp_path: Path) -> None:
    _write(tmp_path / "outside", {"o": b"outside"})
    _write(tmp_path / "root", tree)
    assert sam_source_hash(tmp_path / "root") == _sams(tmp_path / "root")


def test_a_root_that_is_a_link_or_a_file(tmp_path: Path) -> None:
    _write(tmp_path / "root", {"a": b"x"})
    _write(tmp_path / "link", "root")
    for root in (tmp_path / "link", tmp_path / "root" / "a"):
        assert sam_source_hash(root) == _sams(root.resolve())


@settings(derandomize=True, deadline=None, max_examples=40)
@given(content=st.binary(max_size=100), blocks=st.integers(0, 3))
def test_any_manifest(content: bytes, blocks: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "requirements.txt")
        path.write_bytes(content + b"\0" * (blocks * 4096))
        assert file_md5(path) == file_checksum(str(path))
