"""Digests of file trees, and copies of them."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import stat
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.files.copies import (
    Copier,
    copy_like,
    copy_tree,
    entries_digest,
    find_special,
    read_digest,
    remove_tree,
    tree_digest,
    tree_entries,
)
from samix.files.listing import link_tree
from samix.state.sam_hashes import file_md5, sam_source_hash

if TYPE_CHECKING:
    from collections.abc import Callable

# a file is (content, executable), a link its target, a directory a mapping
File: TypeAlias = tuple[bytes, bool]
Node: TypeAlias = "File | str | dict[str, Node]"

NAMES = st.sampled_from(["a", "b", "ab", "file", "link", "a b", "é"])
FILES = st.tuples(st.sampled_from([b"", b"a", b"b", b"ab", b"file"]), st.booleans())
LINKS = st.sampled_from(["a", "b", "../a", "missing"])
TREES: st.SearchStrategy[dict[str, Node]] = st.recursive(
    st.dictionaries(NAMES, FILES | LINKS, max_size=3),
    lambda inner: st.dictionaries(NAMES, FILES | LINKS | inner, max_size=3),
    max_leaves=6,
)


def _write(path: Path, node: Node) -> None:
    if isinstance(node, dict):
        path.mkdir()
        for name, inner in node.items():
            _write(path / name, inner)
    elif isinstance(node, str):
        path.symlink_to(node)
    else:
        path.write_bytes(node[0])
        path.chmod(0o755 if node[1] else 0o644)


@given(one=TREES, other=TREES)
def test_two_trees_have_one_digest_only_if_they_are_the_same(one: dict[str, Node], other: dict[str, Node]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        places = Path(directory, "one"), Path(directory, "other")
        _write(places[0], one)
        _write(places[1], other)
        assert (tree_digest(places[0]) == tree_digest(places[1])) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": {}}, {"a": (b"", False)}),
        ({"a": (b"b", False)}, {"a": "b"}),
        ({"a": {"b": (b"", False)}}, {"a": {}, "b": (b"", False)}),
        ({"a": (b"bc", False)}, {"ab": (b"c", False)}),
        ({"a": (b"x", False), "b": (b"y", False)}, {"a": (b"y", False), "b": (b"x", False)}),
        ({"a": (b"x", False)}, {"a": (b"x", True)}),
        ({}, {"a": {}}),
    ],
    ids=["kind", "link", "depth", "name and content", "exchanged", "executable", "empty"],
)
def test_trees_that_nearly_are_the_same_have_two_digests(
    one: dict[str, Node], other: dict[str, Node], tmp_path: Path
) -> None:
    _write(tmp_path / "one", one)
    _write(tmp_path / "other", other)
    assert tree_digest(tmp_path / "one") != tree_digest(tmp_path / "other")


@given(tree=TREES)
def test_a_digest_depends_on_neither_place_nor_times_nor_order(tree: dict[str, Node]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        places = Path(directory, "one"), Path(directory, "other")
        _write(places[0], tree)
        _write(places[1], dict(reversed(tree.items())))
        for path in places[1].rglob("*"):
            os.utime(path, (1, 1), follow_symlinks=False)
        assert tree_digest(places[0]) == tree_digest(places[1])


def test_ignored_names_are_left_out_at_every_depth(tmp_path: Path) -> None:
    _write(tmp_path / "plain", {"a": {"b": (b"", False)}})
    _write(tmp_path / "more", {".git": {"x": (b"", False)}, "a": {"b": (b"", False), ".git": (b"", False)}})
    assert entries_digest(tree_entries(tmp_path / "more", ignored=frozenset({".git"}))) == tree_digest(
        tmp_path / "plain"
    )
    assert tree_digest(tmp_path / "more") != tree_digest(tmp_path / "plain")


def _without_caches(root: Path) -> str:
    return entries_digest(tree_entries(root, without_caches=True))


def test_only_what_is_marked_as_a_cache_is_left_out(tmp_path: Path) -> None:
    tag = (b"Signature: 8a477f597d28d172789f06886806bc55\n# made by cargo\n", False)
    _write(tmp_path / "plain", {"a": {"target": {"mod.rs": (b"", False)}}, "CACHEDIR.TAG": tag})
    _write(tmp_path / "more", {"target": {"CACHEDIR.TAG": tag, "x": (b"", False)}})
    copy_tree(tmp_path / "plain", tmp_path / "more")
    assert _without_caches(tmp_path / "more") == _without_caches(tmp_path / "plain")
    assert tree_digest(tmp_path / "more") != tree_digest(tmp_path / "plain")
    (tmp_path / "more" / "a" / "target" / "CACHEDIR.TAG").write_bytes(b"made by hand")
    assert _without_caches(tmp_path / "more") != _without_caches(tmp_path / "plain")
    assert _without_caches(tmp_path / "plain") == tree_digest(tmp_path / "plain")


def _make_pipe(path: Path) -> None:
    os.mkfifo(path)


def _make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:  # its address may be no longer than some hundred letters
        directory = os.open(path.parent, os.O_RDONLY)
        made.bind(f"/proc/self/fd/{directory}/{path.name}")
        os.close(directory)


@pytest.fixture(params=[(_make_pipe, "named pipe"), (_make_socket, "socket")], ids=["pipe", "socket"])
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """A tree with something in it that nobody can copy, and what that is."""
    make, kind = request.param
    _write(tmp_path / "tree", {"deep": {}})
    assert find_special(tmp_path / "tree") is None
    make(tmp_path / "tree" / "deep" / "odd")
    return tmp_path / "tree", kind


def test_what_nobody_can_copy_is_found(odd: tuple[Path, str]) -> None:
    root, kind = odd
    (root / "deep" / "link").symlink_to("odd")
    assert find_special(root) == ("deep/odd", kind)
    assert find_special(root / "deep" / "odd") == ("", kind)
    assert find_special(root / "deep" / "link") is None
    assert dict(tree_entries(root))["deep/odd"] == f"special {stat.S_IFMT((root / 'deep' / 'odd').lstat().st_mode)}"


@pytest.mark.parametrize(
    "read",
    [
        copy_tree,
        link_tree,
        lambda root, target: copy_like(root, target, root, read_digest, Copier()),
        lambda root, _: tree_digest(root),
    ],
    ids=["copy", "link", "copy like another", "digest"],
)
def test_what_nobody_can_copy_is_named_and_not_opened(
    read: Callable[[Path, Path], object], odd: tuple[Path, str], tmp_path: Path
) -> None:
    root, kind = odd
    with pytest.raises(OSError, match=f"A {kind} cannot be copied: '{root}/deep/odd'"):
        read(root, tmp_path / "copy")


@pytest.mark.parametrize(("what", "where"), [("copystat", "tree"), ("copy2", "tree/inner/file")])
def test_what_is_wrong_in_a_tree_is_reported_for_one_file(
    what: str, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path / "tree", {"inner": {"file": (b"", False)}})

    def refuse(source: str | Path, *_arguments: object, **_options: object) -> None:
        if Path(source) == tmp_path / where:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr(shutil, what, refuse)
    with pytest.raises(OSError, match=rf"^\[Errno 28\] No space left on device: '{tmp_path}/{where}'$"):
        copy_tree(tmp_path / "tree", tmp_path / "copy")


def test_equal_files_of_another_directory_become_hard_links(tmp_path: Path) -> None:
    for place in ("new", "old"):
        for name in ("same", "content", "mode", "time", "inner/same", "only new" if place == "new" else "only old"):
            path = tmp_path / place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(place if name == "content" else name)
            path.chmod(0o755 if (place, name) == ("old", "mode") else 0o644)
            os.utime(path, ns=(0, 1 if (place, name) == ("old", "time") else 2))
    os.symlink("same", tmp_path / "old" / "only new")
    copy_like(tmp_path / "new", tmp_path / "copy", tmp_path / "old", read_digest, Copier())
    assert tree_digest(tmp_path / "copy") == tree_digest(tmp_path / "new")
    files = {path.relative_to(tmp_path / "copy").as_posix(): path for path in (tmp_path / "copy").rglob("*")}
    shared = {name for name, path in files.items() if path.is_file() and path.stat().st_nlink > 1}
    assert shared == {"same", "inner/same", "time"}
    assert {path.stat().st_mtime_ns for path in files.values() if path.is_file()} == {2}
    assert not any(path.samefile(tmp_path / "new" / name) for name, path in files.items())


def test_a_name_that_is_no_unicode_has_a_digest(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9"
    try:
        Path(os.fsdecode(name)).mkdir()
    except OSError:
        pytest.skip("names are unicode on this file system")
    before = tree_digest(tmp_path)
    Path(os.fsdecode(name)).rmdir()
    assert tree_digest(tmp_path) != before


def test_large_files_are_read_in_threads_of_their_own(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        (tmp_path / name).write_bytes(name.encode() * (1 << 19))
    (tmp_path / "small").write_bytes(b"small")
    threads: dict[str, str] = {}

    def digest(path: str, status: os.stat_result) -> str:
        threads[os.path.basename(path)] = threading.current_thread().name.partition("_")[0]
        return read_digest(path, status)

    digests = {name: text.rpartition(" ")[2] for name, text in tree_entries(tmp_path, digest=digest) if name}
    assert digests == {path.name: read_digest(str(path), path.stat()) for path in tmp_path.iterdir()}
    assert threads == {"one": "digest", "two": "digest", "three": "digest", "small": "MainThread"}


def test_a_large_file_that_cannot_be_read_has_no_digest(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).touch()
        os.truncate(tmp_path / name, 1 << 20)

    def digest(path: str, _status: os.stat_result) -> str:
        raise PermissionError(errno.EACCES, "", path)

    with pytest.raises(PermissionError):
        tree_digest(tmp_path, digest=digest)


def test_what_is_missing_has_no_digest(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        tree_digest(tmp_path / "missing")


def test_sams_source_hash_leaves_out_its_own_directory(tmp_path: Path) -> None:
    _write(tmp_path / "plain", {"a": (b"x", False)})
    _write(tmp_path / "more", {"a": (b"x", False), ".aws-sam": {"b": (b"", False)}})
    assert sam_source_hash(tmp_path / "more") == sam_source_hash(tmp_path / "plain")


def test_sams_source_hash_follows_links(tmp_path: Path) -> None:
    _write(tmp_path / "shared", {"a": (b"x", False)})
    _write(tmp_path / "source", {"linked": "../shared"})
    before = sam_source_hash(tmp_path / "source")
    (tmp_path / "shared" / "a").write_text("y")
    assert sam_source_hash(tmp_path / "source") != before


@pytest.mark.parametrize(
    "tree",
    [
        pytest.param({"up": "."}, id="itself"),
        pytest.param({"d": {"up": ".."}}, id="its parent"),
        pytest.param({"d": {"up": "../.."}}, id="what it lies in"),
        pytest.param({"a": {f"to-b{n}": "../b" for n in range(9)}, "b": {"to-a": "../a"}}, id="each other"),
        pytest.param({"dangling": "nowhere"}, id="nothing"),
        pytest.param({"self": "self"}, id="the link"),
    ],
)
def test_links_that_sam_cannot_follow_end_its_source_hash(tree: Node, tmp_path: Path) -> None:
    _write(tmp_path / "source", tree)
    with pytest.raises(OSError, match="source"):
        sam_source_hash(tmp_path / "source")


def test_md5_is_that_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert file_md5(tmp_path / "empty") == "d41d8cd98f00b204e9800998ecf8427e"


@pytest.mark.parametrize("copy", [copy_tree, link_tree])
@given(tree=TREES)
def test_a_copy_is_the_same_tree(copy: Callable[[Path, Path], object], tree: dict[str, Node]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        source, target = Path(directory, "source"), Path(directory, "target")
        _write(source, tree)
        copy(source, target)
        assert tree_digest(target) == tree_digest(source)


def test_a_copy_keeps_modes_and_times(tmp_path: Path) -> None:
    _write(tmp_path / "source", {"a": (b"x", True), "read-only": {"b": (b"", False)}})
    os.utime(tmp_path / "source" / "a", (1000, 1000))
    (tmp_path / "source" / "read-only").chmod(0o555)
    copy_tree(tmp_path / "source", tmp_path / "target")
    copied = (tmp_path / "target" / "a").stat()
    assert (stat.S_IMODE(copied.st_mode), copied.st_mtime) == (0o755, 1000)
    assert stat.S_IMODE((tmp_path / "target" / "read-only").stat().st_mode) == 0o555


@pytest.mark.parametrize("able", [0, 1, 3], ids=["no file", "one file", "all files"])
def test_a_copy_is_the_same_however_many_files_can_be_cloned(
    able: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloned: list[str] = []

    def clone(target: int, request: int, source: int) -> int:
        assert request == 0x40049409
        if len(cloned) == able:
            raise OSError(errno.EOPNOTSUPP, "cannot clone")
        content = os.read(source, 100)
        os.write(target, content)
        cloned.append(content.decode())
        return 0

    _write(tmp_path / "source", {"a": (b"1", True), "b": {"c": (b"2", False), "l": "c"}, "d": (b"3", False)})
    os.utime(tmp_path / "source" / "a", (1000, 1000))
    (tmp_path / "source" / "d").chmod(0o400)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("fcntl.ioctl", clone)
    copy_tree(tmp_path / "source", tmp_path / "target")
    assert len(cloned) == able
    assert tree_digest(tmp_path / "target") == tree_digest(tmp_path / "source")
    assert (tmp_path / "target" / "a").stat().st_mtime == 1000


@pytest.mark.parametrize(
    "node",
    [(b"x", False), "missing", "../kept", {"a": {"b": (b"x", False), "l": "../../../kept"}}],
    ids=["file", "broken link", "link to a directory", "directory"],
)
def test_a_tree_is_removed_and_nothing_else(node: Node, tmp_path: Path) -> None:
    _write(tmp_path / "kept", {"a": (b"x", False)})
    (tmp_path / "work").mkdir()
    _write(tmp_path / "work" / "gone", node)
    remove_tree(tmp_path / "work" / "gone")
    assert not os.path.lexists(tmp_path / "work" / "gone")
    assert (tmp_path / "kept" / "a").read_bytes() == b"x"


def test_removing_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    remove_tree(tmp_path / "missing")


def test_a_tree_that_others_remove_too_is_removed(tmp_path: Path) -> None:
    _write(
        tmp_path / "tree", {f"d{number}": {f"f{inner}": (b"x", False) for inner in range(20)} for number in range(50)}
    )
    with ThreadPoolExecutor(max_workers=3) as pool:
        list(pool.map(remove_tree, [tmp_path / "tree"] * 3))
    assert not (tmp_path / "tree").exists()


@pytest.mark.parametrize("mode", [0o555, 0o311, 0o000], ids=["read-only", "unreadable", "closed"])
def test_a_directory_without_permissions_is_removed(mode: int) -> None:
    # below the system's own temporary directory, where any user comes through
    place = Path(tempfile.mkdtemp())
    _write(place / "tree", {"locked": {"inner": {"a": (b"x", False)}}, "b": (b"y", False)})
    (place / "tree" / "locked" / "inner").chmod(mode)
    (place / "tree" / "locked").chmod(mode)
    privileged = os.geteuid() == 0
    try:
        if privileged:
            for path in (place, place / "tree", place / "tree" / "locked", place / "tree" / "locked" / "inner"):
                os.chown(path, 65534, 65534)
            os.seteuid(65534)
        remove_tree(place / "tree")
        assert not (place / "tree").exists()
    finally:
        if privileged:
            os.seteuid(0)
        shutil.rmtree(place, ignore_errors=True)


def test_every_mode_counts(tmp_path: Path) -> None:
    file = tmp_path / "tree" / "file"
    file.parent.mkdir()
    file.write_text("text")
    file.chmod(0o600)
    private = tree_digest(file.parent)
    file.chmod(0o644)
    assert tree_digest(file.parent) != private


@pytest.mark.parametrize("follow", [True, False])
def test_a_device_is_refused_by_the_name_that_it_has_in_the_tree(tmp_path: Path, follow: bool) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "nothing").symlink_to(os.devnull)  # which ends
    entries_digest(tree_entries(tmp_path, follow=True))
    (tmp_path / "below" / "endless").symlink_to("/dev/zero")
    if follow:
        with pytest.raises(OSError, match=f"A device, which may have no end: '{tmp_path}/below/endless'"):
            entries_digest(tree_entries(tmp_path, follow=True))
    else:
        entries_digest(tree_entries(tmp_path))
