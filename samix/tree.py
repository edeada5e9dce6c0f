"""File trees: their digests, and copies of them."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK = 1 << 20
_MODE = 0o777
_CACHE_TAG = b"Signature: 8a477f597d28d172789f06886806bc55"


def tree_digest(
    root: Path, *, ignored: frozenset[str] = frozenset(), follow: bool = False, without_caches: bool = False
) -> str:
    """A digest of a file or directory: names, contents, link targets and modes.

    It depends on neither where the tree lies nor on time stamps.

    Args:
        root: The file or directory.
        ignored: Names that are left out wherever they occur.
        follow: Whether what links lead to counts too, as it does where they are copied as what they lead to.
        without_caches: Whether directories below the root that a `CACHEDIR.TAG` marks as caches are left out.

    Raises:
        OSError: Something in the tree cannot be read.
    """
    digest = hashlib.sha256()
    for kind, name, payload in _walk(root, ignored, follow=follow, without_caches=without_caches):
        for part in (kind, os.fsencode(name), payload):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def _walk(
    root: Path, ignored: frozenset[str], *, follow: bool, without_caches: bool
) -> Iterator[tuple[bytes, str, bytes]]:
    pending = [(os.fspath(root), "")]
    followed: set[str] = set()
    while pending:
        path, name = pending.pop()
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            yield b"link", name, os.fsencode(os.readlink(path))
            real = os.path.realpath(path)
            if follow and real not in followed and os.path.exists(real):
                followed.add(real)  # each once, which also ends a circle
                pending.append((real, f"{name}/"))
        elif stat.S_ISDIR(status.st_mode):
            if without_caches and name and _is_cache(path):
                continue
            yield b"directory %03o" % (status.st_mode & _MODE), name, b""
            entries = sorted(entry for entry in os.listdir(path) if entry not in ignored)
            pending.extend((os.path.join(path, entry), f"{name}/{entry}") for entry in reversed(entries))
        elif stat.S_ISREG(status.st_mode):
            yield b"file %03o" % (status.st_mode & _MODE), name, _file_digest(path)
        else:
            yield b"special", name, str(stat.S_IFMT(status.st_mode)).encode()


def _is_cache(directory: str) -> bool:
    """Whether a directory is marked as a cache, by the convention of bford.info/cachedir."""
    try:
        with open(os.path.join(directory, "CACHEDIR.TAG"), "rb") as tag:
            return tag.read(len(_CACHE_TAG)) == _CACHE_TAG
    except OSError:
        return False


def _file_digest(path: str, algorithm: str = "sha256") -> bytes:
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(errno.EINVAL, "not a regular file", path)
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.digest()


def sam_source_hash(root: Path) -> str:
    """sam's `source_hash` of a source directory.

    Mirrors `samcli.lib.utils.hash.dir_checksum` as `CachedBuildStrategy` calls it: sha256 over relative path and
    hex md5 of each file, sorted by full path, links followed, `.aws-sam` left out.

    Raises:
        OSError: Something cannot be read, or links lead in a circle.
        UnicodeEncodeError: A name is no text.
    """
    ignored = ".aws-sam"
    files = []
    pending: list[tuple[str, tuple[str, ...]]] = [(os.fspath(root), (os.path.realpath(root),))]
    while pending:
        directory, above = pending.pop()
        _, names, filenames = next(os.walk(directory), ("", [], []))
        files += [os.path.join(directory, name) for name in filenames if name != ignored]
        for name in names:
            path = os.path.join(directory, name)
            real = os.path.realpath(path)
            if any(f"{parent}/".startswith(f"{real}/") for parent in above):
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)  # sam ends there as well, if much later
            if name != ignored:
                pending.append((path, (*above, real)))
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(os.path.relpath(path, root).encode())
        digest.update(file_md5(path).encode())
    return digest.hexdigest()


def file_md5(path: str | Path) -> str:
    """The hex md5 of a file, as sam's `manifest_hash` has it."""
    return _file_digest(os.fspath(path), "md5").hex()


def copy_tree(source: Path, target: Path) -> None:
    """Copy a directory with modes, times and links; what is at the target is merged into."""
    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)


def link_tree(source: Path, target: Path) -> None:
    """Copy a directory by hard links, where the file system has them.

    Only for trees of which one is removed afterwards, or neither is ever changed in place.
    """
    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True, copy_function=_link_or_copy)


def link_entry(source: Path, target: Path) -> None:
    """`link_tree` for anything: a directory, a file or a link."""
    if source.is_dir() and not source.is_symlink():
        link_tree(source, target)
    else:
        _link_or_copy(os.fspath(source), os.fspath(target))


def _link_or_copy(source: str, target: str) -> str:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        return str(shutil.copy2(source, target, follow_symlinks=False))
    return target


def remove_tree(path: Path) -> None:
    """Remove a file or directory if it is there, read-only directories in it included."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        _rmtree(path)


def _rmtree(path: Path) -> None:
    try:
        shutil.rmtree(path)
    except PermissionError:
        _open_up(os.fspath(path))
        for directory, names, _ in os.walk(path):
            for name in names:
                _open_up(os.path.join(directory, name))
        shutil.rmtree(path)


def _open_up(directory: str) -> None:
    if not os.path.islink(directory):
        os.chmod(directory, os.stat(directory).st_mode | stat.S_IRWXU)
